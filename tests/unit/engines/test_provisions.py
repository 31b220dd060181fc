"""Requests for engines: how many are taken, and which are the same."""

import asyncio
import dataclasses
import pathlib
from collections.abc import AsyncIterator

import pytest

from acedesk import tasks
from acedesk.engines.backends.docker_backend import DockerBackend
from acedesk.engines.making.breakers import Breakers
from acedesk.engines.pool import EnginePool
from acedesk.engines.provisions import BY_HAND, EngineWish, Provisions
from acedesk.errors import Busy, BusyReason, ContainerError, NotFound
from acedesk.model.engine import (
    BreakerState,
    EngineHealth,
    EngineId,
    ProvisionState,
    Purpose,
    ScalingCause,
)
from acedesk.model.event import EventKind
from acedesk.model.snapshot import ProvisionView
from acedesk.rules.engines import provisioning
from acedesk.settings import Settings
from acedesk.store.instance import InstanceFile
from tests.fakes.containers import FakeRuntime
from tests.fakes.loop_steps import until
from tests.fakes.notes import Notes

# By default five are made at once.
MOST_UNDER_WAY = provisioning.UNDER_WAY_FACTOR * 5


class _Parts:
    """Provisions over a fake Docker whose engines answer when a test says so."""

    def __init__(self, folder: pathlib.Path) -> None:
        self.seconds = 100.0
        self.runtime = FakeRuntime()
        instance = InstanceFile(folder)
        instance.open()
        self.settings = Settings(min_provision_interval=0)
        self.backend = DockerBackend(self.runtime, lambda: self.settings, instance)
        self.pool = EnginePool(lambda: self.settings)
        self.notes = Notes()
        self.breakers = Breakers(lambda: self.settings, now=lambda: self.seconds)
        self.provisions = Provisions(
            self.pool,
            lambda: self.settings,
            now=lambda: self.seconds,
            note=self.notes,
            breakers=self.breakers,
        )

    def begin(self, key: str = "", wish: EngineWish = BY_HAND) -> str:
        """Ask for an engine."""
        return self.provisions.begin(self.backend, key, wish=wish)

    async def made(self, provision_id: str) -> EngineId:
        """Let all engines answer and return the one that was asked for."""

        def answer() -> None:
            for view in self.pool.views():
                if view.health is EngineHealth.STARTING:
                    self.pool.set_health(view.id, EngineHealth.READY)

        with_answers = self.pool.changed.connect(answer)
        answer()
        try:
            return (await self.provisions.wait(provision_id, 5)).id
        finally:
            with_answers()


@pytest.fixture
async def parts(tmp_path: pathlib.Path) -> AsyncIterator[_Parts]:
    made = _Parts(tmp_path)
    yield made
    await made.provisions.close()
    await made.backend.close()


async def test_a_request_repeated_while_it_is_under_way_is_the_same(parts: _Parts) -> None:
    first, again = parts.begin("a"), parts.begin("a")

    assert first == again
    assert await parts.made(first) == await parts.made(again)
    assert len(parts.runtime.containers) == 1


async def test_a_request_repeated_soon_after_gets_the_same_engine(parts: _Parts) -> None:
    first = parts.begin("a")
    engine = await parts.made(first)

    parts.seconds += 9.9
    assert await parts.made(parts.begin("a")) == engine
    parts.seconds += 0.2
    assert await parts.made(parts.begin("a")) != engine


async def test_other_requests_and_unnamed_ones_are_their_own(parts: _Parts) -> None:
    begun = [parts.begin(key) for key in ("a", "b", "", "")]

    assert len({await parts.made(one) for one in begun}) == 4


async def test_a_request_whose_engine_was_removed_makes_another(parts: _Parts) -> None:
    engine = await parts.made(parts.begin("a"))
    parts.pool.forget(engine)

    assert await parts.made(parts.begin("a")) != engine


