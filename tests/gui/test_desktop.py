"""The run of the desktop: start, failure, signals, the end."""

import asyncio
import os
import pathlib
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping

import pytest
from PySide6.QtWidgets import QApplication, QSystemTrayIcon

from acedesk.errors import DataDirInUse, PortInUse
from acedesk.process import ordered_stop
from acedesk.tasks import spawn
from acedesk.ui.shell import arrival
from acedesk.ui.shell import desktop as desktop_module
from acedesk.ui.shell.desktop import Desktop
from acedesk.ui.shell.main_window import MainWindow
from acedesk.ui.start import single_instance
from acedesk.ui.start.single_instance import Launch, SingleInstance
from acedesk.ui.startable_desk import StartableDesk
from acedesk.ui.widgets.error_card import ErrorCard
from tests.gui.fake_desk import FakeDesk, empty_snapshot
from tests.gui.waiting import DEADLINE, let_run, until

ROOT = pathlib.Path(__file__).parent.parent.parent
ID = "94c2" + "0" * 32 + "d1e0"

Start = Callable[..., tuple[Desktop, "asyncio.Task[int]"]]


@pytest.fixture
def window(qapp: QApplication) -> Iterator[MainWindow]:
    made = MainWindow()
    yield made
    made.hide()
    made.deleteLater()


@pytest.fixture
def start(window: MainWindow, desk: FakeDesk, tmp_path: pathlib.Path) -> Start:
    def begin(*, link: str | None = None, background: bool = False) -> object:
        if not background:
            window.show()
        made = Desktop(
            window, lambda _changes: desk, link=link, background=background, data_dir=tmp_path
        )
        return made, spawn(made.run(), name="desktop")

    return begin  # type: ignore[return-value]


async def test_the_application_is_started_behind_the_window(
    start: Start, window: MainWindow, desk: FakeDesk
) -> None:
    desktop, run = start()

    await until(lambda: window.page)
    desktop.quit_now()

    assert await run == 0
    assert [call[0] for call in desk.calls if call[0] in ("start", "stop")] == ["start", "stop"]
    assert not window.isVisible()


async def test_the_window_stands_while_the_application_starts(
    start: Start, window: MainWindow, desk: FakeDesk
) -> None:
    desk.gate.clear()
    desktop, run = start()
    await let_run()
    assert window.starting.isVisible()

    desk.gate.set()

    await until(lambda: window.page)
    desktop.quit_now()
    assert await run == 0


async def test_quitting_during_the_start_ends_it(start: Start, desk: FakeDesk) -> None:
    desk.gate.clear()
    desktop, run = start()
    await let_run()

    desktop.quit_now()
    await let_run()
    desk.gate.set()

    assert await run == 0
    assert desk.calls == [("stop",)]


async def test_a_link_from_the_command_line_is_played(start: Start, desk: FakeDesk) -> None:
    desktop, run = start(link=f"acestream://{ID}")

    await until(lambda: any(call[0] == "prepare" for call in desk.calls))
    desktop.quit_now()
    assert await run == 0


async def test_a_failed_start_without_a_person_ends_with_one_line(
    start: Start, desk: FakeDesk, capfd: pytest.CaptureFixture[str]
) -> None:
    desk.error = PortInUse("127.0.0.1", 8080, holder="java (pid 4120)", next_free=8081)
    stop = desk.stop

    async def stop_quietly() -> None:
        desk.error = None
        await stop()

    desk.stop = stop_quietly  # type: ignore[method-assign]

    _desktop, run = start(background=True)

    assert await run == 1
    lines = capfd.readouterr().err.splitlines()
    assert [line for line in lines if line.startswith("acedesk: ")] == [
        (
            "acedesk: Port 8080 on 127.0.0.1 is in use by java (pid 4120). "
            "Port 8081 is free. Use --port 8081."
        )
    ]


