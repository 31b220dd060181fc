"""What others play on the orchestrator's engines takes places in our pool."""

import pytest

from acedesk.engines.pool import EnginePool
from acedesk.engines.remote.client import OrchestratorClient
from acedesk.engines.remote.directory import Directory
from acedesk.engines.remote.foreign_load import ForeignLoad
from acedesk.errors import Busy
from acedesk.model.content import KeyKind, StreamKey
from acedesk.model.engine import BackendKind, EngineHealth, EngineId, EngineIntent, EngineSpec
from acedesk.settings import Settings
from tests.fakes.orchestrator import ID, FakeOrchestrator, engine_row, stream_row

KEY = StreamKey(KeyKind.CONTENT_ID, ID)
OTHER = StreamKey(KeyKind.CONTENT_ID, "c" * 40)


class Parts:
    """Two engines of an orchestrator in our pool."""

    def __init__(self, orchestrator: FakeOrchestrator, client: OrchestratorClient) -> None:
        self.orchestrator = orchestrator
        orchestrator.engines = [engine_row("one", 1), engine_row("two", 2)]
        self.own: set[str] = set()
        self.pool = EnginePool(lambda: Settings().changed({"max_streams_per_engine": 2}))
        self.directory = Directory(client)
        self.load = ForeignLoad(self.pool, self.directory, self._id, lambda name: name in self.own)
        self.directory.changed.connect(self.load.look)
        self.pool.changed.connect(self.load.look_for_missing)

    def _id(self, engine: str) -> EngineId | None:
        return EngineId(engine) if self.directory.find(engine) is not None else None

    def add(self, *names: str) -> None:
        for name in names:
            spec = EngineSpec(
                id=EngineId(name), name=name, backend=BackendKind.REMOTE, host="h", port=1
            )
            self.pool.add(spec, health=EngineHealth.READY)

    async def list_streams(self, *rows: dict[str, object]) -> None:
        self.orchestrator.streams = list(rows)
        await self.directory.refresh()

    @property
    def loads(self) -> tuple[int, int]:
        return self.pool.load(EngineId("one")), self.pool.load(EngineId("two"))


@pytest.fixture
def parts(orchestrator: FakeOrchestrator, client: OrchestratorClient) -> Parts:
    made = Parts(orchestrator, client)
    made.add("one", "two")
    return made


async def test_a_stream_of_another_takes_a_place_until_it_ends(parts: Parts) -> None:
    await parts.list_streams(stream_row("theirs", "one"))
    assert (parts.loads, len(parts.load)) == ((1, 0), 1)

    await parts.list_streams()

    assert (parts.loads, len(parts.load)) == ((0, 0), 0)


async def test_one_of_ours_does_not_count_twice(parts: Parts) -> None:
    parts.own = {"ours"}

    await parts.list_streams(stream_row("ours", "one"))

    assert parts.loads == (0, 0)


async def test_no_content_is_asked_of_an_engine_that_plays_it_for_another(parts: Parts) -> None:
    await parts.list_streams(stream_row("theirs", "one"), stream_row("more", "two", key="c" * 40))

    assert parts.pool.reserve(KEY).engine.id == "two"
    assert parts.pool.reserve(OTHER).engine.id == "one"


async def test_engines_that_others_have_filled_are_full(parts: Parts) -> None:
    rows = [stream_row(f"{one}-{n}", one, key=f"{n}" * 40) for one in ("one", "two") for n in "12"]
    await parts.list_streams(*rows)

    with pytest.raises(Busy):
        parts.pool.reserve(KEY)


async def test_a_stream_that_moves_takes_its_place_there(parts: Parts) -> None:
    await parts.list_streams(stream_row("theirs", "one"))

    await parts.list_streams(stream_row("theirs", "two"))

    assert parts.loads == (0, 1)


async def test_an_engine_that_joins_the_pool_later_has_its_load_at_once(
    orchestrator: FakeOrchestrator, client: OrchestratorClient
) -> None:
    late = Parts(orchestrator, client)
    await late.list_streams(stream_row("theirs", "one"))
    assert late.loads == (0, 0)

    late.add("one", "two")

    assert late.loads == (1, 0)


async def test_streams_on_engines_that_are_not_listed_count_nowhere(parts: Parts) -> None:
    await parts.list_streams(stream_row("theirs", "10.0.0.9:6878"))

    assert parts.loads == (0, 0)


async def test_the_load_stays_while_the_orchestrator_is_down(parts: Parts) -> None:
    await parts.list_streams(stream_row("theirs", "one"))
    parts.orchestrator.statuses["/engines"] = 404

    await parts.directory.refresh()

    assert parts.directory.error is not None
    assert parts.loads == (1, 0)


async def test_an_engine_that_is_drained_there_is_drained_here(parts: Parts) -> None:
    parts.orchestrator.engines[0]["draining"] = True
    await parts.directory.refresh()
    drained = parts.pool.find(EngineId("one"))

    parts.orchestrator.engines[0]["draining"] = False
    await parts.directory.refresh()
    again = parts.pool.find(EngineId("one"))

    assert drained is not None
    assert drained.intent is EngineIntent.DRAIN
    assert again is not None
    assert again.intent is EngineIntent.SERVE
