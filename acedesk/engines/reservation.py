"""One place on one engine, held by the stream that plays on it."""

from collections.abc import Callable
from types import TracebackType

from acedesk.model.content import StreamKey
from acedesk.model.engine import EngineSpec


class Reservation:
    """One place on one engine, counted as load until it is released.

    A context manager that releases on exit.

    Args:
        engine: As it was when the place was taken.
        give_back: Called once with this reservation when it is released.
        replace: Called with this reservation and the one that takes its place.

    Attributes:
        exclusive: The engine takes no other stream while this place is taken.
        standby: Another engine carries the stream; this one is there in case that fails.
    """

    __slots__ = ("_give_back", "_replace", "engine", "exclusive", "key", "standby")

    def __init__(
        self,
        engine: EngineSpec,
        key: StreamKey,
        give_back: "Callable[[Reservation], None]",
        replace: "Callable[[Reservation, Reservation], None]",
    ) -> None:
        self._give_back: Callable[[Reservation], None] | None = give_back
        self._replace = replace
        self.engine = engine
        self.key = key
        self.exclusive = False
        self.standby = False

    @property
    def released(self) -> bool:
        """The place was given back."""
        return self._give_back is None

    def release(self) -> None:
        """Give the place back; a second call does nothing."""
        give_back, self._give_back = self._give_back, None
        if give_back is not None:
            give_back(self)

    def hand_over(self) -> "Reservation":
        """Return the same place as another reservation; releasing this one does nothing then."""
        give_back, self._give_back = self._give_back, None
        assert give_back is not None
        successor = Reservation(self.engine, self.key, give_back, self._replace)
        successor.exclusive = self.exclusive
        successor.standby = self.standby
        self._replace(self, successor)
        return successor

    def __enter__(self) -> "Reservation":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.release()
