"""The addresses players reach us under."""

import socket
from collections.abc import Callable
from typing import Final

# An address changes with the network a computer is in: seldom, and nobody copies it at once.
REFRESH: Final = 10.0


def ask_lan_address() -> str | None:
    """Return the address other devices reach us under: that of the default route."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            # Choosing the route sends nothing; 192.0.2.1 is reserved for documentation.
            probe.connect(("192.0.2.1", 9))
            return str(probe.getsockname()[0])
        except OSError:
            return None


class LanAddress:
    """The address other devices reach us under, asked of the kernel now and then."""

    def __init__(self, ask: Callable[[], str | None] = ask_lan_address) -> None:
        self._ask = ask
        self._address: str | None = None
        self._asked_at: float | None = None

    def at(self, now: float) -> str | None:
        """Return the address, None without a network; asked again after `REFRESH` seconds."""
        if self._asked_at is None or now - self._asked_at >= REFRESH:
            self._address, self._asked_at = self._ask(), now
        return self._address
