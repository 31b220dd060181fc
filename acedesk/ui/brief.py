"""What is said for a while and then goes by itself: "Copied" is no news a minute later."""

import contextlib
from typing import Final

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QAbstractButton, QWidget

# Long enough to read ten words twice, short enough not to be taken for news later.
BRIEF_MS: Final = 5000


def say_briefly(button: QAbstractButton, text: str) -> None:
    """Let a button say `text` for a while, then what it said before.

    Nothing happens where it is gone meanwhile, with its dialog or its row.
    """
    with contextlib.suppress(RuntimeError):
        usual = button.property("usual") or button.text()
        button.setProperty("usual", usual)
        button.setText(text)

        def restore() -> None:
            if button.text() == text:  # else it has something new to say
                button.setText(usual)

        QTimer.singleShot(BRIEF_MS, button, restore)


class BriefTimer(QTimer):
    """Hides a widget a while after it was shown by `show_briefly`."""

    def __init__(self, widget: QWidget) -> None:
        super().__init__(widget)
        self._widget = widget
        self.setSingleShot(True)
        self.timeout.connect(widget.hide)

    def show_briefly(self) -> None:
        """Show the widget, from now on for a while."""
        self._widget.show()
        self.start(BRIEF_MS)
