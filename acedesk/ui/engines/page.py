"""The Engines page: one click makes an engine, and every engine can be seen and ended."""

from PySide6.QtCore import QModelIndex, QPoint, Qt
from PySide6.QtWidgets import QMenu, QVBoxLayout, QWidget

from acedesk.errors import RuntimeState
from acedesk.model.engine import EngineId
from acedesk.model.snapshot import EngineView, Snapshot
from acedesk.ui.desk import Desk
from acedesk.ui.dialogs import Choice, ask
from acedesk.ui.engines import words
from acedesk.ui.engines.address_card import AddressCard
from acedesk.ui.engines.detail import EngineDetail
from acedesk.ui.engines.docker_card import DockerCard
from acedesk.ui.engines.engine_actions import EngineActions
from acedesk.ui.engines.provisions import ProvisionList
from acedesk.ui.engines.table_model import EngineModel
from acedesk.ui.engines.ways import EngineWays
from acedesk.ui.look import tokens
from acedesk.ui.page import Page
from acedesk.ui.roles import Role
from acedesk.ui.tables.detail_splitter import DetailSplitter
from acedesk.ui.widgets.buttons import PrimaryButton, SecondaryButton
from acedesk.ui.widgets.card import Card, scrolled
from acedesk.ui.widgets.delegates import BarDelegate, StatePillDelegate, TwoLineDelegate
from acedesk.ui.widgets.page_header import PageHeader, PillText
from acedesk.ui.widgets.table_view import Column, TableView
from acedesk.words import numbers

CARD_EDGE = 4  # pixels above and below the table
LEAST_TABLE = 96  # pixels; the head and one row
DETAIL_HEIGHT = 300  # pixels; seven facts and the buttons

