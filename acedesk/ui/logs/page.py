"""The Logs page: what happened, in words, and what AceDesk wrote, live.

Rows of the log are taken from the ring four times a second while the page is on screen and not
paused; hidden, the page does nothing, and catches up when it is shown.
"""

import asyncio
import pathlib
from collections.abc import Sequence

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from acedesk.log import RING_ROWS, LogRow
from acedesk.model.snapshot import Snapshot
from acedesk.ui.clipboard import clipboard
from acedesk.ui.desk import Desk
from acedesk.ui.logs.bar import FilterBar
from acedesk.ui.logs.events_pane import EventsPane
from acedesk.ui.logs.export import choose_file, export_rows
from acedesk.ui.logs.filter import LogFilter, PatternError
from acedesk.ui.logs.log_table import LogTable
from acedesk.ui.logs.message import MessagePane
from acedesk.ui.logs.table_model import LogModel, format_rows
from acedesk.ui.logs.view_switch import ViewSwitch
from acedesk.ui.look import tokens
from acedesk.ui.page import Page
from acedesk.ui.widgets.buttons import SecondaryButton
from acedesk.ui.widgets.card import Card
from acedesk.ui.widgets.empty_state import EmptyState
from acedesk.ui.widgets.page_header import PageHeader, PillText
from acedesk.words import numbers

# Writing a row as text takes 6 µs: with more, the loop would be held for longer than 12 ms.
MOST_AT_ONCE = 2_000
EVENTS, LOG = range(2)
FILTERED = "filter-off-outline"
PULL_MS = 250  # four batches a second: as often as a table may change (STYLE, asyncio on Qt)


