"""One stream: a supply of packets at one end, any number of clients at the other, a ring between.

It ends when its supply gives up, when it is stopped, or when nobody watched for the grace time.
"""

import asyncio
import datetime
import logging
from collections.abc import Callable
from typing import Final

from acedesk import clock, tasks
from acedesk.errors import AceDeskError, EngineRefused, NotLive, SameContent
from acedesk.formats.getstream import PlayRequest
from acedesk.model.content import StreamKey
from acedesk.model.diagnosis import BroadcastFacts
from acedesk.proxy.buffer.ring import Ring
from acedesk.proxy.counters.stream_counters import StreamCounters
from acedesk.proxy.delivery.client import Client, EndReason
from acedesk.proxy.delivery.client_table import ClientTable
from acedesk.proxy.ingest.supply import SharedParts, Supply, SupplyCallbacks
from acedesk.proxy.streams.after_last_client import GracePeriod
from acedesk.proxy.streams.stat_poller import StatPoller
from acedesk.rules.diagnosis.verdict import Verdict
from acedesk.settings import MIB
from acedesk.signals import Signal

logger = logging.getLogger(__name__)

# How long a stream waits at most for each step of the end of the one before it.
LEAVING_LIMIT: Final = 5.0
# Seconds. Two AceDesks began a content under two names on one engine, which ended both sessions:
# before it is begun again, the end of the other one has reached the engine.
COLLISION_PAUSE: Final = 0.5


