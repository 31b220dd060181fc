"""The log table: rows of one height, painted cells, copying, and whether it stands at the end."""

from typing import Final

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRectF, Qt
from PySide6.QtGui import QGuiApplication, QKeyEvent, QKeySequence, QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from acedesk.ui import icons, theme
from acedesk.ui.logs.filter import level_word
from acedesk.ui.logs.model import LEVEL, LEVEL_ROLE, MESSAGE, SOURCE, TIME, LogModel, format_row
from acedesk.ui.tokens import HEADER_HEIGHT, PILL_ICON, SPACE_L, SPACE_S, SPACE_XS

# Word -> shape and colour; the message itself stays in the text colour so that it reads well.
_LOOKS: Final = {
    "DEBUG": ("bug-outline", "idle"),
    "INFO": ("information-outline", "muted"),
    "WARN": ("alert", "warn"),
    "ERROR": ("close-box", "bad"),
}

_WIDEST: Final = {TIME: "00:00:00.000", LEVEL: "ERROR", SOURCE: "containers.docker"}

_Index = QModelIndex | QPersistentModelIndex


class LogTable(QTableView):
    """Shows a `LogModel`; copies the selected rows with Ctrl+C."""

    def __init__(self, model: LogModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = model
        self.setModel(model)
        self.setItemDelegate(_Cells(self))
        self.setAccessibleName(self.tr("Log rows"))
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._set_sizes()

    def is_at_end(self) -> bool:
        """Return whether the newest row is in sight."""
        bar = self.verticalScrollBar()
        return bar.value() >= bar.maximum() - self.verticalHeader().defaultSectionSize()

    def selected_text(self) -> str:
        """Return the selected rows as text, oldest first."""
        chosen = sorted(index.row() for index in self.selectionModel().selectedRows())
        return "\n".join(format_row(self._model.row(position)) for position in chosen)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Copy whole rows where Qt would copy one cell."""
        if event.matches(QKeySequence.StandardKey.Copy):
            QGuiApplication.clipboard().setText(self.selected_text())
            return
        super().keyPressEvent(event)

    def _set_sizes(self) -> None:
        rows = self.verticalHeader()
        rows.hide()
        rows.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        rows.setDefaultSectionSize(self.fontMetrics().height() + SPACE_S)
        header = self.horizontalHeader()
        header.setFixedHeight(HEADER_HEIGHT)
        header.setHighlightSections(False)
        header.setSectionsClickable(False)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        mono = self.fontMetrics()
        for column, text in _WIDEST.items():
            extra = PILL_ICON + SPACE_XS if column == LEVEL else 0
            self.setColumnWidth(column, mono.horizontalAdvance(text) + extra + 2 * SPACE_L)
        header.setSectionResizeMode(MESSAGE, QHeaderView.ResizeMode.Stretch)


class _Cells(QStyledItemDelegate):
    """Paints one cell: no focus frame, elided text, the level as shape, word and colour."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        painter.save()
        rect = QRectF(option.rect)  # type: ignore[attr-defined]  # the stubs leave out fields
        state: QStyle.StateFlag = option.state  # type: ignore[attr-defined]  # as above
        if state & QStyle.StateFlag.State_Selected:
            painter.fillRect(rect, theme.color("accent_tint"))
        rect.adjust(SPACE_L, 0, -SPACE_XS, 0)
        column = index.column()
        role = "text" if column == MESSAGE else "muted"
        if column == LEVEL:
            name, role = _LOOKS[level_word(index.data(LEVEL_ROLE))]
            shape = QRectF(rect.left(), rect.center().y() - PILL_ICON / 2, PILL_ICON, PILL_ICON)
            icons.paint(painter, name, shape, theme.color(role))
            rect.setLeft(shape.right() + SPACE_XS)
        painter.setFont(theme.mono_font() if column in (TIME, MESSAGE) else theme.font())
        painter.setPen(theme.color(role))
        text = painter.fontMetrics().elidedText(
            index.data(), Qt.TextElideMode.ElideRight, int(rect.width())
        )
        painter.drawText(
            rect, int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft), text
        )
        painter.restore()
