"""Engine programs of this computer: the official engine in its packages, Outpace, or a command.

Nothing is started here, but files are looked at: it is called in a thread.
"""

import contextlib
import dataclasses
import hashlib
import importlib
import json
import os
import pathlib
import shutil
import sys
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from acedesk.errors import BadRequest
from acedesk.settings.native_command import PORT, fill, split_native_command
from acedesk.values import frozen_value

# Of the official engine: a start mode, its ports and its folder. An option that it does not know
# ends it at once, so there is nothing here that it can do without.
OFFICIAL: Final = (
    "--client-console",
    "--log-stdout",
    "--http-port={port}",
    "--https-port={https_port}",
    "--api-port={api_port}",
    "--port={p2p_port}",
    "--state-dir={state_dir}",
)
_ON_PATH: Final = ("acestreamengine", "acestream-engine")
_BINARIES: Final = (
    "/usr/bin/acestreamengine",
    "/usr/local/bin/acestreamengine",
    "/opt/acestream/start-engine",
    "/opt/acestream.engine/start-engine",
)
_SNAPS: Final = ("/snap/bin", "/var/lib/snapd/snap/bin")
_SNAP_COMMAND: Final = "acestreamplayer.engine"
_FLATPAK: Final = "org.Acestream.engine"
_FLATPAK_COMMAND: Final = "acestream.engine"
_FLATPAKS: Final = "var/lib/flatpak/app"
_USER_FLATPAKS: Final = ".local/share/flatpak/app"
# Of the two programs in the folder of Windows: without a window, and with one.
_WINDOWS: Final = ("ace_console.exe", "ace_engine.exe")
# The first is the name of today, the second that of older versions.
_OUTPACE_ENVIRONMENT: Final = {
    "OUTPACE_BIND": "127.0.0.1:{port}",
    "OUTPACE_ACE_COMPAT": "1",
    "OUTPACE_EXPERIMENTAL_ACE_COMPAT": "1",
}


@frozen_value
class NativeProgram:
    """A program that is an engine.

    Attributes:
        title: What people call it.
        command: Its argv; {port} and the others stand for what each engine has of its own.
        environment: Variables to set, with the same places.
        state_root: Where it may keep engines' folders, None for anywhere.
        shares: One of it is enough and there can be no second: it shares its streams itself.
    """

    title: str
    command: tuple[str, ...]
    environment: Mapping[str, str] = dataclasses.field(default_factory=dict)
    state_root: pathlib.Path | None = None
    shares: bool = False

    @property
    def hash(self) -> str:
        """Of all that makes its engines work differently, 16 hex digits."""
        parts = [list(self.command), sorted(self.environment.items())]
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:16]

    def filled(self, places: Mapping[str, str]) -> tuple[tuple[str, ...], dict[str, str]]:
        """Return argv and variables of one engine."""
        argv = tuple(fill(word, places) for word in self.command)
        return argv, {name: fill(value, places) for name, value in self.environment.items()}


def _read_registry(name: str) -> str:
    """Return a value of the official engine's key of the registry of Windows, "" for none."""
    try:
        winreg: Any = importlib.import_module("winreg")
    except ImportError:
        return ""
    with (
        contextlib.suppress(OSError),
        winreg.OpenKey(winreg.HKEY_CURRENT_USER, r"Software\ACEStream") as key,
    ):
        return str(winreg.QueryValueEx(key, name)[0])
    return ""