async def test_a_failed_start_stays_on_screen_and_can_be_repeated(
    window: MainWindow, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(desktop_module, "UNSEEN_PLATFORMS", ())
    changes: list[Mapping[str, object]] = []

    def make(changed: Mapping[str, object]) -> StartableDesk:
        changes.append(changed)
        desk = FakeDesk(empty_snapshot())
        if not changed:
            desk.start = _refuse  # type: ignore[method-assign]
        return desk

    desktop = Desktop(window, make, link=None, background=False, data_dir=tmp_path)
    run = spawn(desktop.run(), name="desktop")
    await until(window.starting.error_card.isVisible)
    assert window.status.proxy.text() == "Not running"

    window.starting.port_button.click()

    await until(lambda: window.page)
    assert changes == [{}, {"port": 8081}]
    desktop.quit_now()
    assert await run == 0


async def test_a_restart_ends_at_once_where_nobody_watches(
    start: Start, window: MainWindow, desk: FakeDesk
) -> None:
    desk.shown = empty_snapshot()
    desktop, run = start()
    await until(lambda: window.page)

    window.stack.restart_wanted.emit()

    assert await run == 0
    assert desktop.restarting.wanted


async def test_a_restart_asks_first_where_somebody_watches(
    start: Start, window: MainWindow
) -> None:
    desktop, run = start()
    await until(lambda: window.page)

    window.stack.restart_wanted.emit()
    await let_run()
    assert not run.done()
    (card,) = window.notices.told
    assert isinstance(card, ErrorCard)
    assert "viewers would be disconnected" in card.text

    card.act.click()

    assert await run == 0
    assert desktop.restarting.wanted


async def _refuse() -> None:
    raise PortInUse("127.0.0.1", 8080, next_free=8081)


async def _find_the_folder_in_use() -> None:
    raise DataDirInUse("process 4120 works in /home/ann/acedesk")


@pytest.fixture
def desk_in_use(desk: FakeDesk) -> FakeDesk:
    """An application that another AceDesk keeps from its data folder."""
    desk.start = _find_the_folder_in_use  # type: ignore[method-assign]
    return desk


def _said(capfd: pytest.CaptureFixture[str]) -> list[str]:
    lines = capfd.readouterr().err.splitlines()
    return [line for line in lines if line.startswith("acedesk: ")]


@pytest.mark.usefixtures("desk_in_use")
@pytest.mark.parametrize("link", [f"acestream://{ID}", None])
async def test_a_launch_while_the_first_one_starts_hands_over_and_ends(
    start: Start,
    window: MainWindow,
    tmp_path: pathlib.Path,
    capfd: pytest.CaptureFixture[str],
    link: str | None,
) -> None:
    first = SingleInstance(tmp_path)
    seen: list[Launch] = []
    first.launched.connect(seen.append)
    _desktop, run = start(link=link)
    await let_run()
    assert window.starting.isVisible()

    first.listen()

    assert await run == 0
    assert seen == [Launch(link or "")]
    assert _said(capfd) == []
    assert not window.starting.error_card.isVisibleTo(window.starting)
    first.close()


@pytest.mark.usefixtures("desk_in_use")
async def test_a_folder_in_use_by_one_that_takes_no_link_is_a_failed_start(
    start: Start, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(single_instance, "LISTEN_LIMIT", 0.05)

    _desktop, run = start(link=f"acestream://{ID}")

    assert await run == 1
    [line] = _said(capfd)
    assert "Another AceDesk uses the same data folder." in line


@pytest.mark.usefixtures("desk_in_use")
async def test_quitting_while_the_first_one_is_waited_for_ends_at_once(
    start: Start, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(single_instance, "LISTEN_LIMIT", 3600.0)
    desktop, run = start(link=f"acestream://{ID}")
    await let_run()

    desktop.quit_now()

    async with asyncio.timeout(DEADLINE):
        assert await run == 0
    assert _said(capfd) == []


@pytest.mark.expects_errors
async def test_an_application_that_does_not_stop_is_ended_anyway(
    start: Start, window: MainWindow, desk: FakeDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(desktop_module, "STOP_TIMEOUT", 0.05)
    desktop, run = start()
    await until(lambda: window.page)

    desk.gate.clear()
    desktop.quit_now()

    assert await run == 0


async def test_without_a_tray_the_background_start_shows_the_window_minimised(
    start: Start, window: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(QSystemTrayIcon, "isSystemTrayAvailable", lambda: False)
    monkeypatch.setattr(arrival, "TRAY_WAIT_MS", 1)
    desktop, run = start(background=True)

    await until(window.isMinimized)

    assert window.page
    desktop.quit_now()
    assert await run == 0


@pytest.mark.expects_errors
async def test_a_bug_in_a_slot_is_logged_and_shown(
    start: Start, window: MainWindow, desk: FakeDesk
) -> None:
    desktop, run = start()
    await until(lambda: window.page)

    sys.excepthook(ZeroDivisionError, ZeroDivisionError("in a slot"), None)

    assert "AceDesk has a bug." in window.error_card.text
    desktop.quit_now()
    assert await run == 0


def test_the_desktop_waits_longer_than_the_application_may_take_to_stop() -> None:
    assert desktop_module.STOP_TIMEOUT > ordered_stop.STOP_TOTAL + 1.0


PROGRAM = """
import asyncio, os, pathlib, sys
from acedesk.errors import DataDirInUse
from acedesk.store.lock import DataDirLock
from acedesk.ui.shell.run import run
from tests.gui.fake_desk import FakeDesk, FakeStreams

lock = DataDirLock(pathlib.Path(sys.argv[1]))

class LoudStreams(FakeStreams):
    async def prepare(self, link):
        print("played", link.key.value, flush=True)

class Loud(FakeDesk):
    def __init__(self):
        super().__init__(streams=LoudStreams)
    async def start(self):
        try:
            lock.acquire()
        except DataDirInUse:
            print("in use", flush=True)
            raise
        await super().start()
        if "WAIT" in os.environ:
            print("starting", flush=True)
            await asyncio.get_running_loop().run_in_executor(None, sys.stdin.readline)
        print("started", flush=True)
    async def stop(self):
        print("stopped", flush=True)

link = sys.argv[2] if len(sys.argv) > 2 else None
sys.exit(run(lambda _c: Loud(), link=link, background=False, data_dir=pathlib.Path(sys.argv[1])))
"""


def _launch(data_dir: pathlib.Path, *link: str, **environ: str) -> "subprocess.Popen[str]":
    """Start a desktop; with WAIT in its environment, its start lasts until a line on stdin."""
    return subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(data_dir), *link],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"QT_QPA_PLATFORM": "offscreen", "PYTHONPATH": str(ROOT)} | environ,
    )


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_the_program_cleanly(tmp_path: pathlib.Path, number: signal.Signals) -> None:
    program = _launch(tmp_path)
    assert program.stdout is not None
    assert program.stdout.readline() == "started\n"

    program.send_signal(number)
    output, _ = program.communicate(timeout=20)

    assert output == "stopped\n"
    assert program.returncode == 0


def test_a_second_launch_hands_its_link_over_and_ends(tmp_path: pathlib.Path) -> None:
    first = _launch(tmp_path)
    assert first.stdout is not None
    assert first.stdout.readline() == "started\n"

    second = _launch(tmp_path, f"acestream://{ID}")
    output, _ = second.communicate(timeout=20)

    assert (second.returncode, output) == (0, "")
    assert first.stdout.readline() == f"played {ID}\n"
    first.terminate()
    first.communicate(timeout=20)
    assert first.returncode == 0


def test_a_second_launch_during_the_start_of_the_first_loses_no_link(
    tmp_path: pathlib.Path,
) -> None:
    first = _launch(tmp_path, WAIT="1")
    assert first.stdin is not None
    assert first.stdout is not None
    assert first.stdout.readline() == "starting\n"
    second = _launch(tmp_path, f"acestream://{ID}")
    assert second.stdout is not None
    assert second.stdout.readline() == "in use\n"

    first.stdin.write("\n")
    first.stdin.flush()

    assert first.stdout.readline() == "started\n"
    assert first.stdout.readline() == f"played {ID}\n"
    output, _ = second.communicate(timeout=20)
    assert (second.returncode, output) == (0, "stopped\n")
    first.terminate()
    first.communicate(timeout=20)
    assert first.returncode == 0
