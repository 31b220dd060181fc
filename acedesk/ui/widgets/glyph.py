"""An icon as a widget, for cards and lists."""

from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from acedesk.ui.look import icons, shapes, theme


class Glyph(QWidget):
    """Paints one icon (or state shape) in a theme colour; decoration, so without a name."""

    def __init__(
        self, icon: str, size: int, role: str = "muted", *, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._icon = icon
        self._role = role
        self.setFixedSize(size, size)

    def show_icon(self, icon: str, role: str) -> None:
        """Paint another icon, or the same in another colour."""
        if (icon, role) != (self._icon, self._role):
            self._icon, self._role = icon, role
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, color = QPainter(self), theme.color(self._role)
        if self._icon in shapes.NAMES:
            shapes.paint(painter, self._icon, QRectF(self.rect()), color)
        else:
            icons.paint(painter, self._icon, QRectF(self.rect()), color)
