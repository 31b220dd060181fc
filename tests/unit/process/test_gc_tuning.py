"""What start-up made is not walked through again and again."""

import asyncio
import gc
import subprocess
import sys
import threading
import weakref

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acedesk.process import gc_tuning
from acedesk.process.gc_tuning import LoopCollector, YoungWalks, due_generation, generation_at
from tests.fakes.loop_steps import until

SCRIPT = """
import gc
from acedesk.process import gc_tuning
kept = [[] for _ in range(10_000)]
gc_tuning.settle()
assert gc.get_freeze_count() > 10_000
assert len(gc.get_objects()) < 1000
assert gc.get_threshold()[0] == gc_tuning.YOUNG
cycle = []
cycle.append(cycle)
del cycle
assert gc.collect() >= 1
print("well")
"""


def test_what_exists_is_left_out_and_later_garbage_is_found() -> None:
    done = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True)

    assert (done.stdout, done.stderr) == ("well\n", "")
    assert gc.isenabled()


def test_nothing_is_looked_for_while_it_is_paused_and_again_afterwards() -> None:
    with pytest.raises(ZeroDivisionError), gc_tuning.paused():
        assert not gc.isenabled()
        raise ZeroDivisionError

    assert gc.isenabled()


class Node:
    """Something that can be part of a cycle and tells in which thread it ended."""

    def __init__(self, ends: list[int]) -> None:
        self.itself = self
        weakref.finalize(self, lambda: ends.append(threading.get_ident()))


@pytest.mark.parametrize(
    ("counts", "full", "due"),
    [
        ((2000, 99, 99), True, None),
        ((2001, 0, 0), True, 0),
        ((2001, 11, 0), True, 1),
        ((2001, 11, 11), True, 2),
        ((2001, 11, 11), False, 1),
        ((2001, 0, 11), False, 0),
    ],
)
def test_the_oldest_generation_that_is_due_is_collected(
    counts: tuple[int, int, int], full: bool, due: int | None
) -> None:
    assert due_generation(counts, (2000, 10, 10), full=full) == due


@given(st.tuples(*[st.integers(0, 10_000)] * 3))
def test_a_threshold_of_nothing_means_never(counts: tuple[int, int, int]) -> None:
    assert due_generation(counts, (0, 10, 10), full=True) is None


async def test_garbage_ends_on_the_loop_whoever_allocates(monkeypatch: pytest.MonkeyPatch) -> None:
    for interval in ("COLLECT_EVERY", "COLLECT_SELDOM"):
        monkeypatch.setattr(f"acedesk.process.gc_tuning.{interval}", 0.001)
    monkeypatch.setattr("acedesk.process.gc_tuning.FULL_EVERY", 0.0)
    thresholds = gc.get_threshold()
    gc.set_threshold(50, 1, 1)
    ends: list[int] = []
    try:
        with LoopCollector(asyncio.get_running_loop()):
            for _ in range(20):
                Node(ends)
                await asyncio.to_thread(lambda: [[[]] for _ in range(1000)])
            async with asyncio.timeout(20):
                while len(ends) < 20:
                    kept: list[list[int]] = [[] for _ in range(200)]  # so that it is due again
                    await asyncio.to_thread(kept.sort)
    finally:
        gc.set_threshold(*thresholds)

    assert set(ends) == {threading.get_ident()}
    assert gc.isenabled()


@pytest.mark.parametrize(
    ("number", "generation"), [(1, 0), (3, 0), (4, 1), (5, 0), (96, 1), (100, 2), (200, 2)]
)
def test_older_objects_are_looked_through_less_often(number: int, generation: int) -> None:
    assert generation_at(number) == generation


async def test_while_there_are_many_streams_young_objects_are_looked_through_by_the_clock(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(gc_tuning, "YOUNG_EVERY", 0.001)
    walked: list[int] = []
    monkeypatch.setattr(gc, "collect", walked.append)
    monkeypatch.setattr(gc, "freeze", lambda: None)  # this program has more to do
    walks = YoungWalks()

    walks.look(gc_tuning.MANY - 1)
    assert walks._timer is None
    walks.look(gc_tuning.MANY)
    walks.look(gc_tuning.MANY + 1)
    await until(lambda: len(walked) >= 10)
    walks.look(1)
    await until(lambda: walks._timer is None)

    assert walked[:8] == [0, 0, 0, 1] * 2
    walks.look(gc_tuning.MANY)
    walks.close()
    walks.close()
    assert walks._timer is None


OLD_GARBAGE = """
import gc
from acedesk.process import gc_tuning

class Cycle:
    ended = 0
    def __init__(self):
        self.itself = self
    def __del__(self):
        Cycle.ended += 1

gc_tuning.settle()
gc_tuning.settle()
assert gc.callbacks.count(gc_tuning.walks.note) == 1
gc_tuning.LONG_WALK = float("inf")
kept = [Cycle() for _ in range(20_000)]
gc.collect()
assert len(gc.get_objects()) > 20_000
gc_tuning.LONG_WALK = 0.0
gc.collect()
assert len(gc.get_objects()) < 1000

del kept[:100]
young = Cycle()
del young
gc.collect()
assert Cycle.ended == 1
{found}
assert Cycle.ended == 101, Cycle.ended
del kept[:100]
gc.collect()
assert Cycle.ended == 101
print("well")
"""


@pytest.mark.parametrize(
    "found",
    [
        "gc_tuning.walks.collect_all()",
        # Memory has grown.
        "more = [Cycle() for _ in range(40_000)]; gc.collect()",
    ],
)
def test_what_a_long_walk_found_alive_is_left_out_until_much_has_changed(found: str) -> None:
    script = OLD_GARBAGE.replace("{found}", found)
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)

    assert (done.stdout, done.stderr) == ("well\n", "")


MANY_STREAMS = """
import asyncio, gc
from acedesk.process import gc_tuning

gc_tuning.settle()
before = gc.get_freeze_count()
gc_tuning.YOUNG_EVERY = 3600.0
left = gc_tuning.YoungWalks()

async def main():
    kept = [[] for _ in range(20_000)]
    left.look(gc_tuning.MANY - 1)
    assert gc.get_freeze_count() - before < 20_000
    left.look(gc_tuning.MANY)
    assert gc.get_freeze_count() - before >= 20_000
    kept += [[] for _ in range(20_000)]
    left.look(gc_tuning.MANY + 1)
    assert gc.get_freeze_count() - before < 40_000
    left._walks = gc_tuning.OLDEST_EACH - 1
    left._walk()
    assert gc.get_freeze_count() - before >= 40_000
    cycle = []
    cycle.append(cycle)
    del cycle
    left._walks = gc_tuning.OLDEST_EACH - 1
    left._walk()  # no more streams than at the last time: a walk like any other
    assert gc.get_freeze_count() - before >= 40_000
    assert gc.collect() == 0
    left.close()

asyncio.run(main())
print("well")
"""


def test_what_many_new_streams_made_is_left_out_before_any_walk() -> None:
    done = subprocess.run([sys.executable, "-c", MANY_STREAMS], capture_output=True, text=True)

    assert (done.stdout, done.stderr) == ("well\n", "")
