"""A picture of a stream says what is so at this moment, and nothing that is not known."""

import dataclasses
from collections.abc import AsyncIterator

import pytest

from acedesk import clock
from acedesk.errors import EngineRefused
from acedesk.formats.getstream import PlayRequest
from acedesk.model.diagnosis import BroadcastFacts, BroadcastState
from acedesk.model.engine_stat import EngineStat
from acedesk.model.snapshot import StreamState
from acedesk.proxy.delivery.client import EndReason
from acedesk.proxy.streams.after_last_client import PREPARED_HOLD
from acedesk.proxy.views import client_view, stream_mark, stream_view
from tests import transport
from tests.fakes.engine_side import engine_side
from tests.fakes.running_stream import KEY, RunningStream, running_stream

BROADCAST = transport.broadcast(100)
GOP = len(transport.broadcast(10))
STAT = EngineStat(
    status="dl",
    peers=12,
    speed_down=4e6,
    speed_up=1e6,
    progress=None,
    live_last=None,
    pos=None,
    is_live=True,
)


@pytest.fixture
async def running() -> AsyncIterator[RunningStream]:
    """Return a stream that has played four seconds."""
    async with running_stream() as made:
        await made.play(BROADCAST[: 3 * GOP])  # what comes at once may be one piece, of no length
        await made.play(BROADCAST[3 * GOP :])
        yield made


async def test_a_stream_that_was_only_asked_for_is_all_unknown() -> None:
    async with running_stream(start=False) as made:
        view = stream_view(made.stream)

    assert (view.id, view.key, view.state) == (KEY.stream_id, KEY, StreamState.STARTING)
    assert (view.codecs, view.bit_rate, view.buffer, view.received_bytes) == ("", 0.0, 0.0, 0)
    assert (view.peers, view.media_rate, view.engine_id, view.error) == (None,) * 4
    assert (view.accepted, view.first_byte, view.first_keyframe) == (None,) * 3
    assert (view.clients, view.failovers, view.left, view.switches) == ((), (), (), 0)
    assert view.diagnosis is None


async def test_a_stream_without_a_title_is_named_by_its_key() -> None:
    async with engine_side() as side:
        nameless = RunningStream(side, PlayRequest(key=KEY))

        assert stream_view(nameless.stream).name == "Stream …aaaa"
        nameless.stream.title = "Match"
        assert stream_view(nameless.stream).name == "Match"


async def test_a_stream_that_plays_is_shown_with_what_came(running: RunningStream) -> None:
    view = stream_view(running.stream)

    assert view.name == "News"
    assert "H.264" in view.codecs
    assert (view.engine_name, view.engine_id) == ("engine-0", "engine-0")
    assert view.received_bytes == len(BROADCAST)
    assert 1.0 < view.buffer <= 4.0
    assert view.buffer_bytes >= len(BROADCAST)
    assert view.media_rate == running.stream.ring.media_rate is not None
    assert view.accepted is not None
    assert view.first_byte is not None
    assert view.first_keyframe is not None
    assert 0.0 <= view.accepted <= view.first_byte <= view.first_keyframe


async def test_what_the_engine_told_is_shown_as_it_told_it(running: RunningStream) -> None:
    running.stream.stat_poller.stat = STAT

    view = stream_view(running.stream)

    assert (view.peers, view.speed_down, view.speed_up) == (12, 4e6, 1e6)
    assert view.engine_status == "dl"


async def test_the_viewers_are_in_it(running: RunningStream) -> None:
    client = await running.watch()

    (shown,) = stream_view(running.stream).clients

    assert shown == client_view(running.stream, client)
    assert (shown.id, shown.address) == (client.id, "192.168.1.30")
    assert (shown.player, shown.user_agent) == ("VLC 3.0.21", "VLC/3.0.21")
    assert shown.sent_bytes == len(running.take(client))
    assert shown.first_byte is not None
    assert shown.first_byte >= 0.0
    assert (shown.behind, shown.skips) == (0.0, 0)


async def test_a_viewer_that_waits_has_got_nothing_yet(running: RunningStream) -> None:
    shown = client_view(running.stream, running.viewer())

    assert (shown.sent_bytes, shown.behind, shown.first_byte) == (0, 0.0, None)


async def test_a_viewer_that_is_behind_is_shown_behind(running: RunningStream) -> None:
    client = running.viewer()
    client.position = running.stream.ring.first

    shown = client_view(running.stream, client)

    assert shown.behind == running.stream.ring.behind(running.stream.ring.first)


