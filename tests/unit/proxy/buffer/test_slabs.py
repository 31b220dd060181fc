"""Slabs are used again when nobody looks at them any more, and never before."""

import asyncio
import gc
import threading
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acedesk import tasks
from acedesk.proxy.buffer.slabs import MAP, SLAB, HeldSlabs, Slabs


def _shelf_of(memory: Slabs, count: int) -> HeldSlabs:
    """Return held slabs that nothing else holds, each with its number in it."""
    held = HeldSlabs()
    for number in range(count):
        slab = memory.take()
        slab.view(0, 1)[:] = bytes([number])
        held.add(slab)
    return held


def test_slabs_of_one_map_do_not_overlap() -> None:
    memory = Slabs()
    taken = [memory.take() for _ in range(MAP // SLAB)]
    for number, slab in enumerate(taken):
        slab.view(0, SLAB)[:] = bytes([number]) * SLAB

    for number, slab in enumerate(taken):
        assert slab.view(0, SLAB) == bytes([number]) * SLAB
        assert slab.map[slab.base : slab.base + SLAB : 1000] == bytes([number]) * 263
    assert memory.mapped == MAP


def test_a_view_keeps_its_slab() -> None:
    memory = Slabs()
    slab = memory.take()
    slab.view(0, 5)[:] = b"media"
    waiting = slab.view(0, 5)  # as in a transport
    del slab

    others = [memory.take() for _ in range(20)]
    for other in others:
        other.view(0, SLAB)[:] = b"\xff" * SLAB

    assert bytes(waiting) == b"media"


def test_a_slab_without_views_is_taken_again() -> None:
    memory = Slabs()
    for _ in range(1000):
        memory.take()

    assert memory.mapped == MAP


def test_the_system_gets_maps_back_when_streams_end() -> None:
    memory = Slabs()
    taken = [memory.take() for _ in range(10 * MAP // SLAB)]
    assert memory.mapped == 10 * MAP

    taken.clear()

    assert memory.mapped == MAP  # one is kept for the next stream
    memory.trim()
    assert memory.mapped == 0


async def test_many_maps_go_one_after_the_other_and_media_go_on_between_them() -> None:
    memory, held = Slabs(), HeldSlabs()
    for _ in range(100 * MAP // SLAB):
        held.add(memory.take())
    left: list[int] = []

    held.clear()
    while memory.mapped > MAP:
        left.append(memory.mapped // MAP)
        await tasks.sleep(0)

    assert left == list(range(100, 1, -1))
    memory.trim()
    await tasks.sleep(0)
    assert memory.mapped == 0


async def test_a_map_that_was_to_go_is_used_again() -> None:
    memory, held = Slabs(), HeldSlabs()
    for _ in range(4 * MAP // SLAB):
        held.add(memory.take())
    held.clear()
    assert memory.mapped == 4 * MAP

    taken = [memory.take() for _ in range(3 * MAP // SLAB)]
    for _ in range(5):
        await tasks.sleep(0)

    assert memory.mapped == 3 * MAP
    assert len({(slab.map, slab.base) for slab in taken}) == len(taken)


def test_what_one_loop_did_not_give_back_the_next_one_does() -> None:
    memory = Slabs()

    async def come_and_go(rounds: int) -> None:
        held = HeldSlabs()
        for _ in range(9 * MAP // SLAB):
            held.add(memory.take())
        held.clear()
        for _ in range(rounds):
            await tasks.sleep(0)

    asyncio.run(come_and_go(0))
    asyncio.run(come_and_go(20))

    assert memory.mapped == MAP


def test_a_map_in_use_is_not_given_back() -> None:
    memory = Slabs()
    taken = memory.take()

    memory.trim()

    assert memory.mapped == MAP
    taken.view(0, 4)[:] = b"kept"
    assert memory.take().map is taken.map


def test_a_shelf_holds_what_nobody_looks_at() -> None:
    memory = Slabs()
    held = _shelf_of(memory, 40)

    others = [memory.take() for _ in range(40)]
    for other in others:
        other.view(0, 1)[:] = b"\xff"

    assert [held[number].view(0, 1)[0] for number in range(40)] == list(range(40))


def test_a_slab_from_a_shelf_stays_while_it_is_looked_at() -> None:
    memory = Slabs()
    held = _shelf_of(memory, 3)
    waiting = held[1].view(0, 1)  # as in a transport

    held.drop(2)
    others = [memory.take() for _ in range(MAP // SLAB - 2)]
    for other in others:
        other.view(0, 1)[:] = b"\xff"

    assert memory.mapped == MAP  # the first was taken again, the second was not
    assert (waiting[0], held[0].view(0, 1)[0]) == (1, 2)


def test_a_shelf_that_is_forgotten_holds_nothing() -> None:
    memory, held = Slabs(), HeldSlabs()
    for _ in range(2 * MAP // SLAB):
        held.add(memory.take())

    held.clear()
    held.add(memory.take())
    del held
    memory.trim()

    assert memory.mapped == 0


class Watched(Slabs):
    """Memory that notes in which threads slabs come back."""

    def __init__(self) -> None:
        super().__init__()
        self.threads: set[int] = set()

    def give(self, area: Any) -> None:
        """Take a slab back."""
        self.threads.add(threading.get_ident())
        super().give(area)


def in_a_thread(work: threading.Thread) -> None:
    work.start()
    work.join()


@pytest.mark.parametrize("held_by", ["view", "held"])
def test_what_the_collector_finds_in_another_thread_comes_back_in_the_one_that_takes(
    held_by: str,
) -> None:
    memory = Watched()
    slab = memory.take()
    circle: list[object] = []
    if held_by == "held":
        held = HeldSlabs()
        held.add(slab)
        circle += [circle, held]
        del held
    else:
        circle += [circle, slab.view(0, 4)]
    del slab, circle

    in_a_thread(threading.Thread(target=gc.collect))

    assert memory.threads == set()
    taken = [memory.take() for _ in range(MAP // SLAB)]  # the one that came back among them
    assert memory.threads == {threading.get_ident()}
    assert memory.mapped == len(taken) * SLAB


def test_looking_at_old_slabs_heaps_up_nothing_to_be_taken_back() -> None:
    memory = Slabs()
    held = _shelf_of(memory, 2)

    for _ in range(1000):
        held[0].view(0, 1)

    assert len(memory.released) <= 1


@given(st.lists(st.integers(0, 30), max_size=200))
def test_what_is_held_stays_whatever_else_comes_and_goes(moves: list[int]) -> None:
    memory = Slabs()
    held: dict[int, memoryview] = {}
    for move in moves:
        if move in held:
            assert held.pop(move)[:4] == move.to_bytes(4, "big")
        else:
            view = memory.take().view(0, SLAB)
            view[:4] = move.to_bytes(4, "big")
            held[move] = view
    for move, view in held.items():
        assert view[:4] == move.to_bytes(4, "big")
