"""Tells whether a window can be opened at all, without importing Qt, which would abort."""

import sys
from collections.abc import Callable, Mapping
from typing import Final

from acedesk.doctor.qt_libraries import is_loadable, missing_libraries
from acedesk.words.errors import Explanation

NO_FONTS: Final = Explanation(
    "This computer has no fonts.",
    "The window of AceDesk would be without any text.",
    action="Install some, then start AceDesk again.",
    command="sudo apt install fonts-dejavu-core",
)
SCREEN_GONE: Final = Explanation(
    "The screen is gone: its display server has ended.",
    now="AceDesk ends with it; engines in Docker go on.",
    action="Start AceDesk again. It also runs without a window.",
    command="acedesk serve",
)


class CannotShow(Exception):
    """No window can be shown; `problem` says why."""

    def __init__(self, problem: Explanation) -> None:
        super().__init__(problem.line)
        self.problem = problem


def display_problem(
    environ: Mapping[str, str],
    *,
    platform: str = sys.platform,
    loadable: Callable[[str], bool] = is_loadable,
) -> Explanation | None:
    """Return why no window can be opened, and what to do; None when one can.

    Args:
        environ: The environment of the process.
        loadable: Tells whether a shared library is there.
    """
    if platform != "linux":
        return None
    chosen = environ.get("QT_QPA_PLATFORM", "").partition(":")[0]
    on_screen = bool(environ.get("DISPLAY") or environ.get("WAYLAND_DISPLAY"))
    if not chosen and not on_screen:
        return Explanation(
            "There is no screen here.",
            "DISPLAY and WAYLAND_DISPLAY are empty.",
            action="AceDesk also runs without a window.",
            command="acedesk serve",
        )
    xcb = chosen.startswith("xcb") or (not chosen and not environ.get("WAYLAND_DISPLAY"))
    missing = missing_libraries(xcb=xcb, loadable=loadable)
    if not missing:
        return None
    return Explanation(
        "AceDesk cannot open its window here.",
        f"Parts of the system are missing: {', '.join(missing)}.",
        action="Install these packages, then start AceDesk again.",
        command=f"sudo apt install {' '.join(missing)}",
    )
