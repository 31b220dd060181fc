"""Playback sessions and the engine's rules about players: who may play what, and who loses.

The rules, as measured on 3.2.3 and 3.2.11:

* the same content asked for again by the same player joins its session;
* the same content asked for by another player supersedes the session: its reader ends, and its
  URLs go on to speak for the new one, so a stop through either ends both;
* another content asked for by the same player ends the player's session;
* a session nobody reads, polls or stats for a while ends by itself.
"""

import asyncio
import collections
import dataclasses
import enum
import math
import secrets
from collections.abc import Iterator
from typing import Any, Final

from acedesk.demo.channels import DemoChannel

# Players that give no `pid` are one player to the engine.
SHARED_PLAYER: Final = ""

# Sessions that are over and whose URLs are still told apart from unknown ones.
_REMEMBERED: Final = 200
# Names under /content/ that a session remembers; players that reconnect ask /ace/r/ again.
_KEPT_CONTENTS: Final = 8


class Output(enum.Enum):
    """How a session is read; an engine keeps to the form a session was asked for first."""

    STREAM = "r"
    HLS = "m"


class End(enum.Enum):
    """Why a session ended."""

    STOP = "stop"
    SUPERSEDED = "superseded"
    PLAYER = "player"
    INACTIVITY = "inactivity"
    BROKEN = "broken"
    CLOSED = "closed"


@dataclasses.dataclass(slots=True, kw_only=True, eq=False)
class DemoSession:
    """One playback of a channel.

    Attributes:
        token: Names the session in all its URLs.
        ready_at: Monotonic time when prebuffering ends, infinite when it never does.
        activity_at: Monotonic time of the last sign of life from the player.
        timeout: Seconds without a sign of life after which the session ends.
        behind: Seconds behind the live edge, after a liveseek.
        flow: Fraction of the rate that comes in now; faults of the body lower it.
        contents: Names under `/content/` that lead here.
        readers: Bodies being sent right now.
        many_readers: The player asked for several connections at once.
        new_reader_wins: The player asked that a new connection ends the one before.
    """

    channel: DemoChannel
    player: str
    output: Output
    began_at: float
    timeout: float
    client_session_id: int = -1
    with_events: bool = False
    many_readers: bool = False
    new_reader_wins: bool = False
    token: str = dataclasses.field(default_factory=lambda: secrets.token_hex(16))
    playback_session_id: str = dataclasses.field(default_factory=lambda: secrets.token_hex(20))
    activity_at: float = 0.0
    behind: float = 0.0
    flow: float = 1.0
    first_loop: int = 0
    ended: End | None = None
    successor: "DemoSession | None" = None
    contents: collections.deque[str] = dataclasses.field(
        default_factory=lambda: collections.deque(maxlen=_KEPT_CONTENTS)
    )
    readers: list["BodyReader"] = dataclasses.field(default_factory=list)
    events: collections.deque[dict[str, Any]] = dataclasses.field(default_factory=collections.deque)
    changed: asyncio.Event = dataclasses.field(default_factory=asyncio.Event)
    announced: bool = False
    _downloaded: float = 0.0
    _counted_at: float = 0.0

    @property
    def ready_at(self) -> float:
        """Monotonic time when prebuffering ends."""
        return self.began_at + self.channel.start_delay

    def is_ready(self, now: float) -> bool:
        """Tell whether media can flow."""
        return now >= self.ready_at

    def touch(self, now: float) -> None:
        """Note a sign of life from the player."""
        self.activity_at = max(self.activity_at, now)

    def push_event(self, name: str, params: dict[str, Any]) -> None:
        """Let the next poll of the event URL return this."""
        self.events.append({"name": name, "params": params})
        self.wake()

    def wake(self) -> None:
        """Let everybody who waits for a change look again."""
        self.changed.set()
        self.changed = asyncio.Event()

    def downloaded(self, now: float, rate: float) -> int:
        """Return the bytes taken from the network so far, at `rate` bytes a second."""
        since = max(self._counted_at, self.ready_at)
        if now > since:
            self._downloaded += (now - since) * rate * self.flow
            self._counted_at = now
        return int(self._downloaded)


@dataclasses.dataclass(slots=True, eq=False)
class BodyReader:
    """One body being sent; `stopped` asks it to come to its regular end."""

    session: DemoSession
    stopped: bool = False


class DemoSessions:
    """All sessions of one engine, alive and remembered."""

    def __init__(self, timeout: float) -> None:
        self.opened = 0
        self.ends: collections.Counter[End] = collections.Counter()
        self._timeout = timeout
        self._by_token: dict[str, DemoSession] = {}

    def __iter__(self) -> Iterator[DemoSession]:
        return iter([session for session in self._by_token.values() if session.ended is None])

    def open(
        self, channel: DemoChannel, player: str, output: Output, now: float
    ) -> tuple[DemoSession, bool]:
        """Return the session for this request and whether it is new."""
        for session in self:
            if session.player == player and session.channel is not channel:
                self.end(session, End.PLAYER)
        old = next((session for session in self if session.channel is channel), None)
        if old is not None and old.player == player and old.output is output:
            old.touch(now)
            return old, False
        session = DemoSession(
            channel=channel,
            player=player,
            output=output,
            began_at=now,
            activity_at=now,
            timeout=self._timeout,
        )
        if old is not None:
            # The engine has the content already: the newcomer does not wait for it again.
            session.began_at = old.began_at
            self.end(old, End.SUPERSEDED)
            old.successor = session
        self.opened += 1
        self._by_token[session.token] = session
        self._prune()
        return session, True

    def find(self, token: str) -> DemoSession | None:
        """Return the session of that name, ended or not."""
        return self._by_token.get(token)

    def find_living(self, token: str) -> DemoSession | None:
        """Return the session that a stat or command URL speaks for now, None when it is over."""
        session = self._by_token.get(token)
        while session is not None and session.successor is not None:
            session = session.successor
        return session if session is not None and session.ended is None else None

    def find_content(self, name: str) -> DemoSession | None:
        """Return the living session that gave out this name under `/content/`."""
        return next((session for session in self if name in session.contents), None)

    def end(self, session: DemoSession, why: End) -> None:
        """End the session: its readers come to their end, its polls are answered."""
        if session.ended is not None:
            return
        session.ended = why
        self.ends[why] += 1
        for reader in session.readers:
            reader.stopped = True
        session.wake()

    def end_all(self, why: End) -> None:
        """End every living session."""
        for session in self:
            self.end(session, why)

    def expire(self, now: float) -> list[DemoSession]:
        """End the sessions without a sign of life for too long, and return them."""
        late: list[DemoSession] = []
        for session in self:
            if session.readers:
                session.touch(now)
            elif now - session.activity_at >= session.timeout:
                self.end(session, End.INACTIVITY)
                late.append(session)
        return late

    def _prune(self) -> None:
        """Drop the oldest sessions that are over: an engine runs for weeks."""
        over = [session.token for session in self._by_token.values() if session.ended]
        for token in over[:-_REMEMBERED]:
            del self._by_token[token]

    def forget(self) -> None:
        """Forget everything that was counted, and the sessions that are over."""
        self._by_token = {session.token: session for session in self}
        self.opened = len(self._by_token)
        self.ends.clear()


def seconds_to_ready(session: DemoSession, now: float) -> float:
    """Return how long prebuffering still takes, 0 when it is over, infinite when never."""
    return max(0.0, session.ready_at - now) if session.ready_at < math.inf else math.inf
