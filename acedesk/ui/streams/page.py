"""The Streams page."""

from PySide6.QtCore import QModelIndex, QPoint, QSize, Qt, Signal
from PySide6.QtWidgets import QMenu, QStackedLayout, QVBoxLayout, QWidget

from acedesk.model.engine import ProvisionState
from acedesk.model.snapshot import Snapshot, StreamView
from acedesk.ui.desk import Desk
from acedesk.ui.dialogs import Choice, ask
from acedesk.ui.engines.no_engine import EngineWays
from acedesk.ui.look import tokens
from acedesk.ui.page import Page
from acedesk.ui.players import Players
from acedesk.ui.streams import words
from acedesk.ui.streams.detail import StreamDetail
from acedesk.ui.streams.empty import NoStreams
from acedesk.ui.streams.sharing_card import SharingCard
from acedesk.ui.streams.stream_actions import StreamActions
from acedesk.ui.streams.table_model import RATE, StreamModel
from acedesk.ui.tables.detail_splitter import DetailSplitter
from acedesk.ui.tables.selection_bar import SelectionBar
from acedesk.ui.tables.table_view import Column, TableView
from acedesk.ui.widgets.buttons import IconButton, SecondaryButton
from acedesk.ui.widgets.card import Card, scrolled
from acedesk.ui.widgets.delegates import (
    SPARK_WIDTH,
    BarDelegate,
    PillDelegate,
    SparkDelegate,
    StatePillDelegate,
    TwoLineDelegate,
)
from acedesk.ui.widgets.inputs import FilterField
from acedesk.ui.widgets.label import make_label
from acedesk.ui.widgets.page_header import PageHeader, PillText
from acedesk.words import numbers

# In the order of `model.COLUMNS`. What gives way first is what the detail pane says as well.
COLUMNS = (
    Column(sample="Switching", extra=40, delegate=StatePillDelegate),
    Column(sample="Name of a stream, longer", stretch=1, delegate=TwoLineDelegate),
    Column(
        sample="99.9 Mbit/s",
        extra=SPARK_WIDTH + tokens.SPACE_S,
        gives_way=5,
        delegate=SparkDelegate,
    ),
    Column(sample="99"),
    Column(sample="999", gives_way=4),
    Column(sample="99 s", extra=40, gives_way=3, delegate=BarDelegate),
    Column(sample="Test engine", extra=44, gives_way=2, delegate=PillDelegate),
    Column(sample="10:00:00", gives_way=1),
)

LEAST_TABLE = tokens.HEADER_HEIGHT + tokens.ROW_HEIGHT  # pixels; the head and one row


class _Stack(QStackedLayout):
    """Parts of which one is seen; that one alone says how small the page may be.

    Else the page would be scrolled for a part that is hidden, beside one that scrolls itself.
    """

    def minimumSize(self) -> QSize:
        widget = self.currentWidget()
        if widget is None:
            return super().minimumSize()
        return widget.minimumSizeHint().expandedTo(widget.minimumSize())


