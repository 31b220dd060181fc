"""Which ports an engine listens on that shares the network of the VPN's container. Pure.

All who share a network share its ports, so each engine has its own. AceDesk reaches an engine only
at a port that the VPN's container publishes; those are fixed when that container is made. Peers
come through the tunnel, so the port for them need not be published: it is taken from the published
ones where there are enough for all engines, else it is none of them.
"""

from collections.abc import Collection, Iterable, Sequence
from typing import Final

from acedesk.values import frozen_value

# What Gluetun itself listens on: control server, HTTP proxy, Shadowsocks, health check, DNS
# (defaults of its Dockerfile, v3.41).
GLUETUN_PORTS: Final = frozenset({53, 853, 8000, 8388, 8888, 9999})
# Lower ones need rights that the engine's user may lack.
LOWEST: Final = 1024

# The other ports of an engine follow from its HTTP port, as nobody tells which an engine has. No
# two engines get the same, because changing a bit leads from different numbers to different ones.
_API_BIT: Final = 0x2000
_HTTPS_BIT: Final = 0x4000


@frozen_value
class EnginePorts:
    """Where one engine listens.

    Attributes:
        http: Its HTTP API; published.
        p2p: For peers.
        forwarded: `p2p` is the port that the VPN forwards.
    """

    http: int
    p2p: int
    forwarded: bool = False

    @property
    def api(self) -> int:
        """Its TCP API, which AceDesk does not use."""
        return self.http ^ _API_BIT

    @property
    def https(self) -> int:
        """Its HTTPS API, which AceDesk does not use."""
        return self.http ^ _HTTPS_BIT

    @property
    def all(self) -> frozenset[int]:
        """Every port it listens on."""
        return frozenset({self.http, self.p2p, self.api, self.https})


def usable_ports(published: Iterable[int], control_port: int) -> tuple[int, ...]:
    """Return the published ports that engines may have, the smallest first.

    Args:
        published: TCP ports inside that the VPN's container publishes.
        control_port: Of the control server.
    """
    own = GLUETUN_PORTS | {control_port}
    return tuple(sorted(port for port in set(published) if port >= LOWEST and port not in own))


def count_places(usable: Collection[int], *, engines: int, control_port: int = 8000) -> int:
    """Return how many engines may listen at once, by the published ports."""
    taken = GLUETUN_PORTS | {control_port}
    beside = taken | set(usable)
    return sum(_may_be_http(port, taken, beside) for port in _for_http(usable, engines))


def _for_http(usable: Collection[int], engines: int) -> Sequence[int]:
    """Return the ports for HTTP: half of them where there are enough for the peers, too."""
    ordered = sorted(usable)
    return ordered[: len(ordered) // 2] if len(ordered) >= 2 * engines else ordered


def choose_ports(
    usable: Collection[int],
    others: Collection[EnginePorts],
    *,
    engines: int,
    forwarded: int | None = None,
    control_port: int = 8000,
) -> EnginePorts | None:
    """Return the ports of one more engine, None when no published one is left.

    The first engine that comes while nobody has the forwarded port gets it; it is never given
    twice.

    Args:
        usable: What `usable_ports` returned.
        others: All who listen in that network or are about to.
        engines: How many engines there may be.
        forwarded: The port that the VPN forwards, None when it forwards none or it is not known.
    """
    taken = {port for one in others for port in one.all} | GLUETUN_PORTS | {control_port}
    ordered = sorted(usable)
    half = len(_for_http(usable, engines))
    ample = half < len(ordered)
    not_free = taken | {port for port in (forwarded,) if port is not None}
    not_beside = not_free | set(ordered)
    http = next((port for port in ordered[:half] if _may_be_http(port, not_free, not_beside)), None)
    if http is None:
        return None
    if forwarded is not None and forwarded not in taken:
        return EnginePorts(http=http, p2p=forwarded, forwarded=True)
    blocked = not_free | EnginePorts(http=http, p2p=http).all
    spare = ordered[half:] if ample else _unpublished(http, not_beside)
    p2p = next((port for port in spare if port not in blocked), None)
    return None if p2p is None else EnginePorts(http=http, p2p=p2p)


def _may_be_http(port: int, not_free: Collection[int], not_beside: Collection[int]) -> bool:
    """Tell whether a port and those that follow from it are free."""
    listens = EnginePorts(http=port, p2p=port)
    further = (listens.api, listens.https)
    return port not in not_free and all(one >= LOWEST and one not in not_beside for one in further)


def _unpublished(http: int, published: Collection[int]) -> Iterable[int]:
    """Return ports for peers beside the published ones; first one that follows from `http`."""
    first = http ^ _API_BIT ^ _HTTPS_BIT
    candidates = (first, *range(LOWEST, 65536))
    return (port for port in candidates if port >= LOWEST and port not in published)
