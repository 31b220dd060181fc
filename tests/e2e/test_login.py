"""What happens at login and at a click on a link, as the desktop does it."""

import os
import pathlib
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator

import psutil
import pytest

from acedesk.store.desktop_entry import split_exec
from acedesk.store.lock import find_running
from tests.e2e.on_screen import snapshot
from tests.e2e.program import START_SECONDS, clean_environment, get_json, run, wait_until
from tests.needs import need_program

pytestmark = [pytest.mark.screen, pytest.mark.xdist_group("screen")]

# The icon in a tray is small; a notification and a window are not.
ICON_PIXELS = 64
Login = Callable[[], subprocess.Popen[bytes]]


@pytest.fixture
def tray(screen: dict[str, str]) -> Iterator[None]:
    """Let there be a tray on the screen."""
    process = subprocess.Popen(
        [need_program("trayer"), "--edge", "bottom"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**os.environ, **screen},
    )
    yield
    process.terminate()
    process.wait(START_SECONDS)


@pytest.fixture
def login(
    tmp_path: pathlib.Path, screen: dict[str, str], data_dir: pathlib.Path
) -> Iterator[Login]:
    """Run what the autostart entry says, as the session does."""
    home = tmp_path / "home"
    started: list[subprocess.Popen[bytes]] = []

    def begin() -> subprocess.Popen[bytes]:
        told = run("autostart", "on", "--data-dir", str(data_dir), home=home)
        assert told.returncode == 0, told.stderr
        entry = (home / ".config" / "autostart" / "acedesk.desktop").read_text()
        (line,) = (one for one in entry.splitlines() if one.startswith("Exec="))
        command = split_exec(line.removeprefix("Exec="))
        assert command[-1] == "--background"
        started.append(subprocess.Popen(command, cwd=home, env=clean_environment(home, screen)))
        return started[-1]

    yield begin
    for process in started:
        process.terminate()
        process.wait(START_SECONDS)


def _windows(pid: int, screen: dict[str, str]) -> list[tuple[int, int]]:
    """Return width and height of the visible windows of a process."""
    xdotool, environ = need_program("xdotool"), {**os.environ, **screen}
    listed = subprocess.run(
        [xdotool, "search", "--onlyvisible", "--all", "--pid", str(pid), "--name", ""],
        capture_output=True,
        text=True,
        timeout=START_SECONDS,
        env=environ,
    )
    found = []
    for window in listed.stdout.split():
        shape = subprocess.run(
            [xdotool, "getwindowgeometry", "--shell", window],
            capture_output=True,
            text=True,
            timeout=START_SECONDS,
            env=environ,
        )
        facts = dict(line.split("=") for line in shape.stdout.splitlines() if "=" in line)
        if "WIDTH" in facts:
            found.append((int(facts["WIDTH"]), int(facts["HEIGHT"])))
    return found


def _answers(data_dir: pathlib.Path) -> int:
    """Return the port at which the AceDesk of a data folder answers, 0 before it does."""
    running = find_running(data_dir)
    return (
        running.port if running and get_json(running.base_url, "/api/v2/snapshot")[0] == 200 else 0
    )


def _write_port(data_dir: pathlib.Path, port: int) -> None:
    data_dir.mkdir(parents=True, exist_ok=True)
    (data_dir / "settings.toml").write_text(f"port = {port}\n")


@pytest.mark.usefixtures("tray")
def test_after_a_login_there_is_a_port_and_an_icon_and_no_window(
    login: Login, screen: dict[str, str], data_dir: pathlib.Path
) -> None:
    _write_port(data_dir, 0)

    process = login()

    wait_until(lambda: _answers(data_dir), bool, "the port")
    shown = wait_until(lambda: _windows(process.pid, screen), bool, "the icon in the tray")
    assert all(max(size) <= ICON_PIXELS for size in shown)


def test_after_a_login_the_port_answers_within_two_seconds(
    login: Login, data_dir: pathlib.Path
) -> None:
    _write_port(data_dir, 0)

    process = login()
    wait_until(lambda: _answers(data_dir), bool, "the port")

    # Of the processor: other tests run at the same time.
    used = psutil.Process(process.pid).cpu_times()
    assert used.user + used.system < 2


@pytest.mark.usefixtures("tray")
def test_a_port_that_is_taken_at_login_is_told(
    login: Login, screen: dict[str, str], data_dir: pathlib.Path
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        taken = other.getsockname()[1]
        _write_port(data_dir, taken)

        process = login()

        port = wait_until(lambda: _answers(data_dir), bool, "another port")
        assert port != taken
        wait_until(
            lambda: _windows(process.pid, screen),
            lambda sizes: any(max(size) > ICON_PIXELS for size in sizes),
            "the notification",
        )


def _streams(data_dir: pathlib.Path) -> int:
    seen = snapshot(data_dir)
    return len(seen["streams"]) if seen else 0


def _click(link: str, environ: dict[str, str]) -> subprocess.Popen[bytes]:
    """Open a link as a browser does."""
    return subprocess.Popen(
        [need_program("xdg-open"), link],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=environ,
        start_new_session=True,
    )


def test_a_clicked_link_plays_whether_or_not_acedesk_runs(
    tmp_path: pathlib.Path, screen: dict[str, str], channels: list[dict[str, str]]
) -> None:
    home = tmp_path / "home"
    assert run("install-desktop", "--links", home=home).returncode == 0
    environ = clean_environment(
        home, {**screen, "ACEDESK_DEMO": "1", "ACEDESK_PORT": "0", "ACEDESK_PLAY_ACTION": "copy"}
    )
    environ["PATH"] = f"{pathlib.Path(sys.executable).parent}:{environ['PATH']}"
    data_dir = home / ".local" / "share" / "acedesk"
    clicks = []
    try:
        for number in (0, 1):
            clicks.append(_click(f"acestream://{channels[number]['id']}", environ))
            wait_until(
                lambda: _streams(data_dir),
                (number + 1).__eq__,
                f"stream {number + 1}",
                seconds=START_SECONDS,
            )
    finally:
        running = find_running(data_dir)
        if running is not None:
            psutil.Process(running.process_id).terminate()
        for click in clicks:
            click.wait(START_SECONDS)