async def test_a_request_that_failed_is_tried_again(parts: _Parts) -> None:
    parts.runtime.errors["create"] = [ContainerError("create", "the disk is full")]
    with pytest.raises(ContainerError):
        await parts.made(parts.begin("a"))

    assert await parts.made(parts.begin("a"))


async def test_a_request_that_was_cancelled_is_tried_again(parts: _Parts) -> None:
    first = parts.begin("a")
    await parts.provisions.cancel(first)

    assert parts.begin("a") != first


async def test_who_waits_no_longer_leaves_the_engine_to_the_one_who_asks_again(
    parts: _Parts,
) -> None:
    first = parts.begin("a")
    waiting = tasks.spawn(parts.provisions.wait(first, 60), name="client")
    await asyncio.wait({waiting}, timeout=0)
    await tasks.cancel(waiting)

    assert await parts.made(parts.begin("a"))
    assert len(parts.runtime.containers) == 1


async def test_too_many_under_way_are_refused_with_a_time_to_come_back(parts: _Parts) -> None:
    for _ in range(MOST_UNDER_WAY):
        parts.begin()

    with pytest.raises(Busy) as caught:
        parts.begin("a")

    assert caught.value.reason is BusyReason.STARTING
    assert caught.value.retry_after is not None
    assert len(parts.provisions.views()) == MOST_UNDER_WAY


async def test_more_engines_than_the_maximum_are_refused(parts: _Parts) -> None:
    parts.settings = parts.settings.changed({"max_engines": 2})
    for _ in range(2):
        await parts.made(parts.begin())

    with pytest.raises(Busy) as caught:
        parts.begin()

    assert caught.value.reason is BusyReason.MAX_CAPACITY
    assert caught.value.retry_after == provisioning.FULL_RETRY


async def test_the_same_request_is_never_one_too_many(parts: _Parts) -> None:
    first = parts.begin("a")
    for _ in range(MOST_UNDER_WAY - 1):
        parts.begin()

    assert parts.begin("a") == first


async def test_a_provision_tells_its_backend_and_its_engine(parts: _Parts) -> None:
    provision_id = parts.begin()
    engine = await parts.made(provision_id)

    (view,) = parts.provisions.views()
    assert (view.id, view.state, view.engine_id) == (provision_id, ProvisionState.DONE, engine)
    assert view.backend_id == parts.backend.id
    with pytest.raises(NotFound):
        await parts.provisions.wait("unknown", 1)


async def test_how_a_provision_began_and_ended_is_noted(parts: _Parts) -> None:
    done = parts.begin()
    engine = await parts.made(done)
    cancelled = parts.begin()
    await parts.provisions.cancel(cancelled)

    assert [(kind, subject) for kind, subject, *_ in parts.notes.all] == [
        (EventKind.PROVISION_BEGAN, done),
        (EventKind.PROVISION_DONE, done),
        (EventKind.PROVISION_BEGAN, cancelled),
        (EventKind.PROVISION_CANCELLED, cancelled),
    ]
    assert parts.notes.all[1][3]["engine"] == engine


@pytest.mark.parametrize("health", [EngineHealth.STARTING, EngineHealth.CRASHED, None])
async def test_the_result_of_a_provision_ends_with_its_engine(
    parts: _Parts, health: EngineHealth | None
) -> None:
    provision = parts.begin()
    engine = await parts.made(provision)
    assert [one.state for one in parts.provisions.views()] == [ProvisionState.DONE]

    if health is None:
        parts.pool.forget(engine)
    else:
        parts.pool.set_health(engine, health)

    assert parts.provisions.views() == ()


async def test_an_engine_that_is_made_counts_once(parts: _Parts) -> None:
    parts.settings = parts.settings.changed({"max_engines": 2})
    first = parts.begin()
    await until(lambda: bool(parts.pool.views()))

    second = parts.begin()

    assert await parts.made(first) != await parts.made(second)