class Stream:
    """A content that somebody watches or has just watched.

    It runs from `start` until its task ends. From `close` on it is leaving, then it has ended.

    Attributes:
        supply: The engine side.
        clients: The clients.
        stat_poller: What the engine says of peers and speed, and how it answers.
        verdict: Its diagnosis, None before the first one; see `acedesk.observe.diagnostics`.
        broadcast: Whether it is live.
        counters: What is counted of it.
        leaving: It is about to end: a request for the content now gets another stream.
        changes: How often it has changed so far, numbers not counted.
        error: What ended it, None while it runs or when nobody watched any more.

    Signals:
        grown: The ring got more.
        ending: It is over; the ring still has the end.
        replaced: It is about to end, and another one has the same content.
    """

    __slots__ = (
        "_change",
        "_grace_period",
        "_on_change",
        "_shared",
        "_task",
        "broadcast",
        "changes",
        "clients",
        "counters",
        "ended",
        "ending",
        "error",
        "grown",
        "key",
        "leaving",
        "replaced",
        "ring",
        "started_time",
        "stat_poller",
        "supply",
        "title",
        "verdict",
    )

    def __init__(
        self, request: PlayRequest, shared: SharedParts, on_change: Callable[["Stream"], None]
    ) -> None:
        settings = shared.settings()
        self.grown: Signal[()] = Signal()
        self.ending: Signal[()] = Signal()
        self.replaced: Signal[Stream] = Signal()
        self.key, self.title = request.key, request.title
        self.started_time: datetime.datetime = clock.utc_now()
        self.error: AceDeskError | None = None
        self.leaving = self.ended = False
        self.changes = 0
        self.ring = Ring(
            limit=settings.ring_mib * MIB,
            seconds=settings.ring_seconds,
            rewind=settings.rewind_seconds,
            budget=shared.budget,
        )
        self.clients = ClientTable(self.ring)
        self.supply = Supply(
            request,
            shared,
            self.ring,
            SupplyCallbacks(
                changed=self._changed,
                delivered=self._delivered,
                least_behind=self.clients.least_behind,
            ),
        )
        self.counters = StreamCounters(self.supply.started_at, shared.totals)
        self._shared = shared
        self._on_change = on_change
        self._change: asyncio.Event | None = None  # while somebody waits for it
        self._task: asyncio.Task[None] | None = None
        self._grace_period = GracePeriod(self._grace_over)
        self.stat_poller = StatPoller(shared, self.supply, self._note_name, label=self.key.short)
        self.verdict: Verdict | None = None
        self.broadcast = BroadcastFacts()

    # ------------------------------------------------------------------ start and end

    def start(self, after: "Stream | None" = None) -> None:
        """Begin; the stream then runs until it fails, is stopped, or nobody watches.

        Args:
            after: A stream that is leaving and may hold the only free place.
        """
        self._shared.totals.streams += 1
        self._shared.read_ticker.add_second(self, self._second)
        self._task = tasks.spawn(self._run(after), name=f"stream {self.key.short}")
        # Not in a `finally` of the task: one that is cancelled before its first step runs no code.
        self._task.add_done_callback(self._end)

    def close(self) -> None:
        """Begin to end the stream, its clients and its sessions."""
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
        """Wait until it has released its engines, at most `timeout` seconds."""
        if self._task is not None:
            await asyncio.wait({self._task}, timeout=timeout)

    async def _run(self, after: "Stream | None") -> None:
        try:
            if after is not None:
                await after.wait_gone(LEAVING_LIMIT)
            await self._shared.settle(self.key)
            if not self._shared.pool.has_place(self.key):
                former = self.key if after is None else after.key
                await self._shared.sessions.wait_retired(former, LEAVING_LIMIT)
            await self.supply.run()
        except NotLive as exc:
            self.error = exc.bare()
        except AceDeskError as exc:
            self.error = error = await _explain(exc, self.key, self.supply, self._shared)
            logger.warning("stream %s failed: %s: %s", self.key.short, error.code, error.detail)

    def _end(self, task: asyncio.Task[None]) -> None:
        self.ended = self.leaving = True
        if not task.cancelled() and task.exception() is not None:  # logged where tasks end
            self.error = AceDeskError("a fault of AceDesk ended the stream")
        self._grace_period.cancel()
        self.stat_poller.close()
        self._shared.read_ticker.remove_second(self)
        self.clients.close(EndReason.STREAM_ENDED)
        self._add_to_totals()
        self.ending.emit()
        if not self.ring.kept:
            self.ring.clear()
        self.supply.engine = None
        self._changed()

    # ------------------------------------------------------------------ its clients

    def add(self, client: Client) -> None:
        """Count the client; it gets media once it is attached."""
        self._grace_period.cancel()
        client.on_progress = self.supply.client_progressed
        client.on_end = self.remove
        self.clients.add(client, clock.monotonic())
        self._changed()

    def attach(self, client: Client, transport: asyncio.Transport, *, chunked: bool) -> None:
        """Give the client media from now on; its response head has been written."""
        now = clock.monotonic()
        client.attach(transport, self.ring, chunked=chunked, now=now)
        if self.ended:
            client.close(EndReason.STREAM_ENDED)
        else:
            self.clients.start_client(client, self.supply.scanner, now)

    def remove(self, client: Client) -> None:
        """Forget the client; the last one starts the grace time, or ends a start at once."""
        if self.clients.get(client.id) is None:
            return
        self.clients.remove(client)
        if not self.ended and not len(self.clients):
            self._begin_grace()
        self._changed()

    def set_protected(self, on: bool) -> None:
        """Play it on two engines at once from now on, or on one."""
        self.supply.protect(on)

    def hold(self, holder: object = None, seconds: float | None = None) -> None:
        """Keep the stream for a viewer that is still to come; see `GracePeriod.hold`."""
        self._grace_period.hold(holder, seconds)
        if not self.ended and not len(self.clients):
            self._begin_grace()

    def _begin_grace(self) -> None:
        """Start the grace time; a start that nobody waits for any more ends at once."""
        started = self.supply.first_at is not None
        self._grace_period.begin(self._shared.settings().grace if started else 0.0)

    def _grace_over(self) -> None:
        if not len(self.clients):
            self.close()

    async def wait_change(self, timeout: float | None) -> bool:
        """Wait until something about it changed; tell whether it did within `timeout` seconds."""
        change = self._change = self._change or asyncio.Event()
        try:
            async with asyncio.timeout(timeout):
                await change.wait()
        except TimeoutError:
            return False
        return True

    # ------------------------------------------------------------------ its state

    @property
    def is_spare(self) -> bool:
        """Nobody watches it and nobody is expected: it may give way to another stream."""
        return not len(self.clients) and not self._grace_period.is_held

    def fail(self, error: AceDeskError) -> None:
        """End the stream because of `error`; its clients' bodies end in good order."""
        self.error = error
        self.close()

    def _delivered(self, now: float) -> None:
        counters = self.counters
        counters.gaps.hear(now, self.supply.read_throttle.held_at)
        if counters.keyframe_at is None and self.ring.newest_entry() is not None:
            counters.keyframe_at = now
        self.clients.deliver(self.supply.scanner, now)
        self.grown.emit()

    def _changed(self) -> None:
        self.changes += 1
        change, self._change = self._change, None
        if change is not None:
            change.set()
        self._on_change(self)

    def _second(self, now: float) -> None:
        self.counters.second(now, received=self.ring.total, held=self.ring.duration)
        self._add_to_totals()
        self.supply.look_for_picture(now)
        self.clients.second(
            now, silent_for=now - self.supply.last_at, settings=self._shared.settings()
        )
        self.stat_poller.second(now)

    def _add_to_totals(self) -> None:
        self.counters.totals_share.add(
            received=self.ring.total, sent=self.clients.sent_bytes, skips=self.clients.skips
        )

    def _note_name(self, name: str) -> None:
        self.title = self.title or name
        self._changed()


async def _explain(
    error: AceDeskError, key: StreamKey, supply: Supply, shared: SharedParts
) -> AceDeskError:
    """Return what ended a stream: perhaps only that another AceDesk began the content, too."""
    refused = isinstance(error, EngineRefused) and supply.first_at is None
    if refused and shared.may_collide(key):
        await tasks.sleep(COLLISION_PAUSE)
        return SameContent(retry_after=1.0)  # who asked begins again, and finds the other one
    return error.bare()
