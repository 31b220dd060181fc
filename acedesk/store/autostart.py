"""Starting with the computer: an XDG autostart file, a Run key of Windows, a LaunchAgent of macOS.

Nothing of it is remembered by us: what the system has is read each time it is shown, because the
user may switch it off there as well. What is written always says `--background`.
"""

import contextlib
import os
import pathlib
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Final, Protocol

from acedesk.model.computer.integration import Autostart, AutostartState
from acedesk.process.child_environment import child_environment
from acedesk.store import desktop_entry
from acedesk.store.atomic import storage_error, write
from acedesk.store.registry import Registry, user_registry

BACKGROUND: Final = "--background"
# launchctl answers in milliseconds.
TOOL_SECONDS: Final = 5

RUN_KEY: Final = r"Software\Microsoft\Windows\CurrentVersion\Run"
# Where Task Manager notes what the user switched off: the first byte is odd then.
APPROVED_KEY: Final = r"Software\Microsoft\Windows\CurrentVersion\Explorer\StartupApproved\Run"
RUN_NAME: Final = "AceDesk"
AGENT_LABEL: Final = "io.github.acedesk"

_ENTRY: Final = """\
[Desktop Entry]
Type=Application
Version=1.4
Name=AceDesk
Comment=Ace Stream proxy, waits in the tray
Exec={command}
TryExec={program}
Icon=acedesk
Terminal=false
StartupNotify=false
Hidden={hidden}
X-GNOME-Autostart-enabled={enabled}
"""
Run = Callable[[Sequence[str]], str]


class LoginEntry(Protocol):
    """The one place of a system that says what is started at login."""

    def read(self) -> tuple[AutostartState, tuple[str, ...]]:
        """Return what the system does now, and the argv that it starts."""
        ...

    def write(self, command: tuple[str, ...], *, enabled: bool) -> None:
        """Let it start this argv; not `enabled` keeps it switched off.

        Raises:
            StorageError: It could not be written.
        """
        ...

    def remove(self) -> None:
        """Let it start nothing of ours; nothing there is no error.

        Raises:
            StorageError: It could not be removed.
        """
        ...


class AutostartControl:
    """Turns starting with the computer on and off.

    Args:
        command: The argv of this AceDesk, without `--background`.
    """

    def __init__(self, entry: LoginEntry, command: tuple[str, ...]) -> None:
        self._entry = entry
        self._command = (*command, BACKGROUND)

    def read(self) -> Autostart:
        """Return what the system says now."""
        state, command = self._entry.read()
        return Autostart(state, command, command == self._command)

    def turn_on(self) -> None:
        """Let this AceDesk start with the computer, also where another one did.

        Raises:
            StorageError: The system does not take it.
        """
        self._entry.write(self._command, enabled=True)

    def turn_off(self) -> None:
        """Let no AceDesk start with the computer.

        Raises:
            StorageError: The system does not take it.
        """
        self._entry.remove()

    def repair(self) -> bool:
        """Put this AceDesk in the place of one that is gone; tell whether that was needed.

        Another AceDesk that is there stays, and what was switched off stays off.

        Raises:
            StorageError: The system does not take it.
        """
        state, command = self._entry.read()
        if state is AutostartState.OFF or not command:
            return False
        forgot_background = command[0] == self._command[0] and BACKGROUND not in command
        if is_there(command[0]) and not forgot_background:
            return False
        self._entry.write(self._command, enabled=state is AutostartState.ON)
        return True


def is_there(program: str) -> bool:
    """Tell whether a program can be started."""
    return shutil.which(program) is not None


def find_autostart(
    environ: Mapping[str, str],
    command: tuple[str, ...],
    *,
    platform: str = sys.platform,
    registry: Registry | None = None,
) -> AutostartControl:
    """Return what this system has for it.

    Args:
        command: The argv of this AceDesk.
        registry: That of Windows, by default the user's own.
    """
    entry: LoginEntry
    if platform == "win32":
        entry = RunKey(registry or user_registry())
    elif platform == "darwin":
        entry = LaunchAgent(pathlib.Path.home() / "Library" / "LaunchAgents")
    else:
        entry = XdgAutostart(*config_folders(environ))
    return AutostartControl(entry, command)


def config_folders(environ: Mapping[str, str]) -> tuple[pathlib.Path, tuple[pathlib.Path, ...]]:
    """Return the user's folder of settings and those of the system, the first one counts most."""
    given = environ.get("XDG_CONFIG_HOME", "")
    own = pathlib.Path(given) if pathlib.Path(given).is_absolute() else None
    shared = environ.get("XDG_CONFIG_DIRS") or "/etc/xdg"
    folders = (pathlib.Path(one) for one in shared.split(":"))
    return own or pathlib.Path.home() / ".config", tuple(f for f in folders if f.is_absolute())


