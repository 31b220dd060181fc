"""What is wanted of engines, and what the upkeep is shown of them."""

import dataclasses
import datetime
from typing import Any

import pytest

from acedesk.engines.pool import EnginePool
from acedesk.errors import EngineLeft, EngineSilent, NotFound
from acedesk.model.content import KeyKind, StreamKey
from acedesk.model.engine import (
    BackendKind,
    EngineHealth,
    EngineId,
    EngineIntent,
    EngineLoss,
    EngineSpec,
    ScalingCause,
)
from acedesk.model.event import EventKind
from acedesk.rules.engines.scaling import EngineFacts
from acedesk.settings import Settings
from tests.fakes.notes import Notes

KEY = StreamKey(KeyKind.CONTENT_ID, "a" * 40)
NOON = datetime.datetime(2026, 3, 1, 12, tzinfo=datetime.UTC)
ONE = EngineSpec(
    id=EngineId("one"), name="engine-1", backend=BackendKind.DOCKER, host="127.0.0.1", port=9
)


class _Parts:
    def __init__(self) -> None:
        self.notes = Notes()
        self.seconds, self.time = 100.0, NOON
        self.pool = EnginePool(
            Settings, now=lambda: self.seconds, utc_now=lambda: self.time, note=self.notes
        )
        self.losses: list[EngineLoss] = []
        self.pool.set_loss_listener(self.losses.append)
        self.intents = self.pool.intents
        self.pool.add(ONE, health=EngineHealth.READY)

    def facts(self, **options: Any) -> tuple[EngineFacts, ...]:
        options = {"leave_out": (), "outdated": lambda _: False, **options}
        return self.intents.facts(now=self.seconds, **options)


@pytest.fixture
def parts() -> _Parts:
    return _Parts()


def test_a_wish_is_shown_and_noted_with_its_cause_once(parts: _Parts) -> None:
    for _ in range(2):
        parts.intents.set(ONE.id, EngineIntent.REMOVE, ScalingCause.IDLE)

    view = parts.pool.find(ONE.id)
    assert view is not None
    assert (view.intent, view.intent_cause) == (EngineIntent.REMOVE, ScalingCause.IDLE)
    assert parts.notes.causes[1:] == [(EventKind.ENGINE_INTENT_CHANGED, "idle")]


def test_the_removal_tells_why_it_was_wanted(parts: _Parts) -> None:
    parts.intents.set(ONE.id, EngineIntent.REMOVE, ScalingCause.OUTDATED)
    parts.pool.forget(ONE.id)

    assert parts.notes.causes[-1] == (EventKind.ENGINE_REMOVED, "outdated")


def test_an_engine_that_serves_again_has_no_cause(parts: _Parts) -> None:
    parts.intents.set(ONE.id, EngineIntent.REMOVE, ScalingCause.ASKED)
    parts.intents.set(ONE.id, EngineIntent.SERVE)

    view = parts.pool.find(ONE.id)
    assert view is not None
    assert view.intent_cause is None


def test_an_engine_that_is_not_there_is_not_found(parts: _Parts) -> None:
    with pytest.raises(NotFound):
        parts.intents.set(EngineId("gone"), EngineIntent.DRAIN)
    parts.intents.move_streams(EngineId("gone"), 0.0)
    assert parts.losses == []


def test_streams_are_told_to_leave_with_what_is_wrong(parts: _Parts) -> None:
    parts.intents.move_streams(ONE.id, 123.0)
    parts.pool.set_health(ONE.id, EngineHealth.HUNG, EngineSilent("nothing came"))
    parts.intents.move_streams(ONE.id, 124.0)

    first, _, last = parts.losses
    assert (first.certain, type(first.error)) == (True, EngineLeft)
    assert (last.certain, type(last.error)) == (True, EngineSilent)
    assert parts.facts()[0].moved_at == 124.0


def test_engines_of_the_settings_and_of_the_test_channel_are_not_ours(parts: _Parts) -> None:
    static = dataclasses.replace(ONE, id=EngineId("s"), backend=BackendKind.STATIC)
    test = dataclasses.replace(ONE, id=EngineId("t"), contents=frozenset({KEY.value}))
    parts.pool.add(static)
    parts.pool.add(test)

    assert parts.intents.made() == 1
    assert parts.intents.made(leave_out={ONE.id}) == 0
    assert [(one.id, one.made) for one in parts.facts()] == [("one", True), ("s", False)]


def test_idleness_counts_from_the_last_stream(parts: _Parts) -> None:
    assert parts.facts()[0].idle_since == 100.0
    parts.seconds = 110.0
    place = parts.pool.reserve(KEY)
    assert (parts.facts()[0].idle_since, parts.facts()[0].streams) == (None, 1)
    parts.seconds = 120.0
    place.release()
    assert parts.facts()[0].idle_since == 120.0


