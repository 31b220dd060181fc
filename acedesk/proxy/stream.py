"""One stream: a source of bytes at one end, any number of clients at the other, a ring between.

It ends when its source gives up, when it is stopped, or when nobody watched for the grace time.
"""

import asyncio
import datetime
import itertools
import logging
from collections.abc import Callable
from typing import Final

from acedesk import clock, tasks
from acedesk.errors import AceDeskError, EngineTooSlow, EngineUnreachable, NotFound, NotLive
from acedesk.formats.engine_reply import EngineStat, Session
from acedesk.formats.getstream import PlayRequest
from acedesk.model.diagnosis import BroadcastFacts
from acedesk.model.snapshot import StreamState
from acedesk.proxy.audience import Audience
from acedesk.proxy.client import Client, EndReason
from acedesk.proxy.gaps import SourceGaps
from acedesk.proxy.meter import Levels, Meter
from acedesk.proxy.pulse import Pulse
from acedesk.proxy.ring import Ring
from acedesk.proxy.supply import Plant, Supply, Watcher
from acedesk.rules.asking import Asking
from acedesk.rules.diagnosis import Verdict
from acedesk.settings import MIB
from acedesk.signals import Signal

logger = logging.getLogger(__name__)

_numbers = itertools.count()

# How long a stream waits at most for each step of the end of the one before it.
LEAVING_LIMIT: Final = 5.0
# How long a stream prepared from the window waits for its first viewer.
PREPARED_HOLD: Final = 60.0


