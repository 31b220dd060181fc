"""Find the media players of this computer: on the PATH, in known folders, as Flatpak or Snap.

Names and folders are those of streamlink's Twitch GUI (players.json), streamlink itself and the
players' own installers. All of them take a web address as their last argument.
"""

import asyncio
import contextlib
import dataclasses
import os
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from acedesk.model.player import COMMAND_PLAYER, KNOWN_PLAYERS, Player, split_command
from acedesk.values import frozen_value


@frozen_value
class Machine:
    """Where to look; the defaults are this computer.

    Attributes:
        platform: As `sys.platform`.
        root: What "/" stands for.
        is_root: The user is root, as whom VLC does not run.
    """

    platform: str = sys.platform
    environ: Mapping[str, str] = dataclasses.field(default_factory=lambda: dict(os.environ))
    home: Path = dataclasses.field(default_factory=Path.home)
    root: Path = Path("/")
    is_root: bool = False


def this_machine() -> Machine:
    """Return this computer as it is for this user."""
    return Machine(is_root=sys.platform != "win32" and os.geteuid() == 0)


@frozen_value
class _Known:
    """Where one player is; a platform without names does not have it.

    Attributes:
        windows: Paths below "Program Files"; the file name is also looked for on the PATH.
        mac: Path below "Applications".
    """

    id: str
    unix: str = ""
    windows: tuple[str, ...] = ()
    mac: str = ""
    flatpak: str = ""


_KNOWN = (
    _Known(
        id="vlc",
        unix="vlc",
        windows=("VideoLAN/VLC/vlc.exe",),
        mac="VLC.app/Contents/MacOS/VLC",
        flatpak="org.videolan.VLC",
    ),
    _Known(
        id="mpv",
        unix="mpv",
        windows=("mpv/mpv.exe",),
        mac="mpv.app/Contents/MacOS/mpv",
        flatpak="io.mpv.Mpv",
    ),
    _Known(id="iina", mac="IINA.app/Contents/MacOS/iina-cli"),
    _Known(id="celluloid", unix="celluloid", flatpak="io.github.celluloid_player.Celluloid"),
    _Known(
        id="smplayer",
        unix="smplayer",
        windows=("SMPlayer/smplayer.exe",),
        flatpak="info.smplayer.SMPlayer",
    ),
    _Known(id="haruna", unix="haruna", flatpak="org.kde.haruna"),
    _Known(
        id="mpc-hc",
        windows=(
            "MPC-HC/mpc-hc64.exe",
            "K-Lite Codec Pack/MPC-HC64/mpc-hc64.exe",
            "MPC-HC/mpc-hc.exe",
        ),
    ),
    # Its installer uses the second folder; older ones for 64 bit used the first.
    _Known(
        id="mpc-be",
        windows=("MPC-BE x64/mpc-be64.exe", "MPC-BE/mpc-be64.exe", "MPC-BE/mpc-be.exe"),
    ),
    _Known(id="potplayer", windows=("DAUM/PotPlayer/PotPlayerMini64.exe",)),
    _Known(id="clapper", unix="clapper", flatpak="com.github.rafostar.Clapper"),
    _Known(id="showtime", unix="showtime", flatpak="org.gnome.Showtime"),
    _Known(id="totem", unix="totem", flatpak="org.gnome.Totem"),
    _Known(
        id="kodi",
        unix="kodi",
        windows=("Kodi/kodi.exe",),
        mac="Kodi.app/Contents/MacOS/Kodi",
        flatpak="tv.kodi.Kodi",
    ),
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


async def find_players(own_command: str = "") -> tuple[Player, ...]:
    """Return the players of this computer, best first; the disk is looked at in a thread.

    Args:
        own_command: The setting `player_command`; it comes first, if its program is there.
    """
    return await asyncio.to_thread(look_for_players, this_machine(), own_command)


def look_for_players(machine: Machine, own_command: str = "") -> tuple[Player, ...]:
    """Return the players of `machine`, best first, each once. Reads the disk."""
    commands = {known.id: _command(known, machine) for known in _KNOWN}
    found = [
        Player(id=id_, name=KNOWN_PLAYERS[id_], command=command)
        for id_, command in commands.items()
        if command
    ]
    if machine.is_root:  # better one that runs first
        found.sort(key=lambda player: player.id == "vlc")
    own = find_own(own_command, machine)
    if own is not None:
        names = {player.name for player in found}
        shown = f"{own.name} (own command)" if own.name in names else own.name
        found.insert(0, dataclasses.replace(own, name=shown))
    return tuple(found)


def find_own(command: str, machine: Machine) -> Player | None:
    """Return the player of a command of the user's own, None when its program is not there.

    The program is an absolute path (`~` is the home), or looked for like any other player.
    """
    try:
        words = split_command(command)
    except ValueError:
        return None
    name = words[0]
    if name.startswith("~/"):
        name = str(machine.home / name[2:])
    places = [Path(name)] if Path(name).is_absolute() else _named_places(name, machine)
    program = next((place for place in places if _is_program(place)), None)
    if program is None:
        return None
    return Player(id=COMMAND_PLAYER, name=program.stem, command=(str(program), *words[1:]))


def _named_places(name: str, machine: Machine) -> Iterator[Path]:
    """Yield where a program of this name may be; one with a folder in it is looked for nowhere."""
    if "/" in name or "\\" in name:
        return
    names = (name, f"{name}.exe") if machine.platform == "win32" else (name,)
    for each in names:
        yield from _on_path(each, machine)
    if machine.platform != "win32":
        yield from (machine.root / folder / name for folder in _UNIX_FOLDERS)


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
        yield from _named_places(known.unix, machine)
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
    flatpak = next(filter(_is_program, _named_places("flatpak", machine)), None)
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