def test_marks_definitions_and_those_left_out(parts: _Parts) -> None:
    parts.intents.mark_on_demand(ONE.id)

    (facts,) = parts.facts(outdated=lambda member: member.spec.id == ONE.id)
    assert (facts.on_demand, facts.outdated) == (True, True)
    assert parts.facts(leave_out={ONE.id}) == ()


def test_a_frozen_engine_is_left_alone_unless_it_was_in_use(parts: _Parts) -> None:
    def freeze() -> None:
        frozen = dataclasses.replace(ONE, paused=True)
        parts.pool.add(frozen, health=EngineHealth.HUNG, error=EngineSilent("frozen"))

    freeze()
    assert parts.facts()[0].left_alone
    parts.pool.add(ONE, health=EngineHealth.READY)
    place = parts.pool.reserve(KEY)
    freeze()
    assert not parts.facts()[0].left_alone
    place.release()
    parts.seconds += 59
    assert not parts.facts()[0].left_alone
    parts.time -= datetime.timedelta(hours=12)  # the clock is set: it tells nothing of this
    parts.seconds += 1
    assert parts.facts()[0].left_alone


def test_an_engine_is_used_while_streams_are_on_it_and_a_moment_longer(parts: _Parts) -> None:
    assert not parts.intents.is_used(ONE.id, parts.seconds, 10.0)
    place = parts.pool.reserve(KEY)
    assert parts.intents.is_used(ONE.id, parts.seconds + 1_000, 10.0)
    place.release()

    assert parts.intents.is_used(ONE.id, parts.seconds + 9.9, 10.0)
    assert not parts.intents.is_used(ONE.id, parts.seconds + 10, 10.0)
    assert not parts.intents.is_used(EngineId("gone"), parts.seconds, 10.0)


def test_what_is_reported_of_an_engine_that_is_gone_is_not_found(parts: _Parts) -> None:
    with pytest.raises(NotFound):
        parts.pool.claim(EngineId("gone"), KEY)


def test_a_person_drains_what_is_ours_to_the_end_and_what_is_not_for_now(parts: _Parts) -> None:
    static = dataclasses.replace(ONE, id=EngineId("s"), backend=BackendKind.STATIC)
    parts.pool.add(static, health=EngineHealth.READY)
    for spec in (ONE, static):
        parts.intents.drain(spec.id)

    assert [view.intent for view in parts.pool.views()] == [EngineIntent.REMOVE, EngineIntent.DRAIN]
    assert parts.intents.drained == {ONE.id, static.id}
    parts.intents.mark_on_demand(ONE.id)
    parts.intents.serve(ONE.id)
    assert parts.intents.drained == {static.id}
    assert not parts.intents.on_demand, "it stays"
    parts.intents.mark_on_demand(ONE.id)
    parts.intents.serve(ONE.id)
    assert not parts.intents.on_demand, "though it served already: a person wants it"
    with pytest.raises(NotFound):
        parts.intents.serve(EngineId("gone"))


def test_an_engine_that_is_met_again_or_made_anew_is_still_drained(parts: _Parts) -> None:
    parts.intents.drain(ONE.id)
    parts.intents.mark_on_demand(ONE.id)
    anew = dataclasses.replace(ONE, id=EngineId("two"))
    parts.pool.forget(ONE.id)
    parts.pool.add(ONE, health=EngineHealth.READY)
    parts.intents.hand_over(ONE.id, anew.id)
    parts.pool.add(anew, health=EngineHealth.READY)

    for view in parts.pool.views():
        assert (view.intent, view.intent_cause) == (EngineIntent.REMOVE, ScalingCause.ASKED)
        assert view.on_demand
    parts.intents.hand_over(EngineId("other"), EngineId("fresh"))
    assert "fresh" not in parts.intents.drained | parts.intents.on_demand


def test_streams_leave_engines_on_which_none_may_be(parts: _Parts) -> None:
    two = dataclasses.replace(ONE, id=EngineId("two"))
    idle = dataclasses.replace(ONE, id=EngineId("idle"))
    for spec in (two, idle):
        parts.pool.add(spec, health=EngineHealth.READY)
    with parts.pool.reserve(KEY, avoid={ONE.id, idle.id}):
        parts.intents.leave(lambda spec: spec.id != two.id)
        assert parts.losses == []
        parts.intents.leave(lambda spec: True)

    (loss,) = parts.losses
    assert (loss.engine_id, loss.certain) == (two.id, True)
    assert "outside" in loss.error.detail
