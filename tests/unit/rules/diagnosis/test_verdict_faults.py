"""One fault is put into a noisy stream; the verdict must name it in nine of ten runs at least."""

import dataclasses
import itertools
import random
from collections.abc import Callable

import pytest

from acedesk.model.diagnosis import (
    BroadcastFacts,
    BroadcastState,
    Cause,
    Phase,
    ReconnectFacts,
    VpnFacts,
)
from acedesk.rules.diagnosis.verdict import Verdict
from tests.fakes.simulated_stream import SimulatedStream

RUNS = 60
WELL, ILL = 15, 40


def no_peers(stream: SimulatedStream) -> None:
    stream.peers, stream.supply, stream.speed = 0, 0.0, 0.0


def slow_swarm(stream: SimulatedStream) -> None:
    stream.supply = stream.speed = stream.rng.uniform(0.3, 0.85)


def port_gone(stream: SimulatedStream) -> None:
    slow_swarm(stream)
    port = stream.rng.choice((None, 4712))
    stream.vpn = VpnFacts(used=True, port_before=4711, port=port)


def vpn_down(stream: SimulatedStream) -> None:
    stream.supply = stream.speed = 0.0
    stream.vpn = VpnFacts(used=True, up=False)
    stream.silent_since = stream.rng.choice((None, stream.now))


def vpn_back(stream: SimulatedStream) -> None:
    slow_swarm(stream)
    stream.vpn = dataclasses.replace(stream.vpn, used=True)
    stream.reconnected_at = stream.now


def silent_engine(stream: SimulatedStream) -> None:
    stream.supply, stream.silent_since = 0.0, stream.now


def slow_engine(stream: SimulatedStream) -> None:
    stream.supply, stream.answer = stream.rng.uniform(0.3, 0.8), stream.rng.uniform(1.6, 4.5)


def busy_cpu(stream: SimulatedStream) -> None:
    stream.cpu = stream.rng.uniform(98, 100)
    if stream.rng.random() < 0.5:
        stream.supply = stream.rng.uniform(0.3, 0.85)
    else:
        stream.slow["VLC"] = stream.rng.uniform(0.3, 0.8)


def full_disk(stream: SimulatedStream) -> None:
    stream.supply, stream.disk_free = stream.rng.uniform(0, 0.8), stream.rng.randint(0, 10**8)


def full_memory(stream: SimulatedStream) -> None:
    stream.supply, stream.memory_free = stream.rng.uniform(0, 0.8), stream.rng.uniform(0.5, 2.5)


def slow_viewer(stream: SimulatedStream) -> None:
    stream.slow["VLC"] = stream.rng.uniform(0.2, 0.85)


def unreachable_viewer(stream: SimulatedStream) -> None:
    stream.away_since["VLC"] = stream.now


def reconnecting(stream: SimulatedStream) -> None:
    period = stream.rng.uniform(3, 25)
    stream.reconnects = (
        ReconnectFacts(name="VLC", count=4, period=period, last_for=stream.rng.uniform(0, period)),
    )


def looping(stream: SimulatedStream) -> None:
    stream.broadcast = BroadcastFacts(state=BroadcastState.LOOPING, late=7500.0)


def frozen(stream: SimulatedStream) -> None:
    stream.broadcast = BroadcastFacts(state=BroadcastState.FROZEN, late=40.0)


def no_picture(stream: SimulatedStream) -> None:
    stream.picture_gone_at = stream.now - 5.0
    stream.supply = stream.rng.choice((0.0, 1.0))  # its clock may have gone with it


def slow_line(stream: SimulatedStream) -> None:
    slow_swarm(stream)
    stream.other_streams = stream.others_short = stream.rng.randint(1, 4)


def starting(stream: SimulatedStream) -> None:
    stream.phase, stream.supply = Phase.BUFFERING, 0.0


def in_line(stream: SimulatedStream) -> None:
    stream.phase, stream.supply = Phase.IN_LINE, 0.0


def switching(stream: SimulatedStream) -> None:
    stream.phase, stream.supply = Phase.SWITCHING, 0.0


def restarting(stream: SimulatedStream) -> None:
    switching(stream)
    stream.asking, stream.engine_starting, stream.others = False, True, 0


def alone(stream: SimulatedStream) -> None:
    switching(stream)
    stream.asking, stream.others = False, 0


