"""The JSON of a diagnosis."""

from acedesk.api.wire import diagnosis, to_json
from acedesk.model.diagnosis import Action, BroadcastState, Cause, Diagnosis, Severity

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
