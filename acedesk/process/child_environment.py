"""The environment of the programs we start: the user's own, without what was put there for us.

Programs that carry their own libraries (PyInstaller, AppImage), and whoever starts AceDesk, set
variables that are meant for AceDesk alone: a VLC that finds our Qt plug-ins, or a browser that
finds our OpenSSL, does not start. Everything that starts a program takes its environment from here;
`tests/test_house.py` looks that none is forgotten.
"""

import os
import sys
from collections.abc import Iterable, Mapping
from typing import Final

# Where the bootloader of PyInstaller keeps what the user had ("NAME_ORIG"), and others after it.
_LIBRARY_PATHS: Final = (
    "LD_LIBRARY_PATH",
    "LIBPATH",
    "DYLD_LIBRARY_PATH",
    "DYLD_FRAMEWORK_PATH",
    "DYLD_FALLBACK_LIBRARY_PATH",
)
_OURS: Final = frozenset(
    {
        # Plug-ins and windows of our Qt; a player may have another version of Qt.
        "QT_PLUGIN_PATH",
        "QML_IMPORT_PATH",
        "QML2_IMPORT_PATH",
        "QTWEBENGINEPROCESS_PATH",
        # Set by the runtime of an AppImage.
        "APPDIR",
        "APPIMAGE",
        "APPIMAGE_UUID",
        "ARGV0",
        "OWD",
        # The permission to show a window, given to our launch and used up by it.
        "XDG_ACTIVATION_TOKEN",
        "DESKTOP_STARTUP_ID",
    }
)
_OUR_PREFIXES: Final = ("QT_QPA_", "_PYI_", "_MEIPASS")
# The look of Qt programs, which the user chooses for all of them; no build sets it.
_KEPT: Final = frozenset({"QT_QPA_PLATFORMTHEME"})


def child_environment(
    environ: Mapping[str, str] | None = None,
    *,
    bundle: str | None = None,
    program: str | None = None,
    separator: str = os.pathsep,
) -> dict[str, str]:
    """Return the environment to start a program with.

    A variable goes when it is meant for us alone. Of the others, paths into our own folders go; a
    variable that had only such paths goes with them. Library paths become what the user had.

    A Snap or a Flatpak that we run in stays: our children run in it as well. What a Snap left
    behind that only started us (a terminal) goes.

    Args:
        environ: What to begin with, by default the environment of this process.
        bundle: The folder of a frozen program's libraries, by default that of this one, if it is
            frozen.
        program: The path of the running program, by default that of this one.
        separator: Between the paths in a variable.
    """
    given = os.environ if environ is None else environ
    bundle = getattr(sys, "_MEIPASS", "") if bundle is None else bundle
    snap = given.get("SNAP", "")
    in_snap = bool(snap) and _is_inside(program or sys.executable, (snap,))
    folders = [bundle, given.get("APPDIR", ""), "" if in_snap else snap]
    # The root of the disk as "our folder" would leave nothing.
    folders = [folder.rstrip("/\\") for folder in folders if folder.strip("/\\")]
    found = {}
    for name, value in _with_own_library_paths(given).items():
        if not _is_ours(name) and (in_snap or not _is_of_snap(name)):
            outside = _outside(value, folders, separator)
            if outside or not value:
                found[name] = outside
    return found


def differences(environ: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return what to set so that our environment becomes that of a child; "" for what goes.

    For libraries that start programs with our environment and take changes only.
    """
    given = dict(os.environ if environ is None else environ)
    wanted = child_environment(given)
    gone = {name: "" for name in given if name not in wanted}
    return gone | {name: value for name, value in wanted.items() if given.get(name) != value}


def _with_own_library_paths(environ: Mapping[str, str]) -> dict[str, str]:
    found = dict(environ)
    for name in _LIBRARY_PATHS:
        original = found.pop(f"{name}_ORIG", None)
        if original:
            found[name] = original
        elif original is not None:
            found.pop(name, None)
    return found


def _is_ours(name: str) -> bool:
    return name not in _KEPT and (name in _OURS or name.startswith(_OUR_PREFIXES))


def _is_of_snap(name: str) -> bool:
    return name == "SNAP" or name.startswith("SNAP_")


def _outside(value: str, folders: Iterable[str], separator: str) -> str:
    """Return the list of paths in `value` without those inside `folders`."""
    if not any(folder in value for folder in folders):
        return value
    paths = value.split(separator)
    return separator.join(path for path in paths if not _is_inside(path, folders))


def _is_inside(path: str, folders: Iterable[str]) -> bool:
    return any(
        path == folder or path.startswith((f"{folder}/", f"{folder}\\")) for folder in folders
    )