class LogsPage(Page):
    """Shows, filters, copies and exports the log; the other side of a switch are the events.

    Args:
        rows: How many rows are kept; the ring's own number but in tests.
    """

    def __init__(self, desk: Desk, parent: QWidget | None = None, *, rows: int = RING_ROWS) -> None:
        super().__init__(desk, parent)
        self.model = LogModel(rows)
        self.table = LogTable(self.model)
        self.bar = FilterBar()
        self.pause = SecondaryButton(self.tr("Pause"), "pause")
        self.follow = SecondaryButton(self.tr("Follow"), "arrow-collapse-down")
        self.copy = SecondaryButton(self.tr("Copy"), "content-copy")
        self.export = SecondaryButton(self.tr("Export…"), "tray-arrow-down")
        self.clear = SecondaryButton(self.tr("Clear"), "broom")
        self.header = PageHeader(self.tr("Logs"))
        self.empty = EmptyState("text-box-outline", "")
        self.message = MessagePane()
        self.events = EventsPane(desk, self)
        self.switch = ViewSwitch("Logs", self.tr("Events"), self.tr("Log"))
        self._views = QStackedWidget()
        self._stack = QStackedWidget()
        self._next = 0
        self._scrolling = False
        self._pulls = QTimer(self, interval=PULL_MS)
        self._slices = QTimer(self, interval=0)
        self._lay_out()
        self._connect()

    @property
    def is_pulling(self) -> bool:
        """Whether new rows are taken as they come."""
        return self._pulls.isActive()

    def refresh(self, snapshot: Snapshot) -> None:
        """Tell how many rows there are."""
        self.events.refresh(snapshot)
        self._show_counts()

    def focus_filter(self) -> None:
        """Put the cursor into the text filter."""
        if self.switch.chosen == EVENTS:
            self.events.focus_filter()
            return
        self.bar.text.setFocus()
        self.bar.text.selectAll()

    def pull(self) -> None:
        """Take the rows that came since the last time."""
        rows = self.desk.log_ring.since(self._next)
        if not rows:
            return
        self._next = rows[-1].number + 1
        self._scrolling = True
        self.model.take(rows)
        if self.follow.isChecked():
            self.table.scrollToBottom()
        self._scrolling = False
        self._show_rows()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if not self.pause.isChecked():
            self.pull()
            self._pulls.start()
        self._show_rows()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._pulls.stop()

    def _connect(self) -> None:
        self._pulls.timeout.connect(self.pull)
        self.switch.changed.connect(self.show_view)
        self.events.changed.connect(self._show_counts)
        self.events.said.connect(self.said)
        self._slices.timeout.connect(self._refilter)
        self.bar.changed.connect(self._filter)
        self.model.sources_changed.connect(lambda: self.bar.show_sources(self.model.sources))
        self.model.rowsRemoved.connect(self._keep_place)
        self.pause.toggled.connect(self._set_paused)
        self.follow.toggled.connect(self._set_following)
        self.copy.clicked.connect(self._copy)
        self.table.copy_wanted.connect(self._copy)
        self.export.clicked.connect(self._choose_file)
        self.clear.clicked.connect(self._clear)
        self.empty.primary.clicked.connect(self.bar.clear)
        scroll_bar = self.table.verticalScrollBar()
        scroll_bar.valueChanged.connect(self._note_scrolling)
        scroll_bar.rangeChanged.connect(self._stay_at_end)
        self.table.selectionModel().selectionChanged.connect(self._show_selection)

    def show_view(self, view: int) -> None:
        """Show the events or the log."""
        self.switch.choose(view)
        self._views.setCurrentIndex(view)
        for button in (self.export, self.clear):
            button.setVisible(view == LOG)
        self._show_counts()

    def _filter(self, wanted: LogFilter) -> None:
        try:
            self.model.set_filter(wanted)
        except PatternError as exc:
            self.bar.show_reason(self.tr("This is no regular expression: {0}.").format(exc))
            return
        self.bar.show_reason("")
        self._slices.start()

    def _refilter(self) -> None:
        if not self.model.refilter():
            self._slices.stop()
            self._show_rows()
            self._stay_at_end()

    def _set_paused(self, paused: bool) -> None:
        self.pause.setText(self.tr("Resume") if paused else self.tr("Pause"))
        self.pause.set_icon_name("play" if paused else "pause")
        if paused:
            self._pulls.stop()
        elif self.isVisible():
            self.pull()
            self._pulls.start()
        self._show_counts()

    def _set_following(self, _on: bool) -> None:
        self._stay_at_end()

    def _stay_at_end(self, *_range: int) -> None:
        if self.follow.isChecked():
            self._scrolling = True
            self.table.scrollToBottom()
            self._scrolling = False

    def _note_scrolling(self, _value: int) -> None:
        if not self._scrolling:
            self.follow.setChecked(self.table.is_at_end())

    def _keep_place(self, _parent: object, first: int, last: int) -> None:
        """Old rows left at the top: a reader who scrolled up goes on seeing the same rows."""
        if not self.follow.isChecked():
            height = self.table.verticalHeader().defaultSectionSize()
            scroll_bar = self.table.verticalScrollBar()
            scroll_bar.setValue(scroll_bar.value() - (last - first + 1) * height)

    def _copy(self) -> None:
        if self.switch.chosen == EVENTS:
            self.events.copy()
            return
        rows = self.table.selected_rows()
        if len(rows) > MOST_AT_ONCE:
            self.run(self._copy_many(rows), "copy log by user")
        elif rows:
            self._put_into_clipboard(format_rows(rows), len(rows))

    async def _copy_many(self, rows: Sequence[LogRow]) -> None:
        self._put_into_clipboard(await asyncio.to_thread(format_rows, rows), len(rows))

    def _put_into_clipboard(self, text: str, count: int) -> None:
        said = self.tr("{0} copied").format(_rows(count))
        clipboard().copy(text, lambda: self.said.emit(said))

    def _clear(self) -> None:
        self.model.clear()
        self._show_rows()

    def _choose_file(self) -> None:
        choose_file(self, self.export_to)

    def export_to(self, path: str) -> None:
        """Write the rows that are shown into the file."""
        self.run(self._export(pathlib.Path(path)), "export log by user")

    async def _export(self, path: pathlib.Path) -> None:
        rows = self.model.shown()
        await export_rows(path, rows)
        self.said.emit(self.tr("{0} written to {1}").format(_rows(len(rows)), path.name))

    def _show_rows(self) -> None:
        shown = self.model.rowCount()
        hint = self.tr("New rows appear as AceDesk writes them.")
        texts = (self.tr("Nothing here yet."), hint, "", "text-box-outline")
        if self.model.kept:
            hint = self.tr("{0} hidden by the filter.").format(_rows(self.model.kept))
            texts = (self.tr("No row matches."), hint, self.tr("Show all rows"), FILTERED)
        title, hint, primary, icon = texts
        self.empty.set_texts(title, hint=hint, primary=primary, icon=icon)
        self._stack.setCurrentIndex(0 if shown else 1)
        self.export.setEnabled(bool(shown))
        self.clear.setEnabled(bool(self.model.kept))
        self._show_counts()

    def _show_counts(self) -> None:
        if self.switch.chosen == EVENTS:
            self.copy.setEnabled(self.events.has_selection)
            self.header.set_pills(self.events.pills)
            return
        self.copy.setEnabled(bool(self.table.selected_places()))
        kept, shown = self.model.kept, self.model.rowCount()
        pills = [PillText(_rows(kept))]
        if shown != kept:
            pills.append(PillText(self.tr("{0} shown").format(f"{shown:,}"), "accent"))
        if self.pause.isChecked():
            waiting = self.desk.log_ring.next_number - self._next
            pills.append(PillText(self.tr("paused, {0} new").format(f"{waiting:,}"), "warn"))
        self.header.set_pills(pills)

    def _show_selection(self, *_changed: object) -> None:
        chosen = self.table.selected_places()
        self._show_counts()
        self.message.show_row(self.table.cut_row())
        if len(chosen) == 1:
            self.table.scrollTo(self.model.index(chosen[0], 0))

    def _lay_out(self) -> None:
        for button in (self.pause, self.follow):
            button.setCheckable(True)
        self.follow.setChecked(True)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(tokens.SPACE_M)
        column.addWidget(self.header)
        column.addWidget(self._views, 1)
        for action in (self.switch, self.copy, self.export, self.clear):
            self.header.add_action(action)
        log = QWidget()
        for view in (self.events, log):
            self._views.addWidget(view)
        below = QVBoxLayout(log)
        below.setContentsMargins(0, 0, 0, 0)
        below.setSpacing(tokens.SPACE_M)
        line = QHBoxLayout()
        line.setSpacing(tokens.SPACE_M)
        line.addWidget(self.bar, 1)
        for button in (self.pause, self.follow):
            line.addWidget(button, alignment=Qt.AlignmentFlag.AlignTop)
        below.addLayout(line)
        card = Card(padding=1)
        below.addWidget(card, 1)
        card.body.addWidget(self._stack)
        self._stack.addWidget(self.table)
        self._stack.addWidget(self.empty)
        below.addWidget(self.message)
        self.show_view(EVENTS)


def _rows(count: int) -> str:
    return numbers.count(count, "row")
