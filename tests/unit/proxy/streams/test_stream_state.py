"""The one word for how a stream does."""

import dataclasses

import pytest

from acedesk import clock
from acedesk.errors import EngineTooSlow
from acedesk.model.diagnosis import Cause, Diagnosis, Severity
from acedesk.model.snapshot import StreamState
from acedesk.proxy.buffer.ring import Ring
from acedesk.proxy.delivery.client import Client
from acedesk.proxy.ingest.supply import Supply
from acedesk.proxy.streams.stream import Stream
from acedesk.proxy.streams.stream_state import state_of
from acedesk.rules.diagnosis.verdict import Verdict
from tests.fakes.idle_stream import make_stream

GOOD = Verdict(
    diagnosis=Diagnosis(cause=Cause.STARTING, severity=Severity.GOOD),
    since_at=0.0,
    votes=(),
    short=False,
)


@pytest.fixture
async def stream() -> Stream:
    return make_stream()


@pytest.fixture
async def playing(stream: Stream, monkeypatch: pytest.MonkeyPatch) -> Stream:
    """Return a stream with media for a minute and one viewer."""
    now = clock.monotonic()
    monkeypatch.setattr(Supply, "first_at", now - 60.0)
    monkeypatch.setattr(Supply, "lost_at", None)
    viewer = Client(address="10.0.0.2", user_agent="", now=now, time=clock.utc_now())
    stream.clients.add(viewer, now)
    return stream


async def test_before_the_first_media_it_starts(stream: Stream) -> None:
    assert state_of(stream) is StreamState.STARTING


async def test_with_media_and_a_viewer_it_plays(playing: Stream) -> None:
    assert state_of(playing) is StreamState.PLAYING


async def test_without_a_viewer_it_is_idle(playing: Stream) -> None:
    playing.clients.remove(next(iter(playing.clients)))

    assert state_of(playing) is StreamState.IDLE


async def test_without_an_engine_it_switches(
    playing: Stream, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Supply, "lost_at", clock.monotonic())

    assert state_of(playing) is StreamState.SWITCHING


async def test_an_end_without_an_error_is_a_stop(playing: Stream) -> None:
    playing.ended = True

    assert state_of(playing) is StreamState.STOPPED


async def test_an_end_with_an_error_is_a_failure(playing: Stream) -> None:
    playing.ended, playing.error = True, EngineTooSlow("no media within 30 s")

    assert state_of(playing) is StreamState.FAILED


@pytest.mark.parametrize("short", [False, True])
async def test_the_verdict_says_whether_it_is_slow(playing: Stream, short: bool) -> None:
    playing.verdict = dataclasses.replace(GOOD, short=short)

    assert state_of(playing) is (StreamState.SLOW if short else StreamState.PLAYING)


async def test_before_the_first_verdict_the_rate_says_it(
    playing: Stream, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Ring, "media_rate", 4e6)  # and nothing comes

    assert state_of(playing) is StreamState.SLOW


async def test_nothing_is_slow_in_its_first_seconds(
    playing: Stream, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Ring, "media_rate", 4e6)
    monkeypatch.setattr(Supply, "first_at", clock.monotonic())

    assert state_of(playing) is StreamState.PLAYING
