"""Tells the orchestrator of our sessions: each that is opened and each that has ended.

They are load of its engines, on which others play, too. What is told is put into a queue, which
`acedesk.engines.remote.report_sender` sends; so nobody who plays waits for it.
"""

import dataclasses
from collections import OrderedDict
from collections.abc import Callable
from typing import Final, Protocol

from acedesk import clock, tasks
from acedesk.engines.remote.directory import Directory
from acedesk.formats.engine_reply import Session
from acedesk.formats.orchestrator.replies import RemoteEngine
from acedesk.formats.orchestrator.reports import (
    ENDED,
    STARTED,
    ended_report,
    report_id,
    started_report,
)
from acedesk.model.content import StreamKey
from acedesk.model.engine import BackendKind, EngineId, EngineSpec
from acedesk.model.host import is_loopback, join_port
from acedesk.store.reports.report_queue import ReportQueue

# An orchestrator that was started anew has forgotten what it was told. It is told again so many
# seconds after the last time, when its list should have it long since.
TELL_AGAIN: Final = 10.0
# Ended ones that the orchestrator may still list, because it was not told yet.
MOST_ENDED: Final = 10_000

LEFT_OVER: Final = "proxy_restarted"
COMPLETED: Final = "completed"


class EngineList(Protocol):
    """The orchestrator's engines; `acedesk.engines.remote.remote_backend.RemoteBackend` is it."""

    def listed(self, engine_id: EngineId) -> RemoteEngine | None:
        """Return an engine as the orchestrator lists it, None for one that is not its own."""
        ...


@dataclasses.dataclass(slots=True)
class _Playing:
    stream_id: str
    body: str
    engine: str
    told_at: float


class SessionReports:
    """Hears of our sessions; fulfils `acedesk.proxy.ingest.engine_sessions.SessionListener`.

    Args:
        far: The orchestrator is on another computer: what is on our loopback means nothing there.
    """

    def __init__(
        self,
        queue: ReportQueue,
        directory: Directory,
        engines: EngineList,
        *,
        far: bool,
        now: Callable[[], float] = clock.monotonic,
    ) -> None:
        self._queue = queue
        self._directory = directory
        self._engines = engines
        self._far = far
        self._now = now
        self._playing: dict[str, _Playing] = {}
        self._ended: OrderedDict[str, None] = OrderedDict()
        self._ids: set[str] = set()

    def open(self, left_over: dict[str, str]) -> None:
        """Tell the end of what the last run could not: stream to the id of its engine."""
        for stream_id, engine in left_over.items():
            self._queue.add(ENDED, ended_report(stream_id, LEFT_OVER, engine=engine))

    def is_own(self, stream_id: str) -> bool:
        """Tell whether the orchestrator has a stream from us."""
        return stream_id in self._ids or stream_id in self._ended

    def opened(self, engine: EngineSpec, key: StreamKey, session: Session) -> None:
        """Tell of a session, where its engine means something to the orchestrator."""
        listed = self._engines.listed(engine.id)
        if listed is None and not self._is_known_there(engine):
            return
        name = listed.id if listed is not None else ""
        host, port = (
            (listed.host, listed.port) if listed is not None else (engine.host, engine.port)
        )
        stream_id = report_id(key, session)
        body = started_report(
            stream_id,
            key,
            session,
            engine=name,
            host=host,
            port=port,
            reached=join_port(engine.host, engine.port),
        )
        self._playing[session.player_id] = _Playing(stream_id, body, name, self._now())
        self._ids.add(stream_id)
        self._queue.note_playing(stream_id, name)
        self._queue.add(STARTED, body)

    def ended(self, engine: EngineSpec, session: Session) -> None:
        """Tell of its end."""
        playing = self._playing.pop(session.player_id, None)
        if playing is None:
            return
        self._ids.discard(playing.stream_id)
        self._ended[playing.stream_id] = None
        if len(self._ended) > MOST_ENDED:
            self._ended.popitem(last=False)
        self._queue.note_over(playing.stream_id)
        body = ended_report(playing.stream_id, COMPLETED, engine=playing.engine)
        self._queue.add(ENDED, body)

    async def run(self) -> None:
        """Look again and again: what was told just before it was started anew is told late."""
        while True:
            await tasks.sleep(TELL_AGAIN)
            self.look()

    def look(self) -> None:
        """Tell of what plays and is not in its list; also to be called when the list changes."""
        if not self._directory.usable or len(self._queue):
            return  # it may be about to be told
        now = self._now()
        for one in self._playing.values():
            if one.stream_id in self._directory.picture.streams or now - one.told_at < TELL_AGAIN:
                continue
            one.told_at = now
            self._queue.add(STARTED, one.body)

    def _is_known_there(self, engine: EngineSpec) -> bool:
        """Tell whether the address of an engine means the same where the orchestrator is."""
        local = engine.backend is BackendKind.DEMO or engine.contents is not None
        return not local and not (self._far and is_loopback(engine.host))
