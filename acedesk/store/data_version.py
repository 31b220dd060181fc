"""Which version of AceDesk last worked in a data folder, so that an older one can say so."""

import pathlib
import re
from typing import Final

from acedesk.errors import StorageError
from acedesk.store import atomic

NAME: Final = "version"
LONGEST: Final = 64


def note_version(data_dir: pathlib.Path, version: str) -> str | None:
    """Leave our version in the folder; return a sentence when a newer one was there.

    What a newer AceDesk keeps is passed over and stays, so nothing is refused. A folder that
    cannot be written to is found by what needs it.
    """
    before = _read(data_dir / NAME)
    if before == version or not data_dir.is_dir():
        return None
    try:
        atomic.write(data_dir / NAME, f"{version}\n".encode())
    except StorageError:
        return None
    if _number(before) <= _number(version):
        return None
    return (
        f"The data folder {data_dir} was last used by AceDesk {before}, which is newer than this "
        f"{version}. What this version does not know of it is kept and not used."
    )


def _read(path: pathlib.Path) -> str:
    try:
        with path.open("rb") as file:
            return file.read(LONGEST).decode("ascii", "replace").strip()
    except OSError:
        return ""


def _number(version: str) -> tuple[int, ...]:
    """Return the numbers of a version for comparing; what is none is older than all."""
    found = re.match(r"\d{1,6}(\.\d{1,6}){0,3}(?![\d.])", version)
    return tuple(int(part) for part in found[0].split(".")) if found else ()
