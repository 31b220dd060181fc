"""A combo box with our arrow, which leaves the mouse wheel to the page it scrolls in."""

from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter, QPaintEvent, QWheelEvent
from PySide6.QtWidgets import QComboBox, QWidget

from acedesk.ui import icons, theme, tokens


class ComboBox(QComboBox):
    """Looks like the fields; scrolling over it changes nothing."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        side = tokens.BUTTON_ICON
        left = self.width() - side - tokens.SPACE_S
        box = QRectF(left, (self.height() - side) / 2, side, side)
        icons.paint(QPainter(self), "chevron-down", box, theme.color("muted"))
