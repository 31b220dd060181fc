"""Environment and compose files of other programs, read with care: they may be anything."""

import contextlib
import pathlib
import re
import stat
from collections.abc import Callable, Mapping
from typing import Final

from acedesk.errors import BadRequest
from acedesk.formats.compose.env_file import as_mapping, read_variables
from acedesk.formats.compose.services import of_environment, read_env_file, read_services
from acedesk.model.settings_import.source import ForeignSettings, SourceKind

# A compose file for all of acexy, orchestrator, VPN and dashboards has some KiB; of 256 KiB one
# reads a second.
MAX_BYTES: Final = 256 * 1024
MOST_FILES: Final = 20
# What Compose itself puts into a compose file.
DOT_ENV: Final = ".env"

_SERVICES: Final = re.compile(r"^[\"']?services[\"']?\s*:", re.MULTILINE)


def read_foreign(
    path: pathlib.Path, environ: Mapping[str, str], kind: SourceKind | None = None
) -> ForeignSettings:
    """Return what the file says.

    Args:
        environ: Variables that it may name; those of `.env` beside a compose file count less.
        kind: None: it is found out.

    Raises:
        BadRequest: It cannot be read, or is something else; a sentence says why.
    """
    try:
        text = _read(path)
        if (kind or kind_of(path.name, text)) is SourceKind.ENV_FILE:
            return read_env_file(text, environ)
        around = {**_dot_env(path.parent, environ), **environ}
        return read_services(text, around, _reader(path.parent))
    except ValueError as exc:
        raise BadRequest(f"{path} cannot be imported: {exc}.") from exc


def read_environment(environ: Mapping[str, str]) -> ForeignSettings:
    """Return the variables of this process."""
    return of_environment(environ)


def kind_of(name: str, text: str) -> SourceKind:
    """Return whether a file is a compose file or one of variables."""
    if name.lower().endswith((".yaml", ".yml")) or _SERVICES.search(text):
        return SourceKind.COMPOSE
    return SourceKind.ENV_FILE


def _reader(folder: pathlib.Path) -> Callable[[str], str]:
    """Return what reads the files that a compose file in `folder` names."""
    left = MOST_FILES

    def read(name: str) -> str:
        nonlocal left
        left -= 1
        if left < 0:
            raise ValueError(f"the compose file names more than {MOST_FILES} files")
        if not name or "\0" in name:
            raise ValueError("it has no name")
        return _read(folder / pathlib.Path(name).expanduser())

    return read


def _dot_env(folder: pathlib.Path, environ: Mapping[str, str]) -> dict[str, str]:
    with contextlib.suppress(ValueError):  # most compose files have none beside them
        return as_mapping(read_variables(_read(folder / DOT_ENV), environ))
    return {}


def _read(path: pathlib.Path) -> str:
    """Return the text of a file.

    Raises:
        ValueError: With part of a sentence that says why it has none.
    """
    try:
        mode = path.stat().st_mode
        if stat.S_ISDIR(mode):
            raise ValueError("it is a folder; name the file in it")
        # A device or a pipe may never end, or never begin.
        if not stat.S_ISREG(mode):
            raise ValueError("it is no ordinary file")
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        raise ValueError("there is no such file") from None
    except OSError as exc:
        raise ValueError(f"it cannot be read ({exc.strerror or type(exc).__name__})") from exc
    if len(data) > MAX_BYTES:
        raise ValueError("it is larger than 256 KiB")
    return _decoded(data)


def _decoded(data: bytes) -> str:
    # Editors on Windows write these with a mark in front.
    encoding = "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError:
        raise ValueError("it is no text") from None
    if "\0" in text:
        raise ValueError("it is no text")
    return text
