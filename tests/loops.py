"""The kinds of event loop that AceDesk runs on, for programs that tests start."""

import importlib.util

from tests.needs import need

# What a program begins with, so that `factory` makes its loop; and the package it takes.
_QT = "from PySide6.QtCore import QCoreApplication; app = QCoreApplication([]); "
_OURS = "from acedesk.ui.qt.event_loop import make_event_loop; "
_LOOPS = {
    "asyncio": ("asyncio", "import asyncio; factory = asyncio.new_event_loop"),
    "uvloop": ("uvloop", "import uvloop; factory = uvloop.new_event_loop"),
    "qasync": ("qasync", f"{_QT}import qasync; factory = lambda: qasync.QEventLoop(app)"),
    "desktop": ("qasync", f"{_QT}{_OURS}factory = lambda: make_event_loop(app)"),
}
LOOPS = tuple(_LOOPS)


def factory_of(loop: str) -> str:
    """Return the line of Python after which `factory` makes a loop of this kind."""
    package, line = _LOOPS[loop]
    need(importlib.util.find_spec(package), f"the package {package} is not installed")
    return line
