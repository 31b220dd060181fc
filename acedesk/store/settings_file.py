"""The settings file: flat TOML, one key for each setting that was ever changed.

It never stops AceDesk from starting: what cannot be read is kept beside it and told to the user.
"""

import contextlib
import dataclasses
import logging
import pathlib
import re
import tomllib
from collections.abc import Mapping
from typing import Any

import tomli_w

from acedesk import settings
from acedesk.errors import SettingsError, StorageError
from acedesk.store import atomic
from acedesk.values import frozen_value

logger = logging.getLogger(__name__)

# A file with every setting is under 4 KB; anything this big is not ours and is not worth parsing.
MAX_BYTES = 1024 * 1024
MAX_LINES = 1000
# Names the settings whose values are in the keyring, each with the id of the data folder that put
# it there. In one line, as all else that is not to be lost when the file is broken elsewhere.
KEYRING_LINE = "in_keyring"


@frozen_value
class LoadedSettings:
    """What the file said.

    Attributes:
        values: Checked values of the settings named in the file.
        in_keyring: Which have their value in the keyring, with the data folder's id it stands by.
        notes: Sentences the user should read once.
    """

    values: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    in_keyring: Mapping[str, str] = dataclasses.field(default_factory=dict)
    notes: tuple[str, ...] = ()


class _Broken(Exception):
    """The file is there but is no settings file; the text says why.

    Attributes:
        lines: What its single lines hold that can be understood.
    """

    def __init__(self, why: str, lines: Mapping[str, Any] | None = None) -> None:
        super().__init__(why)
        self.lines = lines or {}


def load(path: pathlib.Path, *, set_aside: bool = True) -> LoadedSettings:
    """Read the file; none at all is the same as an empty one.

    A broken or unreadable file is renamed to `NAME.bad` (unless `set_aside` is False); the lines
    that can be understood are kept in a new one, and the defaults hold for the rest. One bad value
    costs that value only.
    """
    try:
        return _checked(path, _read(path))
    except _Broken as exc:
        saved = _checked(path, exc.lines)
        note = f"{path} cannot be read ({exc})."
        if set_aside:
            note = _set_aside(path, str(exc), saved)
        return dataclasses.replace(saved, notes=(note, *saved.notes))


def _checked(path: pathlib.Path, raw: Mapping[str, Any]) -> LoadedSettings:
    values: dict[str, Any] = {}
    notes: list[str] = []
    for name, value in raw.items():
        if name == KEYRING_LINE:
            continue
        if name not in settings.names():
            logger.debug("%s: %s is not a setting of this version; it is kept", path, name)
            continue
        try:
            values[name] = _typed(name, value)
        except SettingsError as exc:
            note = f"{path.name}: the setting {name} {exc.reason}."
            good = _good_parts(name, value)
            if good:
                values[name] = good
                notes.append(f"{note} The others in the list are used.")
            else:
                notes.append(f"{note} Its default ({_words(name)}) is used.")
    return LoadedSettings(values=values, in_keyring=_keyring_entries(raw), notes=tuple(notes))


def _keyring_entries(raw: Mapping[str, Any]) -> dict[str, str]:
    """Return the id by each name, out of "redis_url@3f2a gluetun_api_key@3f2a".

    Those that have a value in the file are left out: whoever wrote it there means it.
    """
    line = raw.get(KEYRING_LINE)
    pairs = (word.partition("@") for word in line.split()) if isinstance(line, str) else ()
    wanted = set(settings.names()) - set(raw)
    return {name: id_ for name, _, id_ in pairs if name in wanted and id_.isalnum()}


def save(
    path: pathlib.Path, values: Mapping[str, Any], *, in_keyring: Mapping[str, str] | None = None
) -> None:
    """Write `values`, and what the file holds that this version does not know.

    Args:
        in_keyring: Settings whose values were put into the keyring, as in `LoadedSettings`. Those
            that the file names already stay, unless they have a value now.

    Raises:
        StorageError: The file could not be written; the old one is untouched.
    """
    raw: Mapping[str, Any]
    try:
        raw = _read(path)
        unknown = {key: value for key, value in raw.items() if key not in settings.names()}
    except _Broken as exc:
        if not _rename(path):
            raise StorageError(f"{path}: {exc}") from exc
        raw, unknown = exc.lines, {}
    entries = {**_keyring_entries(raw), **(in_keyring or {})}
    unknown.pop(KEYRING_LINE, None)
    if line := " ".join(f"{name}@{id_}" for name, id_ in entries.items() if name not in values):
        unknown[KEYRING_LINE] = line
    known = {name: _plain(values[name]) for name in settings.names() if name in values}
    atomic.write(path, tomli_w.dumps({**known, **unknown}).encode())


