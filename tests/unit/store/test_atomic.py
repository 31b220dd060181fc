"""Old or new, never half."""

import errno
import pathlib

import pytest

from acedesk.errors import StorageError, StorageProblem
from acedesk.store.atomic import storage_error, write


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


@pytest.mark.parametrize(
    ("number", "problem"),
    [
        (errno.ENOSPC, StorageProblem.FULL),
        (errno.EROFS, StorageProblem.FORBIDDEN),
        (errno.EACCES, StorageProblem.FORBIDDEN),
        (errno.EIO, StorageProblem.OTHER),
    ],
)
def test_a_full_disk_and_one_that_may_not_be_written_are_told_apart(
    number: int, problem: StorageProblem
) -> None:
    assert storage_error(pathlib.Path("/x"), OSError(number, "why")).problem is problem
