"""One AceDesk for each data folder."""

import errno
import json
import os
import pathlib
import stat
import subprocess
import sys

import psutil
import pytest

from acedesk.errors import DataDirInUse, StorageError
from acedesk.store import lock
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
    lock.announce("http://127.0.0.1:9", host="127.0.0.1", port=9, secret="s")

    facts = json.loads((tmp_path / "running.json").read_text())

    assert facts == {
        "pid": os.getpid(),
        "started": psutil.Process().create_time(),
        "base_url": "http://127.0.0.1:9",
        "host": "127.0.0.1",
        "port": 9,
        "secret": "s",
    }
    lock.release()


def test_only_its_owner_may_read_what_commands_send(tmp_path: pathlib.Path) -> None:
    lock = DataDirLock(tmp_path)
    lock.acquire()
    lock.announce("http://127.0.0.1:9", secret="s")

    running = find_running(tmp_path)

    assert running is not None
    assert running.secret == "s"
    assert "secret" not in repr(running)
    if sys.platform != "win32":
        assert stat.S_IMODE((tmp_path / "running.json").stat().st_mode) == 0o600
    lock.release()


def write(folder: pathlib.Path, **facts: object) -> None:
    """Leave a file as a running AceDesk writes it."""
    (folder / "running.json").write_text(json.dumps({"base_url": "http://10.0.0.1:1", **facts}))


def test_a_number_that_another_process_has_by_now_is_noticed(tmp_path: pathlib.Path) -> None:
    begun = psutil.Process().create_time()
    write(tmp_path, pid=os.getpid(), started=begun - 1000)
    assert find_running(tmp_path) is None

    write(tmp_path, pid=os.getpid(), started=begun)

    assert find_running(tmp_path) is not None


@pytest.mark.skipif(sys.platform == "win32", reason="no process is dead and not buried there")
def test_a_process_that_is_dead_and_not_buried_is_none(tmp_path: pathlib.Path) -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as ended:
        while psutil.Process(ended.pid).status() != psutil.STATUS_ZOMBIE:
            pass
        write(tmp_path, pid=ended.pid)

        assert find_running(tmp_path) is None


def test_a_file_of_an_older_acedesk_tells_what_it_knows(tmp_path: pathlib.Path) -> None:
    write(tmp_path, pid=os.getpid())

    running = find_running(tmp_path)

    assert running is not None
    assert (running.local_url, running.host) == ("http://10.0.0.1:1", "")


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("0.0.0.0", "http://127.0.0.1:8080"),
        ("::", "http://[::1]:8080"),
        ("192.168.1.20", "http://192.168.1.20:8080"),
        ("fd00::5", "http://[fd00::5]:8080"),
    ],
)
def test_it_answers_here_whatever_network_this_computer_is_in(
    tmp_path: pathlib.Path, host: str, url: str
) -> None:
    lock = DataDirLock(tmp_path)
    lock.acquire()

    lock.announce("http://192.168.1.20:8080", host=host, port=8080)

    running = find_running(tmp_path)
    assert running is not None
    assert running.local_url == url
    lock.release()


@pytest.mark.parametrize("number", [errno.EACCES, errno.EAGAIN, errno.EDEADLK])
def test_however_a_system_says_it_a_held_lock_is_a_folder_in_use(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    def refuse(*_facts: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(lock, "_lock_file", refuse)

    with pytest.raises(DataDirInUse):
        DataDirLock(tmp_path).acquire()


def test_a_folder_that_knows_no_locks_is_a_storage_error(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_facts: object) -> None:
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    monkeypatch.setattr(lock, "_lock_file", refuse)

    with pytest.raises(StorageError):
        DataDirLock(tmp_path).acquire()
