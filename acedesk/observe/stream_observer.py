"""What is seen of one stream, once a second: the last seconds of its counters, turned into facts.

Nothing here happens per packet, and a client costs something only while its connection is full.
All times are those of the looks; no clock is read.
"""

import dataclasses
import math
from array import array
from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

from acedesk.model.content import StreamKey
from acedesk.model.diagnosis import (
    EngineFacts,
    MachineFacts,
    Phase,
    ReconnectFacts,
    StreamFacts,
    SwarmFacts,
    VpnFacts,
)
from acedesk.model.engine_stat import EngineStat
from acedesk.mpegts.packets import PCR_HZ
from acedesk.observe.client_observer import ClientObserver
from acedesk.proxy.delivery.client import Client
from acedesk.proxy.streams.stream import Stream
from acedesk.rules.diagnosis import broadcast
from acedesk.rules.diagnosis.buffer_margin import (
    CUSHION,
    SILENCE,
    is_short,
    next_margin,
    refilled,
)
from acedesk.rules.supply.doubt import UNUSUAL
from acedesk.values import frozen_value

Ahead = Callable[[StreamKey], Sequence[int]]

WINDOW: Final = 10.0
# A pace over fewer seconds says nothing.
LEAST_WINDOW: Final = 5.0
SWITCH_WINDOW: Final = 60.0
# Three answers of the engine, one every four seconds.
STAT_WINDOW: Final = 12.0
ANSWERS: Final = 3


@frozen_value
class StreamEnvironment:
    """What surrounds a stream: engine, VPN, computer, other streams.

    Attributes:
        others, others_short, engine_streams, engine_silent_streams, short_engines: As in
            `acedesk.model.diagnosis.StreamFacts`.
    """

    engine: EngineFacts
    vpn: VpnFacts
    machine: MachineFacts
    others: int
    others_short: int
    engine_streams: int = 0
    engine_silent_streams: int = 0
    short_engines: int = 0
    reconnects: tuple[ReconnectFacts, ...] = ()


class _Look(NamedTuple):
    at: float
    total: float
    media: float


class _Looks:
    """What was seen at each look of the last seconds, in one block of memory."""

    __slots__ = ("_values",)

    def __init__(self, first: _Look) -> None:
        self._values = array("d", first)

    def add(self, look: _Look, window: float = WINDOW) -> None:
        """Take in a look, and forget those before the last `window` seconds."""
        self._values.extend(look)
        while look.at - self._values[0] > window + 0.5:
            del self._values[:3]

    @property
    def first(self) -> _Look:
        """The oldest."""
        return _Look(*self._values[:3])

    @property
    def last(self) -> _Look:
        """The newest."""
        return _Look(*self._values[-3:])

    def since(self, at: float) -> _Look:
        """Return the oldest that is not before `at`."""
        begin = next(n for n in range(0, len(self._values), 3) if self._values[n] >= at)
        return _Look(*self._values[begin : begin + 3])


def _window(usual_silence: float) -> float:
    """Return over how many seconds rates are looked at: whole pieces where it comes in bursts."""
    if usual_silence < SILENCE:
        return WINDOW
    return usual_silence * max(2, math.ceil(WINDOW / usual_silence))


