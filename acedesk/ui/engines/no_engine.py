"""What an empty page offers while there is no engine: the ways to get one, and the test channel."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from acedesk.model.engine import ProvisionState
from acedesk.model.snapshot import Snapshot
from acedesk.ui.desk import Desk
from acedesk.ui.engines import docker_card
from acedesk.ui.engines.action_card import ActionCard
from acedesk.ui.engines.address_card import AddressCard
from acedesk.ui.engines.docker_card import Help
from acedesk.ui.engines.engine_actions import EngineActions
from acedesk.ui.engines.provisions import ProvisionList
from acedesk.ui.look import tokens
from acedesk.ui.widgets.label import make_label

WIDTH = 640  # pixels; sentences stay short, and it fits beside the sidebar at 960


class EngineWays(QWidget):
    """Says that an engine is missing and what for, and offers each way to get one.

    Signals:
        test_wanted: Play the test channel.
        setting_wanted: Go to a setting, by its name.
        failed: An action ended with this exception.
        said: One short sentence for the status line.
    """

    test_wanted = Signal()
    setting_wanted = Signal(str)
    failed = Signal(object)
    said = Signal(str)

    def __init__(
        self, desk: Desk, *, shows_provisions: bool = True, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._desk = desk
        self._shows_provisions = shows_provisions
        self._help: Help | None = None
        self._native = ""
        self.actions_ = EngineActions(desk, self.failed.emit, self.said.emit)
        self._title = make_label(self.tr("No engine yet"), "section")
        self._hint = make_label(
            self.tr(
                "An engine fetches the streams. "
                "Choose a way to get one, or try the test channel first."
            ),
            "muted",
            wrap=True,
        )
        self.provisions = ProvisionList()
        self.docker = ActionCard(docker_card.choose_icon(desk), kind="primary")
        self.native = ActionCard("application-cog-outline")
        self.address = AddressCard(desk)
        self.test = ActionCard("television-play", button_icon="play")
        self.test.show_text(
            self.tr("Play the test channel"),
            self.tr("Moving bars and a tone, made by AceDesk itself: do they play here?"),
            action=self.tr("Play"),
        )
        self._lay_out()
        self._connect()

    def refresh(self, snapshot: Snapshot) -> None:
        """Offer what is possible now."""
        running = [p for p in snapshot.provisions if p.state is ProvisionState.RUNNING]
        if self._shows_provisions:
            self.provisions.show_provisions(snapshot)
        self.docker.setVisible(not running)
        self._title.setText(
            self.tr("An engine is on its way") if running else self.tr("No engine yet")
        )
        explained = docker_card.trouble(snapshot)
        remote = snapshot.orchestrator is not None
        self._show_native(offered=explained is not None and not running and not remote)
        if explained is None:
            self._help = None
            self.docker.show_text(
                self.tr("Start an engine"),
                self._how(snapshot),
                action=self.tr("Start an engine"),
            )
            return
        self._help, action = docker_card.choose_help(snapshot, self._desk)
        self.docker.show_text(
            self.tr("Start an engine"),
            f"{explained.what} {docker_card.sentences(explained, self._help)}".strip(),
            details=docker_card.details(snapshot, explained),
            action=action,
        )

    def _how(self, snapshot: Snapshot) -> str:
        """Return where an engine would come from."""
        if snapshot.demo:
            return self.tr("A simulated engine, for trying AceDesk out.")
        if snapshot.orchestrator is not None:
            return self.tr("The orchestrator is asked to make one.")
        return self.tr("It runs in Docker here, and is downloaded first if it is not here yet.")

    def _show_native(self, *, offered: bool) -> None:
        """Offer the engine program of this computer where Docker cannot be used."""
        self.native.setVisible(offered)
        if not offered:
            return
        self._native = self._desk.engines.native_name
        if self._native:
            self.native.show_text(
                self.tr("Start the engine of this computer"),
                self.tr("{0} is installed here. It needs no Docker, and ends with AceDesk.").format(
                    self._native
                ),
                action=self.tr("Start it"),
            )
        else:
            self.native.show_text(
                self.tr("An engine without Docker"),
                self.tr(
                    "AceDesk found no engine program on this computer. One that is installed "
                    "elsewhere can be named in the settings."
                ),
                action=self.tr("Name it"),
            )

    def _act_native(self) -> None:
        if self._native:
            self.actions_.add_native(self.native.act)
        else:
            self.setting_wanted.emit("native_command")

    @property
    def text(self) -> str:
        """What is said about engines."""
        return f"{self._title.text()}. {self._hint.text()} {self.docker.text}"

    def _act(self) -> None:
        if self._help is None:
            self.actions_.add(self.docker.act)
        else:
            docker_card.do_help(self._help, self.actions_, self.docker.act)

    def _connect(self) -> None:
        self.docker.act.clicked.connect(self._act)
        self.native.act.clicked.connect(self._act_native)
        self.test.act.clicked.connect(self.test_wanted)
        self.address.said.connect(self.said)
        self.address.failed.connect(self.failed)
        self.actions_.connect(self.provisions)

    def _lay_out(self) -> None:
        inner = QWidget()
        inner.setMaximumWidth(WIDTH)
        stack = QVBoxLayout(inner)
        stack.setContentsMargins(0, 0, 0, 0)
        stack.setSpacing(tokens.SPACE_M)
        parts = (
            self._title,
            self._hint,
            self.provisions,
            self.docker,
            self.native,
            self.address,
            self.test,
        )
        for part in parts:
            stack.addWidget(part)
        self.provisions.setVisible(False)
        row = QHBoxLayout()
        row.addStretch(1)
        row.addWidget(inner, 1000)  # up to its maximum; what is left lies beside it
        row.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addStretch(2)
        column.addLayout(row)
        column.addStretch(3)
        column.setAlignment(Qt.AlignmentFlag.AlignTop)
