"""Opens a page in the user's browser, with the user's own environment.

Qt starts the browser with ours. Where that holds libraries of a frozen build, the browser would
load those and end; then xdg-open is started as all other programs are.
"""

import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices

from acedesk.process.child_environment import child_environment

# What a browser does not look at, or what it needs and Qt itself hands on.
_HARMLESS = frozenset({"QT_QPA_PLATFORM", "XDG_ACTIVATION_TOKEN", "DESKTOP_STARTUP_ID"})


def open_page(
    url: str,
    *,
    environ: Mapping[str, str] | None = None,
    platform: str = sys.platform,
    by_qt: Callable[[QUrl], object] | None = None,
) -> None:
    """Open `url`; returns at once.

    Args:
        environ: That of this process.
        platform: As `sys.platform`.
        by_qt: How Qt does it, by default its own way.
    """
    ours = dict(os.environ if environ is None else environ)
    theirs = child_environment(ours)
    tool = shutil.which("xdg-open", path=theirs.get("PATH")) if platform == "linux" else None
    changed = {name for name, value in ours.items() if theirs.get(name) != value}
    if tool is None or changed <= _HARMLESS:
        (by_qt or QDesktopServices.openUrl)(QUrl(url))
        return
    # It may take a second, and somebody has to wait for its end.
    threading.Thread(target=_start, args=(tool, url, theirs), name="open page", daemon=True).start()


def _start(tool: str, url: str, environ: Mapping[str, str]) -> None:
    subprocess.run(  # noqa: S603 - a fixed program and an address of ours
        [tool, url],
        env=environ,
        check=False,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
