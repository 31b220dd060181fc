"""The selected engine: its facts, what hinders it, and what can be done with it."""

import datetime

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QMenu, QWidget

from acedesk.model.engine import FOREIGN, BackendKind, EngineIntent
from acedesk.model.host import join_port
from acedesk.model.snapshot import EngineView
from acedesk.ui.desk import Desk
from acedesk.ui.engines import words
from acedesk.ui.engines.engine_actions import EngineActions
from acedesk.ui.engines.log_view import EngineLog
from acedesk.ui.graphs.engine_day import EngineDay
from acedesk.ui.graphs.record_pane import RecordPane
from acedesk.ui.look import icons, tokens
from acedesk.ui.widgets.buttons import Button, SecondaryButton
from acedesk.ui.widgets.card import Card
from acedesk.ui.widgets.facts import Fact, Facts
from acedesk.ui.widgets.label import ElidedLabel, make_label
from acedesk.ui.widgets.pill import Pill
from acedesk.words import numbers
from acedesk.words.engine_score import describe_score, format_score, short_reason
from acedesk.words.errors import explain

SHORT_CONTAINER_ID = 12  # as `docker ps` shows it


class EngineDetail(QWidget):
    """Facts on the left, the log on the right.

    Signals:
        restart_wanted, remove_wanted, address_wanted: With the engine; the last one wants its
            address changed.
        again_wanted: The engines shall be asked again now.
        said: A short sentence for the status line.
        failed: A bug while its past was read.
    """

    restart_wanted = Signal(object)
    remove_wanted = Signal(object)
    address_wanted = Signal(object)
    again_wanted = Signal()
    said = Signal(str)
    failed = Signal(object)

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._engine: EngineView | None = None
        self._actions: EngineActions | None = None
        self._name = ElidedLabel("", "section")
        self._state = Pill()
        self.facts = Facts()
        self._error = make_label("", "bad", wrap=True, selectable=True)
        self.restart = SecondaryButton(self.tr("Restart"), "restart")
        self.replace = SecondaryButton(self.tr("Replace"), "swap-horizontal")
        self.replace.setToolTip(
            self.tr("Another engine is made, the streams move there, then this one is removed")
        )
        self.use_again = SecondaryButton(self.tr("Use again"), "play")
        self.use_again.setToolTip(self.tr("It gets new streams again and is not removed"))
        self.again = SecondaryButton(self.tr("Try again"), "refresh")
        self.edit = SecondaryButton(self.tr("Edit address"), "pencil-outline")
        self.remove = Button(self.tr("Remove"), "trash-can-outline", kind="danger")
        self.log = EngineLog(desk)
        self.day = EngineDay(desk)
        self.record = RecordPane(
            log=(self.tr("Log"), self.log), day=(self.tr("Last 24 hours"), self.day)
        )
        self._lay_out()
        self.restart.clicked.connect(lambda: self.restart_wanted.emit(self._engine))
        self.again.clicked.connect(self.again_wanted)
        self.edit.clicked.connect(lambda: self.address_wanted.emit(self._engine))
        self.remove.clicked.connect(lambda: self.remove_wanted.emit(self._engine))
        self.facts.copied.connect(lambda name: self.said.emit(self.tr("{0} copied").format(name)))
        self.log.failed.connect(self.failed)
        self.day.failed.connect(self.failed)
        self.log.copied.connect(lambda: self.said.emit(self.tr("Log copied")))

    def show_engine(self, engine: EngineView | None, now: datetime.datetime) -> None:
        """Show this engine, or nothing."""
        self._engine = engine
        self.setVisible(engine is not None)
        self.log.show_engine(engine)
        self.day.show_engine(engine)
        if engine is None:
            return
        word, tone, shape = words.state_words(engine)
        self._name.setText(engine.name)
        self._state.show_text(word, tone=tone, shape=shape)
        self.facts.show_facts(self._facts(engine, now))
        self._error.setText(explain(engine.error).sentences if engine.error else "")
        self._error.setVisible(engine.error is not None)
        static = engine.backend is BackendKind.STATIC
        made = engine.backend not in FOREIGN
        self.restart.setVisible(made)
        serves = engine.intent is EngineIntent.SERVE
        self.replace.setVisible(made and serves)
        self.use_again.setVisible(not serves and engine.backend is not BackendKind.REMOTE)
        self.remove.setVisible(engine.backend is not BackendKind.REMOTE)
        self.again.setVisible(engine.backend in FOREIGN and engine.error is not None)
        self.edit.setVisible(static)
        self.remove.setText(self.tr("Forget") if static else self.tr("Remove"))

    def use_actions(self, actions: EngineActions) -> None:
        """Let these do what needs no question."""
        self._actions = actions
        self.replace.clicked.connect(self._replace)
        self.use_again.clicked.connect(self._use_again)

    def _replace(self) -> None:
        if self._engine is not None and self._actions is not None:
            self._actions.replace(self._engine, self.replace)

    def _use_again(self) -> None:
        if self._engine is not None and self._actions is not None:
            self._actions.use_again(self._engine, self.use_again)

    def _drain(self) -> None:
        if self._engine is not None and self._actions is not None:
            self._actions.drain(self._engine)

    def fill_menu(self, menu: QMenu) -> None:
        """Offer what the buttons do."""
        copy = menu.addAction(icons.icon("content-copy"), self.tr("Copy address"))
        copy.triggered.connect(lambda: self.facts.copy(self.tr("Address")))
        menu.addSeparator()
        for button, icon in (
            (self.restart, "restart"),
            (self.replace, "swap-horizontal"),
            (self.use_again, "play"),
            (self.remove, "trash-can-outline"),
        ):
            if not button.isHidden():
                menu.addAction(icons.icon(icon), button.text()).triggered.connect(button.click)
        engine = self._engine
        if engine is None or engine.backend is BackendKind.REMOTE:
            return
        if engine.intent is EngineIntent.SERVE:
            # One that AceDesk did not make stays.
            text = (
                self.tr("Give it no new streams")
                if engine.backend in FOREIGN
                else self.tr("Give it no new streams, then remove it")
            )
            menu.addAction(icons.icon("pause"), text).triggered.connect(self._drain)

    @property
    def error(self) -> str:
        """What is said about the engine's trouble."""
        return self._error.text() if not self._error.isHidden() else ""

    def _facts(self, engine: EngineView, now: datetime.datetime) -> list[Fact]:
        known = engine.port and (engine.is_alive or engine.backend in FOREIGN)
        address = join_port(engine.host, engine.port) if known else ""
        facts = [Fact(self.tr("Address"), address, address, mono=True)]
        if engine.container_id:
            short = engine.container_id[:SHORT_CONTAINER_ID]
            facts.append(Fact(self.tr("Container"), short, engine.container_id, mono=True))
        if engine.image:
            facts.append(Fact(self.tr("Image"), engine.image, engine.image))
        facts += [
            Fact(self.tr("Started"), numbers.format_ago(engine.started_time, now))
            if engine.is_alive
            else Fact(self.tr("Started"), ""),
            Fact(self.tr("Last check"), numbers.format_ago(engine.last_check_time, now)),
            Fact(
                self.tr("Last stream"),
                self.tr("playing now")
                if engine.streams
                else numbers.format_ago(engine.last_stream_time, now),
            ),
        ]
        if engine.usage is not None and engine.is_alive:
            facts.append(Fact(self.tr("Uses"), words.usage(engine.usage)))
        if engine.is_alive:
            facts.append(_score_fact(self.tr("Score"), engine))
        if engine.vpn_container:
            port = self.tr(", has the forwarded port") if engine.forwarded else ""
            facts.append(Fact(self.tr("VPN"), f"{engine.vpn_container}{port}"))
        return facts

    def _lay_out(self) -> None:
        card = Card()
        head = QHBoxLayout()
        head.setSpacing(tokens.SPACE_M)
        head.addWidget(self._name, 1)
        head.addWidget(self._state)
        buttons = QHBoxLayout()
        buttons.setSpacing(tokens.SPACE_S)
        for button in (self.restart, self.replace, self.use_again, self.again, self.edit):
            buttons.addWidget(button)
        buttons.addStretch(1)
        buttons.addWidget(self.remove)
        card.body.addLayout(head)
        card.body.addWidget(self._error)  # first why, then the facts
        card.body.addWidget(self.facts)
        card.body.addStretch(1)
        card.body.addLayout(buttons)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(tokens.SPACE_M)
        row.addWidget(card, 4)
        row.addWidget(self.record, 5)


def _score_fact(name: str, engine: EngineView) -> Fact:
    reason = short_reason(engine.score)
    value = format_score(engine.score)
    return Fact(
        name, f"{value}: {reason}" if reason else value, tooltip=describe_score(engine.score)
    )
