"""The settings file as it was before the last import."""

import pathlib
from typing import Final

from acedesk.store import atomic

SUFFIX: Final = ".before-import"


def backup_path(settings_file: pathlib.Path) -> pathlib.Path:
    """Return where the copy is kept."""
    return settings_file.with_name(settings_file.name + SUFFIX)


def keep(settings_file: pathlib.Path) -> pathlib.Path | None:
    """Copy the settings file beside itself, over an earlier copy; None where there is none.

    Raises:
        StorageError: The copy could not be made.
    """
    try:
        data = settings_file.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as exc:
        raise atomic.storage_error(settings_file, exc) from exc
    kept = backup_path(settings_file)
    atomic.write(kept, data)
    return kept
