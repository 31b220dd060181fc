"""What happens at one AceDesk is in the log of events of all of them.

An event of another one is noted here with its name as `proxy`, at the time at which it was heard:
the clocks of two computers may differ.
"""

import json
import math
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from typing import Final

from acedesk.model.event import Event, EventKind, EventValue, Note
from acedesk.proxy.shared.proxy_entry import LONGEST

# What waits while Redis is away; the oldest are dropped.
MOST_WAITING: Final = 500
# As many are told in a second: more is a fault somewhere, which must not flood the others.
MOST_TOLD: Final = 100
_MOST_FACTS: Final = 40
_LONGEST_TEXT: Final = 1000
# Each tells of its own connection by itself.
_OWN: Final = frozenset({EventKind.SHARING_CHANGED})
_PROXY: Final = "proxy"


class EventExchange:
    """Events on their way to the others, and from them.

    Args:
        note: Takes theirs.
        name: Returns what this AceDesk is called among them.

    Attributes:
        since: The last one in Redis that was read, "" before.
    """

    def __init__(self, note: Note, name: Callable[[], str]) -> None:
        self.since = ""
        self._note = note
        self._name = name
        self._waiting: deque[Event] = deque(maxlen=MOST_WAITING)
        self._heard: dict[str, int] = {}

    def add(self, event: Event) -> None:
        """Let an event wait to be told; those of others are not told again."""
        if event.kind not in _OWN and _PROXY not in event.data:
            self._waiting.append(event)

    def waiting(self, me: str) -> tuple[str, ...]:
        """Return what is to be told now, as JSON, oldest first."""
        return tuple(self._write(one, me) for one in tuple(self._waiting)[:MOST_TOLD])

    def told(self, count: int) -> None:
        """Note that so many were told; those that came meanwhile may have pushed some out."""
        for _ in range(min(count, len(self._waiting))):
            self._waiting.popleft()

    def hear(self, events: Iterable[str]) -> None:
        """Note what others told; what was told twice, or makes no sense, is passed over."""
        for text in events:
            try:
                self._hear(json.loads(text[:LONGEST]))
            except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
                continue

    def _hear(self, facts: Mapping[str, object]) -> None:
        kind, teller, number = EventKind(facts["kind"]), str(facts["by"]), facts["number"]
        if not isinstance(number, int) or number <= self._heard.get(teller, 0):
            return
        self._heard[teller] = number
        data = facts.get("data")
        known = dict(_readable(data)) if isinstance(data, dict) else {}
        known[_PROXY] = str(facts.get("name", ""))[:_LONGEST_TEXT]
        subject, cause = str(facts.get("subject", "")), str(facts.get("cause", ""))
        self._note(kind, subject[:_LONGEST_TEXT], cause=cause[:_LONGEST_TEXT], **known)

    def _write(self, event: Event, me: str) -> str:
        facts = {
            "by": me,
            "name": self._name(),
            "number": event.number,
            "kind": event.kind.value,
            "subject": event.subject,
            "cause": event.cause,
            "data": dict(event.data),
        }
        return json.dumps(facts, separators=(",", ":"))


def _readable(data: Mapping[object, object]) -> Iterable[tuple[str, EventValue]]:
    """Return what an event may have in it; names that a `Note` has itself are left out."""
    for name, value in list(data.items())[:_MOST_FACTS]:
        if not isinstance(name, str) or name in ("kind", "subject", "cause", "self"):
            continue
        if isinstance(value, str):
            yield name, value[:_LONGEST_TEXT]
        elif isinstance(value, float) and not math.isfinite(value):
            continue  # JSON has no such numbers
        elif value is None or isinstance(value, bool | int | float):
            yield name, value
