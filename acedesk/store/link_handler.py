"""Which program opens acestream links: what the user's desktop notes, and taking us out of it.

xdg-mime can choose a program, but not undo that: the file is changed here as the MIME Applications
Associations Specification says.
"""

import pathlib
from collections.abc import Iterable, Mapping

from acedesk.errors import StorageError
from acedesk.store.atomic import storage_error, write

LIST_NAME = "mimeapps.list"
# Where programs stand that open something; a removed association stays removed.
_SECTIONS = ("[Default Applications]", "[Added Associations]")


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
