"""Reports that wait: in order, bounded, and there after a restart."""

import logging
import pathlib

import pytest

from acedesk import tasks
from acedesk.store.reports.report_file import FILE_NAME, ReportFile
from acedesk.store.reports.report_queue import ReportQueue
from tests.fakes.loop_steps import let_others_run


def bodies(queue: ReportQueue) -> list[str]:
    return [one.body for one in queue.first(1000, 10**9)]


async def test_reports_come_out_as_they_came_in(tmp_path: pathlib.Path) -> None:
    queue = ReportQueue(tmp_path)
    for number in range(5):
        queue.add("started", str(number))

    first = queue.first(2, 10**9)
    queue.remove(first)

    assert [one.body for one in first] == ["0", "1"]
    assert bodies(queue) == ["2", "3", "4"]


async def test_a_batch_is_no_longer_than_it_may_be_but_never_empty(
    tmp_path: pathlib.Path,
) -> None:
    queue = ReportQueue(tmp_path)
    queue.add("started", "x" * 100)
    queue.add("started", "y")

    assert len(queue.first(10, 50)) == 1
    assert len(queue.first(10, 101)) == 2


async def test_who_waits_for_a_report_sleeps_until_there_is_one(tmp_path: pathlib.Path) -> None:
    queue = ReportQueue(tmp_path)
    first = tasks.spawn(queue.wait(), name="wait")
    await let_others_run()
    assert not first.done()
    queue.add("started", "one")
    await first

    queue.remove(queue.first(1, 1000))
    again = tasks.spawn(queue.wait(), name="wait")
    await let_others_run()
    assert not again.done()
    await tasks.cancel(again)

    queue.add("started", "two")
    await queue.close()
    kept = ReportQueue(tmp_path)
    await kept.open()
    await kept.wait()
    await kept.close()


async def test_what_waits_is_there_after_a_restart_and_comes_first(tmp_path: pathlib.Path) -> None:
    queue = ReportQueue(tmp_path)
    queue.add("started", "one")
    queue.add("ended", "two")
    await queue.close()

    again = ReportQueue(tmp_path)
    assert await again.open() == {}
    again.add("started", "three")

    assert bodies(again) == ["one", "two", "three"]
    await again.close()


async def test_what_was_dealt_with_does_not_come_back(tmp_path: pathlib.Path) -> None:
    queue = ReportQueue(tmp_path)
    queue.add("started", "one")
    queue.add("ended", "two")
    await queue.flush()
    queue.remove(queue.first(1, 1000))
    await queue.close()

    again = ReportQueue(tmp_path)
    await again.open()

    assert bodies(again) == ["two"]
    await again.close()


async def test_what_is_dealt_with_at_once_is_never_written(tmp_path: pathlib.Path) -> None:
    queue = ReportQueue(tmp_path)
    queue.add("started", "one")
    queue.remove(queue.first(1, 1000))

    await queue.flush()

    assert not (tmp_path / FILE_NAME).exists()


async def test_streams_that_were_told_of_and_not_ended_are_known_after_a_crash(
    tmp_path: pathlib.Path,
) -> None:
    queue = ReportQueue(tmp_path)
    for name in ("one", "two"):
        queue.note_playing(name, "engine")
    await queue.flush()
    queue.note_over("one")
    await queue.flush()

    again = ReportQueue(tmp_path)
    assert await again.open() == {"two": "engine"}
    await again.flush()  # they are no streams of this run
    last = ReportQueue(tmp_path)

    assert await last.open() == {}
    for one in (queue, again, last):
        await one.close()


async def test_far_too_many_drop_the_oldest_and_say_so_once(
    tmp_path: pathlib.Path, caplog: pytest.LogCaptureFixture
) -> None:
    queue = ReportQueue(tmp_path, most=3)
    with caplog.at_level(logging.WARNING):
        for number in range(6):
            queue.add("started", str(number))

    assert bodies(queue) == ["3", "4", "5"]
    assert len(caplog.records) == 1


async def test_no_more_than_the_last_are_taken_from_the_file(tmp_path: pathlib.Path) -> None:
    file = ReportFile(tmp_path / FILE_NAME)
    file.write([(n, "started", str(n)) for n in range(1, 6)], [], [], [])
    file.close()
    queue = ReportQueue(tmp_path, most=2)

    await queue.open()

    assert bodies(queue) == ["4", "5"]
    await queue.close()


async def test_without_a_file_the_reports_still_wait(
    tmp_path: pathlib.Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "taken").write_text("a file")
    queue = ReportQueue(tmp_path / "taken" / "below")
    with caplog.at_level(logging.WARNING):
        assert await queue.open() == {}
        queue.add("started", "one")
        await queue.flush()
        await queue.flush()

    assert bodies(queue) == ["one"]
    assert len([one for one in caplog.records if "in memory only" in one.message]) == 1


async def test_after_trouble_with_the_file_all_of_it_is_written_anew(
    tmp_path: pathlib.Path,
) -> None:
    folder = tmp_path / "data"
    folder.write_text("in the way")
    queue = ReportQueue(folder)
    queue.add("started", "one")
    await queue.flush()
    folder.unlink()

    await queue.flush()

    again = ReportQueue(folder)
    await again.open()
    assert bodies(again) == ["one"]
    for one in (queue, again):
        await one.close()
