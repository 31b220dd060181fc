"""Free memory is given back after streams ended, whenever they do."""

import asyncio
import gc
import sys
import threading
import urllib.parse
import weakref

import pytest
import yarl

from acedesk.process import gc_tuning, heap_trim
from acedesk.process.heap_trim import HeapTrim
from acedesk.proxy.buffer.slabs import MAP, Slabs


class Library:
    """Counts the walks over the heap; each ends when the test lets it."""

    def __init__(self) -> None:
        self.walks = 0
        self.options: dict[int, int] = {}
        self.begun = threading.Event()
        self.go_on = threading.Event()

    def mallopt(self, option: int, value: int) -> int:
        self.options[option] = value
        return 1

    def malloc_trim(self, _pad: int) -> int:
        self.walks += 1
        self.begun.set()
        self.go_on.wait(10)
        return 1


async def _one_ends(left: int, slabs: Slabs) -> None:
    """Let one of `left` + 1 streams end, and wait until memory was given back."""
    watched = HeapTrim(slabs)
    watched.look(left + 1)
    watched.look(left)
    assert watched._task is not None
    async with asyncio.timeout(10):
        await watched._task


async def test_streams_that_end_during_the_walk_are_not_forgotten(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    library = Library()
    monkeypatch.setattr(heap_trim, "_find_glibc", lambda: library)
    monkeypatch.setattr(heap_trim, "DELAY", 0.0)
    watched = HeapTrim(Slabs())
    watched.look(3)
    watched.look(2)
    assert await asyncio.to_thread(library.begun.wait, 10)

    watched.look(1)
    library.go_on.set()
    assert watched._task is not None
    async with asyncio.timeout(10):
        await watched._task

    assert library.walks == 2


async def test_more_streams_give_nothing_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(heap_trim, "_find_glibc", Library)
    watched = HeapTrim(Slabs())

    watched.look(1)
    watched.look(2)

    assert watched._task is None


@pytest.mark.parametrize("left", [0, 1])
async def test_addresses_are_forgotten_with_the_last_stream(
    monkeypatch: pytest.MonkeyPatch, left: int
) -> None:
    monkeypatch.setattr(heap_trim, "_find_glibc", lambda: None)
    monkeypatch.setattr(heap_trim, "DELAY", 0.0)
    yarl.URL.build(path="/ace/getstream", query_string="id=1", encoded=True)
    urllib.parse.urlsplit("http://127.0.0.1/ace/r/1")

    await _one_ends(left, Slabs())

    assert [remembered(name) > 0 for name in ("yarl._url", "urllib.parse")] == [left > 0] * 2


def remembered(module: str) -> int:
    """Return how many answers the caches of a module hold."""
    functions = vars(sys.modules[module]).values()
    return sum(f.cache_info().currsize for f in functions if hasattr(f, "cache_clear"))


async def test_the_last_map_goes_when_no_stream_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(heap_trim, "_find_glibc", lambda: None)
    monkeypatch.setattr(heap_trim, "DELAY", 0.0)
    slabs = Slabs()
    slabs.take()  # a ring that came and went

    for streams, mapped in ((2, MAP), (1, MAP), (0, 0)):
        await _one_ends(streams, slabs)
        assert slabs.mapped == mapped


async def test_in_a_storm_of_zaps_ended_streams_are_collected_before_it_is_over() -> None:
    class Cycle:
        """Something that only the collector finds."""

        def __init__(self) -> None:
            self.own = self

    watched = HeapTrim(Slabs())
    watched.look(heap_trim.STORM)
    cycle = Cycle()
    found = weakref.ref(cycle)
    del cycle

    for left in reversed(range(heap_trim.STORM)):
        watched.look(left)

    assert found() is None
    await watched.close()


async def test_all_objects_are_looked_through_when_many_of_the_streams_ended(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    walks: list[int] = []
    monkeypatch.setattr(heap_trim, "_find_glibc", lambda: None)
    monkeypatch.setattr(heap_trim, "DELAY", 0.0)
    watched = HeapTrim(Slabs())
    monkeypatch.setattr(gc_tuning.walks, "collect_all", lambda: walks.append(watched._streams))

    for streams in (500, 499, 401, 400, 399, 250, 4, 3, 2, 0):
        watched.look(streams)
        if watched._task is not None:
            async with asyncio.timeout(10):
                await watched._task

    assert walks == [400, 250, 4, 0]


def test_what_is_free_after_the_start_is_given_back_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    library = Library()
    library.go_on.set()
    monkeypatch.setattr(heap_trim, "_find_glibc", lambda: library)

    heap_trim.give_back_now()
    monkeypatch.setattr(heap_trim, "_find_glibc", lambda: None)
    heap_trim.give_back_now()

    assert library.walks == 1


def test_all_threads_share_one_heap_where_it_is_glibc(monkeypatch: pytest.MonkeyPatch) -> None:
    library = Library()
    monkeypatch.setattr(heap_trim, "_find_glibc", lambda: library)

    heap_trim.share_one_heap()
    monkeypatch.setattr(heap_trim, "_find_glibc", lambda: None)
    heap_trim.share_one_heap()

    assert library.options == {-8: 1}  # M_ARENA_MAX


async def test_what_failed_streams_left_goes_when_they_are_not_shown_any_more(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Part:
        """Knows itself, as the parts of a stream know each other."""

        def __init__(self) -> None:
            self.itself = self

    monkeypatch.setattr(heap_trim, "DELAY", 0.0)
    monkeypatch.setattr(heap_trim, "_find_glibc", lambda: None)
    watched, part = HeapTrim(Slabs()), Part()
    gone = weakref.ref(part)
    monkeypatch.setattr(gc_tuning.walks, "_left_out", True)
    gc.freeze()  # it was alive at a long walk
    watched.look(0, 1)

    del part
    watched.look(0, 0)

    assert watched._task is not None
    async with asyncio.timeout(10):
        await watched._task
    assert gone() is None
