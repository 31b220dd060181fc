"""What closing the window and quitting mean: ask once, and never cut off viewers unasked."""

from collections.abc import Callable, Coroutine
from typing import Any

from PySide6.QtCore import QCoreApplication, QEvent, Signal
from PySide6.QtWidgets import QApplication

from acedesk.errors import AceDeskError
from acedesk.ui.actions import run_action
from acedesk.ui.desk import Desk
from acedesk.ui.dialogs import Choice, DialogAnswer, ask
from acedesk.ui.page import Unsaved
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
        self._asking = False

    def close(self) -> None:
        """The window was closed."""
        self._begin(self._close, "close window")

    def quit(self) -> None:
        """The user wants AceDesk to end."""
        self._begin(self._quit, "quit by user")

    def restart(self, end: Callable[[], None]) -> None:
        """AceDesk is to end by `end` and begin again; only what would be lost is asked about."""

        async def ask_and_end() -> None:
            if await self._may_leave(_tr("Restart without saving"), _tr("Save and restart")):
                end()

        self._begin(ask_and_end, "restart by user")

    def _begin(self, work: Callable[[], Coroutine[Any, Any, None]], name: str) -> None:
        if self._asking:
            return
        self._asking = True
        run_action(work(), self._window.show_error, name=name, on_done=self._asked)

    def _asked(self) -> None:
        self._asking = False

    async def _close(self) -> None:
        action, viewers, remember = self._desk.settings.current.close_action, 0, False
        if action == "ask":
            viewers = self._desk.snapshot().viewers
            answer = await self._ask_close(viewers)
            action, remember = answer.choice, answer.checked
        # Who watches was told with the question.
        if action == "quit" and not (await self._may_quit() if viewers else await self._ask_quit()):
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
        if await self._ask_quit():
            self._quit_now()

    async def _ask_quit(self) -> bool:
        """Return whether AceDesk may end, as far as viewers and settings are concerned."""
        viewers = self._desk.snapshot().viewers
        if viewers:
            title = f"{_watching(viewers)} Quit?"
            choices = (Choice("", _tr("Cancel")), Choice("quit", _tr("Quit"), "primary"))
            parent = self._window if self._window.isVisible() else None
            answer = await ask(parent, title, _tr("Their streams end with AceDesk."), choices)
            if answer.choice != "quit":
                return False
        return await self._may_quit()

    async def _may_quit(self) -> bool:
        return await self._may_leave(_tr("Quit without saving"), _tr("Save and quit"))

    async def _may_leave(self, discard: str, save: str) -> bool:
        """Ask about what was changed and not saved; return whether AceDesk may end.

        Args:
            discard, save: What the buttons say.
        """
        stack = self._window.stack
        name = stack.unsaved_page
        if not name:
            return True
        # It is asked about what can be seen.
        self._window.show_page(name)
        self._window.bring_to_front()
        page = stack.pages[name]
        answer = await self._ask_unsaved(page.unsaved, discard, save)
        if answer == "correct":
            page.show_setting(page.unsaved.first_problem)
        if answer == "save":
            try:
                await page.save_unsaved()
            except AceDeskError as exc:
                page.show_error(exc)
                return False
        return answer in ("save", "discard")

    async def _ask_unsaved(self, unsaved: Unsaved, discard: str, save: str) -> str:
        """Return "save", "discard", "correct", or "" to go on."""
        text = _tr("Changed and not saved: {0}.").format(unsaved.text)
        if unsaved.problems:
            title = f"{discard}?"
            text += " " + _tr("This cannot be saved as it is: {0}.").format(unsaved.problems)
            good = Choice("correct", _tr("Correct it"), "primary")
            choices = [Choice("discard", discard), good]
        else:
            title = _tr("Save the settings first?")
            choices = [Choice("discard", discard), Choice("save", save, "primary")]
        answer = await ask(self._window, title, text, [Choice("", _tr("Cancel")), *choices])
        return answer.choice


def _watching(viewers: int) -> str:
    """Return "2 viewers are watching.", "" for none."""
    verb = "is" if viewers == 1 else "are"
    return f"{numbers.count(viewers, 'viewer')} {verb} watching." if viewers else ""


def _tr(text: str) -> str:
    return QCoreApplication.translate("Closing", text)
