"""Streams that other programs play on our engines, as they report them: each is load of its engine.

A program that gets engines from us and plays on them itself tells when a stream begins and ends.
Its end may never be told, because such a program may crash. So each stream is watched: the engine
is asked for the session's stat, and when it does not know the session any more the stream is over;
what it tells is kept for those who show these streams;
where it cannot be asked, it is over some hours after it was last reported. Only engines that are
known are asked, at their own addresses: of the address that was reported only the path is used.
"""

import asyncio
import dataclasses
import datetime
import logging
import urllib.parse
from collections import deque
from collections.abc import Callable, Collection
from typing import Final, Protocol

from acedesk import clock, tasks
from acedesk.engines.pool import EnginePool
from acedesk.engines.reservation import Reservation
from acedesk.errors import EngineError, EngineRefused
from acedesk.formats.engine_reply import is_unknown_session
from acedesk.model.content import StreamKey
from acedesk.model.engine import ANSWERING, EngineId
from acedesk.model.engine_stat import EngineStat
from acedesk.values import frozen_value

logger = logging.getLogger(__name__)

# Seconds after the last report when a stream that cannot be watched is over. A broadcast of a whole
# evening; acestream-orchestrator keeps them for ever.
EXPIRY: Final = 4 * 3600.0
# How often engines are asked; acestream-orchestrator asks as often for its statistics. Where there
# are many streams, no more than 20 are asked about in a second.
INTERVAL: Final = 5.0
ASK_TIME: Final = 0.05
# Answers that are kept of each stream: five minutes of them.
KEPT_ANSWERS: Final = 60
# So often in a row the engine must not know a session: it may have been asked before it began.
UNKNOWN_TIMES: Final = 2
STAT_PATH: Final = "/ace/stat/"
LONGEST_PATH: Final = 500


class AskStat(Protocol):
    """Asks an engine for a session's stat; `EngineClient.check_stat` does."""

    async def __call__(self, host: str, port: int, path: str) -> EngineStat | None:
        """Return how the session does; None is as good as an answer that tells nothing.

        Raises:
            EngineRefused: Also when it does not (`is_unknown_session` tells).
            EngineError: It does not answer.
        """
        ...


@frozen_value(kw_only=False)
class StatAnswer:
    """What an engine told of a session, and when."""

    time: datetime.datetime
    stat: EngineStat


@dataclasses.dataclass(slots=True)
class _Claim:
    place: Reservation
    stat_path: str
    reported_at: float
    unknown: int = 0
    answers: deque[StatAnswer] = dataclasses.field(
        default_factory=lambda: deque(maxlen=KEPT_ANSWERS)
    )
    downloaded: int = 0
    uploaded: int = 0


class Claims:
    """The reported streams by the id that the other program gave them.

    Args:
        ask: Asks engines.

    Attributes:
        downloaded_bytes, uploaded_bytes: What engines had from the swarms for these streams and
            gave to them. The first number of a session counts in full, then what it has grown by;
            neither ever falls.
    """

    def __init__(
        self,
        pool: EnginePool,
        ask: AskStat,
        *,
        now: Callable[[], float] = clock.monotonic,
        utc_now: Callable[[], datetime.datetime] = clock.utc_now,
    ) -> None:
        self.downloaded_bytes = 0
        self.uploaded_bytes = 0
        self._utc_now = utc_now
        self._pool = pool
        self._ask = ask
        self._now = now
        self._all: dict[str, _Claim] = {}

    def __len__(self) -> int:
        """Return how many streams there are."""
        return len(self._all)

    def __contains__(self, stream_id: str) -> bool:
        """Tell whether a stream counts as load."""
        return stream_id in self._all

    def report(
        self, stream_id: str, engine_id: EngineId, key: StreamKey, stat_url: str = ""
    ) -> None:
        """Count a stream as load of its engine, whatever the engine's limit.

        One that is reported again is renewed; on another engine it is moved there.

        Args:
            stat_url: Where its session tells of itself, as the other program sees it; may be "".

        Raises:
            NotFound: There is no such engine.
        """
        known = self._all.get(stream_id)
        if known is None or known.place.engine.id != engine_id:
            place = self._pool.claim(engine_id, key)
            self.end(stream_id)
            known = self._all[stream_id] = _Claim(place, "", 0.0)
        known.stat_path, known.reported_at = _stat_path(stat_url), self._now()
        known.unknown = 0

    def answers(self, stream_id: str) -> Collection[StatAnswer]:
        """Return what its engine told of a stream within the last minutes, oldest first."""
        claim = self._all.get(stream_id)
        return () if claim is None else claim.answers

    def stats(self) -> list[EngineStat]:
        """Return what engines told last of each stream."""
        return [one.answers[-1].stat for one in self._all.values() if one.answers]

    def end(self, stream_id: str) -> bool:
        """Give the stream's place back; tell whether there was one."""
        claim = self._all.pop(stream_id, None)
        if claim is not None:
            claim.place.release()
        return claim is not None

    async def run(self) -> None:
        """Watch the streams until cancelled."""
        while True:
            await self.look()
            await tasks.sleep(max(INTERVAL, ASK_TIME * len(self._all)))

    async def look(self) -> None:
        """Ask once about every stream, all at the same time, and end those that are over."""
        for stream_id, claim in tuple(self._all.items()):
            gone = self._pool.find(claim.place.engine.id) is None
            if gone or self._now() - claim.reported_at >= EXPIRY:
                logger.info("the reported stream %s counts no more", stream_id[:12])
                self.end(stream_id)
        watched = [(name, claim) for name, claim in self._all.items() if claim.stat_path]
        await asyncio.gather(*(self._look_at(name, claim) for name, claim in watched))

    async def _look_at(self, stream_id: str, claim: _Claim) -> None:
        view = self._pool.find(claim.place.engine.id)
        if view is None or view.health not in ANSWERING or not view.port:
            return
        try:
            stat = await self._ask(view.host, view.port, claim.stat_path)
        except EngineRefused as exc:
            claim.unknown = claim.unknown + 1 if is_unknown_session(exc) else 0
        except EngineError:
            return  # it says nothing of the session
        else:
            claim.unknown, claim.reported_at = 0, self._now()
            if stat is not None and self._all.get(stream_id) is claim:
                self._take(claim, stat)
        if claim.unknown >= UNKNOWN_TIMES and self._all.get(stream_id) is claim:
            logger.info("the reported stream %s has ended on %s", stream_id[:12], view.name)
            self.end(stream_id)

    def _take(self, claim: _Claim, stat: EngineStat) -> None:
        claim.answers.append(StatAnswer(self._utc_now(), stat))
        if stat.downloaded is not None:
            self.downloaded_bytes += max(0, stat.downloaded - claim.downloaded)
            claim.downloaded = stat.downloaded
        if stat.uploaded is not None:
            self.uploaded_bytes += max(0, stat.uploaded - claim.uploaded)
            claim.uploaded = stat.uploaded


def _stat_path(stat_url: str) -> str:
    """Return path and query of a stat URL, "" for anything else."""
    try:
        parts = urllib.parse.urlsplit(stat_url)
    except ValueError:
        return ""
    path = parts.path + (f"?{parts.query}" if parts.query else "")
    plain = all(" " < sign <= "~" for sign in path) and len(path) <= LONGEST_PATH
    return path if path.startswith(STAT_PATH) and plain and ".." not in path else ""
