"""A message of the system's own, for a start that fails before there is a window of ours.

Who clicked an icon sees no terminal. Nothing of a broken installation is needed here: the standard
library and a program that most desktops have.
"""

import contextlib
import ctypes
import os
import pathlib
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from typing import Any, Final

from acedesk.process.child_environment import child_environment

TITLE: Final = "AceDesk"
# A program that cannot open its window ends well within that, in seconds; one that shows something
# stays. It goes on when we end.
FIRST_MOMENT: Final = 1.0
LONGEST: Final = 4000

# zenity has no details of its own: a second dialog shows them, to be marked and copied.
_ZENITY: Final = """\
if [ -z "$3" ]; then exec "$0" --error --title="$1" --no-markup --width=440 --text="$2"; fi
answer=$("$0" --error --title="$1" --no-markup --width=440 --text="$2" --extra-button=Details)
code=$?
[ "$answer" = Details ] || exit "$code"
printf '%s\\n' "$3" | "$0" --text-info --title="$1" --width=640 --height=240
"""
_APPLE_SCRIPT: Final = (
    "on run argv",
    "display alert (item 1 of argv) message (item 2 of argv) as critical",
    "end run",
)

Box = Callable[[str, str], object]


def split(text: str) -> tuple[str, str]:
    """Return what happened (the first sentence) and the rest, which may have commands."""
    first, stop, rest = text.partition(". ")
    return (f"{first}.", rest) if stop else (text, "")


def incomplete(error: ImportError) -> str:
    """Return what to say of an installation that lacks a part or has one that does not load."""
    why = " ".join(str(error).split()).rstrip(".")
    return f"A part of AceDesk is missing or broken: install AceDesk again. It says: {why}."


def is_unseen(streams: tuple[Any, ...] | None = None) -> bool:
    """Tell whether nobody reads a terminal: none of the standard streams is one.

    Args:
        streams: Those of the process by default; None for one that is closed.
    """
    found = (sys.stdin, sys.stdout, sys.stderr) if streams is None else streams
    with contextlib.suppress(ValueError, OSError):
        return not any(stream is not None and stream.isatty() for stream in found)
    return True


def show(
    text: str,
    details: str = "",
    *,
    environ: Mapping[str, str],
    platform: str = sys.platform,
    box: Box | None = None,
    fonts: bool = True,
) -> bool:
    """Show `text`, and `details` to those who want them; does not wait until it was read.

    On Windows it does wait: the message belongs to this process there.

    Args:
        details: Commands and causes, for those who know a shell.
        environ: That of this process.
        platform: As `sys.platform`.
        box: Shows title and text on Windows, by default the system's message box.
        fonts: There are some; without them only a program of X itself can show a text.

    Returns:
        True when something shows it.
    """
    text, details = _plain(text), _plain(details)
    if platform == "win32":
        (box or _message_box)(TITLE, f"{text}\n\n{details}".strip())
        return True
    found = commands(text, details, environ, platform)
    if not fonts:
        found = [argv for argv in found if pathlib.PurePath(argv[0]).name == "xmessage"]
    return any(_starts(argv, environ) for argv in found)


def commands(
    text: str, details: str, environ: Mapping[str, str], platform: str
) -> list[tuple[str, ...]]:
    """Return the programs to try, best first, each with its arguments."""
    path = environ.get("PATH", os.defpath)

    def find(name: str) -> str | None:
        return shutil.which(name, path=path)

    if platform == "darwin":
        script = [part for line in _APPLE_SCRIPT for part in ("-e", line)]
        tool = find("osascript")
        return [(tool, *script, f"{TITLE}: {text}", details)] if tool else []
    found: list[tuple[str, ...]] = []
    both = f"{text}\n\n{details}".strip()
    if environ.get("DISPLAY") or environ.get("WAYLAND_DISPLAY"):
        if tool := find("zenity"):
            found.append(("/bin/sh", "-c", _ZENITY, tool, TITLE, text, details))
        if tool := find("kdialog"):
            kind = ("--detailederror", text, details) if details else ("--error", text)
            # What its own desktop brings looks at home.
            place = 0 if "KDE" in environ.get("XDG_CURRENT_DESKTOP", "") else len(found)
            found.insert(place, (tool, "--title", TITLE, *kind))
        if environ.get("DISPLAY") and (tool := find("xmessage")):
            found.append((tool, "-center", "-title", TITLE, "-buttons", "OK:0", both))
    if tool := find("notify-send"):
        urgent = ("--urgency=critical", "--app-name=AceDesk", "--icon=acedesk")
        found.append((tool, *urgent, text, details) if details else (tool, *urgent, text))
    return found


def _plain(text: str) -> str:
    """Return the text without what no argument may have; a leading dash is no option."""
    clean = "".join(sign for sign in text if sign.isprintable() or sign == "\n")[:LONGEST].strip()
    return f" {clean}" if clean.startswith("-") else clean


def _starts(argv: tuple[str, ...], environ: Mapping[str, str]) -> bool:
    """Start a program; tell whether it seems to show what it should."""
    try:
        process = subprocess.Popen(  # noqa: S603 - fixed programs, no text of ours is run
            argv,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            env=child_environment(environ),
        )
    except OSError:
        return False
    try:
        return process.wait(FIRST_MOMENT) == 0
    except subprocess.TimeoutExpired:
        process.returncode = 0  # it goes on without us: no warning that it still runs
        return True


def _message_box(title: str, text: str) -> None:
    """Show the box of Windows; returns when it was closed."""
    user32 = getattr(ctypes, "windll").user32  # noqa: B009 - on Windows only
    error_sign, in_front = 0x10, 0x10000
    user32.MessageBoxW(None, text, title, error_sign | in_front)
