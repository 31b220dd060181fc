"""Which program opens acestream links: what the user's desktop notes, and taking us out of it.

xdg-mime can choose a program, but not undo that: the file is changed here as the MIME Applications
Associations Specification says.
"""

import pathlib
from collections.abc import Iterable, Mapping

from acedesk.errors import StorageError
from acedesk.store.atomic import storage_error, write
from acedesk.store.desktop_entry import SCHEME

LIST_NAME = "mimeapps.list"
DEFAULTS = "[Default Applications]"
ADDED = "[Added Associations]"
REMOVED = "[Removed Associations]"
# Where programs stand that open something; a removed association stays removed.
_SECTIONS = (DEFAULTS, ADDED)


def lists(environ: Mapping[str, str], data_home: pathlib.Path) -> tuple[pathlib.Path, ...]:
    """Return the user's own lists, those of single desktops first."""
    given = environ.get("XDG_CONFIG_HOME", "")
    absolute = bool(given) and pathlib.Path(given).is_absolute()
    config = pathlib.Path(given) if absolute else pathlib.Path.home() / ".config"
    # The second folder is where older desktops kept it.
    folders = (config, data_home / "applications")
    return tuple(
        path
        for folder in folders
        for path in (*sorted(folder.glob(f"*-{LIST_NAME}")), folder / LIST_NAME)
    )


def entries(text: str, section: str, kind: str) -> tuple[str, ...]:
    """Return the programs that a list names for one kind of file or link.

    Args:
        section: Its heading, with the brackets.
    """
    found: list[str] = []
    here = ""
    for line in text.splitlines():
        bare = line.strip()
        if bare.startswith("["):
            here = bare
        name, equals, value = bare.partition("=")
        if here == section and equals and name.strip() == kind:
            found += [one for each in value.split(";") if (one := each.strip())]
    return tuple(found)


def put_first(entry: str, path: pathlib.Path, *, before: str = "") -> None:
    """Let a program open links, and keep the others in the list behind it.

    Args:
        before: The program that opens them now, "" when none does.

    Raises:
        StorageError: The list could not be read or written.
    """
    text = _text_of(path)
    others = [one for one in (before, *entries(text, DEFAULTS, SCHEME)) if one and one != entry]
    named = dict.fromkeys((entry, *others))  # each once
    allowed = [one for one in entries(text, REMOVED, SCHEME) if one != entry]
    text = _with_line(text, REMOVED, SCHEME, tuple(allowed))
    _put(path, _with_line(text, DEFAULTS, SCHEME, tuple(named)))


def refuse(entry: str, path: pathlib.Path) -> None:
    """Let a program open no links, although its entry says that it can.

    Raises:
        StorageError: The list could not be read or written.
    """
    text = _text_of(path)
    removed = dict.fromkeys((*entries(text, REMOVED, SCHEME), entry))
    _put(path, _with_line(text, REMOVED, SCHEME, tuple(removed)))


def _with_line(text: str, section: str, kind: str, programs: tuple[str, ...]) -> str:
    """Return a list with one line set to these programs; without it when there are none."""
    kept: list[str] = []
    here = ""
    place: int | None = None
    for line in text.splitlines(keepends=True):
        bare = line.strip()
        if bare.startswith("["):
            here = bare
        if here == section and bare.partition("=")[0].strip() == kind:
            continue
        kept.append(line)
        if bare == section and place is None:
            place = len(kept)
    if not programs:
        return "".join(kept)
    if kept and not kept[-1].endswith("\n"):
        kept[-1] += "\n"
    if place is None:
        kept += ["\n"] if kept else []
        kept.append(f"{section}\n")
        place = len(kept)
    kept.insert(place, f"{kind}={';'.join(programs)};\n")
    return "".join(kept)


def _text_of(path: pathlib.Path) -> str:
    try:
        return path.read_bytes().decode("utf-8", "surrogateescape")
    except FileNotFoundError:
        return ""
    except OSError as exc:
        raise storage_error(path, exc) from exc


def _put(path: pathlib.Path, text: str) -> None:
    """Write a list; its rights stay, and a new one is for everybody to read, as others are."""
    mode = path.stat().st_mode & 0o777 if path.exists() else 0o644
    write(path, text.encode("utf-8", "surrogateescape"))
    _set_mode(path, mode)


def forget(entry: str, paths: Iterable[pathlib.Path]) -> tuple[pathlib.Path, ...]:
    """Take the desktop entry out of the lists; return those that named it.

    Raises:
        StorageError: One could not be written.
    """
    changed = []
    for path in paths:
        try:
            before = path.read_bytes().decode("utf-8", "surrogateescape")
            mode = path.stat().st_mode & 0o777
        except FileNotFoundError:
            continue
        except OSError as exc:
            raise storage_error(path, exc) from exc
        after = without_entry(before, entry)
        if after != before:
            write(path, after.encode("utf-8", "surrogateescape"))
            _set_mode(path, mode)
            changed.append(path)
    return tuple(changed)


def without_entry(text: str, entry: str) -> str:
    """Return a list of applications without one entry; all other lines stay as they are.

    A line that named nothing else goes.
    """
    section = ""
    kept = []
    for line in text.splitlines(keepends=True):
        bare = line.strip()
        if bare.startswith("["):
            section = bare
        name, equals, value = bare.partition("=")
        entries = [each.strip() for each in value.split(";")]
        if section not in _SECTIONS or not equals or entry not in entries:
            kept.append(line)
            continue
        others = [each for each in entries if each and each != entry]
        if others:
            end = line[len(line.rstrip("\r\n")) :]
            kept.append(f"{name}={';'.join(others)};{end}")
    return "".join(kept)


def _set_mode(path: pathlib.Path, mode: int) -> None:
    try:
        path.chmod(mode)
    except OSError as exc:
        raise StorageError(f"{path}: {exc.strerror}") from exc
