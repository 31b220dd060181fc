"""At which addresses a container is reached from here, decided in this one place.

Nothing is asked but the address of a name, by `resolve`.

Usually Docker runs on this computer and publishes a port on its loopback. That loopback is not ours
where Docker runs elsewhere, or where AceDesk itself runs in a container: then the engine is reached
at the address of Docker's host, or at its own address on a network that both are in.
"""

import socket
from collections.abc import Iterator
from typing import Final

from acedesk.containers.runtime import LOOPBACK, ContainerInfo, DockerLocation
from acedesk.errors import ContainerError
from acedesk.model.host import is_loopback, is_unspecified

Address = tuple[str, int]

# How a container names the computer it runs on: Docker Desktop and OrbStack, Podman.
HOST_NAMES: Final = ("host.docker.internal", "host.containers.internal")
# Networks that a container cannot be told by name to join, or that every container is in anyway.
_BUILT_IN: Final = frozenset({"bridge", "host", "none", "podman", "default"})


def shared_network(location: DockerLocation) -> str:
    """Return the network a new container has to join to be reached, "" for the usual one."""
    own = (name for name in location.networks if name not in _BUILT_IN)
    return next(own, "")


def publish_host(location: DockerLocation) -> str:
    """Return the host whose address a port is published at: nobody else is to get in by it."""
    if location.is_elsewhere and not location.networks:
        return location.docker_host
    return LOOPBACK


def addresses(info: ContainerInfo, port: int, location: DockerLocation) -> tuple[Address, ...]:
    """Return where TCP `port` of a container may be reached, the likeliest first.

    A container's own address is left out where Docker runs elsewhere: here it may be somebody
    else's.
    """
    return tuple(dict.fromkeys(_candidates(info, port, location)))


def describe_reach(location: DockerLocation) -> str:
    """Return how new engines of this Docker are reached, as the end of a sentence."""
    if network := shared_network(location):
        return f"at their own addresses in the network “{network}”"
    if location.networks:
        return "at their own addresses"
    if location.is_elsewhere:
        return f"at {location.docker_host}"
    return "at this computer's own address"


def _candidates(info: ContainerInfo, port: int, location: DockerLocation) -> Iterator[Address]:
    own = info.addresses
    yield from ((own[name], port) for name in location.networks if own.get(name))
    if published := info.published.get(port):
        yield from ((host, published[1]) for host in _published_hosts(published[0], location))
    if not location.is_elsewhere or is_loopback(location.docker_host):
        yield from ((address, port) for address in own.values() if address)


def _published_hosts(bound: str, location: DockerLocation) -> Iterator[str]:
    everywhere = is_unspecified(bound)
    if location.is_elsewhere:
        if not everywhere and not is_loopback(bound):
            yield bound
        yield location.docker_host
        if is_loopback(bound) and is_loopback(location.docker_host):
            yield bound
    elif everywhere:
        yield "::1" if bound == "::" else LOOPBACK
    else:
        yield bound
    if location.in_container:
        yield from HOST_NAMES


def resolve(host: str) -> str:
    """Return the address of Docker's host: Docker takes no names.

    Raises:
        ContainerError: The name is not known here.
    """
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as exc:
        detail = f"the name of Docker's host, “{host}”, is not known here"
        raise ContainerError("create", detail) from exc
    return str(found[0][4][0])
