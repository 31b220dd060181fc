"""What the pool notes as events, and what is none."""

import dataclasses
import datetime

from acedesk.engines.pool import EnginePool
from acedesk.engines.pool_events import REMOVALS_KEPT
from acedesk.errors import EngineUnreachable
from acedesk.model.content import KeyKind, StreamKey
from acedesk.model.engine import BackendKind, EngineHealth, EngineId, EngineIntent, EngineSpec
from acedesk.model.event import EventKind
from acedesk.settings import Settings
from tests.fakes.notes import Notes

NOON = datetime.datetime(2026, 1, 1, 12, tzinfo=datetime.UTC)
SPEC = EngineSpec(
    id=EngineId("e"), name="e", backend=BackendKind.STATIC, host="127.0.0.1", port=6878
)


def test_what_happens_to_an_engine_is_noted_once() -> None:
    notes = Notes()
    pool = EnginePool(Settings, note=notes)
    pool.add(SPEC)
    for health in (EngineHealth.READY, EngineHealth.READY, EngineHealth.UNREACHABLE):
        error = EngineUnreachable("no") if health is EngineHealth.UNREACHABLE else None
        pool.set_health(SPEC.id, health, error)
    pool.set_health(SPEC.id, EngineHealth.UNREACHABLE, EngineUnreachable("still not"))
    pool.set_answer(SPEC.id, 0.1, NOON)
    pool.intents.set(SPEC.id, EngineIntent.DRAIN)
    pool.intents.set(SPEC.id, EngineIntent.DRAIN)
    pool.forget(SPEC.id)

    assert notes.causes == [
        (EventKind.ENGINE_ADDED, ""),
        (EventKind.ENGINE_HEALTH_CHANGED, ""),
        (EventKind.ENGINE_HEALTH_CHANGED, "engine_unreachable"),
        (EventKind.ENGINE_INTENT_CHANGED, ""),
        (EventKind.ENGINE_REMOVED, ""),
    ]
    assert (notes.all[2][3]["before"], notes.all[2][3]["after"]) == ("ready", "unreachable")


def test_a_reservation_is_no_event() -> None:
    notes = Notes()
    pool = EnginePool(Settings, note=notes)
    pool.add(SPEC, health=EngineHealth.READY)
    pool.reserve(StreamKey(KeyKind.CONTENT_ID, "a" * 40)).release()

    assert notes.kinds == [EventKind.ENGINE_ADDED]


def test_why_an_engine_went_is_known_for_its_streams() -> None:
    pool = EnginePool(Settings)
    for number in range(REMOVALS_KEPT + 2):
        pool.add(dataclasses.replace(SPEC, id=EngineId(f"e-{number}")))
        pool.forget(EngineId(f"e-{number}"), f"reason {number}")

    assert pool.events.why_removed(EngineId(f"e-{REMOVALS_KEPT}")) == f"reason {REMOVALS_KEPT}"
    assert pool.events.why_removed(EngineId("e-0")) == "it was removed", "long ago"
    assert pool.events.why_removed(EngineId("never")) == "it was removed"
