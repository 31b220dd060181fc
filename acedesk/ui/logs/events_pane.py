"""What happened, in plain words: the event log as a table, live, filtered, copied."""

from typing import Final

from PySide6.QtCore import QRectF, QTimer, Signal
from PySide6.QtGui import QAction, QFontMetrics, QHideEvent, QPainter, QShowEvent
from PySide6.QtWidgets import (
    QLineEdit,
    QStackedWidget,
    QStyle,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from acedesk.model.snapshot import Snapshot
from acedesk.ui.clipboard import clipboard
from acedesk.ui.desk import Desk
from acedesk.ui.logs.event_model import SUBJECT, WHAT, EventModel, format_event
from acedesk.ui.look import icons, shapes, theme, tokens
from acedesk.ui.roles import Role
from acedesk.ui.tables.table_view import Column, TableView
from acedesk.ui.widgets.card import Card
from acedesk.ui.widgets.delegates import CellDelegate, Index, draw_text
from acedesk.ui.widgets.empty_state import EmptyState
from acedesk.ui.widgets.inputs import add_clear_button
from acedesk.ui.widgets.page_header import PillText
from acedesk.words import numbers

PULL_MS: Final = 250  # as often as a table may change
_SHAPES: Final = {"good": "dot", "warn": "triangle", "bad": "cross"}
_MARK: Final = tokens.PILL_ICON + tokens.SPACE_S


class EventDelegate(CellDelegate):
    """Paints a cell of a low row; what happened has a mark of its shape and colour before it."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        painter.save()
        if option.state & QStyle.StateFlag.State_Selected:
            painter.fillRect(option.rect, theme.color("accent_tint"))
        room = QRectF(option.rect).adjusted(tokens.SPACE_L, 0, -tokens.SPACE_XS, 0)
        self.paint_contents(painter, room, index)
        painter.restore()

    def paint_contents(self, painter: QPainter, room: QRectF, index: Index) -> None:
        """Paint the cell into `room`."""
        column = index.column()
        if column == WHAT:
            tone, side = str(index.data(Role.TONE)), tokens.PILL_ICON
            mark = QRectF(room.left(), room.center().y() - side / 2, side, side)
            role = "idle" if tone == "muted" else tone
            shapes.paint(painter, _SHAPES.get(tone, "hollow"), mark, theme.color(role))
            room.setLeft(mark.right() + tokens.SPACE_S)
        bold = column == SUBJECT
        role = "text" if column in (SUBJECT, WHAT) else "muted"
        draw_text(painter, room, str(index.data()), theme.font(bold=bold), role)


_COLUMNS: Final = (
    Column(sample="30 Sep 00:00", extra=tokens.SPACE_L, delegate=EventDelegate),
    Column(sample="A name of a stream", extra=tokens.SPACE_L, delegate=EventDelegate),
    Column(sample="what happened to it", extra=_MARK, stretch=1, delegate=EventDelegate),
)


class EventsPane(QWidget):
    """Filter and table over the event log; it takes new events while it is on screen.

    Signals:
        changed: Other rows are shown or selected.
        said: One short sentence for the status line.
    """

    changed = Signal()
    said = Signal(str)

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self._newest = 0
        self.model = EventModel()
        self.table = TableView(_COLUMNS, name=self.tr("Events"), lowers=False)
        self.text = QLineEdit()
        self.empty = EmptyState("history", "")
        self._glass = QAction(self.tr("Find"), self)
        self._stack = QStackedWidget()
        self._pulls = QTimer(self, interval=PULL_MS)
        self._lay_out()
        self._pulls.timeout.connect(self.pull)
        self.text.textChanged.connect(self._filter)
        self.empty.primary.clicked.connect(self.text.clear)
        self.table.copy_wanted.connect(self.copy)
        self.table.selectionModel().selectionChanged.connect(lambda *_: self.changed.emit())

    @property
    def pills(self) -> list[PillText]:
        """What the head of the page says of the events."""
        shown, kept = self.model.rowCount(), self.model.kept
        if shown == kept:
            return [PillText(numbers.count(kept, "event"))]
        return [PillText(self.tr("{0} of {1} events").format(shown, kept), "accent")]

    @property
    def has_selection(self) -> bool:
        """Whether there is something to copy."""
        return bool(self.table.selected_places())

    def refresh(self, snapshot: Snapshot) -> None:
        """Learn the titles of streams."""
        self.model.name_streams({stream.id: stream.name for stream in snapshot.streams})

    def pull(self) -> None:
        """Take the events that came since the last time."""
        events = self._desk.events.since(self._newest)
        if events:
            self._newest = events[-1].number
            self.model.take(events)
        self._show_rows()

    def copy(self) -> None:
        """Copy the selected events, oldest first."""
        rows = [self.model.row(place) for place in reversed(self.table.selected_places())]
        if rows:
            said = self.tr("{0} copied").format(numbers.count(len(rows), "event"))
            clipboard().copy("\n".join(map(format_event, rows)), lambda: self.said.emit(said))

    def focus_filter(self) -> None:
        """Put the cursor into the filter."""
        self.text.setFocus()
        self.text.selectAll()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.pull()
        self._pulls.start()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._pulls.stop()

    def _filter(self, text: str) -> None:
        self.model.set_filter(text)
        self._show_rows()

    def _show_rows(self) -> None:
        if self.model.kept:
            self.empty.set_texts(
                self.tr("No event matches."),
                primary=self.tr("Show all events"),
                icon="filter-off-outline",
            )
        else:
            self.empty.set_texts(
                self.tr("Nothing has happened yet."),
                hint=self.tr("Streams, engines, viewers and the VPN are written down here."),
                icon="history",
            )
        self._stack.setCurrentIndex(0 if self.model.rowCount() else 1)
        self.changed.emit()

    def _lay_out(self) -> None:
        self.text.setAccessibleName(self.tr("Find in the events"))
        self.text.setPlaceholderText(self.tr("Find a stream, an engine, a player"))
        add_clear_button(self.text)
        self._glass.setIcon(icons.icon("magnify", tokens.BUTTON_ICON, "muted"))
        self.text.addAction(self._glass, QLineEdit.ActionPosition.LeadingPosition)
        height = QFontMetrics(theme.font()).height() + tokens.SPACE_M
        self.table.verticalHeader().setDefaultSectionSize(height)
        self.table.setModel(self.model)
        card = Card(padding=1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(tokens.SPACE_M)
        column.addWidget(self.text)
        column.addWidget(card, 1)
        card.body.addWidget(self._stack)
        self._stack.addWidget(self.table)
        self._stack.addWidget(self.empty)
