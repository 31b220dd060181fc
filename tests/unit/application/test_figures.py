"""Sums over everything: those of a snapshot, read in a fraction of its time."""

import time

import pytest

from acedesk.application.figures import Figures, FiguresReader
from acedesk.model.engine import EngineHealth, EngineState
from acedesk.model.engine_stat import EngineStat
from acedesk.model.snapshot import StreamState, VpnState
from tests.fakes.idle_stream import make_stream
from tests.unit.application.conftest import Parts

# Two cores may be busy with other tests; alone it takes about 3 ms.
LIMIT = 0.1
STAT = EngineStat(
    status="dl",
    peers=7,
    speed_down=8000.0,
    speed_up=800.0,
    progress=None,
    live_last=None,
    pos=None,
    is_live=True,
)


@pytest.fixture
def reader(parts: Parts) -> FiguresReader:
    return FiguresReader(
        parts.plane,
        parts.pool,
        lambda: parts.settings,
        vpn=lambda: VpnState.CONNECTED,
        loop_lag=lambda: 0.25,
    )


async def test_where_nothing_happens_all_is_nothing(reader: FiguresReader) -> None:
    figures = reader.read()

    assert figures == Figures(streams={}, engines={}, vpn=VpnState.CONNECTED, loop_lag=0.25)
    assert figures.active_streams == 0


async def test_engines_are_counted_by_state_without_the_test_channel(
    parts_without_engine: Parts,
) -> None:
    parts = parts_without_engine
    await parts.make_engine("engine-1")
    reader = FiguresReader(
        parts.plane,
        parts.pool,
        lambda: parts.settings,
        vpn=lambda: VpnState.ABSENT,
        loop_lag=lambda: 0.0,
    )

    assert reader.read().engines == {}


async def test_engines_beyond_those_that_are_kept_are_extra(
    parts: Parts, reader: FiguresReader
) -> None:
    await parts.make_engine("engine-1")
    await parts.make_engine("engine-2", EngineHealth.HUNG)
    parts.settings = parts.settings.changed({"min_engines": 1})

    figures = reader.read()

    assert figures.engines == {EngineState.READY: 1, EngineState.UNHEALTHY: 1}
    assert (figures.extra_engines, figures.used_engines, figures.vpn_engines) == (1, 0, 0)


async def test_streams_are_summed_up(parts: Parts, reader: FiguresReader) -> None:
    for number in range(3):
        stream = make_stream(number)
        stream.stat_poller.stat = STAT
        parts.plane.streams._streams[stream.key] = stream

    figures = reader.read()

    assert figures.streams == {StreamState.STARTING: 3}
    assert (figures.active_streams, figures.peers) == (3, 21)
    assert (figures.speed_down, figures.speed_up) == (24000.0, 2400.0)


async def test_of_an_ended_stream_nothing_is_counted_but_its_state(
    parts: Parts, reader: FiguresReader
) -> None:
    stream = make_stream()
    stream.stat_poller.stat = STAT
    stream.ended = True
    parts.plane.streams._streams[stream.key] = stream

    figures = reader.read()

    assert figures.streams == {StreamState.STOPPED: 1}
    assert (figures.active_streams, figures.peers, figures.speed_down) == (0, 0, 0)


async def test_five_hundred_streams_are_read_at_once(parts: Parts, reader: FiguresReader) -> None:
    for number in range(500):
        stream = make_stream(number)
        stream.stat_poller.stat = STAT
        parts.plane.streams._streams[stream.key] = stream

    figures, took = reader.read(), []
    for _ in range(5):
        begun = time.perf_counter()
        figures = reader.read()
        took.append(time.perf_counter() - begun)

    assert figures.peers == 3500
    assert min(took) < LIMIT
