"""How to add Gluetun, and what a VPN in a container does and does not protect. Texts only."""

from typing import Final

# The variables are Gluetun's own (its wiki, "Wireguard options" and "VPN server port forwarding");
# port 6878 is the engine's, published here because an engine shares Gluetun's network; those from
# 19000 on are for the engines that AceDesk makes inside.
COMPOSE: Final = """\
services:
  gluetun:
    image: qmcgaw/gluetun
    container_name: gluetun
    cap_add: [NET_ADMIN]
    devices: ["/dev/net/tun:/dev/net/tun"]
    environment:
      VPN_SERVICE_PROVIDER: protonvpn
      VPN_TYPE: wireguard
      WIREGUARD_PRIVATE_KEY: "your key"
      VPN_PORT_FORWARDING: "on"
    ports:
      - 127.0.0.1:6878:6878
      - 127.0.0.1:19000-19019:19000-19019
    restart: unless-stopped

  engine:
    image: {image}
    network_mode: service:gluetun
    depends_on:
      gluetun:
        condition: service_healthy
    restart: unless-stopped
"""

COMMAND: Final = "docker compose up -d"

STEPS: Final = (
    "Copy the file and save it as compose.yaml, with your provider and the key from its web page.",
    "Start both containers; the command for it is under Details.",
    "Enter 127.0.0.1:6878 under Settings, Engines, as an engine on another address.",
)

PROTECTED: Final = (
    "Everything that engines inside the Gluetun container send and receive.",
    "Peers see the VPN’s address, and when the VPN drops, Gluetun lets nothing out.",
)

NOT_PROTECTED: Final = (
    "Engines outside Gluetun, and every other program on this computer.",
    "Players: they only talk to AceDesk, on this computer or in your home network.",
)
