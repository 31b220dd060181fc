"""The VPN page: is what engines do protected, and by what; one switch puts engines inside."""

from collections.abc import Sequence

from PySide6.QtWidgets import QHBoxLayout, QScrollArea, QStackedWidget, QVBoxLayout, QWidget

from acedesk.model.snapshot import Snapshot, VpnState, VpnView
from acedesk.ui.actions import run_action
from acedesk.ui.desk import Desk
from acedesk.ui.look import tokens
from acedesk.ui.page import Page
from acedesk.ui.vpn.cards import HowToCard, NoteCard, ProtectionCard, RouteCard, SentenceCard
from acedesk.ui.vpn.inside_card import InsideCard
from acedesk.ui.vpn.protection import describe, routes
from acedesk.ui.widgets.buttons import SecondaryButton
from acedesk.ui.widgets.card import Card
from acedesk.ui.widgets.empty_state import EmptyState
from acedesk.ui.widgets.facts import Fact, Facts
from acedesk.ui.widgets.page_header import PageHeader, PillText
from acedesk.words import numbers

_WITH_CONTAINER = (
    VpnState.STOPPED,
    VpnState.CONNECTING,
    VpnState.CONNECTED,
    VpnState.UNHEALTHY,
)


class VpnPage(Page):
    """Shows the Gluetun container, the way out and who uses it."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(desk, parent)
        self.header = PageHeader(self.tr("VPN"))
        self.check = SecondaryButton(self.tr("Check again"), "refresh")
        self.sentence = SentenceCard()
        self.note = NoteCard()
        self.inside = InsideCard(desk)
        self.exit = Facts()
        self.container = Facts()
        self.routes = RouteCard()
        self.empty = EmptyState(
            "shield-off-outline",
            self.tr("No Gluetun container found."),
            hint=self.tr("AceDesk works without a VPN, or watches one you already run."),
            primary=self.tr("Check again"),
            primary_icon="refresh",
            secondary=self.tr("How to add Gluetun"),
        )
        self.how_to = HowToCard(desk.settings.current.engine_image)
        self._body = QStackedWidget()
        self._lay_out()
        self._connect()

    def refresh(self, snapshot: Snapshot) -> None:
        """Show the VPN of this snapshot."""
        vpn = snapshot.vpn
        absent = vpn.state is VpnState.ABSENT
        self._body.setCurrentIndex(1 if absent else 0)
        self.check.setVisible(not absent)
        self._show_pills(snapshot)
        self.sentence.show_sentence(describe(snapshot))
        self.note.show_note(vpn.control_note)
        self.inside.show_vpn(vpn)
        self._facts.setVisible(vpn.state in _WITH_CONTAINER)
        self.exit.show_facts(self._exit_facts(vpn))
        self.container.show_facts(self._container_facts(snapshot))
        self.routes.show_routes(routes(snapshot))

    def _show_pills(self, snapshot: Snapshot) -> None:
        vpn, described = snapshot.vpn, describe(snapshot)
        tone = "plain" if described.mood.value == "idle" else described.mood.value
        pills = [PillText(described.title, tone)]
        if vpn.checked_time is not None:
            when = numbers.format_ago(vpn.checked_time, snapshot.time)
            pills.append(PillText(self.tr("checked {0}").format(when)))
        self.header.set_pills(pills)

    def _exit_facts(self, vpn: VpnView) -> list[Fact]:
        port = str(vpn.forwarded_port) if vpn.forwarded_port else ""
        return [
            Fact(self.tr("Public address"), vpn.public_ip, vpn.public_ip, mono=True),
            Fact(self.tr("Country"), vpn.country),
            Fact(self.tr("City"), vpn.city),
            Fact(self.tr("Forwarded port"), port, port, mono=True),
            Fact(self.tr("Provider"), vpn.provider),
        ]

    def _container_facts(self, snapshot: Snapshot) -> list[Fact]:
        vpn, now = snapshot.vpn, snapshot.time
        running = vpn.state is not VpnState.STOPPED and vpn.started_time is not None
        since = numbers.format_ago(vpn.started_time, now).removesuffix(" ago")
        return [
            Fact(self.tr("Name"), vpn.container_name),
            Fact(self.tr("Image"), vpn.image),
            Fact(self.tr("Health"), vpn.health),
            Fact(self.tr("Running"), since if running else self.tr("no")),
            Fact(self.tr("VPN inside"), vpn.vpn_status),
        ]

    def _check(self) -> None:
        buttons = (self.check, self.empty.primary)
        for button in buttons:
            button.setEnabled(False)

        def enable() -> None:
            for button in buttons:
                button.setEnabled(True)

        work = self.desk.engines.check_now()
        run_action(work, self.failed.emit, name="check by user", on_done=enable)

    def _toggle_how_to(self) -> None:
        self.how_to.setVisible(self.how_to.isHidden())

    def _connect(self) -> None:
        self.check.clicked.connect(self._check)
        self.empty.primary.clicked.connect(self._check)
        self.empty.secondary.clicked.connect(self._toggle_how_to)
        self.note.key_wanted.connect(lambda: self.setting_wanted.emit("gluetun_api_key"))
        self.inside.failed.connect(self.failed)
        parts = (self.how_to, self.exit, self.container, self.inside)
        for part in parts:
            part.copied.connect(lambda name: self.said.emit(self.tr("{0} copied").format(name)))

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(tokens.SPACE_M)
        column.addWidget(self.header)
        column.addWidget(self._body, 1)
        self.header.add_action(self.check)
        self._facts = _pair(
            _titled(self.tr("Way out"), self.exit), _titled(self.tr("Container"), self.container)
        )
        self.how_to.setVisible(False)
        routes = _pair(self.routes, ProtectionCard())
        for parts in (
            (self.sentence, self.inside, self.note, self._facts, routes),
            (self.empty, self.how_to),
        ):
            inside = QWidget()
            self._body.addWidget(_scrolling(inside))
            _fill(inside, parts)


def _titled(title: str, facts: Facts) -> Card:
    card = Card(title)
    card.body.addWidget(facts)
    card.body.addStretch(1)
    return card


def _pair(left: QWidget, right: QWidget) -> QWidget:
    made = QWidget()
    row = QHBoxLayout(made)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(tokens.SPACE_M)
    row.addWidget(left, 1)
    row.addWidget(right, 1)
    return made


def _scrolling(inside: QWidget) -> QScrollArea:
    area = QScrollArea()
    area.setWidgetResizable(True)
    area.setWidget(inside)
    return area


def _fill(inside: QWidget, parts: Sequence[QWidget]) -> None:
    column = QVBoxLayout(inside)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(tokens.SPACE_M)
    for part in parts:
        column.addWidget(part, 1 if isinstance(part, EmptyState) else 0)
    if not isinstance(parts[0], EmptyState):
        column.addStretch(1)
