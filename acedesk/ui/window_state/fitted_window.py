"""Keeps a window within its screen, and tells its side when it becomes narrow."""

from collections.abc import Callable
from typing import Final

from PySide6.QtCore import QEvent, QObject, QRect, QTimer
from PySide6.QtWidgets import QMainWindow

from acedesk.ui.look import tokens
from acedesk.ui.window_state.screen_fit import first_size, minimum_size, moved_inside

# The window manager has put its frame around the window by then.
FRAMED_MS: Final = 300


class FittedWindow(QObject):
    """Sizes `window` for its screen.

    Args:
        set_narrow: Called with True when there is no room for words at the side.
    """

    def __init__(self, window: QMainWindow, set_narrow: Callable[[bool], object]) -> None:
        super().__init__(window)
        self._window = window
        self._set_narrow = set_narrow
        self._framed = QTimer(self, interval=FRAMED_MS)
        self._framed.setSingleShot(True)
        self._framed.timeout.connect(self._move_inside)
        screen = self._screen()
        window.setMinimumSize(minimum_size(screen))
        window.resize(first_size(screen))
        window.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        match event.type():
            case QEvent.Type.Resize:
                self._set_narrow(self._window.width() < tokens.NARROW_WIDTH)
            case QEvent.Type.Show:
                self._framed.start()
            case QEvent.Type.ScreenChangeInternal | QEvent.Type.DevicePixelRatioChange:
                self._window.setMinimumSize(minimum_size(self._screen()))
            case _:
                pass
        return False

    def _screen(self) -> QRect:
        return self._window.screen().availableGeometry()

    def _move_inside(self) -> None:
        """Correct what was not known before the window had its frame."""
        window, screen = self._window, self._screen()
        if not window.isVisible() or window.isMaximized() or window.isFullScreen():
            return
        frame, inner = window.frameGeometry(), window.geometry()
        around = frame.size() - inner.size()
        if frame.width() > screen.width() or frame.height() > screen.height():
            window.resize(inner.size().boundedTo(screen.size() - around))
            frame.setSize(window.size() + around)
        place = moved_inside(frame, screen)
        if place is not None:
            window.move(place)
