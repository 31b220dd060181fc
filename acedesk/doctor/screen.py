"""Whether a window could be shown. Looks at packages, libraries and variables, never loads Qt."""

import ctypes
import pathlib
import sys
from collections.abc import Callable, Mapping
from typing import Final

from acedesk.doctor.finding import Finding, Level
from acedesk.doctor.qt_libraries import missing_libraries
from acedesk.words.errors import Explanation

FONT_FOLDERS: Final = ("/usr/share/fonts", "/usr/local/share/fonts", "~/.local/share/fonts")
FONT_SUFFIXES: Final = (".ttf", ".otf", ".ttc")


def check_qt(
    version: Callable[[str], str] | None = None,
    *,
    python: tuple[int, ...] = sys.version_info[:2],
    frozen: bool = hasattr(sys, "frozen"),
) -> Finding:
    """Tell which Qt is installed.

    Args:
        version: Returns that of a package, as installed by default.
        python: The version that runs us.
        frozen: We are a program with everything in it, where packages have no versions.
    """
    import importlib.metadata  # 10 ms that a start of the window does not need

    try:
        found = (version or importlib.metadata.version)("PySide6-Essentials")
    except importlib.metadata.PackageNotFoundError:
        if frozen:
            return Finding("Qt", Level.PASS, "Part of this program.")
        return Finding(
            "Qt",
            Level.WARN,
            "PySide6 is not installed: there is no window.",
            "Use “acedesk serve”.",
        )
    if found.startswith("6.12.") and python < (3, 12):
        return Finding(
            "Qt",
            Level.FAIL,
            f"PySide6 {found} has a fault on Python 3.11 that ends AceDesk without warning.",
            "Install PySide6-Essentials 6.11, or use Python 3.12 or newer.",
        )
    return Finding("Qt", Level.PASS, f"PySide6 {found}")


def check_screen(
    environ: Mapping[str, str],
    *,
    missing: Callable[[], tuple[str, ...]] | None = None,
    answers: Callable[[str], bool] | None = None,
    platform: str = sys.platform,
) -> Finding:
    """Tell whether there is a screen, and everything Qt needs to draw on it."""
    name = "Screen"
    if platform != "linux":
        return Finding(name, Level.PASS, "The system's own.")
    screen = environ.get("WAYLAND_DISPLAY") or environ.get("DISPLAY")
    if not screen:
        return Finding(
            name,
            Level.WARN,
            "There is no screen: neither DISPLAY nor WAYLAND_DISPLAY is set.",
            "Use “acedesk serve” here.",
        )
    packages = (missing or missing_packages)()
    if packages:
        return Finding(
            name,
            Level.FAIL,
            f"Screen {screen}, but libraries for Qt are missing.",
            f"sudo apt install {' '.join(packages)}",
        )
    if not environ.get("WAYLAND_DISPLAY") and not (answers or x_screen_answers)(screen):
        said = _no_answer(screen)
        return Finding(name, Level.FAIL, said.what, said.advice)
    return Finding(name, Level.PASS, f"Screen {screen}, all libraries for Qt are there.")


def screen_problem(
    environ: Mapping[str, str], *, platform: str = sys.platform
) -> Explanation | None:
    """Return why Qt would abort on a screen that is named but not there, None when it is."""
    screen = environ.get("DISPLAY", "")
    other = environ.get("WAYLAND_DISPLAY") or environ.get("QT_QPA_PLATFORM", "xcb") != "xcb"
    if not screen or other or platform != "linux" or x_screen_answers(screen):
        return None
    return _no_answer(screen)


def x_screen_answers(screen: str) -> bool:
    """Return whether an X server accepts us there; True where that cannot be asked."""
    try:
        xcb = ctypes.CDLL("libxcb.so.1")
    except OSError:
        return True
    xcb.xcb_connect.restype = ctypes.c_void_p
    xcb.xcb_connection_has_error.argtypes = [ctypes.c_void_p]
    xcb.xcb_disconnect.argtypes = [ctypes.c_void_p]
    connection = xcb.xcb_connect(screen.encode(), None)
    try:
        return not xcb.xcb_connection_has_error(connection)
    finally:
        xcb.xcb_disconnect(connection)


def _no_answer(screen: str) -> Explanation:
    return Explanation(
        f"The screen {screen} (DISPLAY) does not answer, or refuses this user.",
        action="Start AceDesk inside the desktop session; it also runs without a window.",
        command="acedesk serve",
    )


def missing_packages() -> tuple[str, ...]:
    """Return the Debian packages of what is not there: libraries, and some font."""
    missing = missing_libraries()
    if not any(_has_fonts(pathlib.Path(folder).expanduser()) for folder in FONT_FOLDERS):
        missing += ("fonts-dejavu-core",)
    return missing


def _has_fonts(folder: pathlib.Path) -> bool:
    return any(file.suffix in FONT_SUFFIXES for file in folder.rglob("*"))