async def test_an_engine_of_the_test_channel_does_not_count(parts: _Parts) -> None:
    parts.settings = parts.settings.changed({"max_engines": 1})
    await _put_test_engine(parts)

    assert await parts.made(parts.begin())


async def _put_test_engine(parts: _Parts) -> None:
    engine = await parts.made(parts.begin())
    spec = parts.pool.get(engine)
    parts.pool.add(dataclasses.replace(spec, contents=frozenset({"a" * 40})))


async def test_a_wish_of_acedesk_tells_why_and_is_remembered(parts: _Parts) -> None:
    wish = EngineWish(
        purpose=Purpose.REPLACEMENT,
        on_demand=True,
        cause=ScalingCause.UNHEALTHY,
        replaces="engine-7",
    )
    ended: list[ProvisionView] = []
    parts.provisions.set_end_listener(ended.append)
    engine = await parts.made(parts.begin(wish=wish))

    (view,) = ended
    assert (view.purpose, view.cause, view.replaces) == (
        Purpose.REPLACEMENT,
        ScalingCause.UNHEALTHY,
        "engine-7",
    )
    found = parts.pool.find(engine)
    assert found is not None
    assert found.on_demand
    _, _, cause, data = parts.notes.all[0]
    assert (cause, data["replaces"]) == ("unhealthy", "engine-7")


async def test_what_a_person_adds_is_not_on_demand(parts: _Parts) -> None:
    found = parts.pool.find(await parts.made(parts.begin()))

    assert found is not None
    assert not found.on_demand


async def test_failures_open_the_breaker_for_programs_and_not_for_people(parts: _Parts) -> None:
    request = EngineWish(purpose=Purpose.REQUEST, on_demand=True)
    parts.settings = parts.settings.changed({"growth_failures": 2})
    for key in ("a", "b"):
        parts.runtime.errors["create"] = [ContainerError("create", "the disk is full")]
        with pytest.raises(ContainerError):
            await parts.made(parts.begin(key, request))

    assert parts.breakers.views()[0].state is BreakerState.OPEN
    with pytest.raises(Busy) as caught:
        parts.begin("c", request)
    assert caught.value.reason is BusyReason.CIRCUIT_BREAKER
    assert caught.value.retry_after == 300.0
    assert await parts.made(parts.begin())
    assert parts.breakers.views()[0].state is BreakerState.CLOSED
    assert await parts.made(parts.begin("d", request))


async def test_an_unfinished_engine_is_told_apart(parts: _Parts) -> None:
    provision = parts.begin()
    await until(lambda: bool(parts.pool.views()))
    (engine,) = (view.id for view in parts.pool.views())

    assert parts.provisions.unfinished() == {engine}
    await parts.made(provision)
    assert parts.provisions.unfinished() == frozenset()


@pytest.mark.parametrize(
    ("on_purpose", "state"), [(True, ProvisionState.CANCELLED), (False, ProvisionState.FAILED)]
)
async def test_an_unfinished_engine_that_is_removed_has_failed_only_if_nobody_wanted_it(
    parts: _Parts, on_purpose: bool, state: ProvisionState
) -> None:
    parts.begin()
    await until(lambda: bool(parts.pool.views()))
    (engine,) = (view.id for view in parts.pool.views())

    if on_purpose:
        parts.provisions.withdraw(engine)
    parts.pool.forget(engine)

    await until(lambda: parts.provisions.views()[0].state is state)
    assert (parts.breakers.views()[0].failed_time is None) is on_purpose
    assert parts.runtime.containers == {}


async def test_what_acedesk_tried_by_itself_is_not_shown_for_ever(parts: _Parts) -> None:
    for wish in (BY_HAND, EngineWish(purpose=Purpose.GROWTH)):
        parts.runtime.errors["create"] = [ContainerError("create", "the disk is full")]
        with pytest.raises(ContainerError):
            await parts.made(parts.begin(wish=wish))
    parts.seconds += provisioning.KEEP_ENDED

    assert [view.purpose for view in parts.provisions.views()] == [Purpose.HAND]
