"""Addresses inside Docker as this computer sees them."""

import pytest

from acedesk.model.settings_import.source import ForeignSettings, PublishedPort, Service, SourceKind
from acedesk.rules.settings_import.addresses import (
    engine_address,
    is_itself,
    outside_url,
    published_for_all,
    redis_url,
)
from acedesk.rules.settings_import.counterparts import NoCounterpart


def port(outside: int, target: int, host: str = "") -> PublishedPort:
    return PublishedPort(text=f"{outside}:{target}", host=host, port=outside, target=target)


VPN = Service(name="vpn", names=frozenset({"vpn"}), ports=(port(7000, 6878), port(9000, 8080)))
INSIDE = Service(name="inside", names=frozenset({"inside", "i"}), network="service:vpn")
ALONE = Service(name="alone", names=frozenset({"alone"}), ports=(port(7001, 6878, "10.0.0.1"),))
HIDDEN = Service(name="hidden", names=frozenset({"hidden"}), ports=(port(0, 6878),))
HOST = Service(name="host", names=frozenset({"host"}), network="host")
PROXY = Service(name="acexy", names=frozenset({"acexy"}))
FILE = ForeignSettings(kind=SourceKind.COMPOSE, services=(VPN, INSIDE, ALONE, HIDDEN, HOST, PROXY))


@pytest.mark.parametrize(
    ("host", "proxy", "expected"),
    [
        ("vpn", PROXY, "127.0.0.1:7000"),
        ("i", PROXY, "127.0.0.1:7000"),
        ("localhost", INSIDE, "127.0.0.1:7000"),
        ("alone", PROXY, "10.0.0.1:7001"),
        ("host", PROXY, "127.0.0.1:6878"),
        ("localhost", HOST, "127.0.0.1:6878"),
        ("host.docker.internal", PROXY, "127.0.0.1:6878"),
        ("192.168.1.5", PROXY, "192.168.1.5:6878"),
        ("nas.lan", PROXY, "nas.lan:6878"),
    ],
)
def test_an_engine_is_where_its_port_is_published(host: str, proxy: Service, expected: str) -> None:
    assert engine_address(FILE, proxy, host, 6878) == expected


@pytest.mark.parametrize("host", ["hidden", "localhost"])
def test_an_engine_inside_docker_only_is_told(host: str) -> None:
    with pytest.raises(NoCounterpart, match=f"“{host}” is inside Docker's network"):
        engine_address(FILE, PROXY, host, 6878)


def test_outside_of_compose_files_addresses_are_what_they_are() -> None:
    around = ForeignSettings(kind=SourceKind.ENV_FILE, services=(PROXY,))

    assert engine_address(around, PROXY, "localhost", 6878) == "localhost:6878"
    assert engine_address(around, PROXY, "::1", 6878) == "[::1]:6878"


def test_the_port_of_a_program_may_be_that_of_its_network_or_the_only_one() -> None:
    assert published_for_all(FILE, INSIDE, 8080) == port(9000, 8080)
    assert published_for_all(FILE, ALONE, 1234) == port(7001, 6878, "10.0.0.1")
    assert published_for_all(FILE, HIDDEN, 1234) is None
    assert published_for_all(FILE, VPN, 1234) is None


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://vpn:8080/x/", "http://127.0.0.1:9000/x"),
        ("http://host", "http://127.0.0.1:80"),
        ("https://host", "https://127.0.0.1:443"),
        ("http://nas:8000", "http://nas:8000"),
        ("no address", "no address"),
    ],
)
def test_an_address_of_a_service_is_where_its_port_is_published(url: str, expected: str) -> None:
    assert outside_url(FILE, PROXY, url) == expected


def test_what_is_no_address_is_told() -> None:
    with pytest.raises(ValueError, match="must be an address"):
        outside_url(FILE, PROXY, "http://[::1")
    with pytest.raises(NoCounterpart):
        outside_url(FILE, PROXY, "http://hidden:6878")


def test_a_redis_is_where_its_port_is_published() -> None:
    assert redis_url(FILE, PROXY, "alone", "6878", "1") == "redis://10.0.0.1:7001/1"
    assert redis_url(FILE, PROXY, "nas.lan", "", "") == "redis://nas.lan:6379/0"
    assert redis_url(FILE, PROXY, "2001:db8::1", "", "") == "redis://[2001:db8::1]:6379/0"
    with pytest.raises(NoCounterpart, match="write its address into Redis"):
        redis_url(FILE, PROXY, "hidden", "", "")
    with pytest.raises(ValueError, match="database"):
        redis_url(FILE, PROXY, "nas", "", "1.5")


def test_a_program_means_itself_by_its_loopback() -> None:
    assert [is_itself(one) for one in ("", "localhost", "::1", "127.0.0.2")] == [True] * 4
    assert not is_itself("redis")
