"""One AceDesk for each data folder."""

import json
import os
import pathlib
import subprocess
import sys

import pytest

from acedesk.errors import DataDirInUse, StorageError
from acedesk.store.lock import DataDirLock, find_running


def test_a_second_lock_names_the_process_that_has_the_first(tmp_path: pathlib.Path) -> None:
    first = DataDirLock(tmp_path)
    first.acquire()

    with pytest.raises(DataDirInUse, match=str(os.getpid())):
        DataDirLock(tmp_path).acquire()

    first.release()


def test_a_released_folder_can_be_taken_again(tmp_path: pathlib.Path) -> None:
    first = DataDirLock(tmp_path)
    first.acquire()
    first.release()
    first.release()

    second = DataDirLock(tmp_path)
    second.acquire()
    second.release()


def test_the_folder_is_made_where_it_is_missing(tmp_path: pathlib.Path) -> None:
    lock = DataDirLock(tmp_path / "a" / "b")

    lock.acquire()

    assert (tmp_path / "a" / "b").is_dir()
    lock.release()


def test_a_folder_that_cannot_be_made_is_a_storage_error(tmp_path: pathlib.Path) -> None:
    (tmp_path / "file").write_text("")

    with pytest.raises(StorageError):
        DataDirLock(tmp_path / "file" / "data").acquire()


def test_the_lock_of_a_killed_process_does_not_matter(tmp_path: pathlib.Path) -> None:
    code = (
        "import os, pathlib, sys; from acedesk.store.lock import DataDirLock;"
        "lock = DataDirLock(pathlib.Path(sys.argv[1])); lock.acquire();"
        "lock.announce('http://127.0.0.1:1'); os.kill(os.getpid(), 9)"
    )
    subprocess.run([sys.executable, "-c", code, str(tmp_path)], timeout=20)
    assert (tmp_path / "running.json").exists()

    assert find_running(tmp_path) is None
    lock = DataDirLock(tmp_path)
    lock.acquire()
    lock.release()


def test_the_running_acedesk_is_found_until_it_ends(tmp_path: pathlib.Path) -> None:
    lock = DataDirLock(tmp_path)
    assert find_running(tmp_path) is None

    lock.acquire()
    lock.announce("http://127.0.0.1:8080")
    running = find_running(tmp_path)
    assert running is not None
    assert (running.process_id, running.base_url) == (os.getpid(), "http://127.0.0.1:8080")

    lock.release()
    assert find_running(tmp_path) is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{}",
        "[]",
        "null",
        '{"pid": "x", "base_url": ""}',
        '{"pid": 1e999, "base_url": ""}',
        '{"pid": 99999999999999999999999, "base_url": ""}',
        "[" * 200_000,
        "\0",
    ],
)
def test_a_damaged_runtime_file_is_as_good_as_none(tmp_path: pathlib.Path, text: str) -> None:
    (tmp_path / "running.json").write_text(text)

    assert find_running(tmp_path) is None


def test_the_runtime_file_holds_process_and_address(tmp_path: pathlib.Path) -> None:
    lock = DataDirLock(tmp_path)
    lock.acquire()
    lock.announce("http://127.0.0.1:9")

    facts = json.loads((tmp_path / "running.json").read_text())

    assert facts == {"pid": os.getpid(), "base_url": "http://127.0.0.1:9"}
    lock.release()
