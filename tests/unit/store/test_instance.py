"""The id of a data folder, and the containers it took over."""

import pathlib

import pytest

from acedesk.errors import StorageError
from acedesk.store.instance import FILE_NAME, InstanceFile

CONTAINER = "ab" * 32


def _opened(folder: pathlib.Path) -> InstanceFile:
    file = InstanceFile(folder)
    file.open()
    return file


def test_a_folder_keeps_its_id_and_another_has_another(tmp_path: pathlib.Path) -> None:
    first = _opened(tmp_path / "a")

    assert len(first.id) == 16
    assert _opened(tmp_path / "a").id == first.id
    assert _opened(tmp_path / "b").id != first.id


def test_containers_taken_over_are_known_after_a_restart_until_they_are_gone(
    tmp_path: pathlib.Path,
) -> None:
    file = _opened(tmp_path)

    file.take_over(CONTAINER)
    assert _opened(tmp_path).taken_over == {CONTAINER}

    file.forget(CONTAINER)
    file.forget("never known")
    assert (file.taken_over, _opened(tmp_path).taken_over) == (frozenset(), frozenset())


@pytest.mark.parametrize(
    "content", [b"", b"\xff", b"[]", b"{}", b'{"id": 7}', b'{"id": "../x"}', b'{"id": ""}']
)
@pytest.mark.expects_errors
def test_a_broken_file_is_replaced_by_one_with_a_new_id(
    tmp_path: pathlib.Path, content: bytes
) -> None:
    (tmp_path / FILE_NAME).write_bytes(content)

    file = _opened(tmp_path)

    assert file.id == _opened(tmp_path).id


def test_a_folder_that_cannot_be_used_is_told_and_nothing_has_changed(
    tmp_path: pathlib.Path,
) -> None:
    file = _opened(tmp_path / "data")
    (tmp_path / "data" / FILE_NAME).unlink()
    (tmp_path / "data").rmdir()
    (tmp_path / "data").write_text("no folder any more")

    with pytest.raises(StorageError):
        file.take_over(CONTAINER)
    assert file.taken_over == frozenset()
    with pytest.raises(StorageError):
        _opened(tmp_path / "data")
