"""What the plan is shown of pool, provisions and breakers."""

import dataclasses
import pathlib
from collections.abc import AsyncIterator

import pytest

from acedesk.engines.backends import docker_backend
from acedesk.engines.definitions.define import define
from acedesk.engines.definitions.definition import EngineDefinition
from acedesk.engines.provisions import EngineWish
from acedesk.engines.upkeep.observation import Observation
from acedesk.errors import ContainerError
from acedesk.model.engine import BreakerKind, EngineHealth, EngineId, Purpose
from acedesk.rules.engines.circuit import UNLIMITED
from acedesk.rules.engines.scaling import EngineFacts, Observed, Successor
from tests.fakes.kept_engines import KeptEngines
from tests.fakes.loop_steps import until

REPLACEMENT = EngineWish(purpose=Purpose.REPLACEMENT)


class _Parts(KeptEngines):
    """The observation of a manager that decides nothing."""

    @property
    def all(self) -> Observation:
        return self.reconciler._observation

    def observe(self) -> Observed:
        return self.all.observe(asked=(), scale_to=0)

    def facts(self, *, asked: bool = False) -> EngineFacts:
        """Return the first engine."""
        wanted = {self.pool.views()[0].id} if asked else set()
        return self.all.facts(wanted)[0]


@pytest.fixture
async def parts(tmp_path: pathlib.Path) -> AsyncIterator[_Parts]:
    made = _Parts(tmp_path)
    await made.manager.start()
    await made.manager.add_engine()
    await until(lambda: made._is_quiet() and made.names == ["engine-1"])
    yield made
    made.answer = True
    await made.close()


async def test_an_engine_and_what_may_be_made(parts: _Parts) -> None:
    seen = parts.observe()

    assert [one.name for one in seen.engines] == ["engine-1"]
    assert (seen.coming, seen.coming_gaps, seen.gaps, seen.leaving) == (0, 0, 0, 0)
    assert (seen.can_make, seen.growth, seen.replacement) == (True, UNLIMITED, UNLIMITED)


async def test_an_engine_that_is_being_made_is_counted_once(parts: _Parts) -> None:
    parts.answer = False
    await parts.manager.add_engine()
    assert (len(parts.observe().engines), parts.observe().coming) == (1, 1)

    await until(lambda: len(parts.names) == 2)
    assert (len(parts.observe().engines), parts.observe().coming) == (1, 1)


async def test_a_successor_is_not_one_more(parts: _Parts) -> None:
    parts.answer = False
    successions = parts.reconciler._successions
    provision = parts.manager._provisions.begin(parts.docker, wish=REPLACEMENT)
    successions.begin(parts.view("engine-1").id, provision)

    seen = parts.observe()
    assert (seen.coming, seen.engines[0].successor) == (0, Successor.COMING)
    successions.give_up(parts.view("engine-1").id)
    assert (parts.observe().coming, parts.observe().leaving) == (0, 1)


async def test_gaps_and_what_fills_them(parts: _Parts) -> None:
    parts.answer = False
    successions = parts.reconciler._successions
    successions.leave_gap(EngineId("gone"), on_demand=False)
    assert parts.observe().gaps == 1

    successions.fill_gap(parts.manager._provisions.begin(parts.docker, wish=REPLACEMENT))
    seen = parts.observe()
    assert (seen.gaps, seen.coming_gaps, seen.coming) == (0, 1, 0)


async def test_an_open_breaker_allows_nothing(parts: _Parts) -> None:
    breakers = parts.manager._breakers
    for _ in range(3):
        breakers.note_failure(Purpose.REPLACEMENT, ContainerError("create", "no"))

    assert (parts.observe().replacement, parts.observe().growth) == (0, UNLIMITED)
    assert breakers.allowed(BreakerKind.REPLACEMENT, under_way=0) == 0


async def test_another_definition_makes_an_engine_outdated(parts: _Parts) -> None:
    assert not parts.facts().outdated
    parts.settings = parts.settings.changed({"engine_arguments": "--live-cache-type memory"})
    assert parts.facts().outdated

    spec = dataclasses.replace(parts.pool.get(parts.view("engine-1").id), definition_hash="")
    parts.pool.add(spec, health=EngineHealth.READY)
    assert not parts.facts().outdated, "what it was made from is not known"


async def test_a_definition_is_put_together_once_for_all_engines(
    parts: _Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in (2, 3):
        spec = dataclasses.replace(
            parts.pool.get(parts.view("engine-1").id), id=EngineId(f"{number}")
        )
        parts.pool.add(spec, health=EngineHealth.READY)
    made: list[object] = []

    def count(*given: object) -> EngineDefinition:
        made.append(given)
        return define(*given)  # type: ignore[arg-type]  # what the backend gives

    monkeypatch.setattr(docker_backend, "define", count)

    assert len(parts.all.facts(())) == 3
    assert len(made) == 1


async def test_what_a_person_wants_is_told(parts: _Parts) -> None:
    assert parts.facts(asked=True).asked
    assert not parts.facts().asked


async def test_an_engine_that_is_changed_on_purpose_is_left_alone(parts: _Parts) -> None:
    engine = parts.view("engine-1")
    with parts.manager._adoption.changing(engine.id, engine.backend_id):
        assert parts.facts().left_alone
    assert not parts.facts().left_alone
