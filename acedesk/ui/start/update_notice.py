"""Tells that a package has put another AceDesk in the place of the one that runs."""

from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer

from acedesk.process.program_file import ProgramFile
from acedesk.ui.widgets.error_card import ErrorCard

# Rarely enough to cost nothing; whoever has just upgraded looks at the window within that.
LOOK_EVERY_MS = 15_000


class UpdateNotice(QObject):
    """Looks at the program's file and tells once; AceDesk goes on as it is.

    Args:
        program: That of this process.
        card: Where it is told, with a button that restarts.
        tell: Says a sentence to who does not see the window.
        restart: Begins again, after asking where somebody watches.
    """

    def __init__(
        self,
        program: ProgramFile,
        card: ErrorCard,
        *,
        tell: Callable[[str], object],
        restart: Callable[[], object],
    ) -> None:
        super().__init__(card)
        self._program = program
        self._card = card
        self._tell = tell
        self._restart = restart
        self._timer = QTimer(self)
        self._timer.timeout.connect(self.look)
        self._timer.start(LOOK_EVERY_MS)

    def look(self) -> None:
        """Tell if there is another program by now."""
        if not self._program.is_replaced():
            return
        self._timer.stop()
        what = self.tr("AceDesk was updated.")
        now = self.tr("This one goes on until it is restarted.")
        self._card.show_text(what, now, action=self.tr("Restart"), do=self._restart)
        self._tell(f"{what} {now}")
