"""The whole text of one selected row whose message does not fit into its line."""

from PySide6.QtGui import QFontMetrics
from PySide6.QtWidgets import QHBoxLayout, QPlainTextEdit, QWidget

from acedesk.log import LogRow
from acedesk.ui.logs.filter import level_word
from acedesk.ui.look import theme, tokens
from acedesk.ui.widgets.card import Card
from acedesk.ui.widgets.label import make_label

# Enough for the end of most tracebacks; the rest scrolls.
LINES = 7


class MessagePane(Card):
    """Head and message of one row, in the monospace font, wrapped."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(padding=tokens.SPACE_M, parent=parent)
        self._head = make_label("", "strong")
        self.text = QPlainTextEdit()
        self.text.setAccessibleName(self.tr("The whole message"))
        self.text.setReadOnly(True)
        self.text.setFont(theme.mono_font(theme.SMALL_POINTS))
        lines = QFontMetrics(self.text.font()).lineSpacing() * LINES
        self.text.setFixedHeight(lines + tokens.SPACE_XL)
        row = QHBoxLayout()
        row.addWidget(self._head, 1)
        self.body.addLayout(row)
        self.body.addWidget(self.text)
        self.setVisible(False)

    def show_row(self, row: LogRow | None) -> None:
        """Show the row, or nothing."""
        if row is not None:
            self._head.setText(f"{level_word(row.level)} · {row.source}")
            self.text.setPlainText(row.text)
        self.setVisible(row is not None)
