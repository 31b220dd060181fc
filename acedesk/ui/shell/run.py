"""Runs the desktop: the one entry of this package for the command line."""

import asyncio
import os
import pathlib
import sys
from typing import Final

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtGui import QFontDatabase
from PySide6.QtWidgets import QApplication

from acedesk import __version__
from acedesk.process import startup_notification
from acedesk.store import window_state
from acedesk.tasks import spawn
from acedesk.ui.clipboard import clipboard
from acedesk.ui.look import theme
from acedesk.ui.look.resources import drawn_icon
from acedesk.ui.shell.closing import Application
from acedesk.ui.shell.display import NO_FONTS, CannotShow
from acedesk.ui.shell.main_window import MainWindow
from acedesk.ui.start.single_instance import Launch, try_hand_over
from acedesk.ui.startable_desk import MakeDesk
from acedesk.ui.window_state.window_memory import Values, WindowMemory

# Qt names these on Linux whether there is a font or none (QFontconfigDatabase).
_GENERIC_FAMILIES: Final = {"Serif", "Sans Serif", "Monospace"}


def run(
    make_desk: MakeDesk,
    *,
    link: str | None,
    background: bool,
    data_dir: pathlib.Path,
    theme_mode: str = "system",
) -> int:
    """Show the window, start the application behind it, and return the exit code or `RESTART`.

    A running AceDesk on the same data folder takes the link instead, and 0 is returned at once.

    Args:
        make_desk: Builds the application (not started); gets settings to be changed for this
            run, as after "Use port 8081". Called once the window is on screen: it may be slow.
        link: What was given on the command line, not parsed yet.
        background: Begin in the tray, without a window.
        theme_mode: The setting `theme`.
    """
    # Qt takes it out of the environment.
    launch = Launch(link=link or "", token=startup_notification.find_token(os.environ))
    application = build_application()
    if try_hand_over(data_dir, launch):
        startup_notification.complete(os.environ)
        return 0
    _need_fonts()
    clipboard()
    theme.set_up(theme_mode)
    window = MainWindow()
    memory = _remember(window, data_dir)
    if not background:
        window.show()
        # Paints the window before the slow imports of the application; no loop runs yet.
        application.processEvents()
    startup_notification.complete(os.environ)
    # Not before the window is on the screen: 90 modules, a tenth of a start.
    from acedesk.ui.shell.desktop import run_desktop

    code = run_desktop(
        application, window, make_desk, link=link, background=background, data_dir=data_dir
    )
    if window.page is not None:  # it has run: the data folder is ours
        window_state.save(data_dir, memory.values())
    return code


def _need_fonts() -> None:
    """Open no window that nobody could read.

    Raises:
        CannotShow: There are no fonts.
    """
    if not set(QFontDatabase.families()) - _GENERIC_FAMILIES:
        raise CannotShow(NO_FONTS)


def _remember(window: MainWindow, data_dir: pathlib.Path) -> WindowMemory:
    def keep(values: Values) -> None:
        work = asyncio.to_thread(window_state.save, data_dir, values)
        spawn(work, name="keep the window's size")

    return WindowMemory(
        window,
        window.stack,
        window_state.load(data_dir),
        show_page=window.show_page,
        keep=keep,
    )


def build_application() -> QApplication:
    """Return the QApplication, named as the desktop entry names it."""
    existing = QCoreApplication.instance()
    if isinstance(existing, QApplication):
        return existing
    QApplication.setHighDpiScaleFactorRoundingPolicy(
        Qt.HighDpiScaleFactorRoundingPolicy.PassThrough
    )
    # Qt takes its own options out of argv; ours are not for it.
    application = Application(sys.argv[:1])
    application.setApplicationName("acedesk")
    application.setApplicationDisplayName("AceDesk")
    application.setApplicationVersion(__version__)
    application.setDesktopFileName("acedesk")
    application.setWindowIcon(drawn_icon("acedesk"))
    application.setQuitOnLastWindowClosed(False)
    return application
