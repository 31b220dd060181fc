"""Runs the checks that need Qt, on a loop like the desktop's and on no screen."""

import sys
import types
from collections.abc import Callable

from PySide6.QtCore import qVersion
from PySide6.QtGui import QGuiApplication

from acedesk.doctor.finding import Finding, Level
from acedesk.process import gc_tuning
from acedesk.ui.clipboard import clipboard
from acedesk.ui.look import theme
from acedesk.ui.qt.event_loop import make_event_loop
from acedesk.ui.self_test.drawings import check_icon_font, check_program_icon, check_svg
from acedesk.ui.self_test.pages import check_pages
from acedesk.ui.shell.run import build_application
from acedesk.ui.startable_desk import StartableDesk


def run(make_desk: Callable[[], StartableDesk]) -> tuple[Finding, ...]:
    """Return what was found.

    Args:
        make_desk: Makes the application behind the window, not started.
    """
    application = build_application()
    clipboard()
    theme.set_up("light")
    platform = QGuiApplication.platformName()
    findings = [
        Finding("Qt", Level.PASS, f"Qt {qVersion()} on the platform {platform}."),
        check_icon_font(),
        check_program_icon(),
        check_svg(),
    ]
    bugs = SlotErrors()
    loop = make_event_loop(application)
    with loop, gc_tuning.LoopCollector(loop), bugs:
        findings.append(loop.run_until_complete(check_pages(make_desk)))
    return (*findings, *bugs.findings)


class SlotErrors:
    """Takes what Qt slots raise while it is entered: PySide hands it to `sys.excepthook`."""

    def __init__(self) -> None:
        self.findings: list[Finding] = []
        self._hook = sys.excepthook

    def __enter__(self) -> "SlotErrors":
        self._hook, sys.excepthook = sys.excepthook, self._take
        return self

    def __exit__(self, *_error: object) -> None:
        sys.excepthook = self._hook

    def _take(
        self,
        kind: type[BaseException],
        error: BaseException,
        _trace: types.TracebackType | None,
    ) -> None:
        self.findings.append(Finding("Window", Level.FAIL, f"{kind.__name__}: {error}"))
