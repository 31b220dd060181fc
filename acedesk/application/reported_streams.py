"""Streams that other programs play and tell us of: which there are, and which have ended.

An engine we know has one place less for each of them (`Claims`, which also sees when its session
is over). One on an engine we do not know counts for nothing and is forgotten some hours after it
was last reported. Ended ones are listed for an hour.
"""

import dataclasses
import datetime
from collections.abc import Callable
from typing import Final, Protocol

from acedesk import clock
from acedesk.errors import BadRequest, Busy, BusyReason, EngineUnreachable, LinkError, NotFound
from acedesk.formats.engine_reply import Session
from acedesk.formats.stream_key import build_key
from acedesk.model.content import KeyKind, StreamKey
from acedesk.model.engine import EngineId
from acedesk.model.event import EventKind, Note, note_nothing
from acedesk.model.host import http_url, is_loopback, normal_host
from acedesk.model.snapshot import EngineView
from acedesk.values import frozen_value

# Seconds after the last report when a stream of an unknown engine is over.
EXPIRY: Final = 4 * 3600.0
# Seconds an ended one is listed; acestream-orchestrator keeps them as long.
KEEP_ENDED: Final = 3600.0
# A household has a hundred; more are the mistake of a program, or worse.
MOST: Final = 10_000
# Seconds between two looks at all of them while there are so many: each costs some milliseconds,
# and thousands of reports may come at once.
LOOK_INTERVAL: Final = 1.0
COMMAND_PATH: Final = "/ace/cmd/"

# The cause in the events: why, in the words of the program, stands beside it.
REPORTED: Final = "reported"
STALE: Final = "stale_stream_detected"
EXPIRED: Final = "expired"
STOPPED: Final = "stopped"


class ClaimsApi(Protocol):
    """Counts load; `acedesk.engines.upkeep.claims.Claims` is it."""

    def __contains__(self, stream_id: str) -> bool:
        """Tell whether a stream counts as load."""
        ...

    def report(
        self, stream_id: str, engine_id: EngineId, key: StreamKey, stat_url: str = ""
    ) -> None:
        """Count a stream as load of its engine."""
        ...

    def end(self, stream_id: str) -> bool:
        """Give its place back."""
        ...


class StopSession(Protocol):
    """Ends a session; `EngineClient.stop` does."""

    async def __call__(self, session: Session) -> bool:
        """Return whether it is over."""
        ...


@frozen_value
class StreamReport:
    """What another program tells of a stream it plays; nothing of it is trusted.

    Attributes:
        id: Its name for it.
        kind: What `key` is.
        container_id: May be the program's own, not the engine's.
        host: Of the engine, as the program reaches it.
    """

    id: str
    kind: KeyKind
    key: str
    host: str
    port: int
    container_id: str = ""
    playback_session_id: str = ""
    stat_url: str = ""
    command_url: str = ""
    is_live: bool = True


@frozen_value
class ReportedStream:
    """One such stream.

    Attributes:
        engine_id: None when it plays on an engine we do not know.
        ended_time: None while it plays.
        reason: Why it ended, a word of the program or of ours.
    """

    report: StreamReport
    engine_id: EngineId | None
    started_time: datetime.datetime
    ended_time: datetime.datetime | None = None
    reason: str = ""


