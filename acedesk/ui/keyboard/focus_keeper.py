"""Keyboard focus never jumps: where a focused control vanishes, one near it has the focus.

Qt hands the focus of a control that is hidden or disabled to whatever comes next, which may be at
the other end of the window.
"""

import contextlib
from typing import Final

from PySide6.QtCore import QEvent, QObject, Qt, QTimer
from PySide6.QtWidgets import QApplication, QMainWindow, QWidget

from acedesk.ui.keyboard.tab_order import first_in
from acedesk.ui.widgets.card import Card

# So many controls back a person remembers where the cursor was.
REMEMBERED: Final = 8


class FocusKeeper(QObject):
    """Watches the focus inside one window.

    The last control that had the focus and still can have it gets it; what a person chose with
    mouse or Tab is never changed. A button that is disabled while it works has the focus
    again afterwards, unless a person went on elsewhere.
    """

    def __init__(self, window: QMainWindow) -> None:
        super().__init__(window)
        self._window = window
        self._last: list[QWidget] = []
        self._keeping = False
        self._disabled: QWidget | None = None  # the focus is at `_substitute` meanwhile
        self._substitute: QWidget | None = None
        application = QApplication.instance()
        assert isinstance(application, QApplication)
        application.focusChanged.connect(self._moved)

    def _moved(self, old: QWidget | None, new: QWidget | None) -> None:
        if new is not self._substitute and not self._keeping:
            self._forget_disabled()
        if new is not None and new.window() is self._window and not self._keeping:
            others = [one for one in self._last if one is not new]
            self._last = [*others[-REMEMBERED:], new]
        if old is not None and old.window() is self._window:
            # The control is hidden or disabled only after it has lost the focus.
            QTimer.singleShot(0, self, lambda: self._look_after(old, new))

    def _look_after(self, old: QWidget, new: QWidget | None) -> None:
        if _can_have_focus(old):
            return  # it could have stayed: somebody went away from it
        now = QApplication.focusWidget()
        if now is not new and _can_have_focus(now):
            return  # somebody has put it somewhere since
        if now is new and _are_in_one_card(old, new):
            return  # near enough, and perhaps put there on purpose
        for widget in reversed(self._last):
            if widget is not new and widget is not old and _can_have_focus(widget):
                self._put(widget)
                self._remember_disabled(old, widget)
                return
        if now is new and (near := _nearest(old)) is not None:
            self._put(near)

    def _put(self, widget: QWidget) -> None:
        self._keeping = True
        widget.setFocus(Qt.FocusReason.OtherFocusReason)
        self._keeping = False

    def _remember_disabled(self, disabled: QWidget, substitute: QWidget) -> None:
        self._forget_disabled()
        with contextlib.suppress(RuntimeError):  # it is gone for good
            disabled.installEventFilter(self)
            substitute.installEventFilter(self)
            self._disabled, self._substitute = disabled, substitute

    def _forget_disabled(self) -> None:
        for widget in (self._disabled, self._substitute):
            with contextlib.suppress(RuntimeError):  # it is gone for good
                if widget is not None:
                    widget.removeEventFilter(self)
        self._disabled = self._substitute = None

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self._substitute and event.type() == QEvent.Type.KeyPress:
            self._forget_disabled()  # somebody works there now
        elif watched is self._disabled and event.type() == QEvent.Type.EnabledChange:
            QTimer.singleShot(0, self, self._give_back)
        return False

    def _give_back(self) -> None:
        disabled, substitute = self._disabled, self._substitute
        if disabled is not None and _can_have_focus(disabled):
            self._forget_disabled()
            if QApplication.focusWidget() is substitute:
                self._put(disabled)


def _nearest(gone: QWidget) -> QWidget | None:
    """Return a control beside one that is gone: in the same card, else on the same page."""
    with contextlib.suppress(RuntimeError):  # it is gone for good
        around = gone.parentWidget()
        while around is not None:
            if around.isVisible() and (found := first_in(around)) is not None:
                return found
            around = around.parentWidget()
    return None


def _are_in_one_card(old: QWidget, new: QWidget | None) -> bool:
    try:
        around = old.parentWidget()
        while around is not None and not isinstance(around, Card):
            around = around.parentWidget()
        return new is not None and around is not None and around.isAncestorOf(new)
    except RuntimeError:  # one of them is gone for good
        return False


def _can_have_focus(widget: QWidget | None) -> bool:
    if widget is None:
        return False
    try:
        able = widget.isVisible() and widget.isEnabled()
        return able and widget.focusPolicy() != Qt.FocusPolicy.NoFocus
    except RuntimeError:  # it is gone for good
        return False