class StreamsPage(Page):
    """Table above, the selected stream below; an empty page says what to do.

    Signals:
        paste_wanted: The cursor shall go to the paste field.
        play_wanted: A stream shall be played, or started again: with its `Link`.

    Attributes:
        model, table, detail: The parts, for tests and the window.
    """

    paste_wanted = Signal()
    play_wanted = Signal(object)

    def __init__(self, desk: Desk, players: Players, parent: QWidget | None = None) -> None:
        super().__init__(desk, parent)
        self._snapshot: Snapshot | None = None
        self._chosen = ""
        self.stream_actions = StreamActions(
            desk, players, self.run, self.said.emit, play=self.play_wanted.emit
        )
        self.model = StreamModel()
        self.table = TableView(COLUMNS, name=self.tr("Streams"))
        self.detail = StreamDetail(players, self.stream_actions)
        self.empty = NoStreams()
        self.ways = EngineWays(desk)
        self.no_match = make_label(self.tr("No stream matches the filter."), "muted")
        self.header = PageHeader(self.tr("Streams"))
        self.sharing = SharingCard()
        self.filter = FilterField(self.tr("Filter streams"))
        self.stop_all_button = SecondaryButton(self.tr("Stop all"), "stop")
        self.copy_selected = SecondaryButton(self.tr("Copy URLs"), "content-copy", small=True)
        self.stop_selected = SecondaryButton(self.tr("Stop"), "stop", small=True)
        self.selection = SelectionBar("stream", self.copy_selected, self.stop_selected)
        self.columns = IconButton("view-column-outline", self.tr("Columns and order"))
        self._table_card = Card(padding=1)
        self._splitter = DetailSplitter("Streams", self._table_card, self.detail)
        self._stack = _Stack()
        self._lay_out()
        self._connect()

    def _lay_out(self) -> None:
        self.header.add_action(self.columns)
        self.header.add_action(self.filter)
        self.header.add_action(self.stop_all_button)
        self.table.setModel(self.model)
        self.table.setMinimumHeight(LEAST_TABLE)
        self.model.sight = self.table.rows_in_sight
        self._table_card.body.addWidget(self.table)
        page = QVBoxLayout(self)
        page.setContentsMargins(0, 0, 0, 0)
        page.setSpacing(tokens.SPACE_L)
        page.addWidget(self.header)
        page.addWidget(self.sharing)
        # Before it is filled: a stack that belongs to nobody shows its first part as a window.
        page.addLayout(self._stack, 1)
        full = QWidget()
        column = QVBoxLayout(full)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(tokens.SPACE_L)
        column.addWidget(self.selection)
        column.addWidget(self._splitter, 1)
        self.no_match.setAlignment(Qt.AlignmentFlag.AlignCenter)
        column.addWidget(self.no_match, 1)
        self._stack.addWidget(full)
        self._stack.addWidget(self.empty)
        self._stack.addWidget(scrolled(self.ways))

    def _connect(self) -> None:
        self.empty.play_test_wanted.connect(self.play_test_wanted)
        self.empty.paste_wanted.connect(self.paste_wanted)
        self.empty.engines_wanted.connect(lambda: self.page_wanted.emit("Engines"))
        self.ways.test_wanted.connect(self.play_test_wanted)
        self.ways.setting_wanted.connect(self.setting_wanted)
        self.sharing.settings_wanted.connect(lambda: self.setting_wanted.emit("redis_url"))
        self.ways.failed.connect(self.failed)
        self.ways.said.connect(self.said)
        self.filter.changed.connect(self._set_filter)
        self.stop_all_button.clicked.connect(self._ask_stop_all)
        self.table.current_changed.connect(self._choose)
        self.table.menu_wanted.connect(self._show_menu)
        self.table.row_chosen.connect(self._play_row)
        self.table.clicked.connect(self._click)
        self.table.selectionModel().selectionChanged.connect(self._show_selection)
        for copies in (self.table.copy_wanted, self.copy_selected.clicked):
            copies.connect(lambda: self.stream_actions.copy_urls(self.selected()))
        self.stop_selected.clicked.connect(self._ask_stop)
        self.table.delete_wanted.connect(self._ask_stop)
        self.columns.clicked.connect(self._show_columns)

    def refresh(self, snapshot: Snapshot) -> None:
        """Show what holds now."""
        self._snapshot = snapshot
        self._show_summary(snapshot)
        self.sharing.refresh(snapshot.sharing)
        self.model.update_from(
            snapshot.streams, snapshot.time, self.desk.settings.current.rewind_seconds
        )
        any_stream = bool(snapshot.streams)
        self.columns.setVisible(any_stream)
        self.filter.setVisible(any_stream)
        self.stop_all_button.setVisible(bool(snapshot.live_streams))
        if any_stream:
            self._stack.setCurrentIndex(0)
            self._fit()
            self._show_detail()
        elif snapshot.real_engines:
            self._stack.setCurrentIndex(1)
            self.empty.refresh(snapshot, self.desk.access.player_address)
        else:
            self._stack.setCurrentIndex(2)
            self.ways.refresh(snapshot)

    def focus_filter(self) -> None:
        """Open the filter field."""
        if self._snapshot is not None and self._snapshot.streams:
            self.filter.open()

    def select(self, stream_id: str) -> None:
        """Select a stream now, or as soon as it appears."""
        self._chosen = stream_id
        row = self.model.row_of(stream_id)
        if row >= 0:
            self.table.selectRow(row)

    def selected(self) -> list[StreamView]:
        """Return the selected streams, from top to bottom; the one in the detail when none is."""
        places = self.table.selected_places() or [self.table.currentIndex().row()]
        found = map(self.model.stream_at, places)
        return [stream for stream in found if stream is not None]

    def _show_selection(self, *_changed: object) -> None:
        self.selection.show_count(len(self.table.selected_places()))

    def _show_summary(self, snapshot: Snapshot) -> None:
        pills = []
        if snapshot.live_streams:
            pills = [
                PillText(numbers.count(len(snapshot.live_streams), "stream")),
                PillText(numbers.count(snapshot.viewers, "viewer")),
                PillText(numbers.format_rate(snapshot.rate_in), "accent", "arrow-down"),
            ]
        self.header.set_pills(pills)

    def _fit(self) -> None:
        rows = self.model.rowCount()
        self._splitter.fit(self.table.content_height() + 6)
        self._splitter.setVisible(rows > 0)
        self.no_match.setVisible(rows == 0)
        streams = self._snapshot.streams if self._snapshot is not None else ()
        self.filter.show_matches(rows, len(streams))
        self._show_selection()

    def _show_detail(self) -> None:
        row = self.model.row_of(self._chosen)
        if row < 0:
            row = max(0, self.table.currentIndex().row())
        stream = self.model.stream_at(row) or self.model.stream_at(0)
        if stream is None:
            return
        current = self.model.row_of(stream.id)
        nothing = not self.table.selectionModel().hasSelection()
        if self.table.currentIndex().row() != current or nothing:
            self.table.selectRow(current)
        self._show_stream(stream)

    def _show_stream(self, stream: StreamView) -> None:
        if self._snapshot is not None:
            url = self.desk.streams.player_url(stream.key)
            settings = self.desk.settings.current
            grace = settings.file_grace if stream.is_file else settings.grace
            makes = any(one.state is ProvisionState.RUNNING for one in self._snapshot.provisions)
            can_add = self._snapshot.can_make_engines and not makes
            self.detail.show_stream(stream, url, self._snapshot.time, grace, can_add=can_add)

    def _choose(self, index: QModelIndex) -> None:
        stream = self.model.stream_at(index.row())
        if stream is not None:
            self._chosen = stream.id
            self._show_stream(stream)

    def _set_filter(self, text: str) -> None:
        self.model.set_filter(text)
        self._fit()
        self._show_detail()

    def _show_menu(self, index: QModelIndex, position: QPoint) -> None:
        stream = self.model.stream_at(index.row())
        if stream is None:
            return
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        chosen = self.selected()
        if len(chosen) > 1 and stream in chosen:
            self.stream_actions.fill_menu_of_several(menu, chosen, self._ask_stop)
        else:
            self.stream_actions.fill_menu(menu, stream)
        menu.popup(position)

    def _click(self, index: QModelIndex) -> None:
        stream = self.model.stream_at(index.row())
        if stream is not None and index.column() == RATE and not stream.is_alive:
            self.stream_actions.try_again(stream)

    def _show_columns(self) -> None:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.table.fill_columns_menu(menu)
        menu.popup(self.columns.mapToGlobal(self.columns.rect().bottomLeft()))

    def _play_row(self, index: QModelIndex) -> None:
        stream = self.model.stream_at(index.row())
        if stream is not None:
            self.stream_actions.try_again(stream)

    def _ask_stop(self) -> None:
        chosen = self.selected()
        if chosen:
            self.run(self.stream_actions.stop_asked(self.window(), chosen), "stop by user")

    def _ask_stop_all(self) -> None:
        self.run(self._stop_all(), "stop all by user")

    async def _stop_all(self) -> None:
        viewers = self._snapshot.viewers if self._snapshot is not None else 0
        choices = (
            Choice("cancel", self.tr("Cancel")),
            Choice("stop", self.tr("Stop all"), "primary"),
        )
        title, text = self.tr("Stop all streams?"), words.disconnected(viewers)
        answer = await ask(self.window(), title, text, choices)
        if answer.choice == "stop":
            await self.desk.streams.stop_all()
