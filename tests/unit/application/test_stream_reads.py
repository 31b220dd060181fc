"""Narrow reads: the same as the picture of everything, without making it."""

from acedesk.application.stream_reads import StreamReads
from acedesk.demo.channels import demo_link
from acedesk.model.content import KeyKind, Link, StreamKey
from acedesk.model.snapshot import StreamState
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
    (before,) = [one.mark() for one in reads.each()]

    assert [one.mark() for one in reads.each()] == [before]

    await parts.streams.stop(LINK.key.stream_id)
    assert list(reads.each()) == []
