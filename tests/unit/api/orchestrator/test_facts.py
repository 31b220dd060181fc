"""Rows of engines and streams: what clients read of them, and that they are made once."""

import dataclasses

import pytest

from acedesk import tasks
from acedesk.api.endpoints import encode
from acedesk.api.orchestrator import facts as module
from acedesk.api.orchestrator.facts import ENDED, MOST_FORMER, STARTED, ContractFacts
from acedesk.application.reported_streams import ReportedStream, StreamReport
from acedesk.errors import NotFound
from acedesk.model.content import KeyKind
from acedesk.model.engine import EngineHealth, EngineId, EngineIntent
from acedesk.model.history import ContainerUsage
from tests.fakes.contract_sources import CONTAINER, NOON, FakeSources, engine_view, stream_session
from tests.fakes.loop_holds import longest_hold


@pytest.fixture
def sources() -> FakeSources:
    return FakeSources()


@pytest.fixture
def facts(sources: FakeSources) -> ContractFacts:
    return ContractFacts(sources, lambda: NOON)


def reported(engine_id: str | None = CONTAINER, container_id: str = "") -> ReportedStream:
    report = StreamReport(
        id="k|s",
        kind=KeyKind.INFOHASH,
        key="b" * 40,
        host="desk",
        port=6878,
        container_id=container_id,
    )
    found = None if engine_id is None else EngineId(engine_id)
    return ReportedStream(report=report, engine_id=found, started_time=NOON)


@pytest.mark.parametrize(
    ("health", "intent", "told"),
    [
        (EngineHealth.READY, EngineIntent.SERVE, "healthy"),
        (EngineHealth.SLOW, EngineIntent.SERVE, "healthy"),
        (EngineHealth.READY, EngineIntent.DRAIN, "unknown"),
        (EngineHealth.STARTING, EngineIntent.SERVE, "unknown"),
        (EngineHealth.HUNG, EngineIntent.SERVE, "unhealthy"),
        (EngineHealth.CRASHED, EngineIntent.SERVE, "unhealthy"),
    ],
)
def test_only_engines_that_take_streams_are_healthy(
    sources: FakeSources,
    facts: ContractFacts,
    health: EngineHealth,
    intent: EngineIntent,
    told: str,
) -> None:
    sources.views = (engine_view(health=health, intent=intent),)

    engine = facts.engines()[0]

    assert (engine.health_status, engine.draining) == (told, intent is EngineIntent.DRAIN)


def test_engines_are_sorted_by_port_and_know_their_streams(
    sources: FakeSources, facts: ContractFacts
) -> None:
    sources.views = (engine_view("engine-2", port=7000, container_id="b" * 64), engine_view())
    sources.own = [stream_session()]
    sources.others = (reported(),)

    first, second = facts.engines()

    assert (first.port, second.port) == (6878, 7000)
    assert (first.streams, second.streams) == (["a" * 40, "k|s"], [])
    assert (first.total_peers, first.total_speed_down) == (12, 500)


def test_an_engine_that_was_never_looked_at_has_times_all_the_same(
    sources: FakeSources, facts: ContractFacts
) -> None:
    sources.views = (dataclasses.replace(engine_view(), last_check_time=None),)

    engine = facts.engines()[0]

    assert (engine.first_seen, engine.last_seen) == ("2026-03-01T12:00:00Z",) * 2
    assert engine.last_health_check is None


@pytest.mark.parametrize("name", [CONTAINER, CONTAINER[:12], "engine-1"])
def test_an_engine_is_found_by_its_ids_and_its_name(facts: ContractFacts, name: str) -> None:
    assert facts.view(name).name == "engine-1"


@pytest.mark.parametrize("name", ["", CONTAINER[:11], "engine", "x"])
def test_less_is_no_name(facts: ContractFacts, name: str) -> None:
    with pytest.raises(NotFound):
        facts.view(name)


def test_streams_are_told_by_state_and_engine(sources: FakeSources, facts: ContractFacts) -> None:
    sources.own = [stream_session(ended=True)]
    sources.others = (reported(None, "elsewhere"), dataclasses.replace(reported(), reason="x"))

    def ids(status: str, container: str | None = None) -> list[str]:
        return [row.row.id for row in facts.streams(status=status, container_id=container)]

    assert ids(ENDED) == ["a" * 40]
    assert ids(STARTED) == ["k|s"]
    assert ids(STARTED, "no") == []


def test_a_row_is_made_again_only_when_it_tells_something_else(
    sources: FakeSources, facts: ContractFacts
) -> None:
    sources.own, sources.others = [one := stream_session()], (reported(),)
    before = facts.stream_rows()

    sources.own = [one._replace(received_bytes=5000)]
    assert all(a is b for a, b in zip(facts.stream_rows(), before, strict=True))

    sources.own = [one._replace(clients=2)]
    own, other = facts.stream_rows()

    assert (own is before[0], other is before[1]) == (False, True)
    assert own.row.clients == 2


