"""The list of Dockers on other computers, behind a button of the Engines page."""

import functools

from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from acedesk.model.snapshot import HostView, Snapshot
from acedesk.settings.engine_host import EngineHost, parse_host
from acedesk.ui.dialogs import Choice, ask
from acedesk.ui.hosts.dialog import HostDialog
from acedesk.ui.hosts.row import HostRow
from acedesk.ui.look import tokens
from acedesk.ui.page import Page
from acedesk.ui.widgets.buttons import SecondaryButton
from acedesk.ui.widgets.card import Card, Hairline
from acedesk.ui.widgets.label import make_label
from acedesk.words import numbers


class HostsPane(QWidget):
    """Shown and hidden by its button; adds, changes and removes hosts.

    Args:
        page: Where it stands: errors, sentences and the wish for a restart go there.

    Attributes:
        button: Stands in the head of the page.
    """

    def __init__(self, page: Page) -> None:
        super().__init__()
        self._page = page
        self._snapshot: Snapshot | None = None
        self.button = SecondaryButton(self.tr("Hosts"), "server-network")
        self.button.setToolTip(self.tr("Docker on other computers"))
        self.button.clicked.connect(self._toggle)
        self._place = QVBoxLayout(self)
        self._place.setContentsMargins(0, 0, 0, 0)
        self.setVisible(False)

    @functools.cached_property
    def card(self) -> "HostsCard":
        """The list, made when it is wanted for the first time."""
        made = HostsCard()
        made.add.clicked.connect(lambda: self._open(None))
        made.restart.clicked.connect(self._page.restart_wanted)
        self._place.addWidget(made)
        return made

    def show_hosts(self, snapshot: Snapshot) -> None:
        """Show the hosts of this snapshot, while the list is open."""
        self._snapshot = snapshot
        if self.isHidden():
            return
        for row in self.card.show_hosts(snapshot):
            row.edit_wanted.connect(self._edit)
            row.remove_wanted.connect(self._ask_to_remove)

    def _toggle(self) -> None:
        self.setVisible(self.isHidden())
        if self._snapshot is not None:
            self.show_hosts(self._snapshot)

    def _hosts(self) -> dict[str, EngineHost]:
        texts = self._page.desk.settings.current.engine_hosts
        return {host.name: host for host in map(parse_host, texts)}

    def _edit(self, name: str) -> None:
        if (host := self._hosts().get(name)) is not None:
            self._open(host)

    def _open(self, host: EngineHost | None) -> None:
        dialog = HostDialog(self._page.desk, tuple(self._hosts().values()), host, self)
        dialog.saved.connect(self._page.said)
        dialog.open()

    def _ask_to_remove(self, name: str) -> None:
        self._page.run(self._remove(name), "remove host by user")

    async def _remove(self, name: str) -> None:
        if name not in self._hosts():
            return
        engines = self._engines(name)
        left = (
            self.tr("{0} there goes on running; after a restart AceDesk uses it no longer.")
            if engines == 1
            else self.tr("{0} there go on running; after a restart AceDesk uses them no longer.")
        ).format(numbers.count(engines, "engine"))
        answer = await ask(
            self,
            self.tr("Remove the host {0}?").format(name),
            left if engines else self.tr("AceDesk makes no more engines there after a restart."),
            (Choice("", self.tr("Cancel")), Choice("remove", self.tr("Remove"), "danger")),
        )
        if answer.choice == "remove":
            kept = tuple(host.text for key, host in self._hosts().items() if key != name)
            await self._page.desk.settings.save({"engine_hosts": kept})
            self._page.said.emit(self.tr("Host removed: {0}").format(name))

    def _engines(self, name: str) -> int:
        hosts = self._snapshot.hosts if self._snapshot is not None else ()
        return sum(_count(self._snapshot, host) for host in hosts if host.name == name)


class HostsCard(Card):
    """The list itself.

    Attributes:
        rows: One for each host.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(padding=tokens.SPACE_M, parent=parent)
        self.rows: list[HostRow] = []
        self._lines: list[Hairline] = []
        self.add = SecondaryButton(self.tr("Add host"), "plus")
        self.restart = SecondaryButton(self.tr("Restart AceDesk"), "restart")
        self._text = make_label("", "muted", wrap=True)
        head = QHBoxLayout()
        head.setSpacing(tokens.SPACE_S)
        head.addWidget(make_label(self.tr("Docker on other computers"), "strong"))
        head.addWidget(self._text, 1)
        head.addWidget(self.restart)
        head.addWidget(self.add)
        self.body.addLayout(head)

    @property
    def text(self) -> str:
        """What stands above the list."""
        return self._text.text()

    def show_hosts(self, snapshot: Snapshot) -> list[HostRow]:
        """Show these hosts; return the rows that are new."""
        hosts = snapshot.hosts
        new = []
        while len(self.rows) < len(hosts):
            line, row = Hairline(), HostRow()
            self._lines.append(line)
            self.rows.append(row)
            new.append(row)
            self.body.addWidget(line)
            self.body.addWidget(row)
        for place, (row, line) in enumerate(zip(self.rows, self._lines, strict=True)):
            row.setVisible(place < len(hosts))
            line.setVisible(place < len(hosts))
            if place < len(hosts):
                row.show_host(hosts[place], _count(snapshot, hosts[place]))
        waiting = any(host.waiting for host in hosts)
        self.restart.setVisible(waiting)
        self._text.setText(self._sentence(hosts, waiting=waiting))
        return new

    def _sentence(self, hosts: tuple[HostView, ...], *, waiting: bool) -> str:
        if not hosts:
            return self.tr("AceDesk makes engines there, too: by ssh, with certificates, Podman.")
        if waiting:
            return self.tr("What was added or moved counts after a restart.")
        return self.tr("The next engine is made where there are the fewest.")


def _count(snapshot: Snapshot | None, host: HostView) -> int:
    engines = snapshot.engines if snapshot is not None else ()
    return sum(engine.backend_id == host.backend_id for engine in engines)
