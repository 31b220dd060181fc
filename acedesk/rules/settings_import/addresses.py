"""Addresses inside Docker as they are seen from this computer. Pure."""

from typing import Final
from urllib.parse import urlsplit, urlunsplit

from acedesk.model.host import is_loopback, is_unspecified, join_port
from acedesk.model.settings_import.source import ForeignSettings, PublishedPort, Service, SourceKind
from acedesk.rules.settings_import import values
from acedesk.rules.settings_import.counterparts import NoCounterpart
from acedesk.settings import parse_address

ENGINE_PORT: Final = 6878
REDIS_PORT: Final = 6379
MOST_DATABASES: Final = 9999

_LOOPBACK: Final = "127.0.0.1"
_THIS_COMPUTER: Final = ("host.docker.internal", "gateway.docker.internal", "172.17.0.1")
_ITSELF: Final = ("localhost", "127.0.0.1", "::1", "0.0.0.0", "::")  # noqa: S104 - as written there


def published(foreign: ForeignSettings, service: Service, target: int) -> PublishedPort | None:
    """Return where a port of a service is on its computer, None for nowhere.

    A service that uses the network of another one has its ports there.
    """
    other = _network_of(foreign, service)
    for one in (service, other) if other is not None else (service,):
        for port in one.ports:
            if port.target == target and port.port:
                return port
    return None


def published_for_all(
    foreign: ForeignSettings, service: Service, target: int
) -> PublishedPort | None:
    """Return the port of a program: `target`, or the only one that its service publishes."""
    found = published(foreign, service, target)
    if found is None and len(service.ports) == 1 and service.ports[0].port:
        return service.ports[0]
    return found


def engine_address(foreign: ForeignSettings, service: Service, host: str, port: int) -> str:
    """Return the engine that a proxy of this service used, as this computer reaches it.

    Raises:
        NoCounterpart: It is inside Docker's network only.
    """
    if foreign.kind is not SourceKind.COMPOSE:
        return join_port(host, port)
    if host in _THIS_COMPUTER or (host in _ITSELF and service.network == "host"):
        return join_port(_LOOPBACK, port)
    place = service if host in _ITSELF else foreign.find(host)
    if place is None:
        return join_port(host, port)
    if place.network == "host":
        return join_port(_LOOPBACK, port)
    found = published(foreign, place, port)
    if found is None:
        raise NoCounterpart(
            f"“{host}” is inside Docker's network and publishes no port {port}. Publish it, or let "
            "AceDesk make its engines."
        )
    outside = found.host if found.host and not is_unspecified(found.host) else _LOOPBACK
    return join_port(outside, found.port)


def outside_url(foreign: ForeignSettings, service: Service, url: str) -> str:
    """Return an address that a service used, as this computer reaches it.

    Raises:
        NoCounterpart: It is inside Docker's network only.
        ValueError: It is none.
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError:
        raise ValueError("must be an address, such as http://192.168.1.5:8000") from None
    if not host or foreign.kind is not SourceKind.COMPOSE:
        return url
    place = engine_address(foreign, service, host, port)
    if place == join_port(host, port):  # it is not of this file
        return url
    return urlunsplit((parts.scheme, place, parts.path.rstrip("/"), "", ""))


def redis_url(foreign: ForeignSettings, service: Service, host: str, port: str, number: str) -> str:
    """Return the address of a Redis that a service used, as this computer reaches it.

    Args:
        port: "" for the usual one.
        number: Of the database in it, "" for the first.

    Raises:
        NoCounterpart: It is inside Docker's network only.
        ValueError: A part of it is none.
    """
    try:
        asked = parse_address(join_port(host, _whole(port, REDIS_PORT, "port", 1, 65535)))
    except ValueError as exc:
        raise ValueError("names a host and a port that are no address") from exc
    database = _whole(number, 0, "database", 0, MOST_DATABASES)
    try:
        place = engine_address(foreign, service, *asked)
    except NoCounterpart:
        raise NoCounterpart(
            f"“{host}” is inside Docker's network and publishes no port {asked[1]}. Where several "
            "AceDesks are to work as one, publish it and write its address into Redis (redis_url)."
        ) from None
    return f"redis://{place}/{database}"


def is_itself(host: str) -> bool:
    """Tell whether a service means its own container, or nothing else than its computer."""
    return not host or host.lower() in _ITSELF or is_loopback(host)


def _whole(text: str, usual: int, what: str, least: int, most: int) -> int:
    number = values.read_number(text) if text else usual
    if not isinstance(number, int) or not least <= number <= most:
        raise ValueError(f"names a {what} that is no number from {least} to {most}")
    return number


def _network_of(foreign: ForeignSettings, service: Service) -> Service | None:
    kind, colon, name = service.network.partition(":")
    return foreign.find(name) if colon and kind in ("service", "container") else None
