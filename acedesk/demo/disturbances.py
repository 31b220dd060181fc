"""What may be done to the demo engine on purpose, as the engine itself sees it.

Faults are ordered through `acedesk.demo.fault_injection`, which packages leave out: an engine in
one plays the test channel, and nobody can order anything.
"""

from collections.abc import Iterable
from typing import Any, Final, Protocol

from aiohttp import web
from aiohttp.typedefs import Middleware

from acedesk.values import frozen_value


@frozen_value
class BodyState:
    """What is done to the media of one reader at a moment.

    Attributes:
        flow: The fraction of the rate that is sent.
        garbage: Bytes come that are no transport stream.
        breaks: The connection ends now.
        reset: It ends by a TCP reset.
    """

    flow: float = 1.0
    garbage: bool = False
    breaks: bool = False
    reset: bool = False


UNDISTURBED: Final = BodyState()


class BodyDisturbances(Protocol):
    """Those of one body."""

    def state(self, now: float) -> BodyState:
        """Return what is done to the body at `now`, in monotonic seconds."""
        ...


class Disturbances(Protocol):
    """Those of one engine."""

    def order(self, fault: Any, now: float) -> None:
        """Let a fault happen from `now` on, in monotonic seconds."""
        ...

    def clear(self) -> None:
        """Forget all orders."""
        ...

    def report(self) -> list[dict[str, object]]:
        """Return all orders as JSON values."""
        ...

    def of_body(self, infohash: str, began_at: float) -> BodyDisturbances:
        """Return what is done to a body that began at `began_at`."""
        ...

    def middlewares(self, core: Any) -> Iterable[Middleware]:
        """Return what requests to the engine of this core pass."""
        ...

    def routes(self, core: Any) -> Iterable[web.RouteDef]:
        """Return the part of the API that real engines do not have."""
        ...


class NoDisturbances:
    """Nothing is done, and nothing can be ordered."""

    def order(self, fault: Any, now: float) -> None:
        """Leave everything as it is."""

    def clear(self) -> None:
        """There is nothing to forget."""

    def report(self) -> list[dict[str, object]]:
        """Return no orders."""
        return []

    def of_body(self, infohash: str, began_at: float) -> BodyDisturbances:
        """Return what does nothing."""
        return _Undisturbed()

    def middlewares(self, core: Any) -> Iterable[Middleware]:
        """Return none."""
        return ()

    def routes(self, core: Any) -> Iterable[web.RouteDef]:
        """Return none."""
        return ()


class _Undisturbed:
    def state(self, now: float) -> BodyState:
        return UNDISTURBED
