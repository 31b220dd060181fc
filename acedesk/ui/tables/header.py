"""The head of a table: headings, the sorted one with an arrow, and edges that can be dragged."""

from PySide6.QtCore import QRect, QRectF, QSize, Qt
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QHeaderView, QWidget

from acedesk.ui.look import icons, theme, tokens

ARROW = tokens.PILL_ICON


class TableHeader(QHeaderView):
    """Paints itself: Qt's own arrow would lie over the text.

    Signals: as of Qt.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self.setAccessibleName(self.tr("Columns"))
        self.setHighlightSections(False)
        self.setSectionsClickable(False)
        self.setMinimumSectionSize(tokens.SMALLEST_TARGET)
        self.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)

    def sizeHint(self) -> QSize:
        return QSize(super().sizeHint().width(), self.height())

    def paintSection(self, painter: QPainter, rect: QRect, section: int) -> None:
        painter.save()
        bottom = QRect(rect.left(), rect.bottom(), rect.width(), 1)
        painter.fillRect(bottom, theme.color("hairline"))
        sorted_by = self.isSortIndicatorShown() and self.sortIndicatorSection() == section
        ink = theme.color("text" if sorted_by else "muted")
        room = QRectF(rect).adjusted(tokens.SPACE_L, 0, -tokens.SPACE_XS, 0)
        text = str(self.model().headerData(section, Qt.Orientation.Horizontal) or "")
        metrics = theme.metrics(bold=True)
        widest = room.width() - (ARROW + tokens.SPACE_XS if sorted_by else 0)
        shown = metrics.elidedText(text, Qt.TextElideMode.ElideRight, widest)
        painter.setFont(theme.font(bold=True))
        painter.setPen(ink)
        left = int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft)
        painter.drawText(room, left, shown)
        if sorted_by:
            down = self.sortIndicatorOrder() is Qt.SortOrder.DescendingOrder
            at = room.left() + metrics.horizontalAdvance(shown) + tokens.SPACE_XS
            mark = QRectF(at, room.center().y() - ARROW / 2, ARROW, ARROW)
            icons.paint(painter, "arrow-down" if down else "arrow-up", mark, ink)
        painter.restore()
