"""The Engines page: one click makes an engine, and every engine can be seen and ended."""

from PySide6.QtCore import QModelIndex
from PySide6.QtWidgets import QScrollArea, QStackedWidget, QVBoxLayout, QWidget

from acedesk.errors import RuntimeState
from acedesk.model.engine import EngineId
from acedesk.model.snapshot import EngineView, Snapshot
from acedesk.ui.actions import run_action
from acedesk.ui.desk import Desk
from acedesk.ui.dialogs import Choice, ask
from acedesk.ui.engines import words
from acedesk.ui.engines.detail import EngineDetail
from acedesk.ui.engines.docker_card import DockerCard, is_usable
from acedesk.ui.engines.provisions import ProvisionList
from acedesk.ui.engines.table_model import EngineModel
from acedesk.ui.look import tokens
from acedesk.ui.page import Page
from acedesk.ui.roles import Role
from acedesk.ui.widgets.buttons import PrimaryButton
from acedesk.ui.widgets.card import Card
from acedesk.ui.widgets.delegates import BarDelegate, StatePillDelegate, TwoLineDelegate
from acedesk.ui.widgets.empty_state import EmptyState
from acedesk.ui.widgets.page_header import PageHeader, PillText
from acedesk.ui.widgets.table_view import Column, TableView
from acedesk.words import numbers

# Rows the table shows before it scrolls by itself, so that the detail stays in sight.
MOST_ROWS = 6
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
        self.docker = DockerCard()
        self.provisions = ProvisionList()
        self.table = TableView(_COLUMNS, name=self.tr("Engines"))
        self.table.setModel(self.model)
        self.detail = EngineDetail(desk)
        self.empty = EmptyState(
            "engine-outline",
            self.tr("No engine yet."),
            primary_icon="plus",
            secondary=self.tr("Use an engine on another address"),
        )
        self._body = QStackedWidget()
        self._lay_out()
        self._connect()

    def refresh(self, snapshot: Snapshot) -> None:
        """Show the engines of this snapshot."""
        self._snapshot = snapshot
        self.model.show(snapshot.engines, snapshot.time)
        self.docker.show_docker(snapshot)
        self.provisions.show_provisions(snapshot.provisions, snapshot.time)
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
        usable = is_usable(snapshot)
        self.empty.set_texts(
            self.empty.sentence,
            hint=self.tr("An engine does the peer‑to‑peer work."),
            primary=self.tr("Start an engine") if usable else "",
        )
        nothing = not snapshot.engines and not snapshot.provisions
        self._body.setCurrentIndex(1 if nothing else 0)
        self._table_card.setVisible(bool(snapshot.engines))
        rows = min(len(snapshot.engines), MOST_ROWS)
        one = self.table.verticalHeader().defaultSectionSize()
        header = self.table.horizontalHeader().height()
        self.table.setFixedHeight(header + rows * one)

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
        self.add.clicked.connect(self._add)
        self.empty.primary.clicked.connect(self._add)
        self.empty.secondary.clicked.connect(lambda: self.setting_wanted.emit("engines"))
        self.docker.check_wanted.connect(self._check)
        self.provisions.cancel_wanted.connect(self._cancel)
        self.provisions.again_wanted.connect(self._again)
        self.table.current_changed.connect(self._select)
        self.detail.restart_wanted.connect(self._restart)
        self.detail.remove_wanted.connect(self._remove)
        self.detail.said.connect(self.said)
        self.detail.log.failed.connect(self.failed)

    def _add(self) -> None:
        buttons = (self.add, self.empty.primary)
        for button in buttons:
            button.setEnabled(False)

        def enable() -> None:
            for button in buttons:
                button.setEnabled(True)

        work = self.desk.engines.add()
        run_action(work, self.failed.emit, name="add engine by user", on_done=enable)

    def _check(self) -> None:
        self.docker.check.setEnabled(False)
        run_action(
            self.desk.engines.check_now(),
            self.failed.emit,
            name="check by user",
            on_done=lambda: self.docker.check.setEnabled(True),
        )

    def _cancel(self, provision_id: str) -> None:
        self.run(self.desk.engines.cancel_provision(provision_id), "cancel provision by user")

    def _again(self, provision_id: str) -> None:
        self.run(self._forget_and_add(provision_id), "try again by user")

    async def _forget_and_add(self, provision_id: str) -> None:
        await self.desk.engines.cancel_provision(provision_id)
        await self.desk.engines.add()

    def _restart(self, engine: EngineView) -> None:
        self.run(self._restart_asked(engine), "restart engine by user")

    async def _restart_asked(self, engine: EngineView) -> None:
        if await self._agrees(engine, self.tr("Restart")):
            await self.desk.engines.restart(engine.id)
            self.said.emit(self.tr("{0} is restarting").format(engine.name))

    def _remove(self, engine: EngineView) -> None:
        self.run(self._remove_asked(engine), "remove engine by user")

    async def _remove_asked(self, engine: EngineView) -> None:
        if await self._agrees(engine, self.detail.remove.text()):
            await self.desk.engines.remove(engine.id)
            self.said.emit(self.tr("{0} is gone").format(engine.name))

    async def _agrees(self, engine: EngineView, verb: str) -> bool:
        """Ask only when something would be lost."""
        streams = self._snapshot.streams if self._snapshot else ()
        loss = words.loss(engine, streams)
        if not loss:
            return True
        answer = await ask(
            self,
            self.tr("{0} {1}?").format(verb, engine.name),
            loss,
            (Choice("no", self.tr("Cancel")), Choice("yes", verb, "danger")),
        )
        return answer.choice == "yes"

    def _lay_out(self) -> None:
        self.header.add_action(self.add)
        self._table_card = Card(padding=1)
        self._table_card.body.setContentsMargins(1, 1, 1, 0)  # the last hairline is the border
        self._table_card.body.addWidget(self.table)
        self.detail.setMinimumHeight(DETAIL_HEIGHT)
        inside = QWidget()
        stack = QVBoxLayout(inside)
        stack.setContentsMargins(0, 0, 0, 0)
        stack.setSpacing(tokens.SPACE_M)
        for part in (self.provisions, self._table_card):
            stack.addWidget(part)
        stack.addWidget(self.detail, 1)
        stack.addStretch(0)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setWidget(inside)
        self._body.addWidget(scroll)
        self._body.addWidget(self.empty)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(tokens.SPACE_M)
        column.addWidget(self.header)
        column.addWidget(self.docker)
        column.addWidget(self._body, 1)
