"""The file of reports: what was written is read, and a damaged one stops nothing."""

import pathlib

import pytest

from acedesk.errors import StorageError
from acedesk.store.reports.report_file import FILE_NAME, ReportFile

ROWS = [(1, "started", "{}"), (2, "ended", "[]")]


def opened(folder: pathlib.Path) -> ReportFile:
    return ReportFile(folder / FILE_NAME)


def test_what_was_written_is_read_in_order_by_the_next_run(tmp_path: pathlib.Path) -> None:
    file = opened(tmp_path)
    file.write(reversed(ROWS), [], [("stream", "engine")], [])
    file.close()

    again = opened(tmp_path)

    assert again.read() == (ROWS, {"stream": "engine"})
    again.close()


def test_what_is_over_is_gone(tmp_path: pathlib.Path) -> None:
    file = opened(tmp_path)
    file.write(ROWS, [], [("one", "e"), ("two", "e")], [])

    file.write([], [1], [], ["one"])

    assert file.read() == (ROWS[1:], {"two": "e"})
    file.close()


def test_a_damaged_file_is_set_aside_and_the_next_one_works(tmp_path: pathlib.Path) -> None:
    (tmp_path / FILE_NAME).write_bytes(b"no database" * 1000)
    file = opened(tmp_path)

    with pytest.raises(StorageError):
        file.read()

    assert (tmp_path / f"{FILE_NAME}.bad").exists()
    file.write(ROWS, [], [], [])
    assert file.read() == (ROWS, {})
    file.close()


def test_a_folder_that_cannot_be_made_is_told(tmp_path: pathlib.Path) -> None:
    (tmp_path / "taken").write_text("a file")
    file = opened(tmp_path / "taken" / "below")

    with pytest.raises(StorageError, match="below"):
        file.write(ROWS, [], [], [])


def test_closing_twice_is_no_error(tmp_path: pathlib.Path) -> None:
    file = opened(tmp_path)
    file.read()

    file.close()
    file.close()
