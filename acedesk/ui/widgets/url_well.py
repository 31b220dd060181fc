"""An address with a Copy button."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QWidget

from acedesk.ui.clipboard import clipboard
from acedesk.ui.look import theme, tokens
from acedesk.ui.widgets.buttons import SecondaryButton
from acedesk.ui.widgets.label import ElidedLabel

WELL_HEIGHT = 40  # a small button and 6 px around it


class UrlWell(QFrame):
    """Shows a URL in monospace, cut in the middle where it does not fit.

    Signals:
        copied: The URL was put on the clipboard.
    """

    copied = Signal()

    def __init__(self, url: str = "", *, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("well")
        self.setFixedHeight(WELL_HEIGHT)
        self._label = ElidedLabel("", elide=Qt.TextElideMode.ElideMiddle)
        self._label.setFont(theme.mono_font())
        self.button = SecondaryButton(self.tr("Copy"), "content-copy", small=True)
        self.button.setAccessibleName(self.tr("Copy URL"))
        self.button.clicked.connect(self._copy)
        row = QHBoxLayout(self)
        row.setContentsMargins(tokens.SPACE_M, 0, 5, 0)
        row.setSpacing(tokens.SPACE_S)
        row.addWidget(self._label, 1)
        row.addWidget(self.button)
        self.show_url(url)

    @property
    def url(self) -> str:
        """The whole URL."""
        return self._label.text()

    def show_url(self, url: str) -> None:
        """Show another URL."""
        self._label.setText(url)
        self._label.setAccessibleName(url)

    def _copy(self) -> None:
        clipboard().copy(self.url, self.copied.emit)