def removed(stream: SimulatedStream) -> None:
    alone(stream)
    stream.engine_removed = True


def stopped(stream: SimulatedStream) -> None:
    alone(stream)
    stream.engine_stopped = True


def failing_engines(stream: SimulatedStream) -> None:
    stream.switches = stream.rng.randint(3, 6)


def nothing(stream: SimulatedStream) -> None:
    pass


FAULTS: dict[Cause, Callable[[SimulatedStream], None]] = {
    Cause.FINE: nothing,
    Cause.WAITING_TURN: in_line,
    Cause.STARTING: starting,
    Cause.SWITCHING: switching,
    Cause.ENGINE_RESTARTING: restarting,
    Cause.NO_OTHER_ENGINE: alone,
    Cause.ENGINE_REMOVED: removed,
    Cause.ENGINE_STOPPED: stopped,
    Cause.HOST_CPU: busy_cpu,
    Cause.HOST_MEMORY: full_memory,
    Cause.HOST_DISK: full_disk,
    Cause.ENGINE_SILENT: silent_engine,
    Cause.ENGINE_SLOW: slow_engine,
    Cause.ENGINE_FAILING: failing_engines,
    Cause.VPN_DOWN: vpn_down,
    Cause.VPN_RECONNECTED: vpn_back,
    Cause.PORT_CLOSED: port_gone,
    Cause.LINE_TOO_SLOW: slow_line,
    Cause.NO_PEERS: no_peers,
    Cause.SOURCE_LOOPING: looping,
    Cause.SOURCE_FROZEN: frozen,
    Cause.NO_PICTURE: no_picture,
    Cause.SWARM_TOO_SLOW: slow_swarm,
    Cause.VIEWER_LINK_SLOW: slow_viewer,
    Cause.VIEWER_STUCK: unreachable_viewer,
    Cause.PLAYER_RECONNECTS: reconnecting,
}


def run(cause: Cause, seed: int) -> tuple[list[Cause], Verdict]:
    """Return the causes told while the stream was well and while it was not, and the last word."""
    stream = SimulatedStream(random.Random(seed))
    verdict: Verdict | None = None
    told = []
    for second in range(WELL + ILL):
        if second == WELL:
            FAULTS[cause](stream)
        verdict = stream.look(verdict)
        told.append(verdict.diagnosis.cause)
    assert verdict is not None
    return told, verdict


def test_every_cause_has_a_fault() -> None:
    assert set(FAULTS) == set(Cause)


@pytest.mark.parametrize("cause", FAULTS, ids=lambda cause: cause.value)
def test_the_injected_fault_is_named_in_nine_of_ten_runs(cause: Cause) -> None:
    named = [run(cause, seed)[1].diagnosis.cause for seed in range(RUNS)]

    assert named.count(cause) >= 0.9 * RUNS, {other: named.count(other) for other in set(named)}


def test_a_well_stream_is_hardly_ever_called_ill() -> None:
    told = [cause for seed in range(RUNS) for cause in run(Cause.FINE, seed)[0]]

    assert told.count(Cause.FINE) >= 0.99 * len(told)


@pytest.mark.parametrize("cause", FAULTS, ids=lambda cause: cause.value)
def test_the_verdict_does_not_flap(cause: Cause) -> None:
    changes = []
    for seed in range(RUNS):
        told, _ = run(cause, seed)
        changes.append(sum(a is not b for a, b in itertools.pairwise(told)))

    assert sum(changes) / RUNS <= 3
    assert max(changes) <= 8


@pytest.mark.parametrize(
    "cause", [Cause.SWARM_TOO_SLOW, Cause.VIEWER_LINK_SLOW, Cause.HOST_CPU], ids=lambda c: c.value
)
def test_a_fault_that_ends_is_forgotten(cause: Cause) -> None:
    well_again = 0
    for seed in range(RUNS):
        stream = SimulatedStream(random.Random(seed))
        supply, speed, cpu = stream.supply, stream.speed, stream.cpu
        verdict: Verdict | None = None
        FAULTS[cause](stream)
        for _ in range(ILL):
            verdict = stream.look(verdict)
        stream.supply, stream.speed, stream.cpu = supply, speed, cpu
        stream.slow.clear()
        for _ in range(30):
            verdict = stream.look(verdict)
        assert verdict is not None
        well_again += verdict.diagnosis.cause is Cause.FINE

    assert well_again >= 0.9 * RUNS
