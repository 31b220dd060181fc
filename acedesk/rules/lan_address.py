"""Which address of this computer other devices in the house reach it under. Pure.

A television stands in the local network: it reaches neither the inside of a VPN tunnel nor the
bridges of containers and virtual machines, and a link-local address holds on one cable only. So
these are never offered, whatever the way to the Internet is. Of what is left, interfaces that are
plugged in come first, then those with hardware, then the one with the better way out, then IPv4,
then addresses of private networks, then the order of the system.
"""

import ipaddress
import re
from collections.abc import Iterable
from typing import Final

from acedesk.model.host import Address, read_address
from acedesk.values import frozen_value

# Names that VPNs give to their tunnels on Linux, macOS and Windows.
_TUNNELS: Final = re.compile(
    r"(tun|tap|wg|ppp|l2tp|pptp|utun|ipsec|vti|gre|gif|stf|sit|ip6tnl|he-?ipv6|tailscale|ts|zt[0-9a-z]*|ham"
    r"|nordlynx|nordtun|proton|pvpn|mullvad|cloudflarewarp|warp|outline|openvpn|wireguard|gpd"
    r"|cscotun|nebula|hysteria|clash|sing-?box|amn|awg)(?![a-z])|.*(vpn|tunnel|wireguard|mullvad)"
    r"|.*tap-windows"
)
# Names of bridges and cables between this computer and its containers or virtual machines, and of
# what Apple's computers talk to each other with.
_VIRTUAL: Final = re.compile(
    r"(docker|podman|veth[0-9a-z]*|virbr|vnet|vmnet|vboxnet|lxcbr|lxdbr|lxc|incusbr|cni|flannel|cali|cilium"
    r"|kube|nerdctl|waydroid|dummy|ifb|awdl|llw|anpi|ap)\d*([._-].*)?$|br-[0-9a-f]{12}$|bridge1\d\d$"
    r"|vethernet|.*(virtualbox|vmware|hyper-v|loopback|bluetooth)"
)
_CARRIER_GRADE: Final = ipaddress.ip_network("100.64.0.0/10")


@frozen_value
class Interface:
    """A network interface as the system tells of it.

    Attributes:
        name: "eth0", "Wi-Fi".
        addresses: Without masks; IPv6 may carry a zone ("fe80::1%eth0").
        up: It is switched on.
        running: There is something at the other end of its cable.
        physical: It is hardware, or a bridge or VLAN on it; None where the system does not tell.
        bridge: It joins other interfaces.
        point_to_point: There is one other end, and no network: a tunnel.
        metric: Of its way to everywhere, the smaller the better; None when it has none.
    """

    name: str
    addresses: tuple[str, ...]
    up: bool = True
    running: bool = True
    physical: bool | None = None
    bridge: bool = False
    point_to_point: bool = False
    metric: int | None = None


def choose_lan_address(interfaces: Iterable[Interface], *, ipv6: bool = False) -> str | None:
    """Return the address for other devices, None when this computer is in no local network.

    Args:
        interfaces: In the order of the system.
        ipv6: We listen on IPv6, too.
    """
    found = [
        (_rank(interface, address), number, str(address))
        for number, interface in enumerate(interfaces)
        if is_local_network(interface)
        for address in _usable(interface.addresses, ipv6=ipv6)
    ]
    return min(found)[2] if found else None


def is_local_network(interface: Interface) -> bool:
    """Tell whether other devices of the house may be behind this interface."""
    if not interface.up:
        return False
    if interface.physical:
        return True
    if interface.bridge:
        return False  # without hardware only containers and virtual machines are on it
    name = interface.name.lower()
    return not (interface.point_to_point or _TUNNELS.match(name) or _VIRTUAL.match(name))


def _rank(interface: Interface, address: Address) -> tuple[bool, bool, bool, int, bool, int]:
    metric = interface.metric
    return (
        not interface.running,
        not interface.physical,
        metric is None,
        metric or 0,
        address.version == 6,
        _distance(address),
    )


def _distance(address: Address) -> int:
    """Return 0 for an address of a private network, 1 for a public one, 2 for a provider's."""
    if address.version == 4 and address in _CARRIER_GRADE:
        return 2
    return 0 if address.is_private else 1


def _usable(addresses: Iterable[str], *, ipv6: bool) -> Iterable[Address]:
    for text in addresses:
        address = read_address(text.partition("%")[0])
        if (
            address is None
            or address.is_link_local
            or address.is_loopback
            or address.is_unspecified
        ):
            continue
        if address.is_unspecified or address.is_multicast:
            continue
        if ipv6 or address.version == 4:
            yield address