class StreamObserver:
    """Follows one stream.

    Args:
        ahead: Returns, for each start of a content that waits for a slot, how many are before it.

    Attributes:
        phase: How far the stream was at the last look.
        newcomers: Clients that were not there at the look before.
    """

    __slots__ = (
        "_ahead",
        "_answers",
        "_broadcast",
        "_client_observers",
        "_grew_at",
        "_known",
        "_looks",
        "_margin",
        "_phase_since",
        "_swarm",
        "_switched",
        "_switches",
        "newcomers",
        "phase",
        "stream",
    )

    def __init__(self, stream: Stream, now: float, ahead: Ahead) -> None:
        self.stream = stream
        self._ahead = ahead
        self.phase = _phase_of(stream, ahead(stream.key))
        self.newcomers: tuple[Client, ...] = ()
        self._phase_since = now
        self._looks = _Looks(_Look(now, stream.ring.total, stream.ring.clock))
        self._grew_at = now
        self._margin = CUSHION
        self._switches = stream.supply.switches
        self._switched: list[float] = []
        self._answers = StatAnswers()
        self._swarm = SwarmWindow()
        self._client_observers: dict[str, ClientObserver] = {}
        self._known: set[str] = set()
        self._broadcast: broadcast.Record | None = None

    def look(self, now: float, unix_time: float, loop_threshold: float) -> None:
        """Read the stream's counters."""
        stream = self.stream
        self._look_at_phase(now)
        self._look_at_media(now)
        while stream.supply.switches > self._switches:
            self._switches += 1
            self._switched.append(now)
        while self._switched and now - self._switched[0] > SWITCH_WINDOW:
            del self._switched[0]
        engine = stream.supply.engine
        self._answers.look(stream, engine.id if engine is not None else "", now)
        self._swarm.look(stream.stat_poller.stat, now)
        self._look_at_clients(now)
        self._look_at_broadcast(now, unix_time, loop_threshold)

    def _look_at_phase(self, now: float) -> None:
        phase = _phase_of(self.stream, self._ahead(self.stream.key))
        if phase is self.phase:
            return
        began = (Phase.RESERVING, Phase.OPENING, Phase.BUFFERING)
        if not (phase in began and self.phase in began):
            self._phase_since = now
        self.phase = phase

    def _look_at_media(self, now: float) -> None:
        before = self._looks.last
        after = _Look(now, self.stream.ring.total, self.stream.ring.clock)
        if after.total != before.total:
            self._grew_at = now
        if self.phase is Phase.PLAYING and before.total:
            media = after.media - before.media
            self._margin = next_margin(
                self._margin,
                media=media,
                elapsed=now - before.at,
                usual_silence=self._usual_silence,
            )
        else:
            self._margin = CUSHION
        if before.total:
            self._looks.add(after, _window(self._usual_silence))
        else:  # however long it took to begin: that was no slow delivery
            self._looks = _Looks(after)

    def _look_at_clients(self, now: float) -> None:
        clients = tuple(self.stream.clients)
        self.newcomers = tuple(client for client in clients if client.id not in self._known)
        if self.newcomers or len(self._known) != len(clients):
            self._known = {client.id for client in clients}
        for client in clients:
            if (
                client.blocked or client.unanswered_for
            ) and client.id not in self._client_observers:
                self._client_observers[client.id] = ClientObserver(client)
        for observer in tuple(self._client_observers.values()):
            observer.look(self.stream, now)
            if observer.is_well or observer.client.id not in self._known:
                del self._client_observers[observer.client.id]

    def _look_at_broadcast(self, now: float, unix_time: float, loop_threshold: float) -> None:
        stream, stat = self.stream, self.stream.stat_poller.stat
        session, pcr = stream.supply.session, stream.ring.pcr
        live = stat.is_live if stat is not None else None
        if live is None and session is not None:
            live = session.is_live
        sample = broadcast.Sample(
            now=now,
            unix_time=unix_time,
            live=live,
            live_last=stat.live_last if stat is not None else None,
            pos=stat.pos if stat is not None else None,
            # Where the video that carries the clock does not come, the clock is missing: it does
            # not stand still.
            clock=pcr / PCR_HZ if pcr is not None and not stream.supply.picture.absent else None,
            received=stream.ring.total,
            feed=stream.supply.switches,
        )
        if self._broadcast is None:
            self._broadcast = broadcast.begin(sample)
        else:
            self._broadcast = broadcast.step(self._broadcast, sample, loop_threshold=loop_threshold)
        stream.broadcast = self._broadcast.facts

    # ------------------------------------------------------------------ facts

    def is_short(self, now: float) -> bool:
        """Tell whether less comes than the picture needs."""
        verdict = self.stream.verdict
        return self.phase is Phase.PLAYING and is_short(
            margin=self._margin,
            pace=self._pace(),
            silent_for=self.silent_for(now),
            was_short=verdict is not None and verdict.short,
        )

    def silent_for(self, now: float) -> float:
        """Return for how long nothing has come, in seconds; 0 while that is usual for it."""
        silence = now - self._grew_at
        return silence if silence > UNUSUAL * self._usual_silence else 0.0

    @property
    def _usual_silence(self) -> float:
        return self.stream.supply.runner.state.rhythm.usual

    def shortage_over(self) -> None:
        """Assume that players have filled their buffers again."""
        self._margin = refilled(self._margin)

    def facts(self, environment: StreamEnvironment, now: float) -> StreamFacts:
        """Return everything that is known at this look."""
        ring = self.stream.ring
        waiting = self.phase is not Phase.PLAYING
        picture = self.stream.supply.picture
        engine = dataclasses.replace(
            environment.engine,
            silent_for=self._answers.silent_for(now),
            answer_time=max(
                filter(None, (self._answers.seconds, environment.engine.answer_time)), default=None
            ),
        )
        return StreamFacts(
            phase=self.phase,
            waited=now - self._phase_since if waiting else 0.0,
            ahead=min(self._ahead(self.stream.key), default=0),
            silent_for=self.silent_for(now),
            rate_2=self._rate(2.0) or 0.0,
            rate_10=self._rate(WINDOW) if self._span() >= LEAST_WINDOW else None,
            needed=ring.media_rate,
            pace=self._pace(),
            margin=self._margin,
            buffer=ring.duration,
            no_picture_for=picture.missing_for if picture.absent else 0.0,
            picture_came=picture.came,
            switches=len(self._switched),
            engine=engine,
            swarm=self._swarm.facts(now),
            vpn=environment.vpn,
            machine=environment.machine,
            broadcast=self.stream.broadcast,
            clients=len(self._known),
            slow_clients=tuple(observer.facts(now) for observer in self._client_observers.values()),
            reconnects=environment.reconnects,
            others=environment.others,
            others_short=environment.others_short,
            asking=bool(self.stream.supply.engines),
            engine_streams=environment.engine_streams,
            engine_silent_streams=environment.engine_silent_streams,
            short_engines=environment.short_engines,
        )

    def _span(self) -> float:
        return self._looks.last.at - self._looks.first.at

    def _pace(self) -> float | None:
        first, last = self._looks.first, self._looks.last
        if last.at - first.at < LEAST_WINDOW or not first.total:
            return None
        return (last.media - first.media) / (last.at - first.at)

    def _rate(self, seconds: float) -> float | None:
        last = self._looks.last
        first = self._looks.since(last.at - seconds - 0.5)
        elapsed = last.at - first.at
        return (last.total - first.total) * 8 / elapsed if elapsed > 0 else None


