"""A check box whose box is one of our icons: Fusion's own outline is lost on dark ground."""

from PySide6.QtCore import QCoreApplication, QEvent, QObject, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent, QWheelEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QToolButton,
    QWidget,
)

from acedesk.ui.look import icons, theme, tokens
from acedesk.ui.widgets.buttons import SecondaryButton
from acedesk.ui.widgets.label import make_label

BOX = tokens.NAV_ICON


class CheckBox(QCheckBox):
    """Paints box and text; everything else is Qt's."""

    def sizeHint(self) -> QSize:
        metrics = self.fontMetrics()
        width = BOX + tokens.SPACE_S + metrics.horizontalAdvance(self.text()) + tokens.SPACE_XS
        return QSize(width, max(tokens.SMALLEST_TARGET, metrics.height()))

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        box = QRectF(0, (self.height() - BOX) / 2, BOX, BOX)
        name = "checkbox-marked" if self.isChecked() else "checkbox-blank-outline"
        lit = self.isEnabled() and (self.isChecked() or self.hasFocus())
        icons.paint(painter, name, box, theme.color("accent" if lit else "muted"))
        text = QRectF(box.right() + tokens.SPACE_S, 0, self.width(), self.height())
        painter.setFont(self.font())
        painter.setPen(theme.color("text" if self.isEnabled() else "muted"))
        painter.drawText(text, int(Qt.AlignmentFlag.AlignVCenter), self.text())
        if self.hasFocus():
            width = painter.fontMetrics().horizontalAdvance(self.text())
            bottom = text.center().y() + painter.fontMetrics().height() / 2
            painter.setPen(theme.color("accent"))
            painter.drawLine(int(text.left()), int(bottom), int(text.left()) + width, int(bottom))


class ComboBox(QComboBox):
    """Looks like the fields; scrolling over it changes nothing."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        # Not by the wheel: who scrolls the page past it goes on typing where they were.
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        # On Linux Qt tells readers the value as the name; a label beside it is what they read.
        self._label = QLabel(name)
        self._label.setBuddy(self)
        self._label.hide()

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ParentChange:
            self._label.setParent(self.parentWidget())
            self._label.hide()
        return super().event(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        side = tokens.BUTTON_ICON
        left = self.width() - side - tokens.SPACE_S
        box = QRectF(left, (self.height() - side) / 2, side, side)
        icons.paint(QPainter(self), "chevron-down", box, theme.color("muted"))


def add_clear_button(field: QLineEdit) -> None:
    """Give a field the cross that empties it, with a name for those who do not see it."""
    field.setClearButtonEnabled(True)
    name = QCoreApplication.translate("ClearButton", "Clear")
    for button in field.findChildren(QToolButton):
        if not button.accessibleName() and not button.text():
            button.setAccessibleName(name)
            button.setToolTip(name)


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
        add_clear_button(self.field)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(tokens.SPACE_S)
        self.matches = make_label("", "muted")
        row.addWidget(self.matches)
        row.addWidget(self.button)
        row.addWidget(self.field)
        self.matches.hide()
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

    def show_matches(self, shown: int, of: int) -> None:
        """Say how many rows match, while something is looked for."""
        text = self.tr("{shown} of {of}").format(shown=shown, of=of) if self.field.text() else ""
        self.matches.setText(text)
        self.matches.setVisible(bool(text))

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
