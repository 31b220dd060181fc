"""Which engine comes instead of which, and what ends that."""

import pathlib
from collections.abc import AsyncIterator

import pytest

from acedesk.engines.provisions import EngineWish
from acedesk.engines.upkeep.successions import DECLINED, Successions
from acedesk.errors import ContainerError
from acedesk.model.engine import EngineHealth, EngineId, Purpose
from acedesk.rules.engines.scaling import Successor
from tests.fakes.kept_engines import KeptEngines
from tests.fakes.loop_steps import until

GONE = EngineId("gone")
REPLACEMENT = EngineWish(purpose=Purpose.REPLACEMENT)


class _Parts(KeptEngines):
    """An engine and its successors; nothing is decided here."""

    def __init__(self, folder: pathlib.Path) -> None:
        super().__init__(folder)
        self.told = 0
        self.provisions = self.manager._provisions
        self.all = Successions(self.pool, self.provisions, self._count, now=lambda: self.seconds)

    def _count(self) -> None:
        self.told += 1

    async def begin(self) -> EngineId:
        """Let the old engine exist."""
        self.old = self.put(1)
        await self.manager.start()
        return self.old

    def make(self) -> str:
        """Begin to make the successor."""
        return self.provisions.begin(self.docker, wish=REPLACEMENT)


@pytest.fixture
async def parts(tmp_path: pathlib.Path) -> AsyncIterator[_Parts]:
    made = _Parts(tmp_path)
    await made.begin()
    yield made
    await made.all.close()
    await made.close()


async def test_a_successor_comes_and_is_ready(parts: _Parts) -> None:
    parts.answer = False
    provision = parts.make()
    parts.all.begin(parts.old, provision)
    assert parts.all.of(parts.old) is Successor.COMING
    assert parts.all.coming == {provision}

    parts.answer = True
    await until(lambda: len(parts.names) == 2)
    parts._let_answer()
    await until(lambda: parts.all.of(parts.old) is Successor.READY)
    assert (parts.all.coming, parts.told) == (frozenset(), 1)
    parts.all.end(parts.old)
    assert parts.all.of(parts.old) is Successor.NONE


async def test_one_that_could_not_be_made_is_none(parts: _Parts) -> None:
    parts.runtime.errors["create"] = [ContainerError("create", "the disk is full")]
    parts.all.begin(parts.old, parts.make())
    await until(lambda: parts.all.of(parts.old) is Successor.NONE)

    assert not parts.all.is_declined(parts.old)


async def test_one_that_a_person_cancelled_is_declined_for_a_while(parts: _Parts) -> None:
    parts.answer = False
    provision = parts.make()
    parts.all.begin(parts.old, provision)
    await parts.provisions.cancel(provision)
    assert parts.all.is_declined(parts.old)

    parts.seconds += DECLINED
    parts.all.look()
    assert not parts.all.is_declined(parts.old)


async def test_a_person_may_want_it_after_all(parts: _Parts) -> None:
    provision = parts.make()
    parts.all.begin(parts.old, provision)
    await parts.provisions.cancel(provision)
    parts.all.forgive(parts.old)

    assert not parts.all.is_declined(parts.old)


async def test_one_that_is_given_up_is_not_declined(parts: _Parts) -> None:
    parts.answer = False
    provision = parts.make()
    parts.all.begin(parts.old, provision)
    parts.all.give_up(parts.old)
    assert parts.all.given_up == {provision}
    assert parts.all.coming == frozenset()

    await parts.all.close()
    assert (parts.all.given_up, parts.all.is_declined(parts.old)) == (frozenset(), False)


@pytest.mark.parametrize("loss", ["hung", "gone", "old gone"])
async def test_a_successor_that_is_not_well_is_forgotten(parts: _Parts, loss: str) -> None:
    parts.all.begin(parts.old, parts.make())
    await until(lambda: parts.all.of(parts.old) is Successor.READY)
    parts.all.look()
    assert parts.all.of(parts.old) is Successor.READY

    new = parts.view("engine-2").id
    if loss == "hung":
        parts.pool.set_health(new, EngineHealth.HUNG)
    else:
        parts.pool.forget(new if loss == "gone" else parts.old)
    parts.all.look()
    assert parts.all.of(parts.old) is Successor.NONE


async def test_a_gap_is_filled_and_comes_back_when_that_fails(parts: _Parts) -> None:
    parts.all.leave_gap(GONE, on_demand=True)
    assert (parts.all.gaps, parts.all.next_gap_on_demand) == (1, True)
    parts.runtime.errors["create"] = [ContainerError("create", "the disk is full")]
    provision = parts.make()
    parts.all.fill_gap(provision)
    assert (parts.all.gaps, parts.all.fills_gap(provision)) == (0, True)
    await until(lambda: parts.all.gaps == 1)

    provision = parts.make()
    parts.all.fill_gap(provision)
    await until(lambda: not parts.all.fills_gap(provision))
    assert parts.all.gaps == 0


async def test_the_gap_of_one_that_does_not_go_after_all_is_none(parts: _Parts) -> None:
    parts.all.leave_gap(GONE, on_demand=True)
    parts.all.leave_gap(parts.old, on_demand=False)

    parts.all.close_gap(GONE)

    assert (parts.all.gaps, parts.all.next_gap_on_demand) == (1, False)


async def test_a_gap_whose_filling_a_person_cancels_is_no_more(parts: _Parts) -> None:
    parts.all.leave_gap(GONE, on_demand=False)
    provision = parts.make()
    parts.all.fill_gap(provision)
    await parts.provisions.cancel(provision)

    assert parts.all.gaps == 0
