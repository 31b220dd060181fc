"""The desktop entry and icons of a Linux desktop, for this user only.

`install` notes every file it wrote; `uninstall` removes exactly those.
"""

import contextlib
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping

from acedesk.errors import StorageError
from acedesk.process.child_environment import child_environment
from acedesk.store.atomic import storage_error, write
from acedesk.store.paths import resources_dir

ENTRY_NAME = "acedesk.desktop"
# What opens links where AceDesk was installed as a package; see `system_entries`.
LINKS_ENTRY_NAME = "acedesk-links.desktop"
# Beside the entry's own data, not in AceDesk's data folder: uninstalling must work whatever
# folder AceDesk ran with.
LIST_NAME = "acedesk/desktop-files.json"
SCHEME = "x-scheme-handler/acestream"
# update-desktop-database and xdg-mime take well under a second; a hung one must not hang us.
TOOL_SECONDS = 10

_ENTRY = """\
[Desktop Entry]
Type=Application
Version=1.4
Name=AceDesk
GenericName=Ace Stream proxy
Comment=Play Ace Stream links in every player at home
Exec={command}
TryExec={program}
Icon=acedesk
Terminal=false
Categories=AudioVideo;Video;Player;TV;
Keywords=acestream;stream;tv;iptv;proxy;
{mime_type}StartupNotify=true
StartupWMClass=acedesk
"""
_MIME_TYPE = f"MimeType={SCHEME};\n"


def data_home(environ: Mapping[str, str]) -> pathlib.Path:
    """Return the user's data folder of the XDG Base Directory Specification."""
    given = environ.get("XDG_DATA_HOME", "")
    # The specification wants relative paths ignored.
    if given and pathlib.Path(given).is_absolute():
        return pathlib.Path(given)
    return pathlib.Path.home() / ".local" / "share"


def shared_data(environ: Mapping[str, str]) -> tuple[pathlib.Path, ...]:
    """Return the system's data folders of the same specification, the first one counts most."""
    given = environ.get("XDG_DATA_DIRS") or "/usr/local/share:/usr/share"
    folders = (pathlib.Path(one) for one in given.split(":"))
    return tuple(folder for folder in folders if folder.is_absolute())


def launch_command(
    environ: Mapping[str, str], *, program: str = sys.executable, frozen: bool = False
) -> tuple[str, ...]:
    """Return the argv that starts this AceDesk from anywhere, also after the next login.

    Args:
        program: As `sys.executable`.
        frozen: It is AceDesk itself, not a Python.
    """
    image, mount = environ.get("APPIMAGE", ""), environ.get("APPDIR", "")
    # What is mounted is gone when we end. A terminal's own AppImage is not ours.
    if os.access(image, os.X_OK) and (
        not mount or pathlib.Path(mount) in pathlib.Path(program).parents
    ):
        return (os.path.abspath(image),)  # noqa: PTH100 - a link to it stays a link
    if frozen:
        # An unpacked folder has a launcher in front of the program, which finds its libraries.
        launcher = pathlib.Path(program).parent.parent / pathlib.Path(program).name
        is_ours = launcher.is_file() and os.access(launcher, os.X_OK)
        return (str(launcher) if is_ours else _without_console(program),)
    script = pathlib.Path(program).with_name("acedesk")
    if os.access(script, os.X_OK):
        return (str(script),)
    return (program, "-m", "acedesk")


def _without_console(program: str) -> str:
    """Return the program that opens no terminal: on Windows acedesk.com has one beside it."""
    path = pathlib.Path(program)
    windowed = path.with_suffix(".exe")
    return str(windowed) if path.suffix.lower() == ".com" and windowed.exists() else program


