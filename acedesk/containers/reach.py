"""At which addresses a container is reached from here, decided in this one place. Pure.

Usually Docker runs on this computer and publishes a port on its loopback. That loopback is not ours
where Docker runs elsewhere, or where AceDesk itself runs in a container: then the engine is reached
at the address of Docker's host, or at its own address on a network that both are in.
"""

from collections.abc import Iterator
from typing import Final

from acedesk.containers.runtime import LOOPBACK, ContainerInfo, Vantage
from acedesk.model.host import is_loopback, is_unspecified

Address = tuple[str, int]

# How a container names the computer it runs on: Docker Desktop and OrbStack, Podman.
HOST_NAMES: Final = ("host.docker.internal", "host.containers.internal")
# Networks that a container cannot be told by name to join, or that every container is in anyway.
_BUILT_IN: Final = frozenset({"bridge", "host", "none", "podman", "default"})


def shared_network(vantage: Vantage) -> str:
    """Return the network a new container has to join to be reached, "" for the usual one."""
    own = (name for name in vantage.networks if name not in _BUILT_IN)
    return next(own, "")


def publish_host(vantage: Vantage) -> str:
    """Return the host whose address a port is published at: nobody else is to get in by it."""
    if vantage.is_elsewhere and not vantage.networks:
        return vantage.docker_host
    return LOOPBACK


def addresses(info: ContainerInfo, port: int, vantage: Vantage) -> tuple[Address, ...]:
    """Return where TCP `port` of a container may be reached, the likeliest first.

    A container's own address is left out where Docker runs elsewhere: here it may be somebody
    else's.
    """
    return tuple(dict.fromkeys(_candidates(info, port, vantage)))


def _candidates(info: ContainerInfo, port: int, vantage: Vantage) -> Iterator[Address]:
    own = info.addresses
    yield from ((own[name], port) for name in vantage.networks if own.get(name))
    if published := info.published.get(port):
        yield from ((host, published[1]) for host in _published_hosts(published[0], vantage))
    if not vantage.is_elsewhere or is_loopback(vantage.docker_host):
        yield from ((address, port) for address in own.values() if address)


def _published_hosts(bound: str, vantage: Vantage) -> Iterator[str]:
    everywhere = is_unspecified(bound)
    if vantage.is_elsewhere:
        if not everywhere and not is_loopback(bound):
            yield bound
        yield vantage.docker_host
        if is_loopback(bound) and is_loopback(vantage.docker_host):
            yield bound
    elif everywhere:
        yield "::1" if bound == "::" else LOOPBACK
    else:
        yield bound
    if vantage.in_container:
        yield from HOST_NAMES
