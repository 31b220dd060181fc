"""The Engines page: one click makes an engine, and every engine can be seen and ended.

The head and the table are made first, the cards one by one when they are needed or nothing else
is to be done: all at once they would hold the loop for a twentieth of a second.
"""

import functools

from PySide6.QtCore import QCoreApplication, QModelIndex, QPoint, Qt, QTimer
from PySide6.QtWidgets import QMenu, QVBoxLayout, QWidget

from acedesk.errors import RuntimeState
from acedesk.model.engine import EngineId
from acedesk.model.snapshot import EngineView, Snapshot, StreamView
from acedesk.ui.desk import Desk
from acedesk.ui.engines import words
from acedesk.ui.engines.address_card import AddressCard
from acedesk.ui.engines.detail import EngineDetail
from acedesk.ui.engines.docker_card import DockerCard, trouble
from acedesk.ui.engines.engine_actions import EngineActions
from acedesk.ui.engines.engine_endings import EngineEndings
from acedesk.ui.engines.no_engine import EngineWays
from acedesk.ui.engines.provisions import ProvisionList
from acedesk.ui.engines.selection import EngineSelection
from acedesk.ui.engines.table_model import EngineModel
from acedesk.ui.hosts.pane import HostsPane
from acedesk.ui.look import tokens
from acedesk.ui.page import Page
from acedesk.ui.tables.detail_splitter import DetailSplitter
from acedesk.ui.tables.table_view import Column, TableView
from acedesk.ui.widgets.buttons import PrimaryButton, SecondaryButton
from acedesk.ui.widgets.card import Card, scrolled
from acedesk.ui.widgets.delegates import BarDelegate, StatePillDelegate, TwoLineDelegate
from acedesk.ui.widgets.inputs import FilterField
from acedesk.ui.widgets.label import make_label
from acedesk.ui.widgets.page_header import PageHeader, PillText
from acedesk.words import numbers
from acedesk.words.hosts import host_trouble

CARD_EDGE = 4  # pixels above and below the table
LEAST_TABLE = 96  # pixels; the head and one row
DETAIL_HEIGHT = 300  # pixels; seven facts and the buttons
STEP_MS = 15  # between two parts: streams and keys come first
_LATER = ("docker", "address", "ways")  # what is made when it is needed

_COLUMNS = (
    Column(sample="Unreachable", extra=tokens.SPACE_XL * 2, delegate=StatePillDelegate),
    Column(sample="192.168.100.200:6878", stretch=1, delegate=TwoLineDelegate),
    Column(sample="3.2.11.1", gives_way=2),
    Column(sample="1 of 1000", extra=tokens.SPACE_XL, delegate=BarDelegate),
    Column(sample="120 ms", gives_way=1),
    Column(sample="65535"),
    Column(sample="23:59:59", gives_way=3),
)


