"""The JSON of a diagnosis."""

import datetime

from acedesk.api.wire import diagnosis, stream, to_json
from acedesk.model.accounts import Course, Gaps, StreamHistory
from acedesk.model.content import KeyKind, StreamKey
from acedesk.model.diagnosis import Action, BroadcastState, Cause, Diagnosis, Severity
from acedesk.model.snapshot import StreamState, StreamView

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


def test_the_course_of_a_stream_is_not_in_lists_but_by_itself() -> None:
    key = StreamKey(kind=KeyKind.CONTENT_ID, value="a" * 40)
    course = Course(interval=12.0, rate=(5e6,), buffer=(18.0,))
    view = StreamView(
        id=key.stream_id,
        key=key,
        name="x",
        state=StreamState.PLAYING,
        started_time=datetime.datetime(2026, 3, 1, tzinfo=datetime.UTC),
        gaps=Gaps(count=1, longest=2.5, total=2.5),
        history=StreamHistory(hour=course),
    )

    shown = stream(view)

    assert "history" not in shown
    assert shown["gaps"] == {"count": 1, "longest": 2.5, "total": 2.5}
    assert to_json(view.history) == {
        "recent": {"interval": 1.0, "rate": [], "buffer": []},
        "hour": {"interval": 12.0, "rate": [5e6], "buffer": [18.0]},
    }
