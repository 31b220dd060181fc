"""The file of the history: what is written is read again, and what is wrong with it is named."""

import pathlib
import sqlite3
import sys
import tempfile
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acedesk.model.history import DAY_STEP, HistoryRow, HistoryTrouble, Series
from acedesk.store.history.database import (
    DAY,
    EVENTS_KEPT,
    FILE_NAME,
    HOURS_KEPT,
    MINUTES_KEPT,
    Batch,
    DatabaseFailed,
    EventRow,
    HistoryDatabase,
)

NOW = 1_800_000_000


@pytest.fixture
def path(tmp_path: pathlib.Path) -> pathlib.Path:
    return tmp_path / FILE_NAME


@pytest.fixture
def database(path: pathlib.Path) -> Iterator[HistoryDatabase]:
    opened = HistoryDatabase(path)
    opened.open()
    yield opened
    opened.close()


def event(subject: str, time: float = NOW) -> EventRow:
    return EventRow(
        time=time, kind="engine_added", subject=subject, cause="", data={"name": "engine-1"}
    )


def row(
    start: int, rate: float | None, *, samples: int = 6, viewers: float | None = None
) -> HistoryRow:
    return HistoryRow(
        series=Series.STREAM,
        subject="s",
        start=start,
        samples=samples,
        values=(rate, 10.0, viewers, None, None, None),
    )


def rates(database: HistoryDatabase) -> dict[int, float | None]:
    found = database.course(Series.STREAM, "s", 0, 2 * NOW)
    return {start: values[0] for start, values in found}


def count(path: pathlib.Path, table: str) -> int:
    with sqlite3.connect(path) as connection:
        (found,) = connection.execute(f"SELECT COUNT(*) FROM {table}").fetchone()  # noqa: S608
    connection.close()
    return int(found)


def test_the_last_events_come_back_oldest_first_with_their_numbers(
    database: HistoryDatabase,
) -> None:
    database.write(Batch(events=[event("a"), event("b"), event("c")]))

    found = database.last_events(2)

    assert [(one.number, one.subject) for one in found] == [(2, "b"), (3, "c")]
    assert found[0].data == {"name": "engine-1"}
    assert found[0].time == NOW


def test_minutes_become_the_steps_of_a_day_and_what_is_not_known_does_not_count(
    database: HistoryDatabase,
) -> None:
    begin = NOW // DAY_STEP * DAY_STEP
    database.write(
        Batch(rows=[row(begin, 4.0), row(begin + 60, 8.0), row(begin + 120, None, viewers=2.0)])
    )

    ((start, values),) = database.course(Series.STREAM, "s", begin, begin + DAY_STEP)

    assert start == begin
    assert values[:3] == (6.0, 10.0, 2.0)


def test_minutes_are_kept_as_an_hour_too(database: HistoryDatabase, path: pathlib.Path) -> None:
    begin = NOW // 3600 * 3600

    database.write(Batch(rows=[row(begin + 60 * minute, 4.0) for minute in range(5)]))

    assert count(path, "stream_minutes") == 5
    assert count(path, "stream_hours") == 1


def test_a_minute_that_comes_again_because_the_clock_was_set_back_holds_the_mean(
    database: HistoryDatabase,
) -> None:
    minute = NOW // DAY_STEP * DAY_STEP
    database.write(Batch(rows=[row(minute, 4.0, samples=6)]))
    database.write(Batch(rows=[row(minute, 10.0, samples=3)]))

    assert rates(database) == {minute: 6.0}


