"""The picture of everything: each part is asked, and sums are those of what is shown."""

from collections.abc import Callable

import pytest

from acedesk import __version__, clock
from acedesk.application.snapshot import SnapshotBuilder
from acedesk.demo.channels import demo_link
from acedesk.errors import EngineError, LoopingStream
from acedesk.formats.getstream import parse_query
from acedesk.model.content import KeyKind, Link, StreamKey
from acedesk.model.engine import EngineHealth, ProvisionState
from acedesk.model.snapshot import Snapshot, StreamState, VpnState, VpnView
from acedesk.model.totals import Totals
from acedesk.proxy.delivery.client import Client
from tests.unit.application.conftest import BASE_URL, Parts

LINK = demo_link()
UNKNOWN = Link(key=StreamKey(KeyKind.CONTENT_ID, "f" * 40), title="Nowhere")


class _Surroundings:
    """What is told to a snapshot by others."""

    def __init__(self) -> None:
        self.lan = False
        self.degraded: dict[str, str] = {}
        self.lag = 0.0
        self.vpn = VpnView()
        self.totals = Totals()


@pytest.fixture
def around() -> _Surroundings:
    return _Surroundings()


@pytest.fixture
def build(parts: Parts, around: _Surroundings) -> Callable[[], Snapshot]:
    return SnapshotBuilder(
        parts.plane.streams,
        parts.pool,
        parts.manager,
        vpn=lambda: around.vpn,
        base_url=lambda: BASE_URL,
        lan=lambda: around.lan,
        demo=True,
        degraded=lambda: around.degraded,
        loop_lag=lambda: around.lag,
        totals=lambda: around.totals,
    ).build


async def test_where_nothing_happens_the_picture_is_empty(build: Callable[[], Snapshot]) -> None:
    before = clock.utc_now()

    snapshot = build()

    assert before <= snapshot.time <= clock.utc_now()
    assert snapshot.time.tzinfo is not None
    assert (snapshot.version, snapshot.base_url) == (__version__, BASE_URL)
    assert (snapshot.demo, snapshot.lan, snapshot.viewers) == (True, False, 0)
    assert (snapshot.streams, snapshot.engines, snapshot.provisions) == ((), (), ())
    assert (snapshot.rate_in, snapshot.rate_out, snapshot.rate_up) == (0, 0, 0)


async def test_every_picture_asks_anew(
    build: Callable[[], Snapshot], around: _Surroundings
) -> None:
    first = build()
    around.lan, around.lag, around.degraded = True, 0.25, {"vpn": "no answer", "a": "b"}
    around.totals = Totals(starts=5)
    around.vpn = VpnView(state=VpnState.CONNECTED, public_ip="192.0.2.7")

    second = build()

    assert (first.lan, first.loop_lag, first.degraded) == (False, 0.0, ())
    assert (second.lan, second.loop_lag) == (True, 0.25)
    assert second.degraded == (("vpn", "no answer"), ("a", "b"))
    assert (first.totals.starts, second.totals.starts) == (0, 5)
    assert second.vpn.public_ip == "192.0.2.7"


async def test_engines_provisions_and_orphans_are_those_of_pool_and_manager(
    parts: Parts, build: Callable[[], Snapshot]
) -> None:
    await parts.make_engine("engine-10")
    await parts.make_engine("engine-2", EngineHealth.STARTING)
    orphan = parts.put(3, "another")
    await parts.manager.check_now()
    provision = await parts.engines.add()

    snapshot = build()

    assert [view.name for view in snapshot.engines][:2] == ["engine-2", "engine-10"]
    assert [one.container_id for one in snapshot.orphans] == [orphan]
    assert [(one.id, one.state) for one in snapshot.provisions] == [
        (provision, ProvisionState.RUNNING)
    ]
    assert snapshot.runtime == parts.manager.runtime


async def test_a_stream_is_shown_with_its_engine_its_viewers_and_their_rates(
    parts: Parts, build: Callable[[], Snapshot]
) -> None:
    spec = await parts.make_engine()
    await parts.streams.prepare(LINK)
    stream = parts.plane.streams.find(LINK.key)
    assert stream is not None
    await parts.until(lambda: stream.ring.total > 0)
    client = Client(
        address="10.0.0.2", user_agent="VLC/3.0.20", now=clock.monotonic(), time=clock.utc_now()
    )
    stream.add(client)

    snapshot = build()

    (view,) = snapshot.streams
    assert (view.id, view.name, view.engine_id) == (LINK.key.stream_id, LINK.title, spec.id)
    assert view.received_bytes > 0
    assert [one.player for one in view.clients] == ["VLC 3.0.20"]
    assert snapshot.viewers == 1
    assert snapshot.rate_in == view.bit_rate
    assert snapshot.rate_out == sum(one.rate for one in view.clients)
    assert snapshot.engines[0].streams == 1


async def test_what_the_engine_uploads_counts_only_where_it_has_told(
    parts: Parts, build: Callable[[], Snapshot]
) -> None:
    await parts.make_engine()
    await parts.streams.prepare(LINK)
    stream = parts.plane.streams.find(LINK.key)
    assert stream is not None
    before = build()
    await parts.until(lambda: stream.stat_poller.stat is not None)

    after = build()

    assert (before.streams[0].speed_up, before.rate_up) == (None, 0.0)
    assert after.rate_up == after.streams[0].speed_up
    assert after.rate_up > 0


async def test_a_stream_that_failed_stays_in_sight_with_its_reason(
    parts: Parts, build: Callable[[], Snapshot]
) -> None:
    await parts.make_engine()
    await parts.streams.prepare(UNKNOWN)
    await parts.until(lambda: len(parts.plane.streams) == 0)

    (view,) = build().streams

    assert (view.name, view.state) == ("Nowhere", StreamState.FAILED)
    assert isinstance(view.error, EngineError)
    assert view.bit_rate == 0.0
    await parts.streams.stop(UNKNOWN.key.stream_id)
    assert build().streams == ()


async def test_a_stream_that_is_refused_is_not_shown(
    parts: Parts, build: Callable[[], Snapshot]
) -> None:
    parts.plane.blacklist.add(LINK.key, why="it repeats itself")
    with pytest.raises(LoopingStream):
        parts.plane.streams.open(parse_query([("id", LINK.key.value)]))

    assert build().streams == ()