_COLUMNS = (
    Column(sample="Unhealthy", extra=tokens.SPACE_XL * 2, delegate=StatePillDelegate),
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
        self.model = EngineModel()
        self.header = PageHeader(self.tr("Engines"))
        self.add = PrimaryButton(self.tr("Add engine"), "plus")
        self.add_address = SecondaryButton(self.tr("Add address"), "lan-connect")
        self.engine_actions = EngineActions(desk, self.failed.emit, self.said.emit)
        self.docker = DockerCard(desk, self.engine_actions)
        self.address = AddressCard(desk)
        self.provisions = ProvisionList()
        self.table = TableView(_COLUMNS, name=self.tr("Engines"))
        self.table.setModel(self.model)
        self.detail = EngineDetail(desk)
        self.ways = EngineWays(desk, shows_provisions=False)
        self._lay_out()
        self._connect()

    def refresh(self, snapshot: Snapshot) -> None:
        """Show the engines of this snapshot."""
        self._snapshot = snapshot
        self.model.show(snapshot.engines, snapshot.time)
        self.provisions.show_provisions(snapshot)
        self._show_pills(snapshot)
        self._show_body(snapshot)
        if self._selected is None or self.model.row_of(self._selected) < 0:
            self.table.selectRow(0)
        self._show_detail()

    def _show_pills(self, snapshot: Snapshot) -> None:
        streams = sum(engine.streams for engine in snapshot.engines)
        pills = []
        if snapshot.engines:
            pills.append(PillText(numbers.count(len(snapshot.engines), "engine")))
            pills.append(PillText(numbers.count(streams, "stream")))
        state = snapshot.runtime.state
        if snapshot.demo:
            pills.append(PillText(self.tr("Demo"), "accent", "test-tube"))
        elif state is RuntimeState.READY:
            pills.append(PillText(f"Docker {snapshot.runtime.detail}".strip(), icon="docker"))
        elif state is not None:
            pills.append(PillText(self.tr("Docker not usable"), "warn", "docker"))
        self.header.set_pills(pills)

    def _show_body(self, snapshot: Snapshot) -> None:
        nothing = not snapshot.real_engines
        self.ways.setVisible(nothing)
        self.add.setVisible(not nothing)
        self.add_address.setVisible(not nothing)
        if nothing:
            self.ways.refresh(snapshot)
            self.docker.setVisible(False)
            self.address.setVisible(False)
        else:
            self.docker.show_docker(snapshot)
        self._splitter.setVisible(bool(snapshot.engines))
        self._splitter.fit(self.table.content_height() + CARD_EDGE)

    def _show_detail(self) -> None:
        if self._snapshot is not None:
            row = self.model.row_of(self._selected)
            engine = self.model.engine(row) if row >= 0 else None
            self.detail.show_engine(engine, self._snapshot.time)

    def _select(self, index: QModelIndex) -> None:
        engine: EngineView | None = index.data(Role.ROW) if index.isValid() else None
        self._selected = engine.id if engine else None
        self._show_detail()

    def _connect(self) -> None:
        actions = self.engine_actions
        self.add.clicked.connect(lambda: actions.add(self.add))
        self.add_address.clicked.connect(self._toggle_address)
        self.address.said.connect(self.said)
        self.address.failed.connect(self.failed)
        self.address.added.connect(self._hide_address)
        self.ways.test_wanted.connect(self.play_test_wanted)
        self.ways.failed.connect(self.failed)
        self.ways.said.connect(self.said)
        self.provisions.cancel_wanted.connect(actions.cancel)
        self.provisions.again_wanted.connect(actions.again)
        self.table.current_changed.connect(self._select)
        self.table.delete_wanted.connect(self._remove_current)
        self.table.copy_wanted.connect(lambda: self.detail.facts.copy(self.tr("Address")))
        self.table.menu_wanted.connect(self._show_menu)
        self.detail.restart_wanted.connect(self._restart)
        self.detail.remove_wanted.connect(self._remove)
        self.detail.again_wanted.connect(lambda: actions.check(self.detail.again))
        self.detail.address_wanted.connect(self._edit_address)
        self.detail.said.connect(self.said)
        self.detail.log.failed.connect(self.failed)

    def show_setting(self, name: str) -> None:
        """Put the cursor into the field of addresses of engines ("engines")."""
        if name == "engines" and self.ways.isVisibleTo(self):
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

    def _restart(self, engine: EngineView) -> None:
        self.run(self._restart_asked(engine), "restart engine by user")

    async def _restart_asked(self, engine: EngineView) -> None:
        if await self._agrees(engine, self.tr("Restart")):
            await self.desk.engines.restart(engine.id)
            self.said.emit(self.tr("{0} is restarting").format(engine.name))

    def _remove(self, engine: EngineView) -> None:
        self.run(self._remove_asked(engine), "remove engine by user")

    def _remove_current(self) -> None:
        engine: EngineView | None = self.model.row_at(self.table.currentIndex().row())
        if engine is not None:
            self.run(self._remove_asked(engine, by_key=True), "remove engine by user")

    def _show_menu(self, index: QModelIndex, position: QPoint) -> None:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.table.setCurrentIndex(index)
        self.detail.fill_menu(menu)
        menu.popup(position)

    async def _remove_asked(self, engine: EngineView, *, by_key: bool = False) -> None:
        if await self._agrees(engine, self.detail.remove.text(), always=by_key):
            await self.desk.engines.remove(engine.id)
            self.said.emit(self.tr("{0} is gone").format(engine.name))

    async def _agrees(self, engine: EngineView, verb: str, *, always: bool = False) -> bool:
        """Ask only when something would be lost, or `always`."""
        streams = self._snapshot.streams if self._snapshot else ()
        loss = words.loss(engine, streams)
        if not loss and not always:
            return True
        answer = await ask(
            self,
            self.tr("{0} {1}?").format(verb, engine.name),
            loss or self.tr("Nothing plays on it."),
            (Choice("no", self.tr("Cancel")), Choice("yes", verb, "danger")),
        )
        return answer.choice == "yes"

    def _lay_out(self) -> None:
        self.header.add_action(self.add_address)
        self.header.add_action(self.add)
        card = Card(padding=1)
        card.body.setContentsMargins(1, 1, 1, 0)  # the last hairline is the border
        card.body.addWidget(self.table)
        self.table.setMinimumHeight(LEAST_TABLE)
        self._splitter = DetailSplitter("Engines", card, self.detail)
        self.detail.setMinimumHeight(DETAIL_HEIGHT)
        inside = QWidget()
        stack = QVBoxLayout(inside)
        stack.setContentsMargins(0, 0, 0, 0)
        stack.setSpacing(tokens.SPACE_M)
        stack.addWidget(self.provisions)
        stack.addWidget(self.ways, 1)
        stack.addWidget(self._splitter, 1)
        stack.addStretch(0)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(tokens.SPACE_M)
        column.addWidget(self.header)
        column.addWidget(self.docker)
        column.addWidget(self.address)
        self.address.setVisible(False)
        column.addWidget(scrolled(inside), 1)
