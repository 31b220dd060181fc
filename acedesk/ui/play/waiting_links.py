"""The links that wait for an engine; each is tried again when something changed."""

from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer

from acedesk.model.content import Link, StreamKey
from acedesk.signals import Signal
from acedesk.ui.actions import can_act
from acedesk.ui.desk import Desk

# Engines change several times in a row while they come up; a tenth of a second is not seen.
COALESCE_MS = 100


class WaitingLinks(QObject):
    """Keeps them in the order in which they came, each content once.

    Nothing runs while nothing waits, and nothing is left to be ended: a link is tried by a call of
    `retry`, which takes it out when it may play.

    Args:
        retry: Tries one link again.

    Signals:
        changed: A link came or went.
    """

    def __init__(self, desk: Desk, retry: Callable[[Link], object]) -> None:
        super().__init__()
        self.changed: Signal[()] = Signal()
        self._links: dict[StreamKey, Link] = {}
        self._retry = retry
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(COALESCE_MS)
        self._soon.timeout.connect(self._retry_all)
        self._disconnect = desk.changed.connect(self._on_changed)

    def __contains__(self, key: StreamKey) -> bool:
        return key in self._links

    @property
    def links(self) -> tuple[Link, ...]:
        """Those that wait, the first first."""
        return tuple(self._links.values())

    def add(self, link: Link) -> None:
        """Let a link wait; the same content again changes nothing but a title that was missing."""
        known = self._links.get(link.key)
        if known is None or (link.title and not known.title):
            self._links[link.key] = link
            self.changed.emit()

    def remove(self, key: StreamKey) -> bool:
        """Take a link out; tell whether it waited."""
        removed = self._links.pop(key, None) is not None
        if removed:
            self.changed.emit()
        return removed

    def close(self) -> None:
        """Forget all and watch nothing any more."""
        self._disconnect()
        self._soon.stop()
        self._links.clear()

    def _on_changed(self) -> None:
        if self._links and not self._soon.isActive():
            self._soon.start()

    def _retry_all(self) -> None:
        for link in self.links if can_act() else ():
            self._retry(link)
