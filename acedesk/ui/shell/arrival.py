"""What a person notices of a start in the background: a tray icon, and what is not as wanted."""

from typing import Final

from PySide6.QtCore import QObject, QTimer

from acedesk.ui.shell.main_window import MainWindow
from acedesk.ui.shell.tray import Tray

# Panels start beside the programs of a session, on slow computers well after them. Who looks for
# AceDesk meanwhile starts it again, which shows the window.
TRAY_WAIT_MS: Final = 15_000


class Arrival(QObject):
    """Waits for a tray; where none comes, the window is put into the task bar.

    Args:
        told: What is other than wanted, such as a port that was taken; "" for nothing. It is told
            by a notification, or by the window where there is no tray. A card shows it, too.
    """

    def __init__(self, tray: Tray, window: MainWindow, told: str, *, background: bool) -> None:
        super().__init__(tray)
        self._tray = tray
        self._window = window
        self._told = told
        if tray.is_shown:
            self._tell()
        elif background:
            tray.appeared.connect(self._tell)
            QTimer.singleShot(TRAY_WAIT_MS, self, self._give_up)
        elif told:
            window.bring_to_front()

    def _tell(self) -> None:
        told, self._told = self._told, ""
        if told:
            self._tray.tell(told)

    def _give_up(self) -> None:
        if self._tray.is_shown or self._window.isVisible():
            return
        if self._told:
            self._window.bring_to_front()
        else:
            self._window.showMinimized()
