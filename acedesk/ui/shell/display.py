"""Tells whether a window can be opened at all, without importing Qt, which would abort."""

import ctypes
import sys
from collections.abc import Callable, Mapping
from typing import Final

# What Qt's xcb plugin needs beyond a bare system, and the Debian package that has it.
# WORKAROUND https://doc.qt.io/qt-6/linux-requirements.html: Qt aborts where one is missing.
XCB: Final = (
    ("libxcb-cursor.so.0", "libxcb-cursor0"),
    ("libxkbcommon-x11.so.0", "libxkbcommon-x11-0"),
    ("libX11-xcb.so.1", "libx11-xcb1"),
    ("libxcb-icccm.so.4", "libxcb-icccm4"),
    ("libxcb-image.so.0", "libxcb-image0"),
    ("libxcb-keysyms.so.1", "libxcb-keysyms1"),
    ("libxcb-randr.so.0", "libxcb-randr0"),
    ("libxcb-render.so.0", "libxcb-render0"),
    ("libxcb-render-util.so.0", "libxcb-render-util0"),
    ("libxcb-shape.so.0", "libxcb-shape0"),
    ("libxcb-shm.so.0", "libxcb-shm0"),
    ("libxcb-sync.so.1", "libxcb-sync1"),
    ("libxcb-util.so.1", "libxcb-util1"),
    ("libxcb-xfixes.so.0", "libxcb-xfixes0"),
    ("libxcb-xkb.so.1", "libxcb-xkb1"),
)
# What every Qt window needs, on a screen or not (ldd of libQt6Gui, PySide6 6.11).
ALWAYS: Final = (
    ("libGL.so.1", "libgl1"),
    ("libEGL.so.1", "libegl1"),
    ("libfontconfig.so.1", "libfontconfig1"),
    ("libdbus-1.so.3", "libdbus-1-3"),
    ("libglib-2.0.so.0", "libglib2.0-0"),
    ("libxkbcommon.so.0", "libxkbcommon0"),
    ("libX11.so.6", "libx11-6"),
)


def is_loadable(library: str) -> bool:
    """Tell whether the dynamic linker finds this library."""
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def display_problem(
    environ: Mapping[str, str],
    *,
    platform: str = sys.platform,
    loadable: Callable[[str], bool] = is_loadable,
) -> str | None:
    """Return why no window can be opened, as sentences with what to do; None when one can.

    Args:
        environ: The environment of the process.
        loadable: Tells whether a shared library is there.
    """
    if platform != "linux":
        return None
    chosen = environ.get("QT_QPA_PLATFORM", "").partition(":")[0]
    on_screen = bool(environ.get("DISPLAY") or environ.get("WAYLAND_DISPLAY"))
    if not chosen and not on_screen:
        return (
            "There is no screen here (DISPLAY and WAYLAND_DISPLAY are empty). "
            "“acedesk serve” runs AceDesk without a window."
        )
    wanted = list(ALWAYS)
    if chosen.startswith("xcb") or (not chosen and not environ.get("WAYLAND_DISPLAY")):
        wanted += XCB
    missing = [package for library, package in wanted if not loadable(library)]
    if not missing:
        return None
    return (
        f"System libraries for windows are missing. Install them with “sudo apt install "
        f"{' '.join(missing)}”, or run “acedesk serve”, which needs no window."
    )
