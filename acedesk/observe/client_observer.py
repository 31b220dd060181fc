"""What is seen of one client whose connection is full, as facts for the diagnosis."""

import itertools
from collections import deque
from typing import Final

from acedesk.model.diagnosis import ClientFacts
from acedesk.observe.reconnects import client_name
from acedesk.proxy.delivery.client import Client
from acedesk.proxy.streams.stream import Stream
from acedesk.values import frozen_value

WINDOW: Final = 10.0
SKIP_WINDOW: Final = 30.0


@frozen_value(kw_only=False)
class _ClientLook:
    at: float
    taken: int
    blocked: bool
    behind: float
    skips: int


class ClientObserver:
    """One client, from when its connection is full until it has been free for thirty seconds."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self._looks: deque[_ClientLook] = deque()
        self._taken_at: float | None = None

    @property
    def is_well(self) -> bool:
        """Its connection was never full within the window, it answers, and it skipped nothing."""
        blocked = any(look.blocked for look in self._looks)
        return (
            not (blocked or self.client.unanswered_for)
            and self._looks[0].skips == self._looks[-1].skips
        )

    def look(self, stream: Stream, now: float) -> None:
        """Read the client's counters."""
        client = self.client
        taken = client.sent_bytes - client.unsent_bytes
        behind = stream.ring.behind(client.position) if client.position is not None else 0.0
        changed = not self._looks or taken != self._looks[-1].taken or not client.blocked
        if changed:
            self._taken_at = now
        self._looks.append(_ClientLook(now, taken, client.blocked, behind, client.skips))
        while now - self._looks[0].at > SKIP_WINDOW:
            self._looks.popleft()

    def facts(self, now: float) -> ClientFacts:
        """Return what it adds up to."""
        looks = [look for look in self._looks if now - look.at <= WINDOW + 0.5]
        first, last = looks[0], looks[-1]
        # A player that has just paused is no slow one: the time since it took something last is
        # not counted.
        elapsed = max(0.0, min(last.at, self._taken_at or last.at) - first.at)
        pairs = itertools.pairwise(looks)
        falling = sum(b.behind - a.behind for a, b in pairs if a.skips == b.skips)
        return ClientFacts(
            id=self.client.id,
            name=client_name(self.client),
            rate=(last.taken - first.taken) * 8 / elapsed if elapsed else 0.0,
            behind=last.behind,
            falling=falling,
            blocked=sum(look.blocked for look in looks) / max(len(looks), WINDOW),
            stuck_for=now - self._taken_at if self._taken_at is not None else 0.0,
            unanswered_for=self.client.unanswered_for,
            skips=last.skips - self._looks[0].skips,
        )
