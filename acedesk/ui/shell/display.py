"""Tells whether a window can be opened at all, without importing Qt, which would abort."""

import sys
from collections.abc import Callable, Mapping

from acedesk.doctor.qt_libraries import is_loadable, missing_libraries


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
    xcb = chosen.startswith("xcb") or (not chosen and not environ.get("WAYLAND_DISPLAY"))
    missing = missing_libraries(xcb=xcb, loadable=loadable)
    if not missing:
        return None
    return (
        f"System libraries for windows are missing. Install them with “sudo apt install "
        f"{' '.join(missing)}”, or run “acedesk serve”, which needs no window."
    )
