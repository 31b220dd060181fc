"""Python, the data folder, and whether an AceDesk runs there."""

import os
import pathlib
import platform
import shutil
import sys
import tempfile
from typing import Final

from acedesk import __version__
from acedesk.doctor.finding import Finding, Level
from acedesk.store.lock import Running

NEWEST_TRIED: Final = (3, 14)
# Settings, lists and three log files of 5 MiB fit well below this.
ENOUGH_BYTES: Final = 100 * 1024 * 1024


def check_python(version: tuple[int, int] = sys.version_info[:2]) -> Finding:
    """Tell which Python runs AceDesk."""
    text = f"Python {platform.python_version()} on {platform.system()} {platform.machine()}"
    if version > NEWEST_TRIED:
        newest = ".".join(map(str, NEWEST_TRIED))
        return Finding(
            "Python",
            Level.WARN,
            f"{text} is newer than what AceDesk was tried with",
            f"Use Python {newest}.",
        )
    return Finding("Python", Level.PASS, text)


def check_program(*, frozen: bool = hasattr(sys, "frozen")) -> Finding:
    """Tell which AceDesk this is, and how to find out whether it is whole.

    Args:
        frozen: It is a program with everything in it, as from a package.
    """
    form = "with everything in it" if frozen else "run by a Python of this computer"
    return Finding(
        "Program",
        Level.PASS,
        f"AceDesk {__version__}, {form}. “acedesk --self-test” checks that it is whole.",
    )


def check_data_dir(folder: pathlib.Path) -> Finding:
    """Tell whether AceDesk can keep its files: write permission and room."""
    name = "Data folder"
    there = _nearest(folder)
    try:
        if not os.access(there, os.W_OK):
            raise PermissionError(13, f"{there} may not be written")
        with tempfile.TemporaryFile(dir=there) as probe:
            probe.write(b"AceDesk")
        free = shutil.disk_usage(there).free
    except OSError as exc:
        return Finding(
            name,
            Level.FAIL,
            f"{folder} cannot be used: {exc.strerror}.",
            "Choose another one with --data-dir, or give your user the right to write there.",
        )
    room = f"{folder} ({free // (1024 * 1024)} MiB free)"
    if free < ENOUGH_BYTES:
        return Finding(name, Level.WARN, f"{room} is almost full.", "Make room on this disk.")
    return Finding(name, Level.PASS, room)


def check_settings(path: pathlib.Path, notes: tuple[str, ...]) -> Finding:
    """Tell whether the settings file could be read.

    Args:
        notes: What loading it told.
    """
    name = "Settings"
    if notes:
        return Finding(name, Level.WARN, " ".join(notes), f"Correct {path}, or delete it.")
    text = str(path) if path.exists() else "The defaults hold; nothing was changed yet."
    return Finding(name, Level.PASS, text)


def check_running(running: Running | None) -> Finding:
    """Tell whether an AceDesk works in the data folder now."""
    if running is None:
        return Finding("AceDesk", Level.PASS, "Not running at the moment.")
    return Finding(
        "AceDesk", Level.PASS, f"Runs on {running.base_url} (process {running.process_id})."
    )


def _nearest(folder: pathlib.Path) -> pathlib.Path:
    """Return `folder`, or what exists of the way to it: looking must not make folders."""
    return next(path for path in (folder, *folder.parents) if path.exists())
