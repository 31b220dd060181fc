"""An engine on another address: a field that judges while one types, and tries at once."""

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QWidget

from acedesk.errors import EngineError, SettingsError
from acedesk.model.host import join_port
from acedesk.settings import option, parse, parse_address
from acedesk.ui.actions import run_action
from acedesk.ui.desk import Desk
from acedesk.ui.engines.action_card import ActionCard
from acedesk.ui.look import tokens
from acedesk.ui.widgets.buttons import LinkButton, SecondaryButton
from acedesk.ui.widgets.label import make_label, set_style_property
from acedesk.words.errors import explain

FIELD_WIDTH = 260  # pixels; "http://192.168.100.200:6878" and its margins


class AddressCard(ActionCard):
    """Adds an engine that somebody runs elsewhere.

    Signals:
        said: One short sentence for the status line.
        failed: The settings could not be saved.
        added: The engine is in the list.
        left: Escape was pressed in the empty field.
    """

    said = Signal(str)
    failed = Signal(object)
    added = Signal()
    left = Signal()

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__("lan-connect", parent=parent)
        self._desk = desk
        self._asking = False
        # The address that is to be changed, None when one is to be added.
        self._changed: tuple[str, int] | None = None
        self.field = QLineEdit()
        self.field.setPlaceholderText(option("engines").example)
        self.field.setAccessibleName(self.tr("Address of the engine"))
        self.field.setFixedWidth(FIELD_WIDTH)
        self.add = SecondaryButton(self.tr("Add"), "plus")
        self.reason = make_label("", "bad", wrap=True)
        self.anyway = LinkButton(self.tr("Use it anyway"))
        self._show_task()
        line = QHBoxLayout()
        line.setSpacing(tokens.SPACE_S)
        line.addWidget(self.field)
        line.addWidget(self.add)
        line.addStretch(1)
        self._answer = QWidget()
        answer = QHBoxLayout(self._answer)
        answer.setContentsMargins(0, 0, 0, 0)
        answer.addWidget(self.reason, 1)
        answer.addWidget(self.anyway)
        self.texts.addLayout(line)
        self.texts.addWidget(self._answer)
        self._connect()
        self._judge()

    def _connect(self) -> None:
        self.field.textChanged.connect(self._judge)
        self.field.returnPressed.connect(self.add.click)
        self.field.installEventFilter(self)
        self.add.clicked.connect(self._try)
        self.anyway.clicked.connect(self._save)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            if event.key() != Qt.Key.Key_Escape:
                return False
            if self.field.text():
                self.field.clear()
            else:
                self.left.emit()
            return True
        return False

    def begin(self) -> None:
        """Ask for the address of one more engine."""
        self._changed = None
        self._show_task()
        self.field.clear()
        self.field.setFocus()

    def edit(self, host: str, port: int) -> None:
        """Ask for another address of an engine that is known."""
        self._changed = (host, port)
        self._show_task()
        self.field.setText(join_port(host, port))
        self.field.setFocus()
        self.field.selectAll()

    def _show_task(self) -> None:
        if self._changed is None:
            self.show_text(
                self.tr("Add an engine on your network"),
                self.tr("One that runs on this computer, a NAS or another computer."),
            )
        else:
            was = join_port(*self._changed)
            self.show_text(self.tr("Change the address of {0}").format(was))
        self.add.setText(self.tr("Add") if self._changed is None else self.tr("Change"))

    def _judge(self) -> None:
        """Say at once what is wrong with what was typed so far."""
        self._say(self._problem(self.field.text()))
        self._enable()

    def _enable(self) -> None:
        text = self.field.text()
        self.add.setEnabled(bool(text.strip()) and not self._problem(text) and not self._asking)

    def _problem(self, text: str) -> str:
        try:
            wanted = parse("engines", text)
        except SettingsError as exc:
            return f"{exc.reason[:1].upper()}{exc.reason[1:]}."
        known = {parse_address(one) for one in self._others()}
        if wanted and all(parse_address(one) in known for one in wanted):
            return self.tr("This engine is in the list already.")
        return ""

    def _others(self) -> tuple[str, ...]:
        """Return the addresses that stay."""
        named = self._desk.settings.current.engines
        return tuple(one for one in named if parse_address(one) != self._changed)

    def _say(self, reason: str, *, may_add: bool = False) -> None:
        self.reason.setText(reason)
        self._answer.setVisible(bool(reason))
        self.anyway.setVisible(may_add)
        set_style_property(self.field, "bad", bool(reason))

    def _try(self) -> None:
        text = self.field.text()
        self._asking = True
        self.add.setEnabled(False)
        self.add.setText(self.tr("Asking …"))
        run_action(
            self._try_address(text), self.failed.emit, name="try engine", on_done=self._be_idle
        )

    def _be_idle(self) -> None:
        self._asking = False
        self._show_task()
        self._enable()

    async def _try_address(self, text: str) -> None:
        try:
            for address in parse("engines", text):
                await self._desk.engines.try_address(address)
        except EngineError as exc:
            if self.field.text() == text:
                self._say(explain(exc).sentences, may_add=True)
            return
        await self._add(text)

    def _save(self) -> None:
        run_action(self._add(self.field.text()), self.failed.emit, name="add engine address")

    async def _add(self, text: str) -> None:
        wanted = parse("engines", text)
        await self._desk.settings.save(
            {"engines": tuple(dict.fromkeys((*self._others(), *wanted)))}
        )
        self._changed = None
        self._show_task()
        self.field.clear()
        self.said.emit(self.tr("Engine added: {0}").format(", ".join(wanted)))
        self.added.emit()
