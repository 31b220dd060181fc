"""Changes for everybody who follows: worked out once, handed to all, and nobody is waited for.

A follower gets everything first, then what changes. Each message has a number; who comes back with
the last number it saw gets what it missed, as long as that is kept. What a slow follower has not
taken waits for it up to a bound; beyond it the follower is cut off, and may come back.
"""

import asyncio
import contextlib
import secrets
from collections import deque
from collections.abc import Iterator
from typing import Final, Protocol

from acedesk import tasks
from acedesk.errors import Busy, BusyReason
from acedesk.signals import Signal
from acedesk.values import frozen_value

# Seconds between two looks at what has changed: as often as a window is redrawn by people's eyes.
INTERVAL: Final = 0.5
# Messages that wait for one follower; half a minute.
MOST_WAITING: Final = 60
# Messages that are kept for those who come back: two minutes of a busy AceDesk.
KEPT: Final = 240
# All followers together. A household has a handful; each costs a socket and up to its own buffer.
MOST_FOLLOWERS: Final = 256


@frozen_value
class Update:
    """One message.

    Attributes:
        event: Its kind.
        number: "run-12": of which run, and its number there.
        data: JSON text.
    """

    event: str
    number: str
    data: str


class Source(Protocol):
    """Tells how things are."""

    async def prepare(self) -> None:
        """Read what takes long without holding the loop; the others are called next."""
        ...

    def whole(self, number: str) -> Update:
        """Return everything, for who just came."""
        ...

    def changes(self, number: str) -> Update | None:
        """Return what has changed since the last call, None when nothing has."""
        ...


class Follower:
    """One who follows.

    Attributes:
        cut: It was too slow, or AceDesk is closing; nothing more comes.
    """

    def __init__(self) -> None:
        self.cut = False
        self._waiting: deque[Update] = deque()
        self._came = asyncio.Event()

    def push(self, update: Update) -> None:
        """Let a message wait for it; one too many cuts it off."""
        if len(self._waiting) >= MOST_WAITING:
            self.cut_off()
            return
        self._waiting.append(update)
        self._came.set()

    def cut_off(self) -> None:
        """End it."""
        self.cut = True
        self._waiting.clear()
        self._came.set()

    async def take(self, limit: float) -> list[Update]:
        """Return what waits, as soon as something does; nothing after `limit` seconds."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(limit):
                await self._came.wait()
        taken = list(self._waiting)
        self._waiting.clear()
        if not self.cut:
            self._came.clear()
        return taken


class FollowerLimit:
    """How many may follow, whatever they follow."""

    def __init__(self, most: int = MOST_FOLLOWERS) -> None:
        self._most = most
        self.count = 0

    @contextlib.contextmanager
    def place(self) -> Iterator[None]:
        """Take a place.

        Raises:
            Busy: There is none.
        """
        if self.count >= self._most:
            raise Busy(BusyReason.MAX_VIEWERS, f"{self._most} programs follow already.")
        self.count += 1
        try:
            yield
        finally:
            self.count -= 1


class Publisher:
    """Hands the changes of one source to all who follow it; without followers it does nothing.

    Args:
        changed: Something may have changed.
        limit: Shared by all publishers.

    Closes: every follower, by `close`.
    """

    def __init__(
        self,
        source: Source,
        changed: Signal[()],
        limit: FollowerLimit,
        *,
        interval: float = INTERVAL,
    ) -> None:
        self._source = source
        self._changed = changed
        self._limit = limit
        self._interval = interval
        self._run = secrets.token_hex(4)
        self._number = 0
        self._kept: deque[Update] = deque(maxlen=KEPT)
        self._followers: set[Follower] = set()
        self._task: asyncio.Task[None] | None = None
        self._closed = False

    async def prepare(self) -> None:
        """Read what takes long without holding the loop; to be awaited before `follow`."""
        await self._source.prepare()

    @contextlib.contextmanager
    def follow(self, since: str = "") -> Iterator[Follower]:
        """Follow from now on, until the block is left.

        Args:
            since: Number of the last message that was seen; what came behind it comes first, or
                everything, when that is not known any more.

        Raises:
            Busy: Too many follow already, or AceDesk is closing.
        """
        if self._closed:
            raise Busy(BusyReason.SHUTTING_DOWN)
        with self._limit.place():
            follower = Follower()
            self._step()  # all who follow are at the same number, the new one, too
            for update in self._missed(since):
                follower.push(update)
            self._followers.add(follower)
            if self._task is None or self._task.done():
                self._task = tasks.spawn(self._watch(), name="publisher")
            try:
                yield follower
            finally:
                self._followers.discard(follower)
                if not self._followers:
                    self._stop_watching()

    async def close(self) -> None:
        """Cut off every follower; nobody can follow any more."""
        self._closed = True
        for follower in tuple(self._followers):
            follower.cut_off()
        await tasks.cancel(self._task)

    def _stop_watching(self) -> None:
        # Not kept until it has ended: who comes before that has a task of its own.
        task, self._task = self._task, None
        if task is not None:
            task.cancel()

    def _missed(self, since: str) -> list[Update]:
        """Return what came behind a number: "resumed" and the messages, or everything."""
        run, _, text = since.partition("-")
        known = run == self._run and text.isascii() and text.isdecimal() and len(text) <= 18
        number = int(text) if known else -1
        oldest = self._number - len(self._kept)
        if not oldest <= number <= self._number or self._number - number >= MOST_WAITING:
            return [self._source.whole(self._name())]
        missed = list(self._kept)[len(self._kept) - (self._number - number) :]
        start = f'{{"type": "resumed", "revision": "{since}"}}'
        return [Update(event="resumed", number=since, data=start), *missed]

    def _name(self, more: int = 0) -> str:
        return f"{self._run}-{self._number + more}"

    def _step(self) -> None:
        update = self._source.changes(self._name(1))
        if update is None:
            return
        self._number += 1
        self._kept.append(update)
        for follower in tuple(self._followers):
            follower.push(update)

    async def _watch(self) -> None:
        dirty = asyncio.Event()
        dirty.set()  # what changed before this ran
        disconnect = self._changed.connect(dirty.set)
        try:
            while True:
                await dirty.wait()
                dirty.clear()
                await self._source.prepare()
                self._step()
                await tasks.sleep(self._interval)
        finally:
            disconnect()
