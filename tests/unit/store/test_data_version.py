"""A data folder of a newer AceDesk: said once, nothing lost."""

import pathlib

import pytest

from acedesk.store.data_version import NAME, note_version


def test_a_newer_version_is_told_once(tmp_path: pathlib.Path) -> None:
    (tmp_path / NAME).write_text("0.3.0\n")

    first, second = note_version(tmp_path, "0.2.0"), note_version(tmp_path, "0.2.0")

    assert first is not None
    assert "was last used by AceDesk 0.3.0, which is newer than this 0.2.0" in first
    assert second is None


@pytest.mark.parametrize("before", ["0.1.0", "0.2.0", "0.2", "", "\0\xff", "newest", "9" * 500])
def test_any_other_is_not(tmp_path: pathlib.Path, before: str) -> None:
    (tmp_path / NAME).write_text(before)

    assert note_version(tmp_path, "0.2.0") is None
    assert (tmp_path / NAME).read_text().strip() == "0.2.0"


def test_ten_is_newer_than_nine(tmp_path: pathlib.Path) -> None:
    (tmp_path / NAME).write_text("0.10.0")

    assert note_version(tmp_path, "0.9.0") is not None


def test_a_folder_that_is_not_there_stays_so(tmp_path: pathlib.Path) -> None:
    assert note_version(tmp_path / "new", "0.2.0") is None
    assert not (tmp_path / "new").exists()


def test_a_folder_of_that_name_is_no_version(tmp_path: pathlib.Path) -> None:
    (tmp_path / NAME).mkdir()

    assert note_version(tmp_path, "0.2.0") is None