class ReportedStreams:
    """All of them by the id that the other program gave them.

    Args:
        engines: The engines that are known now.
        stop: Ends a session on an engine.
        note: Is told of those that begin and end.
    """

    def __init__(
        self,
        claims: ClaimsApi,
        engines: Callable[[], tuple[EngineView, ...]],
        stop: StopSession,
        *,
        note: Note = note_nothing,
        now: Callable[[], float] = clock.monotonic,
        utc_now: Callable[[], datetime.datetime] = clock.utc_now,
    ) -> None:
        self._note = note
        self._claims = claims
        self._engines = engines
        self._stop = stop
        self._now = now
        self._utc_now = utc_now
        self._all: dict[str, ReportedStream] = {}
        # Of those that play, and of the others in the order in which they ended.
        self._reported_at: dict[str, float] = {}
        self._ended_at: dict[str, float] = {}
        self._look_again_at = float("-inf")

    def all(self) -> tuple[ReportedStream, ...]:
        """Return those that play and those that ended within the hour, oldest first."""
        self._update_all()
        return tuple(self._all.values())

    def get(self, stream_id: str) -> ReportedStream | None:
        """Return one, None when it is not known."""
        self._update(stream_id)
        return self._all.get(stream_id)

    def start(self, report: StreamReport) -> ReportedStream:
        """Note that a stream plays; one that is reported again goes on, an ended one begins anew.

        Raises:
            Busy: There are far too many.
        """
        known = self.get(report.id)
        if known is None and not self._make_room():
            raise Busy(BusyReason.MAX_STREAMS, f"{MOST} streams are reported already.")
        engine = _find_engine(self._engines(), report)
        began = known is None or known.ended_time is not None
        stream = ReportedStream(
            report=report,
            engine_id=None if engine is None else engine.id,
            started_time=self._utc_now() if known is None or began else known.started_time,
        )
        if engine is None:
            self._claims.end(report.id)
        else:
            self._claims.report(report.id, engine.id, _key(report), report.stat_url)
        if began:
            self._all.pop(report.id, None)  # to the end of the row
            self._ended_at.pop(report.id, None)
        self._all[report.id] = stream
        self._reported_at[report.id] = self._now()
        if began:
            where = f"{report.host}:{report.port}" if engine is None else engine.name
            self._note(EventKind.STREAM_BEGAN, report.id, engine=where, reported=True)
        return stream

    def end(self, stream_id: str, reason: str = "") -> tuple[bool, ReportedStream | None]:
        """Note that a stream has ended; return whether it played until now, and the stream."""
        known = self.get(stream_id)
        if known is None or known.ended_time is not None:
            return False, known
        return True, self._end(stream_id, reason)

    async def stop(self, stream_id: str) -> ReportedStream:
        """End a stream's session on its engine, and so the stream.

        Raises:
            NotFound: It is not known.
            BadRequest: It has ended, or where its engine takes commands is not known.
            EngineUnreachable: The engine did not take the command.
        """
        known = self.get(stream_id)
        if known is None:
            raise NotFound("this stream is not running")
        if known.ended_time is not None:
            raise BadRequest("This stream has ended.")
        url = self._command_url(known)
        if not url:
            raise BadRequest("How this stream is stopped was not reported.")
        if not await self._stop(_session(known, url)):
            raise EngineUnreachable("the engine did not take the stop")
        _, ended = self.end(stream_id, STOPPED)
        return ended or known

    def _command_url(self, stream: ReportedStream) -> str:
        """Return the command URL at the engine's own address: nothing else is asked."""
        view = next((one for one in self._engines() if one.id == stream.engine_id), None)
        path = stream.report.command_url.partition("://")[2].partition("/")
        target = f"/{path[2]}"
        plain = all(" " < sign <= "~" for sign in target) and ".." not in target
        if view is None or not view.port or not plain or not target.startswith(COMMAND_PATH):
            return ""
        return http_url(view.host, view.port) + target

    def _end(self, stream_id: str, reason: str) -> ReportedStream:
        self._claims.end(stream_id)
        ended = dataclasses.replace(self._all[stream_id], ended_time=self._utc_now(), reason=reason)
        self._all[stream_id] = ended
        del self._reported_at[stream_id]
        self._ended_at[stream_id] = self._now()
        seconds = (self._utc_now() - ended.started_time).total_seconds()
        self._note(
            EventKind.STREAM_ENDED, stream_id, cause=REPORTED, reason=reason, seconds=seconds
        )
        return ended

    def _update_all(self) -> None:
        for stream_id in tuple(self._all):
            self._update(stream_id)

    def _update(self, stream_id: str) -> None:
        """End a stream that is over; forget one that ended long ago."""
        stream = self._all.get(stream_id)
        if stream is None:
            return
        if stream.ended_time is not None:
            if self._now() - self._ended_at[stream_id] >= KEEP_ENDED:
                self._forget(stream_id)
        elif stream.engine_id is not None:
            if stream_id not in self._claims:
                self._end(stream_id, STALE)
        elif self._now() - self._reported_at[stream_id] >= EXPIRY:
            self._end(stream_id, EXPIRED)

    def _make_room(self) -> bool:
        """Tell whether one more may be kept; the one that ended first gives its place."""
        if len(self._all) < MOST:
            return True
        if not self._ended_at and self._now() >= self._look_again_at:
            self._look_again_at = self._now() + LOOK_INTERVAL
            self._update_all()
        if not self._ended_at:
            return False
        self._forget(next(iter(self._ended_at)))
        return True

    def _forget(self, stream_id: str) -> None:
        del self._all[stream_id], self._ended_at[stream_id]


def _find_engine(engines: tuple[EngineView, ...], report: StreamReport) -> EngineView | None:
    """Return the engine at the reported address, else the one with the reported container.

    The address comes first: a proxy reports its own container.
    """
    for view in engines:
        if view.port == report.port and _is_same_host(view.host, report.host):
            return view
    named = report.container_id
    return next((one for one in engines if named and named in (one.container_id, one.id)), None)


def _is_same_host(one: str, other: str) -> bool:
    return normal_host(one) == normal_host(other) or (is_loopback(one) and is_loopback(other))


def _key(report: StreamReport) -> StreamKey:
    """Return the key; one that is no valid link is taken as it is, for it only counts."""
    try:
        return build_key(report.kind, report.key)
    except LinkError:
        return StreamKey(report.kind, report.key)


def _session(stream: ReportedStream, command_url: str) -> Session:
    return Session(
        playback_url="",
        stat_url="",
        command_url=command_url,
        event_url="",
        infohash=None,
        playback_session_id=stream.report.playback_session_id,
        is_live=stream.report.is_live,
        is_encrypted=False,
        player_id="",
    )
