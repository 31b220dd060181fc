"""A check box whose box is one of our icons: Fusion's own outline is lost on dark ground."""

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QCheckBox

from acedesk.ui import icons, theme, tokens

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
