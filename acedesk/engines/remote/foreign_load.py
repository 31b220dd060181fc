"""What other programs play on the orchestrator's engines counts as load of these, here too.

Each such stream takes a place in our pool, with its content: so an engine is not overbooked by two
proxies that know of each other, and none is asked for a content that it plays for somebody else.
Streams of which we told the orchestrator are ours and have their place already.
"""

import logging
from collections.abc import Callable

from acedesk.engines.pool import EnginePool
from acedesk.engines.remote.directory import Directory
from acedesk.engines.reservation import Reservation
from acedesk.errors import NotFound
from acedesk.model.engine import EngineId, EngineIntent

logger = logging.getLogger(__name__)


class ForeignLoad:
    """The places of others in our pool.

    Args:
        engine_id: Returns our id of an engine of the orchestrator's, None for one that is not
            listed.
        is_own: Tells whether a stream is one of ours.
    """

    def __init__(
        self,
        pool: EnginePool,
        directory: Directory,
        engine_id: Callable[[str], EngineId | None],
        is_own: Callable[[str], bool],
    ) -> None:
        self._pool = pool
        self._directory = directory
        self._engine_id = engine_id
        self._is_own = is_own
        self._places: dict[str, Reservation] = {}
        self._drained: set[EngineId] = set()
        self._looking = self._missing = False

    def __len__(self) -> int:
        """Return how many streams of others there are."""
        return len(self._places)

    def look(self) -> None:
        """Make places and intents those that the orchestrator tells of."""
        self._looking, self._missing = True, False
        try:
            self._take_places()
            self._follow_intents()
        finally:
            self._looking = False

    def look_for_missing(self) -> None:
        """Look again if an engine was not in the pool yet, which has changed now."""
        if self._missing and not self._looking:  # what is done here changes the pool, too
            self.look()

    def _take_places(self) -> None:
        streams = self._directory.picture.streams
        for name, place in tuple(self._places.items()):
            stream = streams.get(name)
            same = (
                stream is not None
                and stream.key == place.key
                and self._engine_id(stream.engine) == place.engine.id
            )
            if not same or self._is_own(name):
                self._places.pop(name).release()
        for name, stream in streams.items():
            if name in self._places or self._is_own(name):
                continue
            engine_id = self._engine_id(stream.engine)
            if engine_id is None:
                continue
            try:
                self._places[name] = self._pool.claim(engine_id, stream.key)
            except NotFound:
                self._missing = True  # it joins the pool in a moment

    def _follow_intents(self) -> None:
        """Drain what the orchestrator drains: its engine is to be removed there."""
        for name, engine in self._directory.picture.engines.items():
            engine_id = self._engine_id(name)
            if engine_id is None or engine.draining is (engine_id in self._drained):
                continue
            intent = EngineIntent.DRAIN if engine.draining else EngineIntent.SERVE
            try:
                self._pool.intents.set(engine_id, intent)
            except NotFound:
                self._missing = True
                continue
            if engine.draining:
                self._drained.add(engine_id)
            else:
                self._drained.discard(engine_id)
