"""What the orchestrator has, as it told last: engines and the streams that play on them.

Another AceDesk tells of changes over a WebSocket; one of the Python era is asked every two
seconds. So whoever needs an engine finds the list here and asks nobody. When the orchestrator is
down, the last list stays: engines outlive it.
"""

import asyncio
import contextlib
import datetime
import logging
import secrets
from collections.abc import Callable
from typing import Final

from acedesk import clock, tasks
from acedesk.engines.remote.client import OrchestratorClient
from acedesk.errors import Busy, OrchestratorRejected, OrchestratorTrouble, OrchestratorUnavailable
from acedesk.formats.orchestrator.changes import Picture, apply_message
from acedesk.formats.orchestrator.replies import RemoteEngine
from acedesk.model.event import EventKind, Note, note_nothing
from acedesk.signals import Signal
from acedesk.words.errors import explain

logger = logging.getLogger(__name__)

# As acexy keeps its list.
POLL_INTERVAL: Final = 2.0
# One that had no WebSocket may be replaced by one that has.
SOCKET_INTERVAL: Final = 60.0
# The first message says how everything is, and comes at once.
FIRST_MESSAGE: Final = 5.0
# It is looked for so often while it is down: back within five seconds.
FIRST_PAUSE: Final = 0.25
LONGEST_PAUSE: Final = 4.0


class Directory:
    """The orchestrator's list, kept fresh while `run` runs.

    Attributes:
        picture: What it told last; nothing before it answered.
        error: Why it cannot be used now, None while it can and before it was asked.
        known: It has answered.
        live: It tells of changes by itself.
        since: When it was first seen as it is now, None before it was asked.

    Signals:
        changed: The picture, or whether it can be used, has changed.
    """

    def __init__(
        self,
        client: OrchestratorClient,
        *,
        now: Callable[[], float] = clock.monotonic,
        utc_now: Callable[[], datetime.datetime] = clock.utc_now,
        note: Note = note_nothing,
    ) -> None:
        self.changed: Signal[()] = Signal()
        self.picture = Picture()
        self.error: OrchestratorUnavailable | None = None
        self.known = False
        self.live = False
        self.since: datetime.datetime | None = None
        self._client = client
        self._now = now
        self._utc_now = utc_now
        self._note = note
        self._socket_at = now()

    @property
    def usable(self) -> bool:
        """It answers: its engines come first."""
        return self.known and self.error is None

    def find(self, engine: str) -> RemoteEngine | None:
        """Return the engine with this id, None when it is not listed."""
        return self.picture.engines.get(engine)

    async def open(self, limit: float) -> None:
        """Ask once, so that its engines are there when the first player comes."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(limit):
                await self.refresh()

    async def refresh(self) -> None:
        """Ask now for everything."""
        try:
            self._take(await self._client.fetch_picture(looking=True), live=self.live)
        except OrchestratorUnavailable as exc:
            self._fail(exc)

    async def provision(self) -> str:
        """Have one more engine made; return its id, and list it.

        Some servers of the Python era make it and then answer with an error: an engine that is
        listed after a refusal and was not before is it.

        Raises:
            Busy: It makes none now, or makes one already.
            OrchestratorUnavailable: It does not answer.
        """
        before = frozenset(self.picture.engines)
        try:
            made = await self._client.provision(secrets.token_hex(8))
        except Busy:
            await self.refresh()
            new = [name for name in self.picture.engines if name not in before]
            if not new:
                raise
            return new[0]
        await self.refresh()
        return made

    async def run(self) -> None:
        """Follow it until cancelled, whether it is there or not."""
        tries = 0
        while True:
            try:
                told = await self._follow()
            except OrchestratorUnavailable as exc:
                self._fail(exc)
                told = False
            tries = 0 if told else tries + 1
            pause = self._client.requests.pause(tries, first=FIRST_PAUSE, longest=LONGEST_PAUSE)
            await tasks.sleep(pause)

    async def _follow(self) -> bool:
        """Follow it until it ends that; tell whether it told anything.

        Raises:
            OrchestratorUnavailable: It cannot be used.
        """
        if self._now() >= self._socket_at:
            try:
                return await self._listen()
            except OrchestratorRejected:
                self._socket_at = self._now() + SOCKET_INTERVAL
        while self._now() < self._socket_at:
            self._take(await self._client.fetch_picture(looking=True), live=False)
            await tasks.sleep(POLL_INTERVAL)
        return True

    async def _listen(self) -> bool:
        told = False
        try:
            async with (
                self._client.follow(self.picture.revision) as messages,
                asyncio.timeout(FIRST_MESSAGE) as limit,
            ):
                async for text in messages:
                    limit.reschedule(None)
                    told = True
                    self._take(apply_message(self.picture, text), live=True)
        except TimeoutError as exc:
            raise OrchestratorUnavailable(
                OrchestratorTrouble.SILENT, "it takes the connection and tells nothing"
            ) from exc
        return told

    def _take(self, picture: Picture, *, live: bool) -> None:
        same = picture.engines == self.picture.engines and picture.streams == self.picture.streams
        self.picture = picture
        back = not self.usable
        if back:
            logger.info(
                "the orchestrator at %s answers: %d engines",
                self._client.requests.url,
                len(picture.engines),
            )
            self._tell("", before=self._state())
            self.error, self.known, self.since = None, True, self._utc_now()
        if back or not same or live is not self.live:
            self.live = live
            self.changed.emit()

    def _fail(self, error: OrchestratorUnavailable) -> None:
        kept = error.bare()
        if self.error is not None:
            same = self.error.trouble is error.trouble
            self.error = kept
            if not same:
                self.changed.emit()
            return
        logger.warning("%s", explain(error).line)
        self._tell(error.detail, before=self._state(), cause=error.trouble.value)
        self.error, self.live, self.since = kept, False, self._utc_now()
        self.changed.emit()

    def _state(self) -> str:
        if self.error is not None:
            return self.error.trouble.value
        return "ready" if self.known else "unknown"

    def _tell(self, detail: str, *, before: str, cause: str = "") -> None:
        self._note(
            EventKind.ORCHESTRATOR_CHANGED,
            self._client.requests.url,
            cause=cause,
            before=before,
            after=cause or "ready",
            detail=detail,
        )
