"""The id of a data folder, and the containers it took over."""

import json
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


def test_a_folder_of_a_newer_acedesk_is_refused_and_left_as_it_is(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "instance.json"
    path.write_text('{"id": "abc", "taken_over": [], "format": 2, "nodes": ["a"]}')
    before = path.read_bytes()

    with pytest.raises(StorageError, match="newer AceDesk"):
        InstanceFile(tmp_path).open()

    assert path.read_bytes() == before


@pytest.mark.parametrize("number", ["1", "0", '"x"', "null"])
def test_what_another_version_keeps_there_stays(tmp_path: pathlib.Path, number: str) -> None:
    path = tmp_path / "instance.json"
    path.write_text(f'{{"id": "abc", "taken_over": [], "format": {number}, "nodes": ["a"]}}')
    instance = InstanceFile(tmp_path)
    instance.open()

    instance.take_over("c1")

    kept = json.loads(path.read_text())
    assert (kept["nodes"], kept["taken_over"]) == (["a"], ["c1"])


def test_engines_on_demand_are_remembered_beside_those_taken_over(tmp_path: pathlib.Path) -> None:
    file = InstanceFile(tmp_path)
    file.open()
    file.take_over(CONTAINER)
    file.set_on_demand(frozenset({"two", "one"}))
    again = InstanceFile(tmp_path)
    again.open()

    assert again.on_demand == {"one", "two"}
    assert again.taken_over == {CONTAINER}
    assert again.id == file.id
    again.set_on_demand(frozenset())
    assert "on_demand" not in (tmp_path / "instance.json").read_text("utf-8")


def test_drained_engines_are_remembered_beside_those_on_demand(tmp_path: pathlib.Path) -> None:
    file = _opened(tmp_path)
    file.set_on_demand(frozenset({"one"}))
    file.set_drained(frozenset({"two", "one"}))
    again = _opened(tmp_path)

    assert again.on_demand == {"one"}
    assert again.drained == {"one", "two"}
    again.set_drained(frozenset())
    assert "drained" not in (tmp_path / FILE_NAME).read_text("utf-8")


@pytest.mark.parametrize("name", ["on_demand", "drained"])
@pytest.mark.parametrize("value", ["", "7", "null"])
def test_a_file_without_engines_on_demand_or_drained_is_a_good_one(
    tmp_path: pathlib.Path, name: str, value: str
) -> None:
    written = f', "{name}": {value}' if value else ""
    text = f'{{"id": "0123456789abcdef", "taken_over": []{written}}}'
    (tmp_path / "instance.json").write_text(text, "utf-8")
    file = InstanceFile(tmp_path)
    file.open()

    assert (file.id, file.on_demand, file.drained) == (
        "0123456789abcdef",
        frozenset(),
        frozenset(),
    )
