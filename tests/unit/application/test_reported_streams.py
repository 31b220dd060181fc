"""Streams of other programs: on which engine they count, how they end, what is asked."""

import contextlib
import dataclasses
from typing import Final

import pytest

from acedesk.application import reported_streams as module
from acedesk.application.reported_streams import (
    EXPIRY,
    KEEP_ENDED,
    ReportedStreams,
    StreamReport,
)
from acedesk.errors import BadRequest, Busy, EngineUnreachable, NotFound
from acedesk.formats.engine_reply import Session
from acedesk.model.content import KeyKind, StreamKey
from acedesk.model.engine import EngineId
from tests.fakes.contract_sources import CONTAINER, engine_view

REPORT: Final = StreamReport(
    id="key|session",
    kind=KeyKind.CONTENT_ID,
    key="a" * 40,
    host="localhost",
    port=6878,
    container_id="the-proxys-own",
    stat_url="http://elsewhere:6878/ace/stat/x/session",
    command_url="http://elsewhere:6878/ace/cmd/x/session",
)


class _Claims:
    def __init__(self) -> None:
        self.held: dict[str, tuple[EngineId, StreamKey]] = {}
        self.asked: list[str] = []

    def __contains__(self, stream_id: str) -> bool:
        self.asked.append(stream_id)
        return stream_id in self.held

    def report(
        self, stream_id: str, engine_id: EngineId, key: StreamKey, stat_url: str = ""
    ) -> None:
        self.held[stream_id] = engine_id, key

    def end(self, stream_id: str) -> bool:
        return self.held.pop(stream_id, None) is not None


class _Parts:
    def __init__(self) -> None:
        self.seconds = 0.0
        self.claims = _Claims()
        self.engines = (engine_view(), engine_view("engine-2", port=6879, container_id="b" * 64))
        self.stopped: list[str] = []
        self.takes_stops = True
        self.streams = ReportedStreams(
            self.claims, lambda: self.engines, self._stop, now=lambda: self.seconds
        )

    async def _stop(self, session: Session) -> bool:
        self.stopped.append(session.command_url)
        return self.takes_stops


@pytest.fixture
def parts() -> _Parts:
    return _Parts()


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "LOCALHOST.", "::1"])
def test_the_engine_is_found_by_its_address(parts: _Parts, host: str) -> None:
    stream = parts.streams.start(dataclasses.replace(REPORT, host=host))

    assert stream.engine_id == CONTAINER
    assert parts.claims.held["key|session"][0] == CONTAINER


def test_without_its_address_it_is_found_by_its_container(parts: _Parts) -> None:
    report = dataclasses.replace(REPORT, host="engine", port=1, container_id="b" * 64)

    assert parts.streams.start(report).engine_id == "b" * 64


def test_a_stream_of_an_unknown_engine_is_known_and_counts_nowhere(parts: _Parts) -> None:
    stream = parts.streams.start(dataclasses.replace(REPORT, host="elsewhere"))

    assert (stream.engine_id, parts.claims.held) == (None, {})
    assert parts.streams.all() == (stream,)


def test_a_key_that_is_no_link_counts_all_the_same(parts: _Parts) -> None:
    parts.streams.start(dataclasses.replace(REPORT, key="whatever"))

    assert parts.claims.held["key|session"][1].value == "whatever"


def test_a_second_end_changes_nothing(parts: _Parts) -> None:
    parts.streams.start(REPORT)

    updated, stream = parts.streams.end("key|session", "eof")
    parts.seconds = 5.0

    assert (updated, stream is not None and stream.reason) == (True, "eof")
    assert parts.streams.end("key|session", "other") == (False, stream)
    assert parts.streams.end("no|such") == (False, None)
    assert parts.claims.held == {}


def test_a_report_of_an_ended_one_begins_it_anew(parts: _Parts) -> None:
    first = parts.streams.start(REPORT)
    parts.streams.end("key|session")

    again = parts.streams.start(REPORT)

    assert again.ended_time is None
    assert again.started_time >= first.started_time
    assert "key|session" in parts.claims


def test_a_repeated_report_keeps_the_time_it_began(parts: _Parts) -> None:
    first = parts.streams.start(REPORT)

    assert parts.streams.start(REPORT).started_time == first.started_time