def find_shadowed(
    environ: Mapping[str, str], home: pathlib.Path, command: tuple[str, ...]
) -> tuple[pathlib.Path, str] | None:
    """Return an entry of the system that ours would hide, and what it starts.

    One that starts the same is none. Whoever installed a package would go on to start another
    AceDesk than that, without seeing why.
    """
    ours = _exec_line(command)
    for folder in shared_data(environ):
        path = folder / "applications" / ENTRY_NAME
        if home in path.parents:
            continue
        with contextlib.suppress(OSError):
            starts = _exec_of(path.read_text("utf-8", "replace"))
            if starts != ours:
                return path, starts
    return None


def main_group(entry: str) -> dict[str, str]:
    """Return the values of an entry's main group by their keys."""
    main = entry.partition("[Desktop Entry]")[2].partition("\n[")[0]
    lines = (line.partition("=") for line in main.splitlines())
    return {name.strip(): value.strip() for name, equals, value in lines if equals}


def _exec_of(entry: str) -> str:
    """Return what an entry starts."""
    return main_group(entry).get("Exec", "")


def install(
    home: pathlib.Path, command: tuple[str, ...], *, icons: pathlib.Path | None = None
) -> tuple[pathlib.Path, ...]:
    """Write entry and icons below `home`; return what was written.

    Args:
        home: As from `data_home`.
        command: Absolute argv; see `launch_command`.
        icons: The folder with the drawn icons, by default the program's own.

    Raises:
        StorageError: A file could not be written; those written before are removed again.
    """
    uninstall(home)
    entry = home / "applications" / ENTRY_NAME
    wanted = [(entry, _entry_text(command).encode())]
    wanted += [
        (home / "icons" / "hicolor" / folder / "apps" / f"acedesk{source.suffix}", _read(source))
        for folder, source in _icons(icons or resources_dir() / "icons")
    ]
    written = [path for path, _ in wanted]
    try:
        write(home / LIST_NAME, json.dumps([str(path) for path in written]).encode())
        for path, data in wanted:
            write(path, data)
            path.chmod(0o644)
    except StorageError:
        uninstall(home)
        raise
    _refresh(home)
    return tuple(written)


def uninstall(home: pathlib.Path) -> tuple[pathlib.Path, ...]:
    """Remove what `install` wrote; return what was there.

    Raises:
        StorageError: A file could not be removed.
    """
    listed = home / LIST_NAME
    removed = []
    for path in (*_installed(home), listed):
        try:
            path.unlink()
        except (FileNotFoundError, NotADirectoryError):
            continue
        except OSError as exc:
            raise storage_error(path, exc) from exc
        if path != listed:
            removed.append(path)
    with contextlib.suppress(OSError):
        listed.parent.rmdir()  # only when nothing else is in it
    if removed:
        _refresh(home)
    return tuple(removed)


def find_other(home: pathlib.Path, command: tuple[str, ...]) -> str:
    """Return which AceDesk that is there our entry starts, "" when it is none but this one."""
    try:
        entry = (home / "applications" / ENTRY_NAME).read_text("utf-8", "replace")
    except OSError:
        return ""
    starts = split_exec(_exec_of(entry))
    is_other = bool(starts) and starts[0] != command[0] and shutil.which(starts[0]) is not None
    return starts[0] if is_other else ""


def repair(home: pathlib.Path, command: tuple[str, ...]) -> bool:
    """Put this AceDesk into our entry where the one it starts is gone; tell whether it was.

    Raises:
        StorageError: A file could not be written.
    """
    entry = home / "applications" / ENTRY_NAME
    if not (home / LIST_NAME).exists():  # it is not ours
        return False
    try:
        starts = split_exec(_exec_of(entry.read_text("utf-8", "replace")))
    except OSError:
        return False
    if not starts or shutil.which(starts[0]) is not None:
        return False
    install(home, command)
    return True