class Stream:
    """A content somebody watches, or just watched.

    Attributes:
        source: The engine side.
        audience: The clients.
        stat: What the engine said last about peers and speed.
        pulse: How it answers.
        verdict: Why it is as it is, None before the first look; see `acedesk.proxy.diagnostics`.
        broadcast: Whether it is live.
        meter, buffers: How fast media came, and how much of it was held.
        gaps: When none came.
        keyframe_at: When the first came that a decoder can begin with, None before.
        leaving: It is about to end: who asks for the content now gets another stream.
        error: What ended it, None while it runs or when nobody watched any more.

    Signals:
        grown: The ring got more.
        ending: It is over; the ring still has the end.
    """

    __slots__ = (
        "_asking",
        "_hold_until",
        "_idle",
        "_name_asked",
        "_on_change",
        "_plant",
        "_question",
        "_sampled_at",
        "_stat_task",
        "_task",
        "_turn",
        "audience",
        "broadcast",
        "buffers",
        "ended",
        "ending",
        "error",
        "gaps",
        "grown",
        "key",
        "keyframe_at",
        "leaving",
        "meter",
        "pulse",
        "ring",
        "source",
        "started_time",
        "stat",
        "title",
        "verdict",
    )

    def __init__(
        self, request: PlayRequest, plant: Plant, on_change: Callable[["Stream"], None]
    ) -> None:
        settings = plant.settings()
        self.grown: Signal[()] = Signal()
        self.ending: Signal[()] = Signal()
        self.key = request.key
        self.title = request.title
        self.started_time: datetime.datetime = clock.utc_now()
        self.error: AceDeskError | None = None
        self.leaving = False
        self.ended = False
        self.stat: EngineStat | None = None
        self.ring = Ring(
            limit=settings.ring_mib * MIB,
            seconds=settings.ring_seconds,
            rewind=settings.rewind_seconds,
            budget=plant.budget,
        )
        self.audience = Audience(self.ring)
        self.source = Supply(
            request,
            plant,
            self.ring,
            Watcher(
                changed=self._changed,
                delivered=self._delivered,
                least_behind=self.audience.least_behind,
            ),
        )
        self.meter = Meter(self.source.started_at)
        self.buffers = Levels()
        self.gaps = SourceGaps()
        self.keyframe_at: float | None = None
        self._sampled_at = self.source.started_at
        self._plant = plant
        self._on_change = on_change
        self._turn: asyncio.Event | None = None  # while somebody waits for the start
        self._task: asyncio.Task[None] | None = None
        self._hold_until = 0.0
        self._idle: asyncio.TimerHandle | None = None
        self._stat_task: asyncio.Task[None] | None = None
        self._asking = Asking(next(_numbers))
        self._question: asyncio.TimerHandle | None = None
        self._name_asked = False
        self.pulse = Pulse()
        self.verdict: Verdict | None = None
        self.broadcast = BroadcastFacts()

    # ------------------------------------------------------------------ its life

    def start(self, after: "Stream | None" = None) -> None:
        """Begin; the stream then runs until it fails, is stopped, or nobody watches.

        Args:
            after: One of the same content that is leaving: its place may be the only one.
        """
        self._plant.pump.add_second(self, self._second)
        self._task = tasks.spawn(self._run(after), name=f"stream {self.key.short}")
        # Not by a `finally` in it: a task cancelled before its first step runs nothing.
        self._task.add_done_callback(self._end)

    def close(self) -> None:
        """End the stream, its clients and its session; all of it is on its way."""
        self.leaving = True
        if self._task is not None:
            self._task.cancel()

    async def stop(self) -> None:
        """End the stream as `close` does; returns when it has ended.

        On cancel: it ends nevertheless.
        """
        self.close()
        await tasks.cancel(self._task)

    async def wait_gone(self, timeout: float) -> None:
        """Wait until it has let go of its engines, at most `timeout` seconds."""
        if self._task is not None:
            await asyncio.wait({self._task}, timeout=timeout)

    async def _run(self, after: "Stream | None") -> None:
        try:
            if after is not None:
                await after.wait_gone(LEAVING_LIMIT)
            if not self._plant.pool.has_place(self.key):
                await self._plant.sessions.wait_retired(self.key, LEAVING_LIMIT)
            await self.source.run()
        except NotLive as exc:
            self.error = exc.bare()
        except AceDeskError as exc:
            self.error = exc.bare()
            logger.warning("stream %s failed: %s: %s", self.key.short, exc.code, exc.detail)

    def _end(self, task: asyncio.Task[None]) -> None:
        self.ended = self.leaving = True
        if not task.cancelled() and task.exception() is not None:  # logged where tasks end
            self.error = AceDeskError("a fault of AceDesk ended the stream")
        if self._idle is not None:
            self._idle.cancel()
        if self._question is not None:
            self._question.cancel()
        if self._stat_task is not None:
            self._stat_task.cancel()
        self._plant.pump.remove_second(self)
        self.audience.close(EndReason.STREAM_ENDED)
        self.ending.emit()
        if not self.ring.kept:
            self.ring.clear()
        self.source.engine = None
        self._changed()

    # ------------------------------------------------------------------ its clients

    def add(self, client: Client) -> None:
        """Count the client as a viewer; it is fed once it is attached."""
        if self._idle is not None:
            self._idle.cancel()
            self._idle = None
        client.on_progress = self.source.client_progressed
        client.on_end = self.remove
        self.audience.add(client, clock.monotonic())
        self._changed()

    def attach(self, client: Client, transport: asyncio.Transport, *, chunked: bool) -> None:
        """Feed the client, whose response head was written, from here on."""
        now = clock.monotonic()
        if self.ended:
            client.attach(transport, self.ring, chunked=chunked, now=now)
            client.close(EndReason.STREAM_ENDED)
            return
        client.attach(transport, self.ring, chunked=chunked, now=now)
        self.audience.seat(client, self.source.scanner, now)

    def remove(self, client: Client) -> None:
        """Forget the client; the last one starts the grace time, or ends a start at once."""
        if self.audience.get(client.id) is None:
            return
        self.audience.remove(client)
        if not self.ended and not len(self.audience):
            self._watch_idle()
        self._changed()

    def set_protected(self, on: bool) -> None:
        """Play it on two engines at once from now on, or on one."""
        self.source.protect(on)

    def hold(self) -> None:
        """Keep the stream for a first viewer that is still to come."""
        self._hold_until = clock.monotonic() + PREPARED_HOLD
        if not len(self.audience):
            self._watch_idle()

    def _watch_idle(self) -> None:
        if self._idle is not None:
            self._idle.cancel()
        grace = self._plant.settings().grace if self.source.first_at is not None else 0.0
        delay = max(grace, self._hold_until - clock.monotonic(), 0.0)
        self._idle = asyncio.get_running_loop().call_later(delay, self._idle_over)

    def _idle_over(self) -> None:
        if not len(self.audience):
            self.close()

    async def wait_started(self, header_wait: float, client: Client) -> None:
        """Wait until media came, or `header_wait` seconds after an engine accepted the content.

        Raises:
            AceDeskError: What the start failed with.
            NotFound: The stream was stopped, or the client disconnected, by the user.
        """
        while self.source.first_at is None:
            if self.error is not None:
                raise self.error.bare()
            if self.ended:
                raise NotFound("this stream was stopped")
            if client.reason is not None:
                raise NotFound("this viewer was disconnected")
            turn = self._turn = self._turn or asyncio.Event()
            left = None
            if self.source.accepted_at is not None:
                left = self.source.accepted_at + header_wait - clock.monotonic()
                if left <= 0:
                    return
            try:
                async with asyncio.timeout(left):
                    await turn.wait()
            except TimeoutError:
                return

    # ------------------------------------------------------------------ its state

    @property
    def state(self) -> StreamState:
        """What people are told about it."""
        if self.ended:
            return StreamState.FAILED if self.error is not None else StreamState.STOPPED
        if self.source.first_at is None:
            return StreamState.STARTING
        if self.source.lost_at is not None:
            return StreamState.SWITCHING
        if not len(self.audience):
            return StreamState.IDLE
        return StreamState.SLOW if self._is_slow() else StreamState.PLAYING

    @property
    def is_spare(self) -> bool:
        """Nobody watches it and nobody is expected: it may give way to another stream."""
        return not len(self.audience) and clock.monotonic() >= self._hold_until

    def fail(self, error: AceDeskError) -> None:
        """End the stream because of `error`; its viewers' bodies end in good order."""
        self.error = error
        self.close()

    def _is_slow(self) -> bool:
        if self.verdict is not None:
            return self.verdict.short
        needed = self.ring.media_rate
        running = clock.monotonic() - (self.source.first_at or 0.0)
        return needed is not None and running > 10 and self.meter.recent(10) < 0.9 * needed

    def _delivered(self, now: float) -> None:
        self.gaps.hear(now, self.source.pace.held_at)
        if self.keyframe_at is None and self.ring.newest_entry() is not None:
            self.keyframe_at = now
        self.audience.deliver(self.source.scanner, now)
        self.grown.emit()

    def _changed(self) -> None:
        turn, self._turn = self._turn, None
        if turn is not None:
            turn.set()
        self._on_change(self)

    def _second(self, now: float) -> None:
        self.meter.sample(now, self.ring.total)
        self.buffers.add(self.ring.duration, now - self._sampled_at)
        self._sampled_at = now
        self.audience.second(
            now,
            silent_for=now - self.source.last_at,
            slow_client_timeout=self._plant.settings().slow_client_timeout,
        )
        if self.source.session is None or self._stat_task is not None:
            return
        delay = self._asking.look(now)
        if delay is not None:
            self._question = asyncio.get_running_loop().call_later(delay, self._ask)

    def _ask(self) -> None:
        session = self.source.session
        if session is not None and self._stat_task is None:
            self._stat_task = tasks.spawn(
                self._ask_engine(session), name=f"stat of {self.key.short}"
            )
            self._stat_task.add_done_callback(self._stat_done)

    def _stat_done(self, _task: asyncio.Task[None]) -> None:
        self._stat_task = None

    async def _ask_engine(self, session: Session) -> None:
        """Ask for peers and speed and, once, for the content's name."""
        asked_at = clock.monotonic()
        self.pulse.note_question()
        try:
            self.stat = await self._plant.client.fetch_stat(session)
            self.pulse.note_answer(clock.monotonic() - asked_at)
            engine = self.source.engine
            if not self._name_asked and session.infohash is not None and engine is not None:
                self._name_asked = True
                name = await self._plant.client.fetch_name(
                    engine.host, engine.port, session.infohash
                )
                self.title = self.title or name
                self._changed()
        except AceDeskError as exc:
            if not isinstance(exc, (EngineTooSlow, EngineUnreachable)):
                self.pulse.note_answer(clock.monotonic() - asked_at)
            logger.debug("the engine tells nothing of %s: %s", self.key.short, exc.detail)
