"""Find the media players of this computer: on the PATH, in known folders, as Flatpak or Snap.

Names and folders are those of streamlink's Twitch GUI (players.json) and streamlink itself.
"""

import asyncio
import contextlib
import dataclasses
import os
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from acedesk.model.player import Player


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """Where to look; the defaults are this computer.

    Attributes:
        platform: As `sys.platform`.
        root: What "/" stands for.
    """

    platform: str = sys.platform
    environ: Mapping[str, str] = dataclasses.field(default_factory=lambda: dict(os.environ))
    home: Path = dataclasses.field(default_factory=Path.home)
    root: Path = Path("/")


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    """One player; a platform without names does not have it.

    Attributes:
        windows: Paths below "Program Files"; the file name is also looked for on the PATH.
        mac: Path below "Applications".
    """

    id: str
    name: str
    unix: str = ""
    windows: tuple[str, ...] = ()
    mac: str = ""
    flatpak: str = ""


# In the order in which they are offered: VLC plays everything, mpv starts fastest.
_KNOWN = (
    _Known(
        id="vlc",
        name="VLC",
        unix="vlc",
        windows=("VideoLAN/VLC/vlc.exe",),
        mac="VLC.app/Contents/MacOS/VLC",
        flatpak="org.videolan.VLC",
    ),
    _Known(
        id="mpv",
        name="mpv",
        unix="mpv",
        windows=("mpv/mpv.exe",),
        mac="mpv.app/Contents/MacOS/mpv",
        flatpak="io.mpv.Mpv",
    ),
    _Known(id="iina", name="IINA", mac="IINA.app/Contents/MacOS/iina-cli"),
    _Known(
        id="mpc-hc",
        name="MPC-HC",
        windows=(
            "MPC-HC/mpc-hc64.exe",
            "K-Lite Codec Pack/MPC-HC64/mpc-hc64.exe",
            "MPC-HC/mpc-hc.exe",
        ),
    ),
    _Known(id="potplayer", name="PotPlayer", windows=("DAUM/PotPlayer/PotPlayerMini64.exe",)),
)

# A desktop session's PATH often lacks some of these.
_UNIX_FOLDERS = (
    "usr/bin",
    "usr/local/bin",
    "snap/bin",
    "var/lib/snapd/snap/bin",
    "opt/homebrew/bin",
)
_PROGRAM_FILES = ("ProgramFiles", "ProgramW6432", "ProgramFiles(x86)")


async def find_players() -> tuple[Player, ...]:
    """Return the players of this computer, best first; the disk is looked at in a thread."""
    return await asyncio.to_thread(look_for_players, Machine())


def look_for_players(machine: Machine) -> tuple[Player, ...]:
    """Return the players of `machine`, best first, each once. Reads the disk."""
    found = ((known, _command(known, machine)) for known in _KNOWN)
    return tuple(
        Player(id=known.id, name=known.name, command=command) for known, command in found if command
    )


def _command(known: _Known, machine: Machine) -> tuple[str, ...]:
    """Return the argv that starts the player, () when it is not there."""
    for place in _places(known, machine):
        if _is_program(place):
            return (str(place),)
    if known.flatpak and machine.platform.startswith("linux"):
        return _flatpak_command(known.flatpak, machine)
    return ()


def _places(known: _Known, machine: Machine) -> Iterator[Path]:
    if machine.platform == "win32":
        for name in dict.fromkeys(path.rpartition("/")[2] for path in known.windows):
            yield from _on_path(name, machine)
        for variable in _PROGRAM_FILES:
            if folder := machine.environ.get(variable):
                yield from (Path(folder, path) for path in known.windows)
        return
    if known.unix:
        yield from _on_path(known.unix, machine)
        yield from (machine.root / folder / known.unix for folder in _UNIX_FOLDERS)
    if machine.platform == "darwin" and known.mac:
        yield machine.root / "Applications" / known.mac
        yield machine.home / "Applications" / known.mac


def _on_path(name: str, machine: Machine) -> Iterator[Path]:
    """Look on the PATH, never in the current folder: what lies there may come from anywhere."""
    separator = ";" if machine.platform == "win32" else ":"
    for folder in machine.environ.get("PATH", "").split(separator):
        path = Path(folder.strip('"'))
        if path.is_absolute():
            yield path / name


def _flatpak_command(app: str, machine: Machine) -> tuple[str, ...]:
    flatpak = next(
        (
            place
            for place in _places(_Known(id="", name="", unix="flatpak"), machine)
            if _is_program(place)
        ),
        None,
    )
    exports = (
        machine.root / "var/lib/flatpak/exports/bin" / app,
        machine.home / ".local/share/flatpak/exports/bin" / app,
    )
    if flatpak is None or not any(_is_program(export) for export in exports):
        return ()
    # Not the export itself: it takes every argument for a file to hand over.
    return (str(flatpak), "run", app)


def _is_program(path: Path) -> bool:
    with contextlib.suppress(OSError, ValueError):
        return path.is_file() and os.access(path, os.X_OK)
    return False
