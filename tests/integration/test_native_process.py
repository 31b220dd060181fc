"""Programs as children: started, heard, ended with all that they started."""

import asyncio
import contextlib
import os
import pathlib
import sys

import psutil
import pytest

from acedesk.engines.backends.native_process import (
    LOG_LINES,
    PROCESS_FILE,
    NativeProcess,
    end_left_over,
)
from acedesk.errors import ContainerError
from tests.fakes.loop_steps import until

SAYS_AND_WAITS = "import time; print('first'); print('listening', flush=True); time.sleep(600)"
STARTS_ANOTHER = (
    "import subprocess, sys, time;"
    "other = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)']);"
    "print(other.pid, flush=True); time.sleep(600)"
)
LEAVES_ANOTHER = STARTS_ANOTHER.removesuffix("; time.sleep(600)")
DEAF = (
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN);"
    "print('deaf', flush=True); time.sleep(600)"
)


async def _start(folder: pathlib.Path, code: str, codes: list[int] | None = None) -> NativeProcess:
    made = NativeProcess((codes if codes is not None else []).append)
    await made.start([sys.executable, "-c", code], {}, folder)
    return made


def _runs(pid: int) -> bool:
    with contextlib.suppress(psutil.NoSuchProcess):
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    return False


async def _until_says(process: NativeProcess, word: str) -> None:
    await until(lambda: word in process.log(10), seconds=20)


async def test_a_program_is_heard_and_ended(tmp_path: pathlib.Path) -> None:
    codes: list[int] = []
    process = await _start(tmp_path, SAYS_AND_WAITS, codes)
    await _until_says(process, "listening")

    await process.end()

    assert process.log(10) == "first\nlistening"
    assert process.log(1) == "listening"
    assert codes == [process.exit_code] == [143]  # as Docker tells of one ended by SIGTERM


async def test_the_end_of_a_program_is_told_with_its_code(tmp_path: pathlib.Path) -> None:
    codes: list[int] = []
    process = await _start(tmp_path, "print('no such option'); raise SystemExit(3)", codes)

    async with asyncio.timeout(20):
        await process.ended.wait()

    assert codes == [3]
    await _until_says(process, "no such option")
    await process.end()


async def test_what_a_program_started_ends_with_it(tmp_path: pathlib.Path) -> None:
    process = await _start(tmp_path, STARTS_ANOTHER)
    await until(lambda: process.log(1) != "", seconds=20)
    other = int(process.log(1))

    await process.end()

    await until(lambda: not _runs(other), seconds=20)


async def test_what_a_program_left_behind_ends_when_it_does(tmp_path: pathlib.Path) -> None:
    process = await _start(tmp_path, LEAVES_ANOTHER)
    await until(lambda: process.log(1) != "", seconds=20)

    async with asyncio.timeout(20):
        await process.ended.wait()

    await until(lambda: not _runs(int(process.log(1))), seconds=20)


async def test_a_number_that_may_be_anothers_by_now_gets_no_signal(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    process = await _start(tmp_path, "pass")
    async with asyncio.timeout(20):
        await process.ended.wait()
    signalled: list[int] = []
    monkeypatch.setattr(
        os, "killpg", lambda number, _signal: signalled.append(number), raising=False
    )

    await process.end()

    assert signalled == []


async def test_only_a_program_that_was_started_and_has_not_ended_runs(
    tmp_path: pathlib.Path,
) -> None:
    missing = NativeProcess(lambda _code: None)
    with pytest.raises(ContainerError):
        await missing.start([str(tmp_path / "missing")], {}, tmp_path / "state")
    process = await _start(tmp_path, SAYS_AND_WAITS)

    assert (missing.runs, process.runs) == (False, True)
    await process.end()
    assert not process.runs


async def test_one_that_does_not_listen_is_ended_by_force(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("acedesk.engines.backends.native_process.END_GRACE", 0.2)
    process = await _start(tmp_path, DEAF)
    await _until_says(process, "deaf")

    await process.end()

    assert process.exit_code == 137


async def test_the_log_of_a_talkative_program_is_bounded(tmp_path: pathlib.Path) -> None:
    process = await _start(tmp_path, "for n in range(5000): print(n)\nprint('x' * 100000)")
    async with asyncio.timeout(20):
        await process.ended.wait()
    await _until_says(process, "x")

    assert len(process.log(10_000).splitlines()) <= LOG_LINES
    await process.end()


async def test_a_program_that_is_not_there_cannot_be_started(tmp_path: pathlib.Path) -> None:
    process = NativeProcess(lambda _code: None)

    with pytest.raises(ContainerError, match="No such file"):
        await process.start([str(tmp_path / "missing")], {}, tmp_path / "state")
    await process.end()


async def test_what_an_acedesk_that_died_left_is_ended(tmp_path: pathlib.Path) -> None:
    codes: list[int] = []
    process = await _start(tmp_path, SAYS_AND_WAITS, codes)
    await _until_says(process, "listening")

    assert end_left_over(tmp_path)
    async with asyncio.timeout(20):
        await process.ended.wait()
    assert codes == [137]
    assert not end_left_over(tmp_path)


@pytest.mark.parametrize(
    "told",
    ["", "[]", "{}", '{"pid": 1, "started": ""}', '{"pid": 1, "started": "5"}', '{"pid": "x"}'],
)
def test_a_process_that_may_be_anothers_is_left_alone(tmp_path: pathlib.Path, told: str) -> None:
    (tmp_path / PROCESS_FILE).write_text(told)

    assert not end_left_over(tmp_path)
    assert not end_left_over(tmp_path / "missing")