def test_one_stream_or_engine_is_told_without_a_read_of_all(
    sources: FakeSources, facts: ContractFacts
) -> None:
    elsewhere = dataclasses.replace(stream_session().key, value="c" * 40)
    sources.own = [stream_session(), stream_session(elsewhere)._replace(engine=None)]
    sources.others = (reported(None),)
    every = [row.row for row in facts.streams(status=STARTED)]
    sources.reads = 0

    assert facts.stream("a" * 40) == every[0]
    assert facts.stream("k|s").status == STARTED
    assert [one.id for one in facts.engine("engine-1")[1]] == ["a" * 40]
    found = facts.streams(status=STARTED, container_id=CONTAINER)
    assert [row.row for row in found] == every[:1]
    assert sources.reads == 0


def test_the_text_of_a_row_is_made_once_and_only_where_it_is_wanted(
    sources: FakeSources, facts: ContractFacts, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[object] = []

    def encode(row: object) -> str:
        made.append(row)
        return f"text {len(made)}"

    monkeypatch.setattr(module, "encode", encode)
    sources.own = [stream_session()]

    facts.engines()
    assert made == []

    (row,) = facts.stream_rows()
    assert row.text == row.text == "text 1"
    assert made == [row.row]


async def test_thousands_of_new_rows_do_not_hold_the_loop(
    sources: FakeSources, facts: ContractFacts
) -> None:
    one = stream_session()
    keys = [dataclasses.replace(one.key, value=f"{number:040x}") for number in range(3000)]
    sources.own = [one._replace(key=key) for key in keys]

    held = await longest_hold(facts.read_streams(status=STARTED, container_id=None))

    assert held < 0.02
    rows = await facts.read_streams(status=STARTED, container_id=None)
    assert [row.row.id for row in rows] == [key.value for key in keys]
    assert [row.text for row in rows] == [encode(row.row) for row in facts.stream_rows()]
    assert await facts.read_streams(status=ENDED, container_id=None) == []


async def test_rows_that_others_made_meanwhile_are_kept(
    sources: FakeSources, facts: ContractFacts, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who has many rows made lets others go first now and then."""
    one = stream_session()
    keys = [dataclasses.replace(one.key, value=f"{number:040x}") for number in range(2)]
    sources.own = [one._replace(key=key) for key in keys]
    over, newer = iter((False, True)), list[object]()
    monkeypatch.setattr(tasks.Slice, "is_over", lambda _slice: next(over, False))

    async def let_another_ask(_slice: tasks.Slice) -> None:
        sources.own[0] = sources.own[0]._replace(title="Another")
        newer.append(facts.stream_rows()[0])

    monkeypatch.setattr(tasks.Slice, "go_on", let_another_ask)
    await facts.read_rows()

    assert facts.stream_rows()[0] is newer[0]


def test_an_engine_is_written_again_only_when_it_tells_something_else(
    sources: FakeSources, facts: ContractFacts
) -> None:
    sources.views = (engine_view("engine-2", port=7000, container_id="b" * 64), engine_view())
    before = facts.engine_rows()
    assert [row.text for row in before] == [encode(one) for one in facts.engines()]

    sources.views = (sources.views[0], dataclasses.replace(sources.views[1], version="3.2"))
    first, second = facts.engine_rows()

    assert (first is before[0], second is before[1]) == (False, True)
    assert first.text == encode(facts.engines()[0])


def test_rows_of_former_streams_are_let_go(sources: FakeSources, facts: ContractFacts) -> None:
    for number in range(3 * MOST_FORMER):
        key = dataclasses.replace(stream_session().key, value=f"{number:040x}")
        sources.own = [stream_session(key)]
        assert facts.stream(key.stream_id).id == key.stream_id

    assert len(facts._rows) <= MOST_FORMER + 3


def test_the_row_of_an_unknown_engine_has_what_was_told(facts: ContractFacts) -> None:
    assert facts.reported_state(reported(None, "theirs")).container_id == "theirs"
    assert facts.reported_state(reported(None)).container_id == "desk:6878"
    assert facts.reported_state(reported()).container_id == CONTAINER


def test_what_containers_use_is_told_in_bytes(sources: FakeSources, facts: ContractFacts) -> None:
    usage = ContainerUsage(cpu=1.5, memory=1e6, network_in=8e6)
    static = engine_view("far", container_id="")
    sources.views = (engine_view(usage=usage), dataclasses.replace(static, usage=usage))

    told = facts.container_stats()

    assert list(told) == [CONTAINER]
    assert (told[CONTAINER].cpu_percent, told[CONTAINER].memory_usage) == (150.0, 1_000_000)
    assert (told[CONTAINER].network_rx_bytes, told[CONTAINER].network_tx_bytes) == (1_000_000, 0)


def test_one_stream_is_found_or_is_not(sources: FakeSources, facts: ContractFacts) -> None:
    sources.own, sources.others = [stream_session()], (reported(),)

    assert facts.stream("k|s").key_type == "infohash"
    assert facts.session("a" * 40) is sources.own[0]
    assert facts.session("k|s") is None
    with pytest.raises(NotFound):
        facts.stream("x")
