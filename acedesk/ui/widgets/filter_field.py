"""A Filter button that becomes a field."""

from PySide6.QtCore import QEvent, QObject, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QWidget

from acedesk.ui import tokens
from acedesk.ui.widgets.buttons import SecondaryButton

FIELD_WIDTH = 220


class FilterField(QWidget):
    """A button until it is opened; Escape empties and closes it.

    Signals:
        changed: With the text to filter by, "" for everything.
    """

    changed = Signal(str)

    def __init__(self, name: str, *, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.button = SecondaryButton(self.tr("Filter"), "magnify")
        self.button.setToolTip(f"{name} (Ctrl+F)")
        self.field = QLineEdit()
        self.field.setPlaceholderText(name)
        self.field.setAccessibleName(name)
        self.field.setFixedWidth(FIELD_WIDTH)
        self.field.setClearButtonEnabled(True)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.button)
        row.addWidget(self.field)
        self.field.setVisible(False)
        self.button.clicked.connect(self.open)
        self.field.textChanged.connect(self.changed)
        self.field.installEventFilter(self)

    def sizeHint(self) -> QSize:
        return QSize(super().sizeHint().width(), tokens.BUTTON_HEIGHT)

    def open(self) -> None:
        """Show the field and put the cursor into it."""
        self.field.setVisible(True)
        self.button.setVisible(False)
        self.field.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.field.selectAll()

    def close_field(self) -> None:
        """Empty the field and show the button again."""
        self.field.clear()
        self.button.setVisible(True)
        if self.field.hasFocus():
            self.button.setFocus(Qt.FocusReason.OtherFocusReason)
        self.field.setVisible(False)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            if event.key() == Qt.Key.Key_Escape:
                self.close_field()
                return True
        elif event.type() == QEvent.Type.FocusOut and not self.field.text():
            self.close_field()
        return super().eventFilter(watched, event)