class XdgAutostart:
    """A file in the user's autostart folder; one of the system with its name is hidden by it.

    Args:
        config: The user's folder of settings.
        shared: Those of the system.
    """

    def __init__(self, config: pathlib.Path, shared: tuple[pathlib.Path, ...] = ()) -> None:
        self._path = config / "autostart" / desktop_entry.ENTRY_NAME
        self._shared = tuple(one / "autostart" / desktop_entry.ENTRY_NAME for one in shared)

    def read(self) -> tuple[AutostartState, tuple[str, ...]]:
        """See `LoginEntry`."""
        for path in (self._path, *self._shared):
            with contextlib.suppress(OSError):
                return _read_entry(path.read_text("utf-8", "replace"))
        return AutostartState.OFF, ()

    def write(self, command: tuple[str, ...], *, enabled: bool) -> None:
        """See `LoginEntry`."""
        text = _ENTRY.format(
            command=desktop_entry.quoted_command(command),
            program=command[0].replace("\\", "\\\\"),
            hidden="false" if enabled else "true",
            enabled="true" if enabled else "false",
        )
        self._put(text)

    def remove(self) -> None:
        """See `LoginEntry`."""
        if any(path.exists() for path in self._shared):
            self._put("[Desktop Entry]\nType=Application\nName=AceDesk\nHidden=true\n")
            return
        try:
            self._path.unlink(missing_ok=True)
        except NotADirectoryError:
            return
        except OSError as exc:
            raise storage_error(self._path, exc) from exc

    def _put(self, text: str) -> None:
        write(self._path, text.encode())
        try:
            self._path.chmod(0o644)
        except OSError as exc:
            raise storage_error(self._path, exc) from exc


def _read_entry(text: str) -> tuple[AutostartState, tuple[str, ...]]:
    """Return what an autostart file says; one that is only hidden starts nothing."""
    values = desktop_entry.main_group(text)
    command = desktop_entry.split_exec(values.get("Exec", ""))
    hidden = values.get("Hidden", "").lower() == "true"
    if not command:
        return AutostartState.OFF, ()
    if hidden or values.get("X-GNOME-Autostart-enabled", "").lower() == "false":
        return AutostartState.DISABLED, command
    return AutostartState.ON, command


class RunKey:
    """A value in the Run key of the user."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry

    def read(self) -> tuple[AutostartState, tuple[str, ...]]:
        """See `LoginEntry`."""
        line = self._registry.read(RUN_KEY, RUN_NAME)
        command = split_line(line) if isinstance(line, str) else ()
        if not command:
            return AutostartState.OFF, ()
        flag = self._registry.read(APPROVED_KEY, RUN_NAME)
        if isinstance(flag, bytes) and flag and flag[0] % 2:
            return AutostartState.DISABLED, command
        return AutostartState.ON, command

    def write(self, command: tuple[str, ...], *, enabled: bool) -> None:
        """See `LoginEntry`."""
        self._registry.write(RUN_KEY, RUN_NAME, subprocess.list2cmdline(command))
        if enabled:  # without the flag it counts as switched on
            self._registry.delete(APPROVED_KEY, RUN_NAME)

    def remove(self) -> None:
        """See `LoginEntry`."""
        self._registry.delete(RUN_KEY, RUN_NAME)
        self._registry.delete(APPROVED_KEY, RUN_NAME)


def split_line(line: str) -> tuple[str, ...]:
    """Return the argv of a command line of Windows, as `subprocess.list2cmdline` writes it."""
    words = re.findall(r'(?:"[^"]*"|[^\s"])+', line)
    return tuple(word.replace('"', "") for word in words)


class LaunchAgent:
    """A property list in the user's folder of agents; it counts from the next login on.

    Args:
        folder: `~/Library/LaunchAgents`.
        run: Runs launchctl and returns what it prints, "" when it fails.
        user: Whose session it is.
    """

    def __init__(
        self, folder: pathlib.Path, *, run: Run | None = None, user: int | None = None
    ) -> None:
        self._path = folder / f"{AGENT_LABEL}.plist"
        self._run = run or _run_tool
        self._domain = f"gui/{_user_id() if user is None else user}"

    def read(self) -> tuple[AutostartState, tuple[str, ...]]:
        """See `LoginEntry`."""
        # On macOS only; the start of all others need not wait for it.
        import plistlib
        from xml.parsers.expat import ExpatError

        try:
            values = plistlib.loads(self._path.read_bytes())
        except (OSError, ValueError, plistlib.InvalidFileException, ExpatError):
            return AutostartState.OFF, ()
        words = values.get("ProgramArguments") if isinstance(values, dict) else None
        if not isinstance(words, list) or not words or not values.get("RunAtLoad"):
            return AutostartState.OFF, ()
        command = tuple(map(str, words))
        told = self._run(("launchctl", "print-disabled", self._domain))
        switched_off = re.search(rf'"{re.escape(AGENT_LABEL)}" => (disabled|true)\b', told)
        if switched_off or values.get("Disabled"):
            return AutostartState.DISABLED, command
        return AutostartState.ON, command

    def write(self, command: tuple[str, ...], *, enabled: bool) -> None:
        """See `LoginEntry`."""
        import plistlib

        values = {
            "Label": AGENT_LABEL,
            "ProgramArguments": list(command),
            "RunAtLoad": True,
            "ProcessType": "Interactive",
            "LimitLoadToSessionType": "Aqua",
        }
        write(self._path, plistlib.dumps(values))
        if enabled:
            self._run(("launchctl", "enable", f"{self._domain}/{AGENT_LABEL}"))

    def remove(self) -> None:
        """See `LoginEntry`; an AceDesk that it started goes on."""
        try:
            self._path.unlink(missing_ok=True)
        except OSError as exc:
            raise storage_error(self._path, exc) from exc


def _user_id() -> int:
    if sys.platform == "win32":
        return 0
    else:  # noqa: RET505 - type checkers know then which half is for which system
        return os.getuid()


def _run_tool(argv: Sequence[str]) -> str:
    try:
        done = subprocess.run(  # noqa: S603 - fixed words
            argv,
            check=True,
            capture_output=True,
            timeout=TOOL_SECONDS,
            env=child_environment(),
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout.decode(errors="replace")