def make_default(environ: Mapping[str, str]) -> None:
    """Let this user's desktop open acestream links with AceDesk.

    Raises:
        StorageError: The desktop's tool for it (xdg-mime) is missing or failed.
    """
    tool = shutil.which("xdg-mime")
    if tool is None:
        raise StorageError("xdg-mime is not installed; it is in the package xdg-utils")
    try:
        subprocess.run(  # noqa: S603 - a fixed argv without a shell
            [tool, "default", ENTRY_NAME, SCHEME],
            check=True,
            capture_output=True,
            timeout=TOOL_SECONDS,
            env=child_environment(environ),
        )
    except (OSError, subprocess.SubprocessError) as exc:
        raise StorageError(f"xdg-mime failed: {exc}") from exc


def _entry_text(command: tuple[str, ...]) -> str:
    return _filled(command, _MIME_TYPE)


def system_entries(command: tuple[str, ...]) -> tuple[str, str]:
    """Return the two entries of a package: that of the menu, and that which opens links.

    They are two, because a package that is installed for all users may take links from no other
    program: it adds the second where there is none.
    """
    return _filled(command, ""), _filled(command, f"NoDisplay=true\n{_MIME_TYPE}")


def _filled(command: tuple[str, ...], mime_type: str) -> str:
    return _ENTRY.format(
        command=_exec_line(command),
        program=command[0].replace("\\", "\\\\"),
        mime_type=mime_type,
    )


def _exec_line(command: tuple[str, ...]) -> str:
    return f"{quoted_command(command)} --from-desktop %u"


def quoted_command(command: tuple[str, ...]) -> str:
    """Return an argv as the `Exec` of an entry."""
    return " ".join(map(_quoted, command))


def split_exec(text: str) -> tuple[str, ...]:
    """Return the argv of the `Exec` of an entry, without its field codes (`%u`)."""
    words = re.findall(r'"((?:[^"\\]|\\.)*)"|(\S+)', text.replace("\\\\", "\\"))
    plain = [re.sub(r"\\(.)", r"\1", quoted) or bare for quoted, bare in words]
    return tuple(word.replace("%%", "%") for word in plain if not re.fullmatch(r"%[a-zA-Z]", word))


def _quoted(argument: str) -> str:
    """Quote one argument as the Desktop Entry Specification wants it, where it must be."""
    if re.fullmatch(r"[\w@+=:,./-]+", argument):
        return argument
    inner = re.sub(r'(["`$\\])', r"\\\1", argument).replace("%", "%%")
    return '"' + inner.replace("\\", "\\\\") + '"'


def _icons(folder: pathlib.Path) -> list[tuple[str, pathlib.Path]]:
    """Return the theme folder ("48x48", "scalable") and file of each drawn icon."""
    found = []
    for file in sorted(folder.glob("acedesk*")):
        size = re.search(r"(\d+)(?:x\d+)?$", file.stem)
        if file.suffix == ".svg" and not size:
            found.append(("scalable", file))
        elif file.suffix == ".png" and size:
            found.append((f"{size[1]}x{size[1]}", file))
    return found


def _read(path: pathlib.Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as exc:
        raise storage_error(path, exc) from exc


def _installed(home: pathlib.Path) -> tuple[pathlib.Path, ...]:
    try:
        names = json.loads((home / LIST_NAME).read_bytes())
    except (OSError, ValueError):
        return (home / "applications" / ENTRY_NAME,)
    named = names if isinstance(names, list) else []
    paths = [pathlib.Path(name) for name in named if isinstance(name, str)]
    # The list is a file like any other: nothing outside `home` and not ours is ever removed.
    return tuple(path for path in paths if home in path.parents and path.stem == "acedesk")


def _refresh(home: pathlib.Path) -> None:
    """Tell desktops that read a cache of the entries; the others watch the folder."""
    tool = shutil.which("update-desktop-database")
    folder = home / "applications"
    if tool is None or not folder.is_dir():
        return
    with contextlib.suppress(OSError, subprocess.SubprocessError):
        subprocess.run(  # noqa: S603 - a fixed argv without a shell
            [tool, "-q", str(folder)],
            check=False,
            capture_output=True,
            timeout=TOOL_SECONDS,
            env=child_environment(),
        )
