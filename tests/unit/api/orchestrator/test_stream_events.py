"""What other programs report: right things are taken, wrong ones refused, nothing else ended."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acedesk.api.orchestrator.facts import ContractFacts
from acedesk.api.orchestrator.stream_events import StreamEventRoutes, read_report
from acedesk.application.reported_streams import ReportedStream, StreamReport
from acedesk.errors import InvalidValue
from acedesk.model.content import KeyKind
from tests.fakes.api_client import serve
from tests.fakes.contract_sources import NOON, FakeSources

EVENT: dict[str, Any] = {
    "container_id": "mine",
    "engine": {"host": "127.0.0.1", "port": 6878},
    "stream": {"key_type": "infohash", "key": "abc"},
    "session": {
        "playback_session_id": "p",
        "stat_url": "",
        "command_url": "",
        "is_live": 1,
    },
    "labels": {"stream_id": "abc|p"},
    "more": {"is": "ignored"},
}


class _Reported:
    def __init__(self) -> None:
        self.known: dict[str, ReportedStream] = {}

    def start(self, report: StreamReport) -> ReportedStream:
        stream = ReportedStream(report=report, engine_id=None, started_time=NOON)
        self.known[report.id] = stream
        return stream

    def end(self, stream_id: str, reason: str = "") -> tuple[bool, ReportedStream | None]:
        stream = self.known.pop(stream_id, None)
        return stream is not None, stream


async def post(path: str, body: Any, reported: _Reported | None = None) -> tuple[int, Any]:
    routes = StreamEventRoutes(ContractFacts(FakeSources()), reported or _Reported())
    async with serve(routes.endpoints()) as http:
        answer = await http.post(path, json=body)
        return answer.status, await answer.json()


async def test_an_event_as_acexy_sends_it_is_taken() -> None:
    status, row = await post("/api/v1/events/stream_started", EVENT)

    assert status == 200
    assert (row["id"], row["key_type"], row["key"]) == ("abc|p", "infohash", "abc")
    assert (row["is_live"], row["status"]) == (True, "started")


def test_without_a_name_it_has_the_one_that_acexy_would_give() -> None:
    assert read_report({**EVENT, "labels": None}).id == "abc|p"
    assert read_report({**EVENT, "session": None, "labels": {}}).id == "abc|"


def wrong(**changes: Any) -> dict[str, Any]:
    return {**EVENT, **changes}


@pytest.mark.parametrize(
    "body",
    [
        {},
        wrong(engine=None),
        wrong(engine="x"),
        wrong(engine={"host": "", "port": 1}),
        wrong(engine={"host": "x", "port": 0}),
        wrong(engine={"host": "x", "port": 65536}),
        wrong(engine={"host": "x", "port": "6878"}),
        wrong(engine={"host": "x", "port": True}),
        wrong(engine={"host": "x", "port": 1.0}),
        wrong(stream={"key_type": "name", "key": "x"}),
        wrong(stream={"key_type": "infohash", "key": ""}),
        wrong(stream={"key_type": "infohash", "key": "x" * 9000}),
        wrong(stream={"key_type": "infohash", "key": "\ud800"}),
        wrong(session=[]),
        wrong(session={"stat_url": 5}),
        wrong(session={"is_live": "yes"}),
        wrong(session={"is_live": 1.5}),
        wrong(labels={"stream_id": 5}),
        wrong(container_id=[]),
    ],
)
async def test_a_wrong_event_is_refused(body: dict[str, Any]) -> None:
    status, told = await post("/events/stream_started", body)

    assert status == 422
    assert told["error"] == told["detail"]


async def test_the_end_of_an_unknown_stream_changes_nothing() -> None:
    reported = _Reported()
    reported.start(read_report(EVENT))

    for body in ({"stream_id": "other"}, {"container_id": "mine"}, {}):
        assert await post("/events/stream_ended", body, reported) == (
            200,
            {"updated": False, "stream": None},
        )

    assert list(reported.known) == ["abc|p"]
    assert (await post("/events/stream_ended", {"stream_id": "abc|p"}, reported))[1]["updated"]


@pytest.mark.parametrize("body", [{"stream_id": 5}, {"reason": []}, {"container_id": {}}])
async def test_a_wrong_end_is_refused(body: dict[str, Any]) -> None:
    assert (await post("/events/stream_ended", body))[0] == 422


async def test_a_batch_begins_before_it_ends_and_leaves_out_what_is_wrong() -> None:
    body = {"ended": [{"stream_id": "abc|p"}, []], "started": [EVENT, {}, 5]}

    status, told = await post("/events/batch", body)

    assert status == 200
    assert [one["id"] for one in told["started"]] == ["abc|p"]
    assert [one["updated"] for one in told["ended"]] == [True]
    assert [(one["list"], one["index"]) for one in told["errors"]] == [
        ("started", 1),
        ("started", 2),
        ("ended", 1),
    ]


@pytest.mark.parametrize("body", [{"started": {}}, {"ended": "x"}, {"started": [1] * 5001}])
async def test_a_batch_is_two_lists(body: dict[str, Any]) -> None:
    assert (await post("/events/batch", body))[0] == 422


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=12), inner),
    max_leaves=8,
)


@given(
    st.dictionaries(st.sampled_from([*EVENT]), JSON, max_size=5),
    st.sampled_from(["engine", "stream", "session", "labels"]),
    st.dictionaries(st.sampled_from(["host", "port", "key_type", "key", "is_live"]), JSON),
)
def test_whatever_is_told_is_understood_or_refused(
    changes: dict[str, Any], part: str, inner: dict[str, Any]
) -> None:
    try:
        report = read_report({**EVENT, **changes, part: inner})
    except InvalidValue:
        return
    assert report.kind in KeyKind
    assert report.port > 0
