"""Which address other devices reach this computer under."""

import itertools

import hypothesis
import pytest
from hypothesis import strategies as st

from acedesk.rules.lan_address import Interface, choose_lan_address, is_local_network

LAN = Interface(name="eth0", addresses=("192.168.1.20",), physical=True, metric=100)
WIFI = Interface(name="wlan0", addresses=("192.168.1.21",), physical=True, metric=600)
LOOPBACK = Interface(name="lo", addresses=("127.0.0.1", "::1"), physical=False)
TUNNEL = Interface(name="tun0", addresses=("10.8.0.2",), physical=False, point_to_point=True)
DOCKER = Interface(name="docker0", addresses=("172.17.0.1",), physical=False, bridge=True)
NETWORK = Interface(name="br-0123456789ab", addresses=("172.18.0.1",), physical=False, bridge=True)


@pytest.mark.parametrize(
    "order", list(itertools.permutations((LOOPBACK, TUNNEL, DOCKER, NETWORK, LAN)))
)
def test_it_is_the_lans_and_nothing_elses(order: tuple[Interface, ...]) -> None:
    assert choose_lan_address(order) == "192.168.1.20"


@pytest.mark.parametrize(
    "name",
    [
        "tun0", "tap0", "wg0", "wg0-mullvad", "ppp0", "utun4", "ipsec0", "tailscale0", "nordlynx",
        "proton0", "pvpnksintrf0", "ProtonVPN", "Mullvad", "CloudflareWARP", "ztabc123", "gpd0",
        "WireGuard Tunnel #1", "OpenVPN TAP-Windows6", "docker0", "docker_gwbridge", "podman1",
        "veth12ab34", "virbr0", "vmnet8", "vboxnet0", "lxcbr0", "lxdbr0", "cni0", "flannel.1",
        "br-0123456789ab", "vEthernet (WSL)", "VirtualBox Host-Only Network", "awdl0", "bridge100",
        "dummy0", "VMware Network Adapter VMnet8", "Bluetooth Network Connection",
    ],
)  # fmt: skip
def test_tunnels_and_bridges_of_virtual_machines_are_no_local_network(name: str) -> None:
    virtual = Interface(name=name, addresses=("10.1.2.3",), metric=0)

    assert choose_lan_address((virtual,)) is None
    assert choose_lan_address((virtual, LAN)) == "192.168.1.20"


@pytest.mark.parametrize(
    "name",
    ["eth0", "en0", "enp3s0", "wlp2s0", "wlan0", "Ethernet", "Wi-Fi", "WLAN", "br0", "bond0",
     "lan0", "eth0.10", "usb0", "Local Area Connection", "team0", "end0"],
)  # fmt: skip
def test_cards_are_a_local_network_also_where_the_system_does_not_tell(name: str) -> None:
    assert is_local_network(Interface(name=name, addresses=()))


def test_hardware_counts_whatever_it_is_called() -> None:
    assert is_local_network(Interface(name="wg-lan", addresses=(), physical=True, bridge=True))


def test_hardware_comes_before_the_way_to_the_internet() -> None:
    card = Interface(name="eth0", addresses=("192.168.1.20",), physical=True)
    other = Interface(name="lan0", addresses=("10.0.0.7",), physical=False, metric=0)

    assert choose_lan_address((other, card)) == "192.168.1.20"


def test_of_two_cards_it_is_the_one_with_the_better_way_out() -> None:
    assert choose_lan_address((WIFI, LAN)) == "192.168.1.20"
    idle = Interface(name="eth1", addresses=("192.168.2.9",), physical=True)
    assert choose_lan_address((idle, WIFI)) == "192.168.1.21"


def test_a_card_without_its_cable_comes_last() -> None:
    unplugged = Interface(
        name="eth0", addresses=("192.168.1.20",), physical=True, running=False, metric=100
    )

    assert choose_lan_address((unplugged, WIFI)) == "192.168.1.21"
    assert choose_lan_address((unplugged,)) == "192.168.1.20"


def test_what_is_switched_off_or_has_no_real_address_is_nothing() -> None:
    down = Interface(name="eth0", addresses=("192.168.1.20",), physical=True, up=False)
    left = Interface(name="eth1", addresses=("169.254.3.4", "fe80::1%eth1", "?"), physical=True)

    assert choose_lan_address((LOOPBACK, down, left), ipv6=True) is None


def test_offline_there_is_none() -> None:
    assert choose_lan_address((LOOPBACK, TUNNEL, DOCKER)) is None
    assert choose_lan_address(()) is None


def test_ipv6_is_offered_only_where_we_listen_on_it_and_there_is_nothing_else() -> None:
    six = Interface(name="eth0", addresses=("fe80::1%eth0", "2001:4860::5", "fd00::5"))

    assert choose_lan_address((six,)) is None
    assert choose_lan_address((six,), ipv6=True) == "fd00::5"
    both = Interface(name="eth0", addresses=(*six.addresses, "192.168.1.20"))
    assert choose_lan_address((both,), ipv6=True) == "192.168.1.20"


def test_an_address_of_the_house_comes_before_public_and_shared_ones() -> None:
    card = Interface(name="eth0", addresses=("100.64.1.2", "8.8.8.8", "10.0.0.7"), physical=True)

    assert choose_lan_address((card,)) == "10.0.0.7"


@hypothesis.given(
    interfaces=st.lists(
        st.builds(
            Interface,
            name=st.sampled_from(["eth0", "tun0", "docker0", "lan0", "Wi-Fi"]) | st.text(),
            addresses=st.lists(
                st.ip_addresses().map(str) | st.sampled_from(["fe80::1%x", "", "169.254.1.1"])
            ).map(tuple),
            up=st.booleans(),
            physical=st.sampled_from([True, False, None]),
            point_to_point=st.booleans(),
            metric=st.none() | st.integers(0, 1000),
        )
    ),
    ipv6=st.booleans(),
)
def test_whatever_there_is_the_answer_is_one_of_a_local_network(
    interfaces: list[Interface], ipv6: bool
) -> None:
    found = choose_lan_address(interfaces, ipv6=ipv6)

    offered = {a for one in interfaces if is_local_network(one) for a in one.addresses}
    assert found is None or found in offered
