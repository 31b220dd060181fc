"""How often something may come from one address. Pure: the time is handed in."""

import ipaddress
from collections import OrderedDict
from typing import Final

from acedesk.model.access.networks import read_peer

# Addresses remembered; the one that came longest ago is forgotten first.
REMEMBERED: Final = 2000
# An IPv6 network at home has so many bits, and a device in it as many addresses as it likes.
_NETWORK_BITS: Final = 64


def limit_key(address: str) -> str:
    """Return what counts as one sender: an IPv4 address, or an IPv6 network of a home."""
    found = read_peer(address)
    if isinstance(found, ipaddress.IPv6Address):
        return str(ipaddress.IPv6Network((found, _NETWORK_BITS), strict=False))
    return str(found) if found is not None else ""


def device_key(address: str) -> str:
    """Return what counts as one device: its address, however it is written."""
    found = read_peer(address)
    return "" if found is None else str(found)


class RateLimit:
    """Lets through so many at once, and so many in a second after that, of each key."""

    def __init__(self, *, burst: float, per_second: float, remembered: int = REMEMBERED) -> None:
        self._burst = burst
        self._per_second = per_second
        self._remembered = remembered
        # What is left for each key, and when that was.
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def wait(self, key: str, now: float) -> float:
        """Return the seconds until the next one is let through; 0 is now."""
        return max(0.0, 1.0 - self._at(key, now)) / self._per_second

    def take(self, key: str, now: float) -> float:
        """Count one, unless it is too early; return as `wait` does."""
        wait = self.wait(key, now)
        if not wait:
            self._left[key] = self._at(key, now) - 1.0, now
            self._left.move_to_end(key)
            if len(self._left) > self._remembered:
                self._left.popitem(last=False)
        return wait

    def _at(self, key: str, now: float) -> float:
        left, since = self._left.get(key, (self._burst, now))
        return min(self._burst, left + (now - since) * self._per_second)
