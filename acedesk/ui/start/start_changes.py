"""Settings that are changed so that AceDesk can start: by a person, or because nobody is there."""

import logging
from collections.abc import Callable, Coroutine, Mapping
from typing import Any

from PySide6.QtCore import QCoreApplication

from acedesk.errors import CannotListen, PortInUse
from acedesk.model.host import is_loopback
from acedesk.settings import Settings, names
from acedesk.ui.desk import SettingsDesk
from acedesk.ui.widgets.error_card import ErrorCard
from acedesk.words.errors import Explanation, explain

logger = logging.getLogger(__name__)

HERE = "127.0.0.1"  # serves this computer only, and every computer has it
# One for the port and one for the address; a third would be another fault.
MOST_SUBSTITUTES = 2


class StartChanges:
    """What the next start changes.

    Attributes:
        chosen: What somebody chose, to be remembered.
        taken: What is taken for this run only, because nobody was asked.
        substitutes: What is said about each.
    """

    def __init__(self) -> None:
        self.chosen: dict[str, object] = {}
        self.taken: dict[str, object] = {}
        self.substitutes: list[Explanation] = []

    @property
    def values(self) -> dict[str, object]:
        """All changes by the setting's name."""
        return {**self.chosen, **self.taken}

    def choose(self, changes: Mapping[str, object]) -> None:
        """Take what somebody chose."""
        self.chosen.update(changes)

    def follow(self, desk: SettingsDesk) -> None:
        """Take what is saved in the settings of an AceDesk that could not start."""
        before = desk.current

        def choose(after: Settings) -> None:
            values = {name: getattr(after, name) for name in names()}
            self.choose({n: new for n, new in values.items() if new != getattr(before, n)})

        desk.changed.connect(choose)

    def take_substitute(self, error: PortInUse | CannotListen) -> bool:
        """Listen elsewhere in this run; tell whether that may help.

        At login the port may be another program's and the network not up yet. What is wanted then
        is an AceDesk that works and tells, not one that is not there.
        """
        substitute = choose_substitute(error)
        if substitute is None or len(self.substitutes) >= MOST_SUBSTITUTES:
            return False
        changes, words = substitute
        logger.warning("%s", words.line)
        self.taken.update(changes)
        self.substitutes.append(words)
        return True

    def tell(
        self,
        desk: SettingsDesk,
        card: ErrorCard,
        run: Callable[[Coroutine[Any, Any, object], str], object],
    ) -> str:
        """Say in a card what is other than wanted, with a button that keeps it; return the words.

        Args:
            run: Does some work of this name; an error is shown.
        """
        if not self.substitutes:
            return ""

        def keep() -> None:
            card.clear()
            run(desk.save(self.taken), "remember what was taken")

        what = " ".join(words.what for words in self.substitutes)
        rest = " ".join(words.now for words in self.substitutes)
        action = QCoreApplication.translate("StartChanges", "Keep it so")
        card.show_text(what, rest, action=action, do=keep)
        return f"{what} {rest}"


def choose_substitute(
    error: PortInUse | CannotListen,
) -> tuple[dict[str, object], Explanation] | None:
    """Return where to listen instead, and what is said about it; None when nothing helps."""
    words = explain(error)
    if error.next_free is not None:
        now = f"AceDesk listens on port {error.next_free} until it is started again."
        more = f"Players that know port {error.port} do not find it."
        return {"port": error.next_free}, Explanation(words.what, now=f"{now} {more}")
    if isinstance(error, CannotListen) and not is_loopback(error.host):
        now = "AceDesk serves this computer only until it is started again."
        return {"host": HERE}, Explanation(words.what, now=now)
    return None