async def test_viewers_that_left_are_remembered(running: RunningStream) -> None:
    await running.watch()
    gone = await running.watch()

    gone.close(EndReason.CLOSED)

    view = stream_view(running.stream)
    assert len(view.clients) == 1
    assert len(view.left) == 1


@pytest.mark.parametrize(
    ("facts", "told", "shown"),
    [
        (BroadcastState.LIVE, True, BroadcastState.LIVE),
        (BroadcastState.LIVE, False, None),
        (BroadcastState.LOOPING, True, BroadcastState.LOOPING),
        (BroadcastState.FROZEN, None, BroadcastState.FROZEN),
    ],
)
async def test_live_is_only_what_the_engine_calls_so(
    running: RunningStream, facts: BroadcastState, told: bool | None, shown: BroadcastState | None
) -> None:
    running.stream.broadcast = BroadcastFacts(state=facts)
    running.stream.stat_poller.stat = dataclasses.replace(STAT, is_live=told)

    assert stream_view(running.stream).broadcast is shown


async def test_without_a_stat_the_session_tells_whether_it_is_live(
    running: RunningStream,
) -> None:
    running.stream.stat_poller.stat = None

    assert stream_view(running.stream).broadcast is BroadcastState.LIVE


async def test_a_stream_that_is_kept_for_somebody_says_so(running: RunningStream) -> None:
    running.stream.hold()
    held = stream_view(running.stream).hold

    await running.watch()

    assert (held, stream_view(running.stream).hold) == (PREPARED_HOLD, 0.0)


async def test_a_stream_that_ended_delivers_nothing(running: RunningStream) -> None:
    running.stream.counters.meter.sample(clock.monotonic() + 1.0, len(BROADCAST))
    running.stream.stat_poller.stat = STAT
    assert stream_view(running.stream).bit_rate > 0

    await running.stream.stop()
    view = stream_view(running.stream)

    assert view.state is StreamState.STOPPED
    assert (view.bit_rate, view.buffer, view.hold) == (0.0, 0.0, 0.0)
    assert (view.diagnosis, view.engine_id) == (None, None)
    assert (view.peers, view.speed_down, view.speed_up, view.engine_status) == (
        None,
        None,
        None,
        "",
    )
    assert view.received_bytes == len(BROADCAST)


async def test_a_stream_that_failed_says_why() -> None:
    async with running_stream() as made:
        made.side.engines[0].refusal = "no"
        await made.until(lambda: made.stream.ended)

        view = stream_view(made.stream)

    assert view.state is StreamState.FAILED
    assert isinstance(view.error, EngineRefused)


async def test_a_change_of_engine_is_in_the_picture() -> None:
    async with running_stream(2) as made:
        await made.play(BROADCAST[: 2 * GOP])
        made.side.engines[0].reset()
        await made.until(lambda: made.stream.supply.lost_at is not None)
        lost = stream_view(made.stream)

        await made.side.engines[1].push(BROADCAST[: 4 * GOP])
        await made.until(lambda: made.stream.ring.total == 4 * GOP)
        back = stream_view(made.stream)

    assert (lost.state, lost.switches, lost.failovers) == (StreamState.SWITCHING, 1, ())
    assert (back.engine_name, len(back.failovers)) == ("engine-1", 1)


async def test_a_picture_does_not_change_with_the_stream(running: RunningStream) -> None:
    running.stream.counters.meter.sample(clock.monotonic() + 1.0, 1000)
    view = stream_view(running.stream)
    before = list(view.rate_history)

    running.stream.counters.meter.sample(clock.monotonic() + 2.0, 2000)

    assert list(view.rate_history) == before


async def test_the_mark_of_a_stream_is_another_one_when_more_than_numbers_changed(
    running: RunningStream,
) -> None:
    stream, marks = running.stream, []

    def mark() -> None:
        found = stream_mark(stream)
        assert found == stream_mark(stream)
        assert found not in marks
        marks.append(found)

    mark()
    stream.title = "Match"
    mark()
    client = running.viewer()
    mark()
    stream.remove(client)
    mark()
    stream.fail(EngineRefused("no"))
    await running.until(lambda: stream.ended)
    mark()


async def test_the_mark_of_a_stream_stays_while_only_numbers_change(
    running: RunningStream,
) -> None:
    before = stream_mark(running.stream), stream_view(running.stream)

    await running.play(BROADCAST)

    assert stream_mark(running.stream) == before[0]
    assert stream_view(running.stream).received_bytes > before[1].received_bytes
