"""The line over the log table: level, part, text; it makes the filter."""

from collections.abc import Sequence

from PySide6.QtCore import QEvent, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from acedesk.ui.logs.filter import LEVELS, LogFilter
from acedesk.ui.look import icons, tokens
from acedesk.ui.widgets.inputs import ComboBox, add_clear_button
from acedesk.ui.widgets.label import make_label, set_style_property

# The parts of AceDesk come one by one; the field must not grow with them.
COMBO_WIDTH = 124


class FilterBar(QWidget):
    """Lets a person choose which rows are shown.

    Signals:
        changed: With the filter that is wanted now.
    """

    changed = Signal(LogFilter)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.level = ComboBox(self.tr("Lowest level"))
        for number, _word, label in LEVELS:
            self.level.addItem(self.tr(label), number)
        self.source = ComboBox(self.tr("Part of AceDesk"))
        self.source.addItem(self.tr("All parts"), "")
        self.text = QLineEdit()
        self.text.setAccessibleName(self.tr("Find in the log"))
        self.text.setPlaceholderText(self.tr("Find, or /regex/"))
        add_clear_button(self.text)
        self._glass = QAction(self.tr("Find"), self)
        self.text.addAction(self._glass, QLineEdit.ActionPosition.LeadingPosition)
        self._reason = make_label("", "bad")
        self._reason.setVisible(False)
        self._lay_out()
        self._draw()
        self.level.activated.connect(self._tell)
        self.source.activated.connect(self._tell)
        self.text.textChanged.connect(self._tell)

    def wanted(self) -> LogFilter:
        """Return the filter as it stands in the fields."""
        return LogFilter(
            level=int(self.level.currentData()),
            source=str(self.source.currentData()),
            text=self.text.text(),
        )

    def show_sources(self, sources: Sequence[str]) -> None:
        """Offer these parts; the chosen one stays chosen."""
        chosen = self.source.currentData()
        while self.source.count() > 1:
            self.source.removeItem(1)
        for source in sources:
            self.source.addItem(source, source)
        self.source.setCurrentIndex(max(0, self.source.findData(chosen)))

    def show_reason(self, reason: str) -> None:
        """Say why the text is no regular expression; "" takes it back."""
        self._reason.setText(reason)
        self._reason.setVisible(bool(reason))
        set_style_property(self.text, "bad", bool(reason))

    @property
    def reason(self) -> str:
        """What is said about the text."""
        return self._reason.text()

    def clear(self) -> None:
        """Show everything again."""
        self.level.setCurrentIndex(0)
        self.source.setCurrentIndex(0)
        self.text.clear()
        self._tell()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.StyleChange:
            self._draw()

    def _lay_out(self) -> None:
        row = QHBoxLayout()
        row.setSpacing(tokens.SPACE_M)
        for combo in (self.level, self.source):
            combo.setMinimumWidth(COMBO_WIDTH)
            row.addWidget(combo)
        row.addWidget(self.text, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(tokens.SPACE_XS)
        column.addLayout(row)
        column.addWidget(self._reason)

    def _draw(self) -> None:
        self._glass.setIcon(icons.icon("magnify", tokens.BUTTON_ICON, "muted"))

    def _tell(self, _changed: object = None) -> None:
        self.changed.emit(self.wanted())
