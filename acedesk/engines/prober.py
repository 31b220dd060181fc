"""Asks every engine whether it works: one that starts every moment, the others at intervals.

Each engine has a task of its own, so one that hangs delays no other. What the answers mean is
decided by `acedesk.rules.engines.health`; a probe that failed while AceDesk itself stood still
means nothing (`acedesk.rules.engines.standstill`).
"""

import asyncio
import contextlib
import datetime
from collections import deque
from collections.abc import Callable
from typing import Final, Protocol

from acedesk import clock, tasks
from acedesk.engines.pool import EnginePool
from acedesk.errors import EngineError, EngineTooSlow
from acedesk.model.engine import ANSWERING, ENDED, FOREIGN, SILENT, EngineHealth, EngineId
from acedesk.model.host import join_port
from acedesk.model.snapshot import EngineView
from acedesk.rules.engines import health, standstill
from acedesk.settings import Settings

# An overloaded engine answers within 3 to 5 s or not at all (acestream-orchestrator's probe
# timeout).
PROBE_TIMEOUT: Final = 5.0
VERSION_TIMEOUT: Final = 3.0
# A new engine should be usable as soon as it answers; a refused connection costs nothing.
STARTING_INTERVAL: Final = 0.25
# An engine that has not answered for so long is asked once more, beside the first question: so one
# that hangs is known 8 s after the first, and with the default interval within 18 s.
PATIENCE: Final = 1.5
# After a failure the next probes come sooner, so that a dead engine is known within seconds.
FAILING_INTERVAL: Final = 2.0
# One that is out of use may be the only one left when the next fails: it is back within a second.
# After `LONG_UNHEALTHY` seconds it is asked less often; it may never come back.
UNHEALTHY_INTERVAL: Final = 1.0
LONG_UNHEALTHY: Final = 300.0
LONG_UNHEALTHY_INTERVAL: Final = 5.0


class ProbeAnswer(Protocol):
    """What an engine tells about itself."""

    @property
    def version(self) -> str:
        """Such as "3.2.11"."""
        ...


class Probe(Protocol):
    """The part of `acedesk.acestream_api.engine_client.EngineClient` that is needed here."""

    async def check(self, host: str, port: int, *, timeout: float = PROBE_TIMEOUT) -> float:
        """Return how many seconds the engine took to answer, or raise an `EngineError`."""
        ...

    async def fetch_version(
        self, host: str, port: int, *, timeout: float = VERSION_TIMEOUT
    ) -> ProbeAnswer:
        """Return the engine's version, or raise an `EngineError`."""
        ...


# Longer ago than so many standstills no probe was asked.
STANDSTILLS_KEPT: Final = 16


class StandstillWatch:
    """Knows when AceDesk stood still, while `run` runs; before and after that it knows of none.

    Args:
        now: A clock that goes on while the computer sleeps.
    """

    def __init__(self, now: Callable[[], float] = clock.with_sleep) -> None:
        self._now = now
        self._last: float | None = None
        self._found: deque[standstill.Standstill] = deque(maxlen=STANDSTILLS_KEPT)

    async def run(self) -> None:
        """Look at the clock again and again until cancelled."""
        self._last = self._now()
        try:
            while True:
                await tasks.sleep(standstill.BEAT)
                self.look()
        finally:
            self._last = None

    def look(self) -> float:
        """Return the time; a standstill that has just ended is known from now on.

        Deadlines that have passed meanwhile are told before `run` goes on.
        """
        now = self._now()
        if self._last is not None:
            found = standstill.find(self._last, now)
            if found is not None:
                self._found.append(found)
            self._last = now
        return now

    def counts(self, asked_at: float, doubted_at: float | None = None) -> bool:
        """Tell whether a probe that was asked at `asked_at` and has failed now means anything.

        Args:
            doubted_at: See `standstill.counts`.
        """
        return standstill.counts(asked_at, self.look(), self._found, doubted_at=doubted_at)

    def stood_since(self, since_at: float) -> float:
        """Return for how many seconds AceDesk has stood still since then."""
        self.look()
        return standstill.stood(since_at, self._found)


