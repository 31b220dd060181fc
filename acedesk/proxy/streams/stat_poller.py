"""What a stream's engine says of peers and speed, asked for again and again.

The times come from `acedesk.rules.stat_schedule`: streams that began together ask at different
moments.
"""

import asyncio
import itertools
import logging
from collections.abc import Callable

from acedesk import clock, tasks
from acedesk.errors import AceDeskError, EngineTooSlow, EngineUnreachable
from acedesk.formats.engine_reply import Session
from acedesk.model.engine_stat import EngineStat
from acedesk.proxy.counters.stat_queries import StatQueries
from acedesk.proxy.counters.totals import SwarmShare
from acedesk.proxy.ingest.supply import SharedParts, Supply
from acedesk.rules.stat_schedule import StatSchedule

logger = logging.getLogger(__name__)

_numbers = itertools.count()


class StatPoller:
    """Asks one stream's engine, one question at a time.

    Args:
        supply: Knows the engine and the session that carry the stream now.
        note_name: Called once with the content's name, when the engine told it.
        label: The stream in names of tasks and in the log.

    Attributes:
        stat: What the engine said last about peers and speed, None before.
        queries: How many questions it was asked and has answered.

    Closes: the question under way, by `close`.
    """

    __slots__ = (
        "_client",
        "_label",
        "_name_asked",
        "_note_name",
        "_schedule",
        "_supply",
        "_swarm",
        "_task",
        "_timer",
        "queries",
        "stat",
    )

    def __init__(
        self,
        shared: SharedParts,
        supply: Supply,
        note_name: Callable[[str], None],
        *,
        label: str,
    ) -> None:
        self.stat: EngineStat | None = None
        self.queries = StatQueries()
        self._client = shared.client
        self._supply = supply
        self._swarm = SwarmShare(shared.totals)
        self._note_name = note_name
        self._label = label
        self._schedule = StatSchedule(next(_numbers))
        self._timer: asyncio.TimerHandle | None = None
        self._task: asyncio.Task[None] | None = None
        self._name_asked = False

    def second(self, now: float) -> None:
        """Ask in a moment if a question is due before the next second is over."""
        if self._supply.session is None or self._task is not None:
            return
        delay = self._schedule.look(now)
        if delay is not None:
            self._timer = asyncio.get_running_loop().call_later(delay, self._ask)

    def close(self) -> None:
        """Ask no more."""
        if self._timer is not None:
            self._timer.cancel()
        if self._task is not None:
            self._task.cancel()

    def _ask(self) -> None:
        session = self._supply.session
        if session is not None and self._task is None:
            self._task = tasks.spawn(self.ask(session), name=f"stat of {self._label}")
            self._task.add_done_callback(self._done)

    def _done(self, _task: asyncio.Task[None]) -> None:
        self._task = None

    async def ask(self, session: Session) -> None:
        """Ask for peers and speed and, once, for the content's name; a failure is only logged."""
        asked_at = clock.monotonic()
        self.queries.note_question()
        try:
            self.stat = await self._client.fetch_stat(session)
            self.queries.note_answer(clock.monotonic() - asked_at)
            self._swarm.add(session.stat_url, self.stat)
            engine = self._supply.engine
            if not self._name_asked and session.infohash is not None and engine is not None:
                self._name_asked = True
                self._note_name(
                    await self._client.fetch_name(engine.host, engine.port, session.infohash)
                )
        except AceDeskError as exc:
            if not isinstance(exc, (EngineTooSlow, EngineUnreachable)):
                self.queries.note_answer(clock.monotonic() - asked_at)
            logger.debug("the engine tells nothing of %s: %s", self._label, exc.detail)
