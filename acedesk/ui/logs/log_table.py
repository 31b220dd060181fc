"""The log table: low rows of one height, painted cells, copying, and whether it is at the end."""

from typing import Final

from PySide6.QtCore import QRectF
from PySide6.QtGui import QFontMetrics, QPainter
from PySide6.QtWidgets import QStyle, QStyleOptionViewItem, QWidget

from acedesk.log import LogRow
from acedesk.ui.logs.filter import level_word
from acedesk.ui.logs.table_model import LEVEL, MESSAGE, TIME, LogModel
from acedesk.ui.look import icons, theme, tokens
from acedesk.ui.roles import Role
from acedesk.ui.tables.table_view import Column, TableView
from acedesk.ui.widgets.delegates import CellDelegate, Index, draw_text

# Word -> shape and colour; the message itself stays in the text colour so that it reads well.
_LOOKS: Final = {
    "DEBUG": ("bug-outline", "idle"),
    "INFO": ("information-outline", "muted"),
    "WARN": ("alert", "warn"),
    "ERROR": ("close-box", "bad"),
}


class LogDelegate(CellDelegate):
    """Paints one cell of a low row; the level as shape, word and colour."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        painter.save()
        rect, state = option.rect, option.state
        if state & QStyle.StateFlag.State_Selected:
            painter.fillRect(rect, theme.color("accent_tint"))
        room = QRectF(rect).adjusted(tokens.SPACE_L, 0, -tokens.SPACE_XS, 0)
        self.paint_contents(painter, room, index)
        painter.restore()

    def paint_contents(self, painter: QPainter, room: QRectF, index: Index) -> None:
        """Paint the cell into `room`."""
        column = index.column()
        if column == LEVEL:
            self._paint_level(painter, room, int(index.data(Role.ROW).level))
            return
        font = theme.mono_font() if column in (TIME, MESSAGE) else theme.font()
        draw_text(painter, room, str(index.data()), font, "text" if column == MESSAGE else "muted")

    def _paint_level(self, painter: QPainter, room: QRectF, level: int) -> None:
        word = level_word(level)
        name, role = _LOOKS[word]
        side = tokens.PILL_ICON
        mark = QRectF(room.left(), room.center().y() - side / 2, side, side)
        icons.paint(painter, name, mark, theme.color(role))
        room.setLeft(mark.right() + tokens.SPACE_S)
        draw_text(painter, room, word, theme.font(-1.0, bold=True), role)


_MARK: Final = tokens.PILL_ICON + tokens.SPACE_S

_COLUMNS: Final = (
    Column(sample="00:00:00.000", extra=tokens.SPACE_L, gives_way=1, delegate=LogDelegate),
    Column(sample="ERROR", extra=_MARK, delegate=LogDelegate),
    Column(sample="containers.docker", gives_way=2, delegate=LogDelegate),
    Column(sample="a message of some length", stretch=1, delegate=LogDelegate),
)


class LogTable(TableView):
    """Shows a `LogModel`."""

    def __init__(self, model: LogModel, parent: QWidget | None = None) -> None:
        super().__init__(_COLUMNS, name="", lowers=False, parent=parent)
        self.setAccessibleName(self.tr("Log rows"))
        height = QFontMetrics(theme.mono_font()).height() + tokens.SPACE_S
        self.verticalHeader().setDefaultSectionSize(height)
        self._rows = model
        self.setModel(model)

    def is_at_end(self) -> bool:
        """Return whether the newest row is in sight."""
        bar = self.verticalScrollBar()
        return bar.value() >= bar.maximum() - self.verticalHeader().defaultSectionSize()

    def selected_rows(self) -> tuple[LogRow, ...]:
        """Return the selected rows, oldest first."""
        return tuple(self._rows.row(place) for place in self.selected_places())

    def cut_row(self) -> LogRow | None:
        """Return the one selected row if its message does not fit into its cell."""
        chosen = self.selected_places()
        if len(chosen) != 1:
            return None
        row = self._rows.row(chosen[0])
        room = self.columnWidth(MESSAGE) - tokens.SPACE_L - tokens.SPACE_XS
        width = QFontMetrics(theme.mono_font()).horizontalAdvance(row.text)
        return row if "\n" in row.text or width > room else None
