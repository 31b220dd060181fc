"""Totals of the process: counted where things happen; they never decrease.

Nothing is counted for each chunk or client: a stream adds once a second, and at its end, by how
much its own counters have grown.
"""

from acedesk.model.engine_stat import EngineStat
from acedesk.model.totals import Totals


class TotalCounters:
    """The counters; the attributes are those of `acedesk.model.totals.Totals`."""

    __slots__ = (
        "clients",
        "downloaded_bytes",
        "failed_starts",
        "failovers",
        "played_starts",
        "received_bytes",
        "sent_bytes",
        "sessions",
        "skips",
        "starts",
        "streams",
        "uploaded_bytes",
    )

    def __init__(self) -> None:
        self.received_bytes = 0
        self.sent_bytes = 0
        self.starts = 0
        self.failed_starts = 0
        self.played_starts = 0
        self.sessions = 0
        self.failovers = 0
        self.streams = 0
        self.clients = 0
        self.skips = 0
        self.downloaded_bytes = 0
        self.uploaded_bytes = 0

    def view(self) -> Totals:
        """Return the totals now."""
        return Totals(**{name: getattr(self, name) for name in self.__slots__})


class TotalsShare:
    """What one stream, or one player of a file, has added to the totals so far."""

    __slots__ = ("_received", "_sent", "_skips", "_totals")

    def __init__(self, totals: TotalCounters) -> None:
        self._totals = totals
        self._received = 0
        self._sent = 0
        self._skips = 0

    def add(self, *, received: int, sent: int, skips: int = 0) -> None:
        """Add by how much these counters, which only grow, have grown since the last time."""
        totals = self._totals
        totals.received_bytes += received - self._received
        totals.sent_bytes += sent - self._sent
        totals.skips += skips - self._skips
        self._received, self._sent, self._skips = received, sent, skips


class SwarmShare:
    """What the sessions of one stream have added to the totals of the swarms so far.

    The first number that is told of a session counts in full, then what it has grown by. An engine
    that begins to count anew takes nothing back (as acestream-orchestrator counts).
    """

    __slots__ = ("_downloaded", "_session", "_totals", "_uploaded")

    def __init__(self, totals: TotalCounters) -> None:
        self._totals = totals
        self._session = ""
        self._downloaded = 0
        self._uploaded = 0

    def add(self, session: str, stat: EngineStat) -> None:
        """Add what an engine told of a session; `session` is the same for each answer about it."""
        if session != self._session:
            self._session, self._downloaded, self._uploaded = session, 0, 0
        if stat.downloaded is not None:
            self._totals.downloaded_bytes += max(0, stat.downloaded - self._downloaded)
            self._downloaded = stat.downloaded
        if stat.uploaded is not None:
            self._totals.uploaded_bytes += max(0, stat.uploaded - self._uploaded)
            self._uploaded = stat.uploaded
