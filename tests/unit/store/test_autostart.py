"""Starting with the computer: three systems, one behaviour, read back each time."""

import os
import pathlib
import plistlib
import subprocess
import sys
from collections.abc import Callable, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acedesk.errors import StorageError
from acedesk.model.computer.integration import AutostartState
from acedesk.store.autostart import (
    AGENT_LABEL,
    APPROVED_KEY,
    RUN_KEY,
    RUN_NAME,
    AutostartControl,
    LaunchAgent,
    LoginEntry,
    RunKey,
    XdgAutostart,
    find_autostart,
    split_line,
)
from tests.fakes.windows_registry import FakeRegistry
from tests.needs import need_program

ON, OFF, DISABLED = AutostartState.ON, AutostartState.OFF, AutostartState.DISABLED
# A program that is there, and one that is not.
HERE, GONE = sys.executable, "/opt/gone/acedesk"
Make = Callable[[], LoginEntry]


class _Launchctl:
    """What launchctl prints, and what it was asked."""

    def __init__(self, told: str = "") -> None:
        self.told = told
        self.asked: list[tuple[str, ...]] = []

    def __call__(self, argv: Sequence[str]) -> str:
        self.asked.append(tuple(argv))
        return self.told


@pytest.fixture(params=["xdg", "windows", "macos"])
def entry(request: pytest.FixtureRequest, tmp_path: pathlib.Path) -> LoginEntry:
    if request.param == "xdg":
        return XdgAutostart(tmp_path / "config")
    if request.param == "windows":
        return RunKey(FakeRegistry())
    return LaunchAgent(tmp_path / "LaunchAgents", run=_Launchctl(), user=501)


def test_nothing_is_off(entry: LoginEntry) -> None:
    control = AutostartControl(entry, (HERE,))

    assert control.read().state is OFF
    assert not control.repair()
    control.turn_off()
    assert control.read().state is OFF


@pytest.mark.parametrize("more", [(), ("--data-dir", "/home/a b/data")])
def test_what_is_turned_on_is_read_back_and_always_in_the_background(
    entry: LoginEntry, more: tuple[str, ...]
) -> None:
    control = AutostartControl(entry, (HERE, *more))

    control.turn_on()

    found = control.read()
    assert (found.state, found.is_this) == (ON, True)
    assert found.command == (HERE, *more, "--background")


def test_what_is_turned_off_leaves_nothing(entry: LoginEntry, tmp_path: pathlib.Path) -> None:
    control = AutostartControl(entry, (HERE,))
    control.turn_on()

    control.turn_off()

    assert control.read().state is OFF
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_another_acedesk_is_told_apart_and_left_alone(entry: LoginEntry) -> None:
    AutostartControl(entry, (HERE,)).turn_on()
    control = AutostartControl(entry, (HERE, "--data-dir", "/other"))

    assert not control.repair()

    assert (control.read().state, control.read().is_this) == (ON, False)
    control.turn_on()
    assert control.read().is_this


def test_one_that_is_gone_is_replaced_by_this_one(entry: LoginEntry) -> None:
    AutostartControl(entry, (GONE,)).turn_on()
    control = AutostartControl(entry, (HERE,))

    assert control.repair()

    assert (control.read().state, control.read().is_this) == (ON, True)
    assert not control.repair()


def test_one_that_was_turned_off_is_not_turned_on_by_a_repair(entry: LoginEntry) -> None:
    entry.write((GONE, "--background"), enabled=True)
    entry.remove()

    assert not AutostartControl(entry, (HERE,)).repair()
    assert entry.read()[0] is OFF


def test_an_entry_that_would_show_a_window_is_mended(entry: LoginEntry) -> None:
    entry.write((HERE,), enabled=True)
    control = AutostartControl(entry, (HERE,))

    assert control.repair()

    assert control.read().command == (HERE, "--background")


# XDG


def _file(tmp_path: pathlib.Path, name: str = "config") -> pathlib.Path:
    return tmp_path / name / "autostart" / "acedesk.desktop"


def test_the_file_is_one_that_desktops_take(tmp_path: pathlib.Path) -> None:
    control = AutostartControl(XdgAutostart(tmp_path / "config"), ("/opt/a b/acedesk",))
    control.turn_on()

    checked = subprocess.run(
        [need_program("desktop-file-validate"), str(_file(tmp_path))],
        capture_output=True,
        text=True,
        timeout=20,
    )

    assert (checked.returncode, checked.stdout) == (0, "")
    lines = _file(tmp_path).read_text().splitlines()
    assert 'Exec="/opt/a b/acedesk" --background' in lines
    # A desktop starts nothing when the program is gone, whoever removed it.
    assert "TryExec=/opt/a b/acedesk" in lines
    assert _file(tmp_path).stat().st_mode & 0o777 == 0o644


@pytest.mark.parametrize("line", ["Hidden=true", "X-GNOME-Autostart-enabled=false"])
def test_what_the_desktop_switched_off_is_told_and_stays_off(
    tmp_path: pathlib.Path, line: str
) -> None:
    path = _file(tmp_path)
    path.parent.mkdir(parents=True)
    path.write_text(f"[Desktop Entry]\nExec={GONE} --background\n{line}\n")
    control = AutostartControl(XdgAutostart(tmp_path / "config"), (HERE,))

    assert control.read().state is DISABLED
    assert control.repair()
    assert (control.read().state, control.read().is_this) == (DISABLED, True)

    control.turn_on()
    assert control.read().state is ON


