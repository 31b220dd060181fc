"""Hands snapshots to the windows: once a second while a window is on screen, else seldom."""

from PySide6.QtCore import QElapsedTimer, QObject, QTimer

from acedesk.model.snapshot import Snapshot
from acedesk.signals import Signal
from acedesk.ui.desk import Desk

# Rates, buffers and times are counted in whole seconds: more often there is nothing new to see.
WATCHED_MS = 1000
# The tray's tooltip has rates; five seconds old is new enough there.
TRAY_MS = 5000
# Several changes in a row (a stream starts: three within 20 ms) become one refresh.
COALESCE_MS = 50
# When much changes at once (a hundred streams start), the streams need the time more.
APART_MS = 250


class SnapshotRefresh(QObject):
    """Takes the snapshots.

    Signals:
        taken: With each snapshot.
    """

    def __init__(self, desk: Desk, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.taken: Signal[Snapshot] = Signal()
        self._desk = desk
        self._watched = False
        self._in_tray = False
        self._timer = QTimer(self)
        self._timer.timeout.connect(self.take)
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._since = QElapsedTimer()
        self._soon.timeout.connect(self.take)
        self._disconnect = desk.changed.connect(self._on_changed)

    def set_watched(self, watched: bool) -> None:
        """Tell whether a window is on screen."""
        if watched != self._watched:
            self._watched = watched
            self._adapt()

    def set_in_tray(self, in_tray: bool) -> None:
        """Tell whether a tray icon shows the state."""
        if in_tray != self._in_tray:
            self._in_tray = in_tray
            self._adapt()

    def take(self) -> None:
        """Take a snapshot now and hand it around."""
        self._soon.stop()
        if self._timer.isActive():
            self._timer.start()  # the next one is a whole interval away
        self._since.start()
        self.taken.emit(self._desk.snapshot())

    def stop(self) -> None:
        """Take no more snapshots."""
        self._disconnect()
        self._timer.stop()
        self._soon.stop()

    def _adapt(self) -> None:
        if not (self._watched or self._in_tray):
            self._timer.stop()
            return
        self._timer.start(WATCHED_MS if self._watched else TRAY_MS)
        self._soon.start(COALESCE_MS)

    def _on_changed(self) -> None:
        if (self._watched or self._in_tray) and not self._soon.isActive():
            passed = self._since.elapsed() if self._since.isValid() else APART_MS
            self._soon.start(max(COALESCE_MS, APART_MS - passed))