class StatAnswers:
    """How the stream's engine answers questions for its stat."""

    __slots__ = ("_answered", "_engine_id", "_seconds", "_silent_since")

    def __init__(self) -> None:
        self._engine_id = ""
        self._answered = 0
        self._silent_since: float | None = None
        self._seconds: list[float] = []

    @property
    def seconds(self) -> float | None:
        """What an answer takes, the middle one of the last few."""
        return sorted(self._seconds)[len(self._seconds) // 2] if self._seconds else None

    def silent_for(self, now: float) -> float:
        """Return for how long a question has been open."""
        return now - self._silent_since if self._silent_since is not None else 0.0

    def look(self, stream: Stream, engine_id: str, now: float) -> None:
        """Read the counters."""
        stat_queries = stream.stat_poller.queries
        if engine_id != self._engine_id:
            self._engine_id = engine_id
            self._silent_since = None
            self._seconds.clear()
            self._answered = stat_queries.asked  # what another engine left open counts no more
        if stat_queries.answered > self._answered:
            self._answered = stat_queries.answered
            self._silent_since = None
            if stat_queries.seconds is not None:
                self._seconds.append(stat_queries.seconds)
                del self._seconds[:-ANSWERS]
        open_questions = stat_queries.asked - max(stat_queries.answered, self._answered)
        if open_questions > 0 and self._silent_since is None:
            self._silent_since = now


class SwarmWindow:
    """What the engine told of its peers within the last seconds."""

    __slots__ = ("_none_since", "_speeds", "_stat")

    def __init__(self) -> None:
        self._stat: EngineStat | None = None
        self._speeds: list[tuple[float, float]] = []
        self._none_since: float | None = None

    def look(self, stat: EngineStat | None, now: float) -> None:
        """Note an answer; the same one again does not count."""
        while self._speeds and now - self._speeds[0][0] > STAT_WINDOW:
            del self._speeds[0]
        if stat is self._stat or stat is None:
            return
        self._stat = stat
        if stat.speed_down is not None:
            self._speeds.append((now, stat.speed_down))
        if stat.peers != 0:
            self._none_since = None
        elif self._none_since is None:
            self._none_since = now

    def facts(self, now: float) -> SwarmFacts:
        """Return what it adds up to."""
        # One answer alone is a moment, not a speed.
        known = len(self._speeds) > 1
        return SwarmFacts(
            peers=self._stat.peers if self._stat is not None else None,
            no_peers_for=now - self._none_since if self._none_since is not None else 0.0,
            speed_down=max(speed for _, speed in self._speeds) if known else None,
        )


def _phase_of(stream: Stream, ahead: Sequence[int]) -> Phase:
    supply = stream.supply
    if supply.first_at is not None:
        return Phase.PLAYING if supply.lost_at is None else Phase.SWITCHING
    if supply.session is not None:
        return Phase.BUFFERING
    if ahead and len(ahead) >= len(supply.engines):
        return Phase.IN_LINE
    return Phase.RESERVING if supply.engine is None else Phase.OPENING