def _read(path: pathlib.Path) -> dict[str, Any]:
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        return {}
    except OSError as exc:
        raise _Broken(exc.strerror or type(exc).__name__) from exc
    if len(data) > MAX_BYTES:
        raise _Broken("it is larger than 1 MiB")
    try:
        # Editors on Windows like to begin a file with a byte order mark.
        return tomllib.loads(data.decode("utf-8-sig"))
    except UnicodeDecodeError as exc:
        raise _Broken("it is not text in UTF-8") from exc
    except RecursionError as exc:
        raise _Broken("its brackets are nested too deep") from exc
    except ValueError as exc:
        logger.debug("%s: %s", path, exc)
        raise _Broken(_place(str(exc)), _single_lines(data)) from exc


def _place(message: str) -> str:
    """Return where the file cannot be understood, out of the parser's "(at line 3, column 5)"."""
    found = re.search(r"at line (\d+)", message)
    if found is None:
        return "it breaks off" if "end of document" in message else "it is no list of settings"
    if message.startswith("Cannot overwrite"):
        return f"line {found[1]} names a setting a second time"
    return f"line {found[1]} is not written as name = value; a text stands in quotes"


def _single_lines(data: bytes) -> dict[str, Any]:
    """Return what lines mean that are understood alone: each setting stands in one of its own."""
    values: dict[str, Any] = {}
    for line in data.decode("utf-8-sig").splitlines()[:MAX_LINES]:
        with contextlib.suppress(ValueError, RecursionError):
            values.update(tomllib.loads(line))
    wanted = {*settings.names(), KEYRING_LINE}
    return {name: value for name, value in values.items() if name in wanted}


def _set_aside(path: pathlib.Path, why: str, saved: LoadedSettings) -> str:
    kept = _rename(path)
    end = f"It was kept as {kept.name}." if kept else "It could not be renamed."
    used = "The defaults are used."
    if saved.values or saved.in_keyring:
        used = "Its other lines are used."
        with contextlib.suppress(StorageError):  # they hold for this run, at least
            save(path, saved.values, in_keyring=saved.in_keyring)
    note = f"The settings file {path} could not be read ({why}). {used} {end}"
    logger.warning("%s", note)
    return note


def _rename(path: pathlib.Path) -> pathlib.Path | None:
    """Rename the file to the first free name of `.bad`, `.bad.1`, ...; None when that fails."""
    number = 0
    kept = path.with_name(f"{path.name}.bad")
    while kept.exists() or kept.is_symlink():
        number += 1
        kept = path.with_name(f"{path.name}.bad.{number}")
    try:
        return path.rename(kept)
    except OSError as exc:
        logger.warning("%s could not be renamed: %s", path, exc)
        return None


def _typed(name: str, value: object) -> Any:
    model = settings.default(name)
    if isinstance(value, str) and not isinstance(model, str):
        return settings.parse(name, value)
    if isinstance(value, list):
        value = tuple(value)
    settings.check(name, value)
    return float(value) if isinstance(model, float) and isinstance(value, int) else value


def _good_parts(name: str, value: object) -> tuple[str, ...]:
    """Return the parts of a list that may stay, each looked at alone; none of other values."""
    good: list[str] = []
    for part in value if isinstance(value, list) else ():
        with contextlib.suppress(SettingsError):
            settings.check(name, (part,))
            good.append(part)
    return tuple(good)


def _plain(value: object) -> object:
    return list(value) if isinstance(value, tuple) else value


def _words(name: str) -> str:
    default = settings.default(name)
    text = ", ".join(default) if isinstance(default, tuple) else str(default)
    return text or "empty"