@given(
    st.lists(
        st.tuples(st.integers(0, 3), st.none() | st.floats(0, 1e9), st.integers(1, 9)), max_size=20
    )
)
def test_the_mean_does_not_depend_on_how_often_it_was_written(
    parts: list[tuple[int, float | None, int]],
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        database = HistoryDatabase(pathlib.Path(folder) / FILE_NAME)
        database.open()
        for minute, rate, samples in parts:
            database.write(Batch(rows=[row(minute * DAY_STEP, rate, samples=samples)]))
        found = rates(database)
        database.close()

    for minute in {minute for minute, _, _ in parts}:
        values = [rate for at, rate, _ in parts if at == minute and rate is not None]
        mean = found[minute * DAY_STEP]
        assert (mean is None) == (not values)
        if mean is not None:
            assert min(values) * 0.999999 <= mean <= max(values) * 1.000001 + 1e-9


def test_what_is_old_is_dropped_and_what_is_from_the_future_is_not(
    database: HistoryDatabase, path: pathlib.Path
) -> None:
    for age in (0, MINUTES_KEPT + 60, HOURS_KEPT + 7200, -2 * DAY):
        database.write(Batch(rows=[row(NOW - age, 1.0)]))
    for age in (0, EVENTS_KEPT + 60):
        database.write(Batch(events=[event("e", NOW - age)]))

    database.prune(NOW)

    assert count(path, "stream_minutes") == 2
    assert count(path, "stream_hours") == 3
    assert count(path, "events") == 1


def test_results_of_tests_are_kept_newest_first(database: HistoryDatabase) -> None:
    database.write(Batch(tests=[(NOW, "a", "1"), (NOW, "b", "2")]))

    assert database.last_tests(5) == ["2", "1"]


def trouble_of(database: HistoryDatabase) -> HistoryTrouble:
    with pytest.raises(DatabaseFailed) as caught:
        database.open()
    return caught.value.trouble


@pytest.mark.parametrize(
    "content",
    [b"this is no database" * 100, b"SQLite format 3\0" + b"\xff" * 5000],
    ids=["text", "torn"],
)
def test_a_damaged_file_is_named_and_can_be_moved_aside(path: pathlib.Path, content: bytes) -> None:
    path.write_bytes(content)
    database = HistoryDatabase(path)

    assert trouble_of(database) is HistoryTrouble.DAMAGED
    aside = database.move_aside()
    database.open()
    database.write(Batch(events=[event("a")]))

    assert aside.read_bytes() == content
    assert len(database.last_events(9)) == 1
    database.close()


def test_tables_that_are_not_ours_count_as_damage(
    database: HistoryDatabase, path: pathlib.Path
) -> None:
    database.close()
    with sqlite3.connect(path) as connection:
        connection.execute("DROP TABLE events")
        connection.execute("CREATE TABLE events (something TEXT)")
    connection.close()
    database.open()

    with pytest.raises(DatabaseFailed) as caught:
        database.write(Batch(events=[event("a")]))

    assert caught.value.trouble is HistoryTrouble.DAMAGED


def test_a_file_that_is_locked_is_named(database: HistoryDatabase, path: pathlib.Path) -> None:
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")

    with pytest.raises(DatabaseFailed) as caught:
        database.write(Batch(events=[event("a")]))

    assert caught.value.trouble is HistoryTrouble.LOCKED
    other.execute("ROLLBACK")
    other.close()
    database.write(Batch(events=[event("a")]))


def test_a_full_disk_is_named_and_nothing_is_half_written(database: HistoryDatabase) -> None:
    assert database._connection is not None
    (pages,) = database._connection.execute("PRAGMA page_count").fetchone()
    database._connection.execute(f"PRAGMA max_page_count={pages}")
    many = Batch(events=[event("x" * 2000) for _ in range(50)])

    with pytest.raises(DatabaseFailed) as caught:
        database.write(many)

    assert caught.value.trouble is HistoryTrouble.FULL
    assert database.last_events(99) == []
    database._connection.execute("PRAGMA max_page_count=100000")
    database.write(many)
    assert len(database.last_events(99)) == 50


def test_a_folder_that_cannot_be_is_named(tmp_path: pathlib.Path) -> None:
    (tmp_path / "file").write_text("")

    database = HistoryDatabase(tmp_path / "file" / FILE_NAME)

    assert trouble_of(database) is HistoryTrouble.UNWRITABLE


def test_a_file_of_a_newer_acedesk_is_not_touched(
    database: HistoryDatabase, path: pathlib.Path
) -> None:
    database.close()
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA user_version=99")
    connection.close()

    assert trouble_of(HistoryDatabase(path)) is HistoryTrouble.NEWER


@pytest.mark.skipif(sys.platform == "win32", reason="there no file goes that is open")
def test_a_file_that_was_deleted_is_made_again(
    database: HistoryDatabase, path: pathlib.Path
) -> None:
    path.unlink()

    database.open()
    database.write(Batch(events=[event("a")]))

    assert path.exists()
    assert len(database.last_events(9)) == 1


def test_what_others_put_into_the_table_is_passed_over(
    database: HistoryDatabase, path: pathlib.Path
) -> None:
    database.write(Batch(events=[event("a")]))
    with sqlite3.connect(path) as connection:
        for data in ("[1]", "{", '{"a": {}}'):
            connection.execute(
                "INSERT INTO events (time, kind, subject, cause, data) VALUES (1, '', '', '', ?)",
                (data,),
            )
    connection.close()

    assert [one.subject for one in database.last_events(9)] == ["a"]
