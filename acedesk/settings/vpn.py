"""Settings of the page VPN."""

import dataclasses

from acedesk.settings.fields import option_field


@dataclasses.dataclass(frozen=True, kw_only=True)
class VpnSettings:
    """Settings of the page VPN."""

    gluetun_container: str = option_field(
        "gluetun",
        page="VPN",
        label="Gluetun container",
        help="Name of the Gluetun container; when it is not there, any container made from a "
        "Gluetun image is used.",
    )
    gluetun_control_port: int = option_field(
        8000,
        page="VPN",
        label="Control server port",
        help="Port of Gluetun's control server inside the container.",
        minimum=1,
        maximum=65535,
        advanced=True,
    )
    gluetun_api_key: str = option_field(
        "",
        page="VPN",
        label="Control server key",
        help="Needed by Gluetun's control server since version 3.39.1 for some routes.",
        secret=True,
    )
    engines_in_vpn: bool = option_field(
        False,
        page="VPN",
        label="Engines go through the VPN",
        help="AceDesk makes its engines inside the network of the Gluetun container. Engines that "
        "are outside are replaced one after the other.",
    )
    require_vpn: bool = option_field(
        False,
        page="VPN",
        label="Engines must use the VPN",
        help="Nothing is played on an engine outside the VPN, and nothing is started while the VPN "
        "is not connected. Engines are made inside it.",
    )