class Prober:
    """Keeps health, versions and answer times in the pool true while `run` runs."""

    def __init__(
        self,
        pool: EnginePool,
        client: Probe,
        settings: Callable[[], Settings],
        *,
        now: Callable[[], float] = clock.monotonic,
        utc_now: Callable[[], datetime.datetime] = clock.utc_now,
        watch: StandstillWatch | None = None,
    ) -> None:
        self._watch = watch or StandstillWatch()
        self._pool = pool
        self._client = client
        self._settings = settings
        self._now = now
        self._utc_now = utc_now
        self._records: dict[EngineId, health.HealthRecord] = {}
        self._wakers: dict[EngineId, asyncio.Event] = {}
        self._starting: set[EngineId] = set()
        # Their last probes mean nothing, because AceDesk stood still: they are asked again soon.
        # With the time of the first of them.
        self._unsure: dict[EngineId, float] = {}

    async def run(self) -> None:
        """Follow every engine in the pool until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._watch.run(), name="look for standstills")

            def adjust() -> None:
                self._adjust(group)

            disconnect = self._pool.changed.connect(adjust)
            forget = self._pool.failed.connect(self._probe_soon)
            try:
                adjust()
                await asyncio.Event().wait()
            finally:
                disconnect()
                forget()

    def counts(self, since_at: float) -> bool:
        """Tell whether what was begun then and has failed now says something about the engine.

        Args:
            since_at: By the clock of the prober, which may stand still while the computer sleeps.
        """
        return self._watch.counts(self._watch.look() - (self._now() - since_at))

    async def probe_all(self) -> None:
        """Probe every engine that runs once, all at the same time."""
        views = (one for one in self._pool.views() if one.health in ANSWERING | SILENT and one.port)
        await asyncio.gather(*(self._probe(view) for view in views))

    def _adjust(self, group: asyncio.TaskGroup) -> None:
        """Follow new engines at once, and look at started and forgotten ones at once."""
        healths = self._pool.healths()
        for engine_id, seen in healths.items():
            if engine_id not in self._wakers:
                self._wakers[engine_id] = asyncio.Event()
                name = f"probe {self._pool.get(engine_id).name}"
                group.create_task(self._follow(engine_id), name=name)
            elif seen is EngineHealth.STARTING and engine_id not in self._starting:
                self._wakers[engine_id].set()
        for engine_id in self._wakers.keys() - healths.keys():
            self._wakers[engine_id].set()

    def _probe_soon(self, engine_id: EngineId) -> None:
        """Ask an engine on which a stream failed; one that is in doubt is asked soon anyway."""
        record = self._records.get(engine_id)
        if record is not None and record.state is health.HealthState.HEALTHY:
            self._wakers[engine_id].set()

    async def _follow(self, engine_id: EngineId) -> None:
        woken = self._wakers[engine_id]
        try:
            while (view := self._pool.find(engine_id)) is not None:
                woken.clear()
                if view.health is EngineHealth.STARTING:
                    await self._await_answer(engine_id)
                elif view.health in ANSWERING and view.port:
                    await self._probe_until_sure(view)
                elif view.health in SILENT and view.port:
                    await self._probe(view)
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(self._pause(engine_id)):
                        await woken.wait()
        finally:
            self._wakers.pop(engine_id, None)
            self._records.pop(engine_id, None)
            self._unsure.pop(engine_id, None)

    async def _probe_until_sure(self, view: EngineView) -> None:
        """Probe an engine; as long as no answer comes, ask again beside it.

        One that hangs leaves each probe without an answer for all of its time: one after the
        other, enough of them would take half a minute. One that is only slow answers the first.
        """
        async with asyncio.TaskGroup() as group:
            probes = {group.create_task(self._probe(view))}
            while len(probes) < health.STRIKES:
                ended, _ = await asyncio.wait(
                    probes, timeout=PATIENCE, return_when=asyncio.FIRST_COMPLETED
                )
                if ended:
                    return
                probes.add(group.create_task(self._probe(view)))

    def _pause(self, engine_id: EngineId) -> float:
        record = self._records.get(engine_id)
        interval = self._settings().health_interval
        if engine_id in self._unsure:
            return min(interval, UNHEALTHY_INTERVAL)
        match record.state if record is not None else health.HealthState.HEALTHY:
            case health.HealthState.FAILING:
                return min(interval, FAILING_INTERVAL)
            case health.HealthState.UNHEALTHY:
                since_at = record.since_at if record is not None else None
                long = since_at is not None and self._now() - since_at > LONG_UNHEALTHY
                pause = LONG_UNHEALTHY_INTERVAL if long else UNHEALTHY_INTERVAL
                return min(interval, pause)
            case _:
                return interval

    async def _await_answer(self, engine_id: EngineId) -> None:
        """Ask a starting engine until it answers (then it is ready) or its time is up.

        One that somebody else runs is not starting because AceDesk met it just now: if it does not
        answer at once, that is known at once.
        """
        limit = self._settings().engine_start_timeout
        began_at, run, watched_at = self._now(), None, self._watch.look()
        last: EngineError | None = None
        self._starting.add(engine_id)
        try:
            while (view := self._pool.find(engine_id)) and view.health is EngineHealth.STARTING:
                if run != (run := (view.port, view.started_time)) or not view.port:
                    # Its time begins when it has a port.
                    began_at, last, watched_at = self._now(), None, self._watch.look()
                if self._now() - began_at - self._watch.stood_since(watched_at) >= limit:
                    seen = health.judge_failure(last) if last else EngineHealth.UNREACHABLE
                    self._fail_start(engine_id, seen, _no_answer(limit, last))
                    return
                # Port 0: it is being restarted, its new port is not known yet.
                error = await self._probe(view) if view.port else None
                last = error or last
                sure = engine_id not in self._unsure
                if error is not None and sure and _runs_already(view):
                    seen = health.judge_failure(error)
                    self._fail_start(engine_id, seen, health.describe_failure(error, _at(view)))
                    return
                await tasks.sleep(STARTING_INTERVAL)
        finally:
            self._starting.discard(engine_id)

    def _fail_start(self, engine_id: EngineId, seen: EngineHealth, error: EngineError) -> None:
        """Note that a starting engine does not answer; from now on it is asked as one that fell."""
        self._records[engine_id] = health.HealthRecord(
            state=health.HealthState.UNHEALTHY, since_at=self._now(), error=error
        )
        self._pool.set_health(engine_id, seen, error)

    async def _probe(self, view: EngineView) -> EngineError | None:
        """Probe one engine and note the outcome; returns what went wrong."""
        error: EngineError | None = None
        seconds: float | None = None
        asked_at = self._watch.look()
        try:
            seconds = await self._client.check(view.host, view.port, timeout=PROBE_TIMEOUT)
        except EngineError as exc:
            error = exc
        current = self._pool.find(view.id)
        if current is None or (current.port, current.started_time) != (
            view.port,
            view.started_time,
        ):
            return error  # the engine was restarted meanwhile, this is about the former one
        doubted_at = self._unsure.get(view.id)
        if error is not None and not self._watch.counts(asked_at, doubted_at):
            self._unsure.setdefault(view.id, asked_at)
            return error
        self._unsure.pop(view.id, None)
        self._pool.set_answer(view.id, seconds, self._utc_now())
        self._judge(current, error)
        if error is None and not current.version:
            with contextlib.suppress(EngineError):  # asked again after the next probe
                answer = await self._client.fetch_version(
                    view.host, view.port, timeout=VERSION_TIMEOUT
                )
                self._pool.set_version(view.id, answer.version)
        return error

    def _judge(self, view: EngineView, error: EngineError | None) -> None:
        """Note what the outcome of a probe means for the engine's health; its intent stays."""
        frozen = error is not None and self._pool.get(view.id).paused
        if view.health in ENDED or frozen:  # why a frozen one does not answer is known already
            return
        if view.health is EngineHealth.STARTING:
            if error is None:
                self._records[view.id] = health.step(health.HealthRecord(), None, self._now())
                self._pool.set_health(view.id, EngineHealth.READY)
            return
        record = health.step(
            self._records.get(view.id, health.HealthRecord()),
            error,
            self._now(),
            failed_starts=self._pool.scores.failed_starts(view.id),
        )
        self._records[view.id] = record
        if record.state is health.HealthState.UNHEALTHY and record.error is not None:
            seen = health.judge_failure(record.error)
            self._pool.set_health(view.id, seen, health.describe_failure(record.error, _at(view)))
        elif error is None:
            self._pool.set_health(view.id, self._pool.scores.judge(view.id))


def _runs_already(view: EngineView) -> bool:
    """Tell whether somebody else runs the engine, and not only since a moment ago."""
    return view.backend in FOREIGN and view.started_time is None


def _at(view: EngineView) -> str:
    return join_port(view.host, view.port)


def _no_answer(limit: float, last: EngineError | None) -> EngineError:
    said = f" ({last.detail})" if last is not None and last.detail else ""
    return EngineTooSlow(f"it did not answer within {limit:g} s{said}")
