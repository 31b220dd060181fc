"""Narrow reads: the same as the picture of everything, without making it."""

from acedesk.application.reads import StreamReads, engine_views, no_usage
from acedesk.demo.channels import demo_link
from acedesk.engines.pool import EnginePool
from acedesk.model.content import KeyKind, Link, StreamKey
from acedesk.model.engine import BackendId, BackendKind, EngineId, EngineSpec
from acedesk.model.history import ContainerUsage
from acedesk.model.snapshot import StreamState
from acedesk.settings import Settings
from tests.unit.application.conftest import Parts

LINK = demo_link()
UNKNOWN = Link(key=StreamKey(KeyKind.CONTENT_ID, "f" * 40), title="Nowhere")


async def test_running_and_failed_streams_are_read_alike_in_each_way(parts: Parts) -> None:
    await parts.make_engine()
    for link in (LINK, UNKNOWN):
        await parts.streams.prepare(link)
    await parts.until(lambda: len(parts.plane.streams) == 1)
    reads = StreamReads(parts.plane.streams)

    views = reads.views()

    assert [view.name for view in views] == [LINK.title, "Nowhere"]
    assert views[1].state is StreamState.FAILED
    assert [one.view().id for one in reads.each()] == [view.id for view in views]
    assert list(reads.diagnoses()) == [(view.id, view.name, view.diagnosis) for view in views]
    for view in views:
        found = reads.find(view.id)
        assert found is not None
        assert found.name == view.name
    assert reads.find("x") is None


async def test_a_mark_stays_until_more_than_numbers_change(parts: Parts) -> None:
    await parts.make_engine()
    await parts.streams.prepare(LINK)
    reads = StreamReads(parts.plane.streams)
    (before,) = [one.mark for one in reads.each()]

    assert [one.mark for one in reads.each()] == [before]

    await parts.streams.stop(LINK.key.stream_id)
    assert list(reads.each()) == []


def _pool() -> EnginePool:
    pool = EnginePool(Settings)
    for number in (1, 2):
        pool.add(
            EngineSpec(
                id=EngineId(f"e{number}"),
                name=f"engine-{number}",
                backend=BackendKind.DOCKER,
                backend_id=BackendId("docker"),
                host="127.0.0.1",
                port=6877 + number,
            )
        )
    return pool


def test_an_engine_is_shown_with_what_its_container_uses() -> None:
    used = ContainerUsage(cpu=0.5)

    views = engine_views(_pool(), {EngineId("e2"): used}.get)

    assert [(view.name, view.usage) for view in views] == [("engine-1", None), ("engine-2", used)]


def test_without_a_measure_engines_are_those_of_the_pool() -> None:
    pool = _pool()

    assert engine_views(pool, no_usage) == pool.views()
