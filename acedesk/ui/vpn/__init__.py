"""The VPN page: one sentence about protection first, the facts behind it second."""