class ProgramFinder:
    """Finds the engine program of this computer.

    Args:
        environ: The process environment (PATH, HOME, APPDATA).
        root: Where absolute paths of this computer start; another folder in tests.
        platform: As `sys.platform`.
        read_registry: Returns a value of the engine's key on Windows, "" for none.
    """

    def __init__(
        self,
        environ: Mapping[str, str] | None = None,
        root: pathlib.Path = pathlib.Path("/"),
        *,
        platform: str = sys.platform,
        read_registry: Callable[[str], str] = _read_registry,
    ) -> None:
        self._environ = os.environ if environ is None else environ
        self._root = root
        self._windows = platform == "win32"
        self._read_registry = read_registry
        home = self._environ.get("HOME") or self._environ.get("USERPROFILE")
        self._home = pathlib.Path(home) if home else pathlib.Path.home()

    def find(self, command: str = "") -> NativeProgram | None:
        """Return the engine program, None when there is none.

        Args:
            command: Of the user's own, "" to look for a program that is known.

        Raises:
            BadRequest: The command cannot be used, or its program is not here.
        """
        if command.strip():
            return self._own(command)
        return next(self._known(), None)

    def _own(self, command: str) -> NativeProgram:
        try:
            words = split_native_command(command)
        except ValueError as exc:
            raise BadRequest(f"The engine program {exc}.") from exc
        found = shutil.which(words[0], path=self._environ.get("PATH"))
        if found is None:
            raise BadRequest(f"The engine program “{words[0]}” is not on this computer.")
        name = pathlib.PureWindowsPath(words[0]).stem
        if name == "outpace" and len(words) == 1:
            return _outpace(found)
        # One that is told no port is taken for the official engine, which has to be.
        says_port = any(PORT in word for word in words)
        more = () if says_port else OFFICIAL
        return NativeProgram(title=name, command=(found, *words[1:], *more))

    def _known(self) -> Iterator[NativeProgram]:
        yield from self._windows_programs() if self._windows else self._unix_programs()
        if outpace := self._which("outpace"):
            yield _outpace(outpace)

    def _which(self, name: str) -> str | None:
        return shutil.which(name, path=self._environ.get("PATH", ""))

    def _unix_programs(self) -> Iterator[NativeProgram]:
        for name in _ON_PATH:
            if program := self._which(name):
                yield _official("Ace Stream", program)
        for path in map(self._at_root, _BINARIES):
            if _can_run(path):
                yield _official("Ace Stream", str(path))
        for path in (self._at_root(f"{folder}/{_SNAP_COMMAND}") for folder in _SNAPS):
            if _can_run(path):
                # A snap may write to its own folder and not to hidden ones.
                root = self._home / "snap/acestreamplayer/common/acedesk"
                yield _official("Ace Stream (Snap)", str(path), state_root=root)
        yield from self._flatpaks()

    def _flatpaks(self) -> Iterator[NativeProgram]:
        flatpak = self._which("flatpak")
        places = (self._root / _FLATPAKS, self._home / _USER_FLATPAKS)
        if flatpak is not None and any((place / _FLATPAK).is_dir() for place in places):
            run = (flatpak, "run", f"--command={_FLATPAK_COMMAND}", _FLATPAK)
            root = self._home / ".ACEStream/acedesk"  # all that it may see of the home folder
            yield _official("Ace Stream (Flatpak)", *run, state_root=root)

    def _windows_programs(self) -> Iterator[NativeProgram]:
        folders = []
        if engine := self._read_registry("EnginePath"):
            folders.append(pathlib.Path(engine).parent)
        if folder := self._read_registry("InstallDir"):
            folders += [pathlib.Path(folder) / "engine", pathlib.Path(folder)]
        if data := self._environ.get("APPDATA", ""):
            folders.append(pathlib.Path(data) / "ACEStream" / "engine")
        for folder_path in folders:
            for name in _WINDOWS:
                if (folder_path / name).is_file():
                    yield _official("Ace Stream", str(folder_path / name))

    def _at_root(self, path: str) -> pathlib.Path:
        return self._root / path.lstrip("/")


def _can_run(path: pathlib.Path) -> bool:
    return path.is_file() and os.access(path, os.X_OK)


def _official(title: str, *program: str, state_root: pathlib.Path | None = None) -> NativeProgram:
    return NativeProgram(title=title, command=(*program, *OFFICIAL), state_root=state_root)


def _outpace(program: str) -> NativeProgram:
    return NativeProgram(
        title="Outpace",
        command=(program, "serve"),
        environment=_OUTPACE_ENVIRONMENT,
        shares=True,
    )
