"""The clipboard, for everything in the windows that copies or pastes: nothing else uses it.

On Wayland a program may use the clipboard only while one of its windows has the keyboard, and write
it only after a key or click there; anything else the compositor drops without a word, and Qt does
not notice. So texts wait here until they can be copied, and nothing says "copied" before.
"""

import functools
from collections.abc import Callable
from typing import Final, cast

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QGuiApplication

from acedesk import clock

# Whoever comes to the window later than that does not expect that something is copied.
LONGEST_WAIT: Final = 60.0

# A window of ours has the keyboard.
_ACTIVE: Final = Qt.ApplicationState.ApplicationActive
_INPUTS: Final = (
    QEvent.Type.KeyPress,
    QEvent.Type.KeyRelease,
    QEvent.Type.MouseButtonPress,
    QEvent.Type.MouseButtonRelease,
    QEvent.Type.TouchBegin,
)


def _nothing() -> None:
    """What follows where nothing does."""


class Clipboard(QObject):
    """Copies and pastes now, or when the system allows it.

    Args:
        guarded: The system takes texts from windows in use only, as Wayland does.

    Signals:
        waiting: A text waits for a key or a click in one of our windows.
        replaced: Something else is there than before, from whomever.
    """

    waiting = Signal()
    replaced = Signal()

    def __init__(self, application: QGuiApplication, *, guarded: bool) -> None:
        super().__init__()
        self._application = application
        self._guarded = guarded
        self._in_use = False  # a key or a click came since a window of ours has the keyboard
        self._text: tuple[str, Callable[[], object], float] | None = None
        self._reader: tuple[Callable[[str], object], float] | None = None
        QGuiApplication.clipboard().dataChanged.connect(self.replaced)
        if guarded:
            application.applicationStateChanged.connect(self._state_changed)
            application.focusWindowChanged.connect(self._watch)
            self._state_changed(application.applicationState())

    @property
    def is_readable(self) -> bool:
        """What others copied can be read now; where it is False, `read` waits."""
        return not self._guarded or self._application.applicationState() is _ACTIVE

    def copy(self, text: str, then: Callable[[], object] = _nothing) -> None:
        """Put `text` there; `then` is called once it is there, and never when it cannot be."""
        self._text = (text, then, clock.monotonic())
        if not self._guarded or self._in_use:
            self._write()
        if self._text is not None:
            self.waiting.emit()

    def text(self) -> str:
        """Return the text that is there, "" where there is none or it cannot be read now."""
        return QGuiApplication.clipboard().text()

    def holds(self, text: str) -> bool:
        """Tell whether `text` is there, put by us; others are not asked, they may take seconds."""
        return QGuiApplication.clipboard().ownsClipboard() and self.text() == text

    def read(self, then: Callable[[str], object]) -> None:
        """Call `then` with the text, as soon as it can be read."""
        self._reader = (then, clock.monotonic())
        if self.is_readable:
            self._read()

    def _write(self) -> None:
        if self._text is None:
            return
        text, then, since = self._text
        if clock.monotonic() - since > LONGEST_WAIT:
            self._text = None
            return
        QGuiApplication.clipboard().setText(text)
        # Another program may hold the clipboard open (Windows): then the next key tries again.
        if self.text() == text:
            self._text = None
            then()

    def _read(self) -> None:
        waiting, self._reader = self._reader, None
        if waiting is not None and clock.monotonic() - waiting[1] <= LONGEST_WAIT:
            waiting[0](self.text())

    def _state_changed(self, state: Qt.ApplicationState) -> None:
        if state is _ACTIVE:
            self._watch()
            self._read()
        else:
            self._in_use = False

    def _watch(self) -> None:
        """Look for the first key or click in the window that has the keyboard now.

        Not in the whole application: a filter there meets objects that are being destroyed, and
        handing these to Python has ended the process.
        """
        window = QGuiApplication.focusWindow()
        if window is not None and not self._in_use:
            window.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in _INPUTS:
            watched.removeEventFilter(self)
            self._in_use = True
            self._write()
        return False


@functools.cache
def clipboard() -> Clipboard:
    """Return the one clipboard; made before there is a window, it knows which are in use."""
    application = cast("QGuiApplication", QGuiApplication.instance())
    guarded = QGuiApplication.platformName().startswith("wayland")
    return Clipboard(application, guarded=guarded)
