"""`acedesk quit` ends the AceDesk that runs, and no other program."""

import os
import pathlib
import subprocess
import sys

import psutil
import pytest

from acedesk.cli import main
from acedesk.commands.quit.command import end_all, is_of, of_installation
from acedesk.store.lock import DataDirLock

APP = pathlib.Path("/opt/acedesk")
VENV = pathlib.Path("/home/a/.venv/bin")


@pytest.mark.parametrize(
    ("folder", "program", "words", "frozen", "ours"),
    [
        (APP, "/opt/acedesk/AceDesk", ("AceDesk", "--background"), True, True),
        (APP, "/opt/acedesk/other/AceDesk", ("AceDesk",), True, False),
        (APP, "/usr/bin/acedesk", ("acedesk",), True, False),
        (APP, "", (), True, False),
        (VENV, f"{VENV}/python", ("python", f"{VENV}/acedesk", "serve"), False, True),
        (VENV, f"{VENV}/python", ("python", "-m", "acedesk"), False, True),
        (VENV, f"{VENV}/python", ("python", "-m", "http.server", "acedesk"), False, False),
        (VENV, f"{VENV}/python", ("python", "notes-on-acedesk.py"), False, False),
    ],
)
def test_only_an_acedesk_of_this_installation_is_meant(
    folder: pathlib.Path, program: str, words: tuple[str, ...], frozen: bool, ours: bool
) -> None:
    assert is_of(folder, program, words, frozen=frozen) is ours


def test_none_that_runs_is_a_success(
    tmp_path: pathlib.Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["quit", "--data-dir", str(tmp_path)]) == 0
    assert capsys.readouterr().out == "No AceDesk runs.\n"


_RUNS = """
import pathlib, sys, threading
from acedesk.store.lock import DataDirLock
lock = DataDirLock(pathlib.Path(sys.argv[1]))
lock.acquire()
lock.announce("http://127.0.0.1:1")
print(flush=True)
threading.Event().wait(60)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="there a loop listens for it")
def test_the_one_of_the_data_folder_is_ended(
    tmp_path: pathlib.Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", _RUNS, str(tmp_path)], stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()

        assert main(["quit", "--data-dir", str(tmp_path)]) == 0

        process.wait(10)
    assert capsys.readouterr().out == "AceDesk has ended.\n"


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
def test_one_that_does_not_end_is_named() -> None:
    deaf = "import signal; signal.signal(15, signal.SIG_IGN); print(flush=True); signal.pause()"
    with subprocess.Popen([sys.executable, "-c", deaf], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        try:
            assert end_all((process.pid,), limit=0.05) == (process.pid,)
        finally:
            process.kill()


def test_a_process_that_is_gone_needs_no_end(tmp_path: pathlib.Path) -> None:
    lock = DataDirLock(tmp_path)
    lock.acquire()
    lock.release()

    assert end_all((2**22 + os.getpid(),), limit=1) == ()


def test_a_known_one_is_found_where_the_system_does_not_tell_programs(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def not_told(_process: psutil.Process) -> str:
        raise OSError(22, "Invalid parameter")

    monkeypatch.setattr(psutil.Process, "exe", not_told)

    assert of_installation((os.getppid(),)) == (os.getppid(),)
    assert of_installation(()) == ()
