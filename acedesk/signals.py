"""A minimal signal: for watching (windows, logs, statistics), never for carrying a request.

Signals are named in the past tense (`engine_added`). Slots run at once, in order of connection;
one that raises is logged and does not keep the others from running.
"""

import logging
from collections.abc import Callable
from typing import Generic, TypeVarTuple

logger = logging.getLogger(__name__)

Args = TypeVarTuple("Args")


class Signal(Generic[*Args]):
    """Calls every connected slot with the arguments of `emit`."""

    __slots__ = ("_slots",)

    def __init__(self) -> None:
        self._slots: list[Callable[[*Args], object]] = []

    def connect(self, slot: Callable[[*Args], object]) -> Callable[[], None]:
        """Call `slot` on every emit from now on; the returned function disconnects it."""
        self._slots.append(slot)

        def disconnect() -> None:
            if slot in self._slots:
                self._slots.remove(slot)

        return disconnect

    def emit(self, *args: *Args) -> None:
        """Call every slot now."""
        for slot in tuple(self._slots):
            try:
                slot(*args)
            except Exception:
                logger.exception("a signal slot failed")