def test_one_whose_engine_knows_it_no_more_has_ended(parts: _Parts) -> None:
    parts.streams.start(REPORT)
    parts.claims.held.clear()

    stream = parts.streams.get("key|session")

    assert stream is not None
    assert (stream.reason, stream.ended_time is None) == ("stale_stream_detected", False)


def test_one_of_an_unknown_engine_ends_hours_after_its_last_report(parts: _Parts) -> None:
    report = dataclasses.replace(REPORT, host="elsewhere")
    parts.streams.start(report)
    parts.seconds = EXPIRY - 1
    parts.streams.start(report)
    parts.seconds += EXPIRY - 1
    assert [one.ended_time for one in parts.streams.all()] == [None]

    parts.seconds += 1

    assert [one.reason for one in parts.streams.all()] == ["expired"]


def test_ended_ones_are_listed_for_an_hour(parts: _Parts) -> None:
    parts.streams.start(REPORT)
    parts.streams.end("key|session")
    parts.seconds = KEEP_ENDED - 1
    assert len(parts.streams.all()) == 1

    parts.seconds = KEEP_ENDED

    assert parts.streams.all() == ()


def test_far_too_many_are_refused_but_ended_ones_make_room(
    parts: _Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MOST", 2)
    for name in "ab":
        parts.streams.start(dataclasses.replace(REPORT, id=name))
    with pytest.raises(Busy):
        parts.streams.start(dataclasses.replace(REPORT, id="c"))
    parts.streams.start(dataclasses.replace(REPORT, id="b"))

    parts.streams.end("a")
    parts.streams.start(dataclasses.replace(REPORT, id="c"))

    assert [one.report.id for one in parts.streams.all()] == ["b", "c"]


def test_a_report_looks_at_its_own_stream_only(parts: _Parts) -> None:
    for number in range(20):
        parts.streams.start(dataclasses.replace(REPORT, id=str(number)))
    parts.claims.asked.clear()

    parts.streams.start(dataclasses.replace(REPORT, id="new"))
    parts.streams.end("7")
    parts.streams.end("no such")

    assert set(parts.claims.asked) <= {"new", "7"}


def test_while_too_many_are_kept_all_are_looked_at_once_a_second(
    parts: _Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MOST", 2)
    for name in "abcd":
        with contextlib.suppress(Busy):
            parts.streams.start(dataclasses.replace(REPORT, id=name))
    assert sorted(parts.claims.asked) == ["a", "b"]

    parts.claims.held.clear()  # their engine knows them no more
    parts.seconds = module.LOOK_INTERVAL

    assert parts.streams.start(dataclasses.replace(REPORT, id="e")).ended_time is None
    assert [one.report.id for one in parts.streams.all()] == ["b", "e"]


async def test_a_stop_goes_to_the_engines_own_address(parts: _Parts) -> None:
    parts.streams.start(REPORT)

    stopped = await parts.streams.stop("key|session")

    assert parts.stopped == ["http://127.0.0.1:6878/ace/cmd/x/session"]
    assert stopped.reason == "stopped"
    with pytest.raises(BadRequest):
        await parts.streams.stop("key|session")


async def test_a_stop_that_is_not_taken_leaves_the_stream(parts: _Parts) -> None:
    parts.streams.start(REPORT)
    parts.takes_stops = False

    with pytest.raises(EngineUnreachable):
        await parts.streams.stop("key|session")

    assert [one.ended_time for one in parts.streams.all()] == [None]


@pytest.mark.parametrize(
    "url", ["", "http://x/", "http://x/other", "http://x/ace/cmd/../../a", "http://x/ace/cmd/a b"]
)
async def test_nothing_else_than_a_command_is_asked(parts: _Parts, url: str) -> None:
    parts.streams.start(dataclasses.replace(REPORT, command_url=url))

    with pytest.raises(BadRequest):
        await parts.streams.stop("key|session")

    assert parts.stopped == []


async def test_one_that_is_not_known_cannot_be_stopped(parts: _Parts) -> None:
    with pytest.raises(NotFound):
        await parts.streams.stop("no|such")
