"""What is seen of streams, clients, engines, the VPN and this computer."""
