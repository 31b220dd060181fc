"""What a snapshot computes of what it holds."""

import dataclasses
import datetime

import pytest

from acedesk.model.content import KeyKind, StreamKey
from acedesk.model.engine import (
    TEST_BACKEND,
    BackendId,
    BackendKind,
    EngineHealth,
    EngineId,
    EngineIntent,
    EngineState,
)
from acedesk.model.snapshot import (
    ClientView,
    EngineView,
    OrphanView,
    RuntimeView,
    Snapshot,
    StreamState,
    StreamView,
    VpnState,
)

NOON = datetime.datetime(2026, 1, 1, 12, tzinfo=datetime.UTC)


def engine(health: EngineHealth, intent: EngineIntent = EngineIntent.SERVE) -> EngineView:
    return EngineView(
        id=EngineId("e"),
        name="engine-1",
        backend=BackendKind.DOCKER,
        host="127.0.0.1",
        port=6878,
        health=health,
        intent=intent,
    )


def client(number: int) -> ClientView:
    return ClientView(
        id=str(number),
        player="VLC",
        user_agent="VLC/3",
        address="10.0.0.2",
        connected_time=NOON,
        sent_bytes=0,
        rate=0.0,
        behind=0.0,
        skips=0,
    )


def stream(name: str, viewers: int) -> StreamView:
    return StreamView(
        id=name,
        key=StreamKey(KeyKind.URL, name),
        name=name,
        state=StreamState.PLAYING,
        started_time=NOON,
        clients=tuple(map(client, range(viewers))),
    )


@pytest.mark.parametrize(
    ("health", "intent", "state"),
    [
        (EngineHealth.READY, EngineIntent.SERVE, EngineState.READY),
        (EngineHealth.SLOW, EngineIntent.SERVE, EngineState.READY),
        (EngineHealth.READY, EngineIntent.DRAIN, EngineState.DRAINING),
        (EngineHealth.SLOW, EngineIntent.REMOVE, EngineState.DRAINING),
        (EngineHealth.STARTING, EngineIntent.DRAIN, EngineState.STARTING),
        (EngineHealth.HUNG, EngineIntent.DRAIN, EngineState.UNHEALTHY),
        (EngineHealth.UNREACHABLE, EngineIntent.SERVE, EngineState.UNHEALTHY),
        (EngineHealth.CRASHED, EngineIntent.SERVE, EngineState.STOPPED),
        (EngineHealth.STOPPED, EngineIntent.REMOVE, EngineState.STOPPED),
    ],
)
def test_the_state_of_an_engine_is_what_is_seen_and_wanted_of_it(
    health: EngineHealth, intent: EngineIntent, state: EngineState
) -> None:
    assert engine(health, intent).state is state


def test_every_health_has_a_state_whatever_is_wanted() -> None:
    for health in EngineHealth:
        for intent in EngineIntent:
            assert isinstance(engine(health, intent).state, EngineState)


def test_the_state_follows_a_change_of_health_and_cannot_be_given() -> None:
    ready = engine(EngineHealth.READY)

    assert dataclasses.replace(ready, health=EngineHealth.HUNG).state is EngineState.UNHEALTHY
    with pytest.raises((TypeError, ValueError), match="init=False"):  # as of Python 3.13
        dataclasses.replace(ready, state=EngineState.STOPPED)
    with pytest.raises(dataclasses.FrozenInstanceError):
        ready.state = EngineState.STOPPED  # type: ignore[misc]


@pytest.mark.parametrize(
    ("instance", "running", "in_use"),
    [("another", True, True), ("another", False, False), ("", True, False), ("", False, False)],
)
def test_an_orphan_is_in_use_when_it_runs_and_an_acedesk_owns_it(
    instance: str, *, running: bool, in_use: bool
) -> None:
    orphan = OrphanView(
        container_id="a" * 64,
        name="engine-1",
        backend_id=BackendId("docker:local"),
        instance=instance,
        image="engine:1",
        running=running,
    )

    assert orphan.in_use is in_use


def test_viewers_of_all_streams_are_counted_together() -> None:
    streams = (stream("a", 3), stream("b", 0), stream("c", 1))

    assert Snapshot(time=NOON, version="1", base_url="http://x", streams=streams).viewers == 4
    assert Snapshot(time=NOON, version="1", base_url="http://x").viewers == 0


def test_the_engine_of_the_test_channel_is_no_real_engine() -> None:
    real = engine(EngineHealth.READY)
    test = dataclasses.replace(real, id=EngineId("t"), backend_id=TEST_BACKEND)

    assert Snapshot(time=NOON, version="", base_url="", engines=(test, real)).real_engines == (
        real,
    )


@pytest.mark.parametrize("state", StreamState)
def test_streams_that_have_ended_are_no_live_streams(state: StreamState) -> None:
    one = dataclasses.replace(stream("a", 1), state=state)
    snapshot = Snapshot(time=NOON, version="", base_url="", streams=(one,))

    has_ended = state in (StreamState.FAILED, StreamState.STOPPED)
    assert snapshot.live_streams == (() if has_ended else (one,))


def test_nothing_is_known_before_anything_was_looked_at() -> None:
    empty = Snapshot(time=NOON, version="1", base_url="http://x")

    assert empty.vpn.state is VpnState.UNKNOWN
    assert empty.runtime == RuntimeView(state=None, detail="")
    assert (empty.streams, empty.engines, empty.provisions, empty.orphans) == ((), (), (), ())
    assert (empty.rate_in, empty.rate_out, empty.rate_up, empty.loop_lag) == (0, 0, 0, 0)


def test_snapshots_share_nothing_that_one_could_change() -> None:
    one, other = (Snapshot(time=NOON, version="1", base_url="http://x") for _ in range(2))

    assert one == other
    with pytest.raises(dataclasses.FrozenInstanceError):
        one.streams = (stream("a", 1),)  # type: ignore[misc]
