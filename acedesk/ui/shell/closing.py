"""What closing the window and quitting mean: ask once, and never cut off viewers unasked."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from PySide6.QtCore import QCoreApplication, QEvent, Qt, Signal
from PySide6.QtWidgets import QApplication, QDialog

from acedesk.ui.actions import run_action
from acedesk.ui.desk import Desk
from acedesk.ui.dialogs import AskDialog, Choice, DialogAnswer, ask
from acedesk.ui.settings.unsaved_question import QUIT, RESTART, Leaving, may_leave, may_lose
from acedesk.ui.shell.main_window import MainWindow
from acedesk.words import numbers


class Application(QApplication):
    """The QApplication; who asks it to quit is not the user, so nobody is asked.

    The session manager at the end of a session, the system's dock and D-Bus do. Qt would close all
    windows and end the loop, and the engines would never be told.

    Signals:
        quit_asked: It is to end, whatever is open.
    """

    quit_asked = Signal()

    def event(self, event: QEvent) -> bool:
        """Take what asks to quit; everything else is Qt's."""
        if event.type() == QEvent.Type.Quit:
            event.ignore()
            self.quit_asked.emit()
            return True
        return super().event(event)


class Closing:
    """Decides, with the user where needed.

    Args:
        has_tray: Tells whether a tray icon can bring the window back.
        quit_now: Ends AceDesk, nothing more is asked.
    """

    def __init__(
        self,
        window: MainWindow,
        desk: Desk,
        *,
        has_tray: Callable[[], bool],
        quit_now: Callable[[], None],
    ) -> None:
        self._window = window
        self._desk = desk
        self._has_tray = has_tray
        self._quit_now = quit_now
        self._task: asyncio.Task[None] | None = None
        self._ended = False

    def close(self) -> None:
        """The window was closed."""
        self._begin(self._close, "close window")

    def quit(self) -> None:
        """The user wants AceDesk to end."""
        self._begin(self._quit, "quit by user")

    def restart(self, end: Callable[[], None], viewers: int) -> None:
        """AceDesk is to end by `end` and begin again; what would be lost is asked about.

        Args:
            viewers: Who asked was told of so many.
        """

        async def ask_and_end() -> None:
            if await self._may_end(RESTART, told=viewers):
                end()

        self._begin(ask_and_end, "restart by user")

    def abandon(self) -> None:
        """AceDesk ends, whatever somebody is asked; no answer counts any more."""
        self._ended = True
        if self._task is not None:
            self._task.cancel()

    def _begin(self, work: Callable[[], Coroutine[Any, Any, None]], name: str) -> None:
        if self._ended:
            return
        if self._task is not None:
            self._show_question()
            return
        self._task = run_action(work(), self._window.show_error, name=name, on_done=self._asked)

    def _show_question(self) -> None:
        """Bring what is asked already before everything else, wherever it is."""
        for dialog in QApplication.topLevelWidgets():
            if not isinstance(dialog, AskDialog) or not dialog.isVisible():
                continue
            if dialog.parent() is not None:  # asked over the window, and put away with it
                self._window.bring_to_front()
            dialog.setWindowState(dialog.windowState() & ~Qt.WindowState.WindowMinimized)
            dialog.raise_()
            dialog.activateWindow()

    def _asked(self) -> None:
        self._task = None

    async def _close(self) -> None:
        action, viewers, remember = self._desk.settings.current.close_action, 0, False
        if action == "ask":
            viewers = self._desk.snapshot().viewers
            answer = await self._ask_close(viewers)
            action, remember = answer.choice, answer.checked
        # Who watches was told with the question.
        if action == "quit" and not await self._may_end(QUIT, told=viewers):
            return
        if action and remember:
            await self._desk.settings.save({"close_action": action})
        if action == "tray":
            self._put_away()
        elif action == "quit":
            self._quit_now()

    async def _ask_close(self, viewers: int) -> DialogAnswer:
        keep = _tr("Keep running in the tray") if self._has_tray() else _tr("Keep running")
        choices = (
            Choice("", _tr("Cancel")),
            Choice("quit", _tr("Quit")),
            Choice("tray", keep, "primary"),
        )
        text = _tr("Players get their streams only while AceDesk runs.")
        return await ask(
            self._window,
            _tr("Keep AceDesk running?"),
            f"{_watching(viewers)} {text}".strip(),
            choices,
            check_text=_tr("Remember my choice"),
        )

    def _put_away(self) -> None:
        # Without a tray nothing could bring a hidden window back.
        if self._has_tray():
            self._window.hide()
        else:
            self._window.showMinimized()

    async def _quit(self) -> None:
        if await self._may_end(QUIT, told=0):
            self._quit_now()

    async def _may_end(self, leaving: Leaving, *, told: int) -> bool:
        """Ask about what is not saved, then about viewers; return whether to end.

        Args:
            told: Of so many viewers who is asked knows already.
        """
        for dialog in self._window.findChildren(QDialog):
            if dialog.isVisible() and dialog.isWindowModified():
                self._window.bring_to_front()
                if not await may_lose(dialog, leaving):
                    return False
        stack = self._window.stack
        name = stack.unsaved_page
        if name:
            # It is asked about what can be seen.
            self._window.show_page(name)
            self._window.bring_to_front()
            if not await may_leave(stack.pages[name], self._window, leaving):
                return False
        viewers = self._desk.snapshot().viewers  # some may have come meanwhile
        if viewers <= told:
            return True
        verb = _tr("Restart") if leaving is RESTART else _tr("Quit")
        title = f"{_watching(viewers)} {verb}?"
        choices = (Choice("", _tr("Cancel")), Choice("quit", verb, "primary"))
        parent = self._window if self._window.isVisible() else None
        answer = await ask(parent, title, _tr("Their streams end with AceDesk."), choices)
        return answer.choice == "quit"


def _watching(viewers: int) -> str:
    """Return "2 viewers are watching.", "" for none."""
    verb = "is" if viewers == 1 else "are"
    return f"{numbers.count(viewers, 'viewer')} {verb} watching." if viewers else ""


def _tr(text: str) -> str:
    return QCoreApplication.translate("Closing", text)
