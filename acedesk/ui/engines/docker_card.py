"""What is wrong with Docker, or the orchestrator, and the button that does something about it."""

import enum

from PySide6.QtWidgets import QWidget

from acedesk.errors import STARTABLE, RuntimeState
from acedesk.model.snapshot import Snapshot
from acedesk.ui.desk import Desk
from acedesk.ui.engines.action_card import ActionCard
from acedesk.ui.engines.engine_actions import EngineActions
from acedesk.words.errors import Explanation, explain, runtime_words


class Help(enum.Enum):
    """What the button does about Docker."""

    START = "start"
    INSTALL = "install"
    CHECK = "check"


class DockerCard(ActionCard):
    """Shown while Docker cannot be used and no demo engine stands in for it."""

    def __init__(self, desk: Desk, actions: EngineActions, parent: QWidget | None = None) -> None:
        super().__init__(choose_icon(desk), role="warn", parent=parent)
        self.set_tone("warn")
        self._desk = desk
        self._actions = actions
        self._help = Help.CHECK
        self.act.clicked.connect(self._do)
        self.setVisible(False)

    def show_docker(self, snapshot: Snapshot) -> None:
        """Show what is known about Docker."""
        explained = trouble(snapshot)
        self.setVisible(explained is not None)
        if explained is None:
            return
        self._help, action = choose_help(snapshot, self._desk)
        self.show_text(
            explained.what,
            sentences(explained, self._help),
            details=details(snapshot, explained),
            action=action,
        )

    def _do(self) -> None:
        do_help(self._help, self._actions, self.act)


def choose_icon(desk: Desk) -> str:
    """Return the icon of where engines come from; an orchestrator counts from a restart on."""
    return "docker" if desk.snapshot().orchestrator is None else "lan-connect"


def trouble(snapshot: Snapshot) -> Explanation | None:
    """Return why no engine can be started here, None when one can."""
    if snapshot.orchestrator is not None:
        error = snapshot.orchestrator.error
        return None if error is None else explain(error)
    if is_usable(snapshot) or snapshot.runtime.state is None:
        return None
    return runtime_words(snapshot.runtime.state, snapshot.runtime.target)


def is_usable(snapshot: Snapshot) -> bool:
    """Return whether an engine can be started here."""
    if snapshot.orchestrator is not None:
        return snapshot.orchestrator.error is None
    return snapshot.demo or snapshot.runtime.state in (None, RuntimeState.READY)


def choose_help(snapshot: Snapshot, desk: Desk) -> tuple[Help, str]:
    """Return what a button can do about Docker here, and its text."""
    state = None if snapshot.orchestrator is not None else snapshot.runtime.state
    if state is RuntimeState.NOT_INSTALLED:
        return Help.INSTALL, "How to install Docker"
    # Asked only here: it looks at files.
    name = desk.engines.docker_name if state in STARTABLE else ""
    if name:
        return Help.START, f"Start {name}"
    return Help.CHECK, "Check again"


def do_help(help_: Help, actions: EngineActions, button: QWidget) -> None:
    """Do it; the button is disabled meanwhile."""
    match help_:
        case Help.START:
            actions.start_docker(button)
        case Help.INSTALL:
            actions.install_docker()
        case Help.CHECK:
            actions.check(button)


def sentences(explained: Explanation, help_: Help) -> str:
    """Return all but what happened; what the button does needs no sentence."""
    action = "" if help_ is Help.START else explained.action
    return " ".join(part for part in (explained.why, action, explained.now) if part)


def details(snapshot: Snapshot, explained: Explanation) -> str:
    """Return what stands behind Details: the commands, and what Docker said."""
    if snapshot.orchestrator is not None:
        return ""
    return "\n".join(part for part in (explained.command, snapshot.runtime.detail) if part)