def test_a_file_of_the_system_counts_and_is_hidden_by_turning_off(tmp_path: pathlib.Path) -> None:
    shared = _file(tmp_path, "shared")
    shared.parent.mkdir(parents=True)
    shared.write_text(f"[Desktop Entry]\nExec={HERE} --background\n")
    control = AutostartControl(XdgAutostart(tmp_path / "config", (tmp_path / "shared",)), (HERE,))
    assert (control.read().state, control.read().is_this) == (ON, True)

    control.turn_off()

    assert control.read().state is OFF
    assert shared.exists()
    control.turn_on()
    assert control.read().state is ON


@pytest.mark.parametrize("text", ["", "[Desktop Entry]\n", "\0", "[Desktop Entry]\nExec=%u\n"])
def test_a_file_that_starts_nothing_is_off(tmp_path: pathlib.Path, text: str) -> None:
    path = _file(tmp_path)
    path.parent.mkdir(parents=True)
    path.write_text(text)

    assert XdgAutostart(tmp_path / "config").read() == (OFF, ())


def test_a_folder_that_cannot_be_written_is_told(tmp_path: pathlib.Path) -> None:
    (tmp_path / "config").write_text("a file where the folder should be")
    control = AutostartControl(XdgAutostart(tmp_path / "config"), (HERE,))

    control.turn_off()
    with pytest.raises(StorageError):
        control.turn_on()


# Windows


def test_the_switch_of_task_manager_is_read_back() -> None:
    registry = FakeRegistry()
    control = AutostartControl(RunKey(registry), (r"C:\Program Files\AceDesk\AceDesk.exe",))
    control.turn_on()
    registry.values[APPROVED_KEY, RUN_NAME] = bytes([3] + [0] * 11)

    assert control.read().state is DISABLED
    control.repair()
    assert control.read().state is DISABLED

    control.turn_on()
    assert control.read().state is ON


@pytest.mark.parametrize("first", [2, 6])
def test_a_switch_that_is_on_counts_as_on(first: int) -> None:
    registry = FakeRegistry()
    control = AutostartControl(RunKey(registry), (r"C:\AceDesk.exe",))
    control.turn_on()
    registry.values[APPROVED_KEY, RUN_NAME] = bytes([first] + [0] * 11)

    assert control.read().state is ON


def test_the_line_of_the_run_key_is_quoted() -> None:
    registry = FakeRegistry()

    RunKey(registry).write((r"C:\Program Files\AceDesk.exe", "--background"), enabled=True)

    assert registry.values[RUN_KEY, RUN_NAME] == r'"C:\Program Files\AceDesk.exe" --background'


def test_a_key_that_may_not_be_written_is_told() -> None:
    registry = FakeRegistry()
    registry.locked.add(RUN_KEY)

    with pytest.raises(StorageError, match="denied"):
        AutostartControl(RunKey(registry), ("x",)).turn_on()


WORDS = st.text(st.characters(codec="ascii", exclude_characters='"\\\0', min_codepoint=32))


@given(st.lists(WORDS.filter(bool), min_size=1))
def test_a_line_that_windows_writes_is_read_back(words: list[str]) -> None:
    assert split_line(subprocess.list2cmdline(words)) == tuple(words)


# macOS


def test_the_agent_runs_at_login_in_a_session_with_a_screen(tmp_path: pathlib.Path) -> None:
    launchctl = _Launchctl()
    agent = LaunchAgent(tmp_path, run=launchctl, user=501)

    AutostartControl(agent, ("/Applications/AceDesk.app/Contents/MacOS/AceDesk",)).turn_on()

    values = plistlib.loads((tmp_path / f"{AGENT_LABEL}.plist").read_bytes())
    assert values["RunAtLoad"] is True
    assert values["ProgramArguments"][-1] == "--background"
    assert values["LimitLoadToSessionType"] == "Aqua"
    assert launchctl.asked == [("launchctl", "enable", f"gui/501/{AGENT_LABEL}")]


@pytest.mark.parametrize("word", ["disabled", "true"])
def test_what_launchctl_has_disabled_is_told(tmp_path: pathlib.Path, word: str) -> None:
    launchctl = _Launchctl(f'disabled services = {{\n\t"{AGENT_LABEL}" => {word}\n}}')
    control = AutostartControl(LaunchAgent(tmp_path, run=launchctl, user=501), (HERE,))
    control.turn_on()

    assert control.read().state is DISABLED


@pytest.mark.parametrize("data", [b"", b"no list", plistlib.dumps({"RunAtLoad": True}), b"<plist>"])
def test_a_damaged_agent_is_off(tmp_path: pathlib.Path, data: bytes) -> None:
    (tmp_path / f"{AGENT_LABEL}.plist").write_bytes(data)

    assert LaunchAgent(tmp_path, run=_Launchctl(), user=1).read() == (OFF, ())


# Which of them


def test_each_system_has_its_own(tmp_path: pathlib.Path) -> None:
    environ = {"XDG_CONFIG_HOME": str(tmp_path), "XDG_CONFIG_DIRS": "relative"}
    registry = FakeRegistry()

    find_autostart(environ, (HERE,), platform="linux").turn_on()
    find_autostart(environ, (HERE,), platform="win32", registry=registry).turn_on()

    assert (tmp_path / "autostart" / "acedesk.desktop").exists()
    assert (RUN_KEY, RUN_NAME) in registry.values
    assert find_autostart(environ, (HERE,), platform="darwin").read().state is OFF
    assert os.fspath(tmp_path) == environ["XDG_CONFIG_HOME"]