class EnginesPage(Page):
    """Engines, those on their way, and the selected one in detail."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(desk, parent)
        self._snapshot: Snapshot | None = None
        self._selected: EngineId | None = None
        self._waiting = list(_LATER)
        self.model = EngineModel()
        self.header = PageHeader(self.tr("Engines"))
        self.add = PrimaryButton(self.tr("Add engine"), "plus")
        self.add_address = SecondaryButton(self.tr("Add address"), "lan-connect")
        self.filter = FilterField(self.tr("Filter engines"))
        self.engine_actions = EngineActions(desk, self.failed.emit, self.said.emit)
        self.endings = EngineEndings(desk, self, self._streams, self.said.emit)
        self.provisions = ProvisionList()
        self.hosts = HostsPane(self)
        self.table = TableView(_COLUMNS, name=self.tr("Engines"))
        self.table.setModel(self.model)
        self.selection = EngineSelection()
        self.no_match = make_label(self.tr("No engine matches the filter."), "muted")
        self._lay_out()
        self._connect()
        self._steps = QTimer(self, interval=STEP_MS)
        self._steps.timeout.connect(self._make_next)
        self._steps.start()

    @functools.cached_property
    def detail(self) -> EngineDetail:
        """The selected engine."""
        made = EngineDetail(self.desk)
        made.restart_wanted.connect(lambda engine: self._restart([engine]))
        made.remove_wanted.connect(lambda engine: self._remove([engine]))
        made.use_actions(self.engine_actions)
        made.again_wanted.connect(lambda: self.engine_actions.check(made.again))
        made.address_wanted.connect(self._edit_address)
        made.said.connect(self.said)
        made.failed.connect(self.failed)
        self._detail_place.addWidget(made)
        self._show_detail(made)
        return made

    @functools.cached_property
    def docker(self) -> DockerCard:
        """What is wrong with Docker."""
        made = DockerCard(self.desk, self.engine_actions)
        self._column.insertWidget(1, made)
        return made

    @functools.cached_property
    def address(self) -> AddressCard:
        """The field for one more address."""
        made = AddressCard(self.desk)
        made.said.connect(self.said)
        made.failed.connect(self.failed)
        made.added.connect(self._hide_address)
        made.left.connect(self._hide_address)
        made.setVisible(False)
        self._column.insertWidget(self._column.count() - 1, made)
        return made

    @functools.cached_property
    def ways(self) -> EngineWays:
        """What is offered while there is no engine."""
        made = EngineWays(self.desk, shows_provisions=False)
        made.test_wanted.connect(self.play_test_wanted)
        made.setting_wanted.connect(self.setting_wanted)
        made.failed.connect(self.failed)
        made.said.connect(self.said)
        made.setVisible(False)
        self._stack.insertWidget(1, made, 1)
        return made

    def _make_next(self) -> None:
        """Make one more part, where it is not there yet."""
        while self._waiting:
            name = self._waiting.pop(0)
            if name not in self.__dict__:
                getattr(self, name)
                return
        self._steps.stop()

    def refresh(self, snapshot: Snapshot) -> None:
        """Show the engines of this snapshot."""
        self._snapshot = snapshot
        self.model.show(snapshot.own_engines, snapshot.time)
        self.provisions.show_provisions(snapshot)
        self.header.set_pills(_pills(snapshot))
        self.hosts.show_hosts(snapshot)
        self._show_body(snapshot)
        if self.model.row_of(self._selected) < 0 or not self._chosen():
            self.table.selectRow(max(0, self.table.currentIndex().row()))
        self._show_detail(self.detail if snapshot.own_engines else None)
        self._show_selection()

    def focus_filter(self) -> None:
        """Open the filter field."""
        if self.filter.isVisibleTo(self):
            self.filter.open()

    def _show_body(self, snapshot: Snapshot) -> None:
        nothing = not snapshot.real_engines
        # Without Docker its card has the button that helps.
        makes = trouble(snapshot) is None or bool(self.desk.engines.native_name)
        self.add.setVisible(not nothing and makes)
        self.add_address.setVisible(not nothing)
        if nothing:
            self.ways.refresh(snapshot)
        self._set_shown("ways", nothing)
        if nothing:
            self._set_shown("docker", False)
            self._set_shown("address", False)
        elif "docker" in self.__dict__ or trouble(snapshot) is not None:
            self.docker.show_docker(snapshot)
        self._fit(snapshot)

    def _fit(self, snapshot: Snapshot) -> None:
        shown, there = self.model.rowCount(), len(snapshot.own_engines)
        self.filter.setVisible(bool(there))
        self.filter.show_matches(shown, there)
        self.no_match.setVisible(bool(there) and not shown)
        self._splitter.setVisible(bool(shown))
        self._splitter.fit(self.table.content_height() + CARD_EDGE)

    def _set_shown(self, name: str, shown: bool) -> None:
        """Show or hide a part; what is not made yet is hidden already."""
        if name in self.__dict__:
            getattr(self, name).setVisible(shown)

    def _show_detail(self, made: EngineDetail | None = None) -> None:
        detail = made or self.__dict__.get("detail")
        if self._snapshot is not None and detail is not None:
            engine = self.model.row_at(self.model.row_of(self._selected))
            detail.show_engine(engine, self._snapshot.time)

    def _streams(self) -> tuple[StreamView, ...]:
        return self._snapshot.streams if self._snapshot is not None else ()

    def _set_filter(self, text: str) -> None:
        self.model.set_filter(text)
        if self._snapshot is not None:
            self.refresh(self._snapshot)

    def _show_selection(self, *_changed: object) -> None:
        self.selection.show_engines(self._chosen())

    def _chosen(self) -> list[EngineView]:
        """Return the selected engines, from top to bottom."""
        found = map(self.model.row_at, self.table.selected_places())
        return [engine for engine in found if engine is not None]

    def _select(self, index: QModelIndex) -> None:
        engine = self.model.row_at(index.row())
        self._selected = engine.id if engine else None
        self._show_detail()

    def _connect(self) -> None:
        actions = self.engine_actions
        self.add.clicked.connect(lambda: actions.add(self.add))
        self.add_address.clicked.connect(self._toggle_address)
        self.filter.changed.connect(self._set_filter)
        self.selection.restart_wanted.connect(self._restart)
        self.selection.remove_wanted.connect(self._remove)
        self.table.selectionModel().selectionChanged.connect(self._show_selection)
        actions.connect(self.provisions)
        self.table.current_changed.connect(self._select)
        self.table.delete_wanted.connect(self._remove_by_key)
        self.table.copy_wanted.connect(lambda: self.detail.facts.copy(self.tr("Address")))
        self.table.menu_wanted.connect(self._show_menu)

    def show_setting(self, name: str) -> None:
        """Put the cursor into the field of addresses of engines ("engines")."""
        if name == "engines" and "ways" in self.__dict__ and self.ways.isVisibleTo(self):
            self.ways.address.field.setFocus()
        elif name == "engines":
            self.address.setVisible(True)
            self.address.field.setFocus()

    def _toggle_address(self) -> None:
        shown = self.address.isHidden()
        self.address.setVisible(shown)
        if shown:
            self.address.begin()

    def _edit_address(self, engine: EngineView) -> None:
        self.address.setVisible(True)
        self.address.edit(engine.host, engine.port)

    def _hide_address(self) -> None:
        self.address.setVisible(False)
        self.add_address.setFocus()

    def _restart(self, engines: list[EngineView]) -> None:
        self.run(self.endings.restart(engines), "restart engine by user")

    def _remove(self, engines: list[EngineView], *, always: bool = False) -> None:
        self.run(self.endings.remove(engines, always=always), "remove engine by user")

    def _remove_by_key(self) -> None:
        """Remove what is selected; a key is pressed by mistake more easily than a button."""
        self._remove(self._chosen(), always=True)

    def _show_menu(self, index: QModelIndex, position: QPoint) -> None:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        chosen = self._chosen()
        if len(chosen) > 1 and self.model.row_at(index.row()) in chosen:
            self.selection.fill_menu(menu)
        else:
            self.table.setCurrentIndex(index)
            self.detail.fill_menu(menu)
        menu.popup(position)

    def _lay_out(self) -> None:
        for action in (self.filter, self.hosts.button, self.add_address, self.add):
            self.header.add_action(action)
        self.filter.setVisible(False)
        card = Card(padding=1)
        card.body.setContentsMargins(1, 1, 1, 0)  # the last hairline is the border
        card.body.addWidget(self.table)
        self.table.setMinimumHeight(LEAST_TABLE)
        below = QWidget()
        below.setMinimumHeight(DETAIL_HEIGHT)
        self._detail_place = _place(below)
        inside = QWidget()
        self._column = _place(self)
        self._column.addWidget(self.header)
        self._column.addWidget(scrolled(inside), 1)
        self._stack = stack = _place(inside)
        stack.addWidget(self.hosts)
        stack.addWidget(self.provisions)
        stack.addWidget(self.selection)
        self._splitter = DetailSplitter("Engines", card, below)
        stack.addWidget(self._splitter, 1)
        self.no_match.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.no_match.setVisible(False)
        stack.addWidget(self.no_match, 1)
        stack.addStretch(0)


def _pills(snapshot: Snapshot) -> list[PillText]:
    streams = sum(engine.streams for engine in snapshot.own_engines)
    pills = []
    if snapshot.real_engines:  # that of the test channel is none to count: it plays nothing else
        pills.append(PillText(numbers.count(len(snapshot.own_engines), "engine")))
        pills.append(PillText(numbers.count(streams, "stream")))
    state = snapshot.runtime.state
    if snapshot.demo:
        pills.append(PillText(_tr("Demo"), "accent", "test-tube"))
    elif snapshot.orchestrator is not None:
        pills.append(PillText(*words.orchestrator(snapshot.orchestrator), "lan-connect"))
    elif state is RuntimeState.READY:
        pills.append(PillText(f"Docker {snapshot.runtime.detail}".strip(), icon="docker"))
    elif state is not None:
        pills.append(PillText(_tr("Docker not usable"), "warn", "docker"))
    lost = [host.name for host in snapshot.hosts if host_trouble(host) is not None]
    if lost:
        what = lost[0] if len(lost) == 1 else numbers.count(len(lost), "host")
        told = PillText(_tr("{0} not usable").format(what), "bad", "server-network-off")
        pills.insert(0, told)  # the last give way where there is no room
    return pills


def _tr(text: str) -> str:
    return QCoreApplication.translate("EnginesPage", text)


def _place(parent: QWidget) -> QVBoxLayout:
    made = QVBoxLayout(parent)
    made.setContentsMargins(0, 0, 0, 0)
    made.setSpacing(tokens.SPACE_M)
    return made
