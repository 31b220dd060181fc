"""Whether this AceDesk is with the others, why not, and who they are."""

import datetime
import logging
from collections.abc import Callable, Collection

from acedesk import clock
from acedesk.model.event import EventKind, Note
from acedesk.model.sharing.trouble import SharingTrouble, SharingUnavailable
from acedesk.model.sharing.view import OtherProxyView, SharingView
from acedesk.proxy.shared.proxy_entry import ProxyEntry
from acedesk.signals import Signal
from acedesk.words.errors import explain

logger = logging.getLogger(__name__)


class SharingState:
    """How it is with the others; each change is noted and logged once.

    Attributes:
        others: What they told of themselves last; empty while Redis is away.

    Signals:
        changed: It is up, or down, or down for another reason, or others came or went.
    """

    def __init__(
        self, note: Note, utc_now: Callable[[], datetime.datetime] = clock.utc_now
    ) -> None:
        self.changed: Signal[()] = Signal()
        self.others: tuple[ProxyEntry, ...] = ()
        self._note = note
        self._utc_now = utc_now
        self._error: SharingUnavailable | None = None
        self._since: datetime.datetime | None = None
        self._is_late = False

    @property
    def is_up(self) -> bool:
        """Redis answered when it was asked last."""
        return self._since is not None and self._error is None

    def set_up(self, others: Collection[ProxyEntry]) -> None:
        """Take it that Redis answered, and who the others are."""
        self._is_late = False
        was_up, before = self.is_up, {one.id for one in self.others}
        self.others = tuple(sorted(others, key=lambda one: (one.name, one.host, one.port)))
        if not was_up:
            self._error, self._since = None, self._utc_now()
            self._note(EventKind.SHARING_CHANGED, "", up=True, why="")
            logger.info("shares its streams with other AceDesks over Redis")
        if not was_up or before != {one.id for one in others}:
            self.changed.emit()

    def set_down(self, error: SharingUnavailable) -> None:
        """Take it that Redis cannot be used, and why.

        One late answer is none of its faults: this computer may have been busy itself.
        """
        if error.trouble is SharingTrouble.SILENT and self.is_up and not self._is_late:
            self._is_late = True
            return
        before, self._error = self._error, error.bare()
        if before is not None and before.trouble is error.trouble:
            return
        if before is None:
            self._since = self._utc_now()
        self.others = ()
        said = explain(error)
        cause = error.trouble.value
        self._note(EventKind.SHARING_CHANGED, "", cause=cause, up=False, why=said.reason)
        logger.warning("%s", said.line)
        self.changed.emit()

    def view(self, taken: Collection[str]) -> SharingView:
        """Return the picture of it now.

        Args:
            taken: The id of a carrier for each content that is taken from it.
        """
        counts = list(taken)
        return SharingView(
            is_up=self.is_up,
            error=self._error,
            since=self._since,
            others=tuple(
                OtherProxyView(
                    id=one.id,
                    name=one.name,
                    host=one.host,
                    port=one.port,
                    version=one.version,
                    streams=one.streams,
                    viewers=one.viewers,
                    taken=counts.count(one.id),
                )
                for one in self.others
            ),
        )
