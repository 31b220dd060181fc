"""The history is written in batches by one thread, and trouble with its file ends nothing."""

import asyncio
import pathlib
import sqlite3
import sys
import threading

import pytest

from acedesk.model.history import HistoryRow, HistoryTrouble, Series
from acedesk.store.history import history_store as history
from acedesk.store.history.database import FILE_NAME, EventRow
from acedesk.store.history.history_store import PRUNE_INTERVAL, HistoryStore
from tests.fakes.loop_steps import until

NOW = 1_800_000_000.0


class Told:
    """What was told, and a wait for it."""

    def __init__(self) -> None:
        self.troubles: list[HistoryTrouble] = []
        self._came = asyncio.Event()

    def __call__(self, trouble: HistoryTrouble, detail: str) -> None:
        self.troubles.append(trouble)
        self._came.set()

    async def wait(self) -> None:
        async with asyncio.timeout(10):
            await self._came.wait()


@pytest.fixture
def told() -> Told:
    return Told()


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(history, "BATCH_SECONDS", 0.02)


def event(subject: str) -> EventRow:
    return EventRow(time=NOW, kind="engine_added", subject=subject, cause="", data={})


async def kept(store: HistoryStore) -> list[str]:
    """Return the subjects of the events in the file."""
    nothing: list[EventRow] = []
    found = await store._read(lambda database: database.last_events(1000), default=nothing)
    return [one.subject for one in found]


async def reopened(folder: pathlib.Path, told: Told) -> list[str]:
    store = HistoryStore(folder, told)
    found = await store.open(1000)
    await store.close()
    return [one.subject for one in found]


async def test_events_are_there_after_a_restart(tmp_path: pathlib.Path, told: Told) -> None:
    store = HistoryStore(tmp_path, told)
    assert await store.open(1000) == []
    for number in range(1500):
        store.add_event(event(str(number)))
    await store.close()

    found = await reopened(tmp_path, told)

    assert found == [str(number) for number in range(500, 1500)]
    assert told.troubles == []


async def test_one_thread_writes_and_it_ends_with_the_store(
    tmp_path: pathlib.Path, told: Told
) -> None:
    before = set(threading.enumerate())  # one of another store may be about to end
    store = HistoryStore(tmp_path, told)
    await store.open(10)
    named = [one for one in set(threading.enumerate()) - before if one.name == "history"]
    assert len(named) == 1

    await store.close()

    await asyncio.to_thread(named[0].join, 5)
    assert not named[0].is_alive()


async def test_what_is_asked_sees_what_was_handed_in_before(
    tmp_path: pathlib.Path, told: Told
) -> None:
    store = HistoryStore(tmp_path, told)
    await store.open(10)
    start = int(NOW) // 300 * 300
    store.add_row(
        HistoryRow(
            series=Series.STREAM, subject="s", start=start, samples=6, values=(1.0, *(None,) * 5)
        )
    )
    store.add_test(NOW, "s", '{"ok": true}')

    found = await store.course(Series.STREAM, "s", start, start + 300)

    assert found == [(start, (1.0, None, None, None, None, None))]
    assert await store.tests(5) == ['{"ok": true}']
    await store.close()


async def test_a_damaged_file_is_moved_aside_made_anew_and_told(
    tmp_path: pathlib.Path, told: Told
) -> None:
    (tmp_path / FILE_NAME).write_bytes(b"no database at all" * 100)
    store = HistoryStore(tmp_path, told)

    assert await store.open(10) == []
    store.add_event(event("a"))
    await told.wait()
    await store.close()

    assert told.troubles == [HistoryTrouble.DAMAGED]
    assert (tmp_path / f"{FILE_NAME}.bad").exists()
    assert await reopened(tmp_path, told) == ["a"]


async def test_a_file_that_is_damaged_while_it_is_used_is_made_anew(
    tmp_path: pathlib.Path, told: Told
) -> None:
    store = HistoryStore(tmp_path, told)
    await store.open(10)
    store.add_event(event("before"))
    await store.tests(1)
    with sqlite3.connect(tmp_path / FILE_NAME) as other:
        other.execute("DROP TABLE events")
    other.close()

    store.add_event(event("after"))
    await told.wait()
    await store.close()

    assert told.troubles == [HistoryTrouble.DAMAGED]
    assert await reopened(tmp_path, told) == ["after"]


