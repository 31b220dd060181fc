"""The addresses players reach us under: what the system tells of its networks."""

import asyncio
import contextlib
import logging
import pathlib
import socket
from collections.abc import Callable, Iterator
from typing import Final

import psutil

from acedesk import tasks
from acedesk.rules.lan_address import Interface, choose_lan_address

logger = logging.getLogger(__name__)

# Seconds. A computer changes its network seldom, but then an old address leads nowhere. Reading
# takes about a millisecond, longer with many networks, and each snapshot asks.
REFRESH: Final = 3.0

_SYS: Final = pathlib.Path("/sys/class/net")
_ROUTES: Final = pathlib.Path("/proc/net/route")
_ROUTES6: Final = pathlib.Path("/proc/net/ipv6_route")
# A bridge on a bond on a VLAN on a card is as deep as it gets.
_DEPTH: Final = 4


def ask_lan_address(*, ipv6: bool = False) -> str | None:
    """Return the address other devices reach us under, None without a local network.

    Args:
        ipv6: We listen on IPv6, too.
    """
    try:
        return choose_lan_address(read_interfaces(), ipv6=ipv6)
    except (OSError, psutil.Error) as exc:
        logger.debug("the networks of this computer cannot be read: %s", exc)
        return None


class LanAddress:
    """The address other devices reach us under, asked of the system now and then.

    Only the first question is asked at once; later ones in a thread, and what was true before is
    told until it answers.
    """

    def __init__(self, ask: Callable[..., str | None] = ask_lan_address) -> None:
        self._ask = ask
        self._address: str | None = None
        self._asked: tuple[float, bool] | None = None

    def at(self, now: float, *, ipv6: bool = False) -> str | None:
        """Return the address, None without a network; asked again after `REFRESH` seconds."""
        if self._asked is None or self._asked[1] != ipv6:
            self._address, self._asked = self._ask(ipv6=ipv6), (now, ipv6)
        elif now - self._asked[0] >= REFRESH:
            self._asked = (now, ipv6)
            tasks.spawn(self._ask_again(ipv6=ipv6), name="look for the address in the network")
        return self._address

    async def _ask_again(self, *, ipv6: bool) -> None:
        address = await asyncio.to_thread(self._ask, ipv6=ipv6)
        if self._asked is not None and self._asked[1] == ipv6:
            self._address = address


def read_interfaces() -> list[Interface]:
    """Return the network interfaces that have an address.

    Raises:
        OSError, psutil.Error: The system does not tell.
    """
    stats = psutil.net_if_stats()
    metrics = _metrics()
    found = []
    for name, entries in psutil.net_if_addrs().items():
        internet = [one for one in entries if one.family in (socket.AF_INET, socket.AF_INET6)]
        addresses = tuple(one.address for one in internet)
        if not addresses:
            continue
        flags = getattr(stats.get(name), "flags", "").split(",")  # psutil 5.9.3 and later
        # Windows tells no flags; a network of one address is a tunnel there, too.
        alone = [one.netmask == "255.255.255.255" for one in internet if one.netmask]
        ways = [metrics[key] for key in (name, *addresses) if key in metrics]
        found.append(
            Interface(
                name=name,
                addresses=addresses,
                up=name not in stats or stats[name].isup or "up" in flags,
                running=name not in stats or stats[name].isup,
                physical=_is_physical(name) if _SYS.is_dir() else None,
                bridge=(_SYS / name / "bridge").is_dir(),
                point_to_point="pointopoint" in flags or bool(alone and alone[0]),
                metric=min(ways, default=None),
            )
        )
    return found


def _is_physical(name: str, depth: int = _DEPTH) -> bool:
    """Tell whether Linux has a device for it, or for an interface that it stands on."""
    folder = _SYS / name
    if (folder / "device").exists():
        return True
    below = [path.name.removeprefix("lower_") for path in folder.glob("lower_*")]
    return depth > 0 and any(_is_physical(one, depth - 1) for one in below)


def _metrics() -> dict[str, int]:
    """Return the metric of each way to everywhere, by interface, or by our address on it."""
    if not _ROUTES.exists() and not _ROUTES6.exists():
        return dict.fromkeys(_addresses_outwards(), 0)
    found: dict[str, int] = {}
    for name, metric in (*_ways4(), *_ways6()):
        found[name] = min(metric, found.get(name, metric))
    return found


def _ways4() -> Iterator[tuple[str, int]]:
    for line in _lines(_ROUTES)[1:]:
        name, target, _gateway, _flags, _count, _use, metric, mask, *_ = line.split()
        if int(target, 16) == int(mask, 16) == 0:
            yield name, int(metric)


def _ways6() -> Iterator[tuple[str, int]]:
    for line in _lines(_ROUTES6):
        target, length, _, _, _, metric, _, _, flags, name = line.split()
        # Without the reject flag (include/uapi/linux/route.h, RTF_REJECT).
        if int(target, 16) == int(length, 16) == 0 and not int(flags, 16) & 0x0200:
            yield name, int(metric, 16)


def _lines(path: pathlib.Path) -> list[str]:
    try:
        return path.read_text("ascii").splitlines()
    except (OSError, ValueError):
        return []


def _addresses_outwards() -> Iterator[str]:
    """Yield what this computer calls itself towards the Internet; choosing it sends nothing."""
    # Reserved for documentation: RFC 5737 and RFC 3849.
    for family, target in ((socket.AF_INET, "192.0.2.1"), (socket.AF_INET6, "2001:db8::1")):
        with contextlib.suppress(OSError), socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.connect((target, 9))
            yield str(probe.getsockname()[0])
