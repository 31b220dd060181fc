"""A stream that exists only as numbers: second by second its facts, with the noise of real life.

Media comes in pieces, rates dance, engines answer now faster and now slower, a player reads in
gulps. A fault changes one thing; the diagnosis must find which.
"""

import random
from collections import deque

from acedesk.model.diagnosis import (
    BroadcastFacts,
    ClientFacts,
    EngineFacts,
    MachineFacts,
    Phase,
    ReconnectFacts,
    StreamFacts,
    SwarmFacts,
    VpnFacts,
)
from acedesk.rules.diagnosis.buffer_margin import CUSHION, next_margin, refilled
from acedesk.rules.diagnosis.verdict import Verdict, step

GIB = 1024**3


class SimulatedStream:
    """A stream that plays well until an attribute is changed.

    Attributes:
        supply: Share of what the picture needs that the engine delivers, 1 for live.
        peers, speed: What the engine tells; `speed` is a share of what is needed.
    """

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        self.now = 0.0
        self.phase = Phase.PLAYING
        self.waited = 0.0
        self.needed = rng.uniform(0.8e6, 12e6)
        self.supply = 1.0
        self.piece = rng.choice((0.1, 0.5, 1.0, 1.7))
        self.peers: int | None = rng.randint(4, 80)
        self.no_peers_since: float | None = None
        self.speed = 1.1
        self.cpu = rng.uniform(5, 70)
        self.memory_free = rng.uniform(12, 80)
        self.disk_free = int(rng.uniform(2, 500) * GIB)
        self.answer = rng.uniform(0.001, 0.08)
        self.silent_since: float | None = None
        self.healthy = True
        self.others = rng.randint(0, 3)
        self.asking = True
        self.engine_starting = False
        self.engine_stopped = False
        self.engine_removed = False
        self.vpn = VpnFacts(used=rng.random() < 0.5, port_before=4711, port=4711)
        self.reconnected_at: float | None = None
        self.broadcast = BroadcastFacts()
        self.picture_gone_at: float | None = None
        self.switches = 0
        self.slow: dict[str, float] = {}  # viewer -> share of what it needs that it takes
        self.away_since: dict[str, float] = {}
        self.reconnects: tuple[ReconnectFacts, ...] = ()
        self.other_streams = rng.randint(0, 3)
        self.others_short = 0
        self._media = 0.0
        self._pending = 0.0
        self._margin = CUSHION
        self._came: deque[tuple[float, float]] = deque(maxlen=11)
        self._grew_at = 0.0
        self._behind: dict[str, float] = {}

    def second(self) -> StreamFacts:
        """Let one second pass and return what is seen then."""
        elapsed = self.rng.uniform(0.98, 1.06)
        self.now += elapsed
        before = self._media
        self._pending += elapsed * self.supply * self.rng.uniform(0.75, 1.25)
        pieces = int(self._pending / self.piece)
        self._pending -= pieces * self.piece
        self._media += pieces * self.piece
        if pieces:
            self._grew_at = self.now
        self._margin = next_margin(self._margin, media=self._media - before, elapsed=elapsed)
        self._came.append((self.now, self._media))
        if self.phase is not Phase.PLAYING:
            self.waited += 1.0
        return self._facts()

    def look(self, verdict: Verdict | None) -> Verdict:
        """Let one second pass and return the verdict after it."""
        after = step(verdict, self.second(), self.now)
        if verdict is not None and verdict.short and not after.short:
            self._margin = refilled(self._margin)
        return after

    def _facts(self) -> StreamFacts:
        pace = self._pace()
        return StreamFacts(
            phase=self.phase,
            waited=self.waited,
            silent_for=self.now - self._grew_at,
            rate_2=self.supply * self.needed * self.rng.uniform(0.5, 1.5),
            rate_10=None if pace is None else pace * self.needed * self.rng.uniform(0.9, 1.1),
            needed=self.needed * self.rng.uniform(0.97, 1.03),
            pace=pace,
            margin=self._margin,
            buffer=20.0,
            no_picture_for=0.0 if self.picture_gone_at is None else self.now - self.picture_gone_at,
            picture_came=True,
            switches=self.switches,
            engine=self._engine(),
            swarm=self._swarm(),
            vpn=self._vpn(),
            machine=MachineFacts(
                cpu=max(0.0, min(100.0, self.cpu + self.rng.gauss(0, 1))),
                memory_free=max(0.0, self.memory_free + self.rng.gauss(0, 0.3)),
                disk_free=self.disk_free + self.rng.randint(0, 1_000_000),
            ),
            broadcast=self.broadcast,
            clients=3,
            slow_clients=self._viewers(),
            reconnects=self.reconnects,
            asking=self.asking,
            others=self.other_streams,
            others_short=self.others_short,
        )

    def _pace(self) -> float | None:
        (first_at, first), (last_at, last) = self._came[0], self._came[-1]
        return (last - first) / (last_at - first_at) if last_at - first_at >= 5 else None

    def _engine(self) -> EngineFacts:
        return EngineFacts(
            id="engine-1",
            name="engine-1",
            silent_for=0.0 if self.silent_since is None else self.now - self.silent_since,
            answer_time=self.answer * self.rng.uniform(0.7, 1.3),
            healthy=self.healthy,
            others=self.others,
            starting=self.engine_starting,
            stopped=self.engine_stopped,
            removed=self.engine_removed,
        )

    def _swarm(self) -> SwarmFacts:
        if self.peers == 0 and self.no_peers_since is None:
            self.no_peers_since = self.now
        since = self.no_peers_since
        return SwarmFacts(
            peers=self.peers,
            no_peers_for=0.0 if since is None else self.now - since,
            speed_down=self.speed * self.needed * self.rng.uniform(0.9, 1.2),
        )

    def _vpn(self) -> VpnFacts:
        since = self.reconnected_at
        return VpnFacts(
            used=self.vpn.used,
            up=self.vpn.up,
            reconnected_for=None if since is None else self.now - since,
            port_before=self.vpn.port_before,
            port=self.vpn.port,
        )

    def _viewers(self) -> tuple[ClientFacts, ...]:
        """Return one viewer that reads in gulps, as players with a full cache do, and the slow."""
        found = [
            ClientFacts(
                id="gulper",
                name="mpv on 192.168.1.30",
                rate=self.needed * self.rng.uniform(0.95, 1.05),
                behind=2.0 + self.rng.uniform(-1, 1),
                falling=self.rng.uniform(-1, 1),
                blocked=self.rng.uniform(0.3, 1.0),
            )
        ]
        for name, share in self.slow.items():
            self._behind[name] = self._behind.get(name, 1.0) + 1 - share
            skipped = self._behind[name] > 30
            self._behind[name] = 1.0 if skipped else self._behind[name]
            found.append(
                ClientFacts(
                    id=name,
                    name=f"{name} on 192.168.1.31",
                    rate=share * self.needed * self.rng.uniform(0.8, 1.2),
                    behind=self._behind[name],
                    falling=10 * (1 - share) * self.rng.uniform(0.7, 1.3),
                    blocked=self.rng.uniform(0.8, 1.0),
                    skips=int(skipped),
                )
            )
        found += [
            ClientFacts(
                id=name,
                name=name,
                blocked=1.0,
                stuck_for=self.now - since,
                unanswered_for=self.now - since,
            )
            for name, since in self.away_since.items()
        ]
        return tuple(found)
