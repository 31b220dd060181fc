"""The JSON of a diagnosis, of a stream's course, and of everything at once."""

import dataclasses
import datetime
import json
import types
from array import array

import pytest

from acedesk.api import wire
from acedesk.api.wire import diagnosis, stream_text, text, to_json, whole
from acedesk.errors import EngineError
from acedesk.model.content import KeyKind, StreamKey
from acedesk.model.diagnosis import Action, BroadcastState, Cause, Diagnosis, Severity
from acedesk.model.engine import BackendKind, EngineHealth, EngineId, EngineIntent
from acedesk.model.history import Course, Gaps, StreamHistory
from acedesk.model.snapshot import EngineView, Snapshot, StreamState, StreamView
from acedesk.model.totals import Totals

START = datetime.datetime(2026, 3, 1, tzinfo=datetime.UTC)
SLOW = Diagnosis(
    cause=Cause.SWARM_TOO_SLOW,
    severity=Severity.WARN,
    action=Action.SWITCH_ENGINE,
    delivered=3.1e6,
    needed=5.4e6,
)


def test_a_diagnosis_is_its_cause_its_sentence_and_its_action() -> None:
    assert diagnosis(SLOW) == {
        "cause": "swarm_too_slow",
        "severity": "warn",
        "sentence": "Peers deliver 3.1 Mbit/s, the picture needs 5.4.",
        "action": "switch_engine",
        "advice": "Try another engine.",
    }


def test_it_has_the_same_shape_inside_other_values() -> None:
    assert to_json({"diagnosis": SLOW, "broadcast": BroadcastState.LOOPING}) == {
        "diagnosis": diagnosis(SLOW),
        "broadcast": "looping",
    }


def make_view(digit: str = "a", name: str = "x") -> StreamView:
    key = StreamKey(kind=KeyKind.CONTENT_ID, value=digit * 40)
    course = Course(interval=12.0, rate=array("d", (5e6,)), buffer=(18.0,))
    return StreamView(
        id=key.stream_id,
        key=key,
        name=name,
        state=StreamState.PLAYING,
        started_time=START,
        rate_history=array("d", (1e6, 1 / 3)),
        gaps=Gaps(count=1, longest=2.5, total=2.5),
        history=StreamHistory(hour=course),
    )


def test_the_course_of_a_stream_is_not_in_lists_but_by_itself() -> None:
    view = make_view()

    shown = json.loads(stream_text(view))

    assert "history" not in shown
    assert "rate_history" not in shown
    assert shown["gaps"] == {"count": 1, "longest": 2.5, "total": 2.5}
    assert to_json(view.history) == {
        "recent": {"interval": 1.0, "rate": [], "buffer": []},
        "hour": {"interval": 12.0, "rate": [5e6], "buffer": [18.0]},
    }


def test_the_text_of_everything_is_its_json() -> None:
    views = (make_view("a", 'a "name"\n'), make_view("b", "名前"))
    for streams in ((), views):
        snapshot = Snapshot(time=START, version="1", base_url="http://x", streams=streams)

        assert json.loads(text(snapshot)) == to_json(snapshot)
    assert json.loads(text(to_json(views))) == to_json(views)


@pytest.mark.parametrize(
    "value",
    [
        None,
        1 / 3,
        "\ud83d",
        START,
        StreamState.SLOW,
        SLOW,
        EngineError("no such content"),
        (),
        (1 / 3, None, StreamState.IDLE, (START,)),
        array("d", (1 / 3,)),
        {EngineId("a"): (1 / 3, SLOW), "b": {"c": EngineError("x")}},
        types.MappingProxyType({"a": 1 / 3}),
        Course(interval=1 / 3, rate=(1 / 3,)),
        dataclasses.replace(Gaps(), total=1 / 3),
    ],
    ids=repr,
)
def test_the_text_of_any_value_is_its_json(value: object) -> None:
    assert json.loads(text(value)) == to_json(value)
    assert json.loads(text({"in": [value]})) == {"in": [to_json(value)]}


def test_what_has_no_shape_has_no_text() -> None:
    with pytest.raises(TypeError):
        text({"in": object()})


def test_what_is_text_already_stands_in_everything_as_it_is() -> None:
    snapshot = Snapshot(time=START, version="1", base_url="", rate_in=1.0)

    told = json.loads(whole(snapshot, streams='["text"]', rate_in="2.5"))

    assert told == {**json.loads(text(snapshot)), "streams": ["text"], "rate_in": 2.5}


def test_what_stays_as_it_is_is_written_once(monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[object] = []

    def write(value: object) -> str:
        written.append(value)
        return json.dumps(value)

    monkeypatch.setattr(wire, "text", write)
    kept = wire.KeptTexts()

    assert kept.entries({}) == "[]"
    assert json.loads(kept.entries({"a": 1, "b": 2})) == [1, 2]
    assert json.loads(kept.entries({"c": 5, "b": 2, "a": 3})) == [5, 2, 3]
    assert json.loads(kept.entries({"a": 3})) == [3]
    assert json.loads(kept.entries({"b": 2})) == [2]
    assert written == [1, 2, 5, 3, 2]


def test_an_engine_has_its_one_word_and_what_it_is_made_of() -> None:
    view = EngineView(
        id=EngineId("engine-1"),
        name="engine-1",
        backend=BackendKind.DOCKER,
        host="127.0.0.1",
        port=6878,
        health=EngineHealth.HUNG,
        intent=EngineIntent.DRAIN,
    )

    shown = to_json(view)

    assert isinstance(shown, dict)
    assert (shown["state"], shown["health"], shown["intent"]) == ("unhealthy", "hung", "drain")


def test_everything_at_once_has_the_totals_of_the_process() -> None:
    totals = Totals(received_bytes=7, failovers=2)

    told = json.loads(text(Snapshot(time=START, version="1", base_url="", totals=totals)))

    assert told["totals"]["received_bytes"] == 7
    assert told["totals"]["failovers"] == 2
