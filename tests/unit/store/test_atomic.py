"""Old or new, never half."""

import pathlib

import pytest

from acedesk.errors import StorageError
from acedesk.store.atomic import write


def test_the_new_content_replaces_the_old(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "file"

    write(path, b"old")
    write(path, b"new")

    assert path.read_bytes() == b"new"
    assert list(tmp_path.iterdir()) == [path]


def test_a_failed_replacement_leaves_no_temporary_file(tmp_path: pathlib.Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()

    with pytest.raises(StorageError):
        write(folder, b"a folder cannot be replaced by a file")

    assert list(tmp_path.iterdir()) == [folder]
