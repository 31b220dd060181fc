"""An upgrade puts another file in the place of the program that runs."""

import pathlib
import sys

import pytest

from acedesk.process.program_file import ProgramFile


def test_the_same_file_is_not_replaced(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "acedesk"
    path.write_bytes(b"one")

    assert not ProgramFile(str(path)).is_replaced()


def test_another_file_of_the_name_is(tmp_path: pathlib.Path) -> None:
    path, new = tmp_path / "acedesk", tmp_path / "acedesk.dpkg-new"
    path.write_bytes(b"one")
    file = ProgramFile(str(path))
    new.write_bytes(b"one")
    new.replace(path)

    assert file.is_replaced()


def test_a_file_that_is_gone_may_be_on_its_way(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "acedesk"
    path.write_bytes(b"one")
    file = ProgramFile(str(path))
    path.unlink()

    assert not file.is_replaced()
    assert not ProgramFile(str(path)).is_replaced()


def test_a_python_that_runs_us_is_not_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    assert ProgramFile.of_this_program() is None

    monkeypatch.setattr(sys, "frozen", True, raising=False)

    assert ProgramFile.of_this_program() is not None