@pytest.mark.skipif(sys.platform == "win32", reason="there no file is renamed that is open")
async def test_a_file_that_another_program_holds_at_the_start_is_moved_aside(
    tmp_path: pathlib.Path, told: Told
) -> None:
    holder = sqlite3.connect(tmp_path / FILE_NAME, isolation_level=None)
    holder.execute("CREATE TABLE mine (a)")
    holder.execute("BEGIN EXCLUSIVE")
    store = HistoryStore(tmp_path, told)

    await store.open(10)
    store.add_event(event("a"))
    await told.wait()
    await store.close()

    assert told.troubles == [HistoryTrouble.LOCKED]
    holder.close()
    assert await reopened(tmp_path, told) == ["a"]


async def test_a_lock_that_passes_loses_nothing_and_is_not_told(
    tmp_path: pathlib.Path, told: Told
) -> None:
    store = HistoryStore(tmp_path, told)
    await store.open(10)
    holder = sqlite3.connect(tmp_path / FILE_NAME, isolation_level=None)
    holder.execute("BEGIN EXCLUSIVE")
    store.add_event(event("a"))
    await store.tests(1)  # by then it was tried in vain
    holder.execute("ROLLBACK")
    holder.close()

    store.add_event(event("b"))
    await store.close()

    assert told.troubles == []
    assert await reopened(tmp_path, told) == ["a", "b"]


async def test_a_place_that_cannot_be_written_is_told_once_and_nothing_ends(
    tmp_path: pathlib.Path, told: Told
) -> None:
    place = tmp_path / "file"
    place.write_text("")
    store = HistoryStore(place, told)

    assert await store.open(10) == []
    for number in range(3):
        store.add_event(event(str(number)))
        assert await store.tests(1) == []
    await told.wait()

    assert told.troubles == [HistoryTrouble.UNWRITABLE]
    place.unlink()  # there is room now
    store.add_event(event("last"))
    await store.close()
    assert await reopened(place, told) == ["0", "1", "2", "last"]


async def test_while_nothing_can_be_written_what_waits_is_bounded(
    tmp_path: pathlib.Path, told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(history, "MOST_EVENTS", 5)
    place = tmp_path / "file"
    place.write_text("")
    store = HistoryStore(place, told)
    await store.open(10)
    for number in range(100):
        store.add_event(event(str(number)))
    await store.tests(1)
    place.unlink()

    await store.close()

    assert await reopened(place, told) == ["95", "96", "97", "98", "99"]


@pytest.mark.parametrize("jump", [90 * 86400.0, -90 * 86400.0])
async def test_a_clock_that_was_set_drops_nothing_and_one_that_goes_on_drops_what_is_old(
    tmp_path: pathlib.Path, told: Told, jump: float
) -> None:
    wall, now = [NOW], [0.0]
    store = HistoryStore(tmp_path, told, utc_seconds=lambda: wall[0], now=lambda: now[0])
    await store.open(10)
    store.add_event(event("old"))
    await store.tests(1)

    async def an_hour_passes(*subjects: str) -> None:
        now[0], wall[0] = now[0] + PRUNE_INTERVAL, wall[0] + PRUNE_INTERVAL
        for subject in subjects:
            store.add_event(EventRow(time=wall[0], kind="k", subject=subject, cause="", data={}))
        await until(lambda: store._keeper._pruned[0] == now[0])

    wall[0] += jump
    await an_hour_passes("0", "1")
    assert await kept(store) == ["old", "0", "1"]
    await an_hour_passes("2")
    await store.close()

    assert await reopened(tmp_path, told) == [*(["old"] if jump < 0 else []), "0", "1", "2"]


async def test_before_it_is_open_nothing_is_kept_and_nothing_is_known(
    tmp_path: pathlib.Path, told: Told
) -> None:
    store = HistoryStore(tmp_path, told)
    store.add_event(event("a"))

    assert await store.course(Series.STREAM, "s", 0, NOW) == []
    await store.close()
    assert await asyncio.to_thread(lambda: list(tmp_path.iterdir())) == []
