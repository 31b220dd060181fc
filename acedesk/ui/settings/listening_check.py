"""Asks the system about an address or port that is right as a text: another program may have it."""

from collections.abc import Callable
from typing import Final

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QWidget

from acedesk.errors import CannotListen, PortInUse
from acedesk.settings import parse
from acedesk.ui.actions import run_action
from acedesk.ui.desk import Desk
from acedesk.ui.settings.draft import Draft
from acedesk.words.errors import explain

TYPING_MS: Final = 150  # the pause after which a word counts as typed
LISTENING: Final = ("host", "port")


class ListeningCheck(QTimer):
    """Notes in the draft what the system says, once somebody has stopped typing.

    Signals:
        judged: The name of the setting that cannot be had so, "" where both can; and why.

    Args:
        show_error: Takes what went wrong while it was asked.
        page: Nothing is asked while it is hidden.
    """

    judged = Signal(str, object)

    def __init__(
        self, desk: Desk, draft: Draft, show_error: Callable[[Exception], object], page: QWidget
    ) -> None:
        super().__init__(page, interval=TYPING_MS, singleShot=True)
        self._desk = desk
        self._draft = draft
        self._show_error = show_error
        self._page = page
        self.timeout.connect(self._ask_when_typed)

    def follow(self) -> None:
        """Look at what stands in the fields now."""
        names = [name for name in LISTENING if self._draft.is_changed(name)]
        for name in names:
            self._draft.find(name, "")
        if names and not any(self._draft.problem(name) for name in names):
            self.start()
        else:
            self.stop()

    def _ask_when_typed(self) -> None:
        if self._page.isVisible():
            run_action(self._ask_system(), self._show_error, name="judge address and port")

    async def _ask_system(self) -> None:
        host, port = (parse(name, self._draft.text(name)) for name in LISTENING)
        problem = await self._desk.settings.listening_problem(host, port)
        wanted = tuple(self._draft.text(name).strip() for name in LISTENING)
        if wanted != (host, str(port)):  # something else was typed meanwhile
            return
        if not any(map(self._draft.is_changed, LISTENING)):  # it was saved meanwhile
            return
        shown = _row_of(problem, self._draft) if problem is not None else ""
        for name in LISTENING:
            words = explain(problem) if problem is not None and name == shown else None
            self._draft.find(name, f"{words.what} {words.action}".strip() if words else "")
        self.judged.emit(shown, problem)


def _row_of(problem: PortInUse | CannotListen, draft: Draft) -> str:
    """Return the setting a problem with listening is told at: one that was changed."""
    about_host = isinstance(problem, CannotListen) and problem.next_free is None
    likely, other = ("host", "port") if about_host else ("port", "host")
    return likely if draft.is_changed(likely) else other
