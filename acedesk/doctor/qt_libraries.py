"""The system libraries of Qt's windows, and the Debian and Ubuntu packages that have them.

Whoever wants to know them asks here: the start of the desktop, the doctor and, through it, the
scripts in `packaging/`. Qt is never loaded: it would abort the process where one is missing
(https://doc.qt.io/qt-6/linux-requirements.html).
"""

import ctypes
from collections.abc import Callable, Mapping
from typing import Final

# What every window needs, on a screen or not (NEEDED of Qt's own libraries, PySide6 6.11.3).
WINDOW_LIBRARIES: Final[Mapping[str, str]] = {
    "libGL.so.1": "libgl1",
    "libEGL.so.1": "libegl1",
    "libfontconfig.so.1": "libfontconfig1",
    "libdbus-1.so.3": "libdbus-1-3",
    "libglib-2.0.so.0": "libglib2.0-0",
    "libxkbcommon.so.0": "libxkbcommon0",
    "libX11.so.6": "libx11-6",
}
# What the xcb plugin, for screens of X, needs beside them.
XCB_LIBRARIES: Final[Mapping[str, str]] = {
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
    "libX11-xcb.so.1": "libx11-xcb1",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-image.so.0": "libxcb-image0",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-randr.so.0": "libxcb-randr0",
    "libxcb-render.so.0": "libxcb-render0",
    "libxcb-render-util.so.0": "libxcb-render-util0",
    "libxcb-shape.so.0": "libxcb-shape0",
    "libxcb-shm.so.0": "libxcb-shm0",
    "libxcb-sync.so.1": "libxcb-sync1",
    "libxcb-util.so.1": "libxcb-util1",
    "libxcb-xfixes.so.0": "libxcb-xfixes0",
    "libxcb-xkb.so.1": "libxcb-xkb1",
}


def is_loadable(library: str) -> bool:
    """Tell whether the dynamic linker finds this library."""
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def missing_libraries(
    *, xcb: bool = True, loadable: Callable[[str], bool] = is_loadable
) -> tuple[str, ...]:
    """Return the packages of what is not there.

    Args:
        xcb: Windows are to be shown on a screen of X.
        loadable: Tells whether a library is there.
    """
    wanted = {**WINDOW_LIBRARIES, **(XCB_LIBRARIES if xcb else {})}
    return tuple(package for library, package in wanted.items() if not loadable(library))
