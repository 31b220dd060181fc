"""One engine's try at a stream: a session and its body, from the reservation to the stop."""

import asyncio
from collections.abc import Callable

from acedesk import clock, tasks
from acedesk.engines.reservation import Reservation
from acedesk.errors import EngineAnswerInvalid, EngineError, EngineRefused, EngineTooSlow
from acedesk.formats.engine_reply import Session, is_warming_up
from acedesk.proxy.ingest.engine_body import EngineBody, open_engine_body, wait_readable
from acedesk.proxy.ingest.engine_sessions import EngineSessions
from acedesk.proxy.ingest.feed import Feed
from acedesk.rules.retry import warm_up_delay
from acedesk.rules.supply.plan import RECENT
from acedesk.rules.supply.state import AskEngine, Span


class Attempt:
    """A session on one engine.

    Args:
        question: What is asked, and how long the engine may take.
        warm_up: The longest wait in seconds before a prebuffering engine is asked again.

    Attributes:
        number: The attempt's id.
        engine: Who plays.
        asked_at: When the engine got the request, monotonic; before that, when this was made.
        accepted_at: When it gave a session, None before.
        waited: Begin and end of the wait for a start slot, monotonic; None when it needed no
            slot or still waits.
        session: None before the engine accepted the content.
        feed: None before the first media byte.

    Closes: the session and the body, in the background, after `close` or its own failure.
    """

    __slots__ = (
        "_extra",
        "_media_at",
        "_on_change",
        "_on_failure",
        "_question",
        "_reservation",
        "_sessions",
        "_task",
        "_warm_up",
        "accepted_at",
        "asked_at",
        "engine",
        "feed",
        "number",
        "session",
        "waited",
    )

    def __init__(
        self,
        reservation: Reservation,
        sessions: EngineSessions,
        question: AskEngine,
        *,
        warm_up: float,
        extra: tuple[tuple[str, str], ...],
        on_change: Callable[["Attempt"], None],
        on_failure: Callable[["Attempt", EngineError], None],
    ) -> None:
        self.number = question.attempt
        self.engine = reservation.engine
        self.asked_at = clock.monotonic()
        self.accepted_at: float | None = None
        self.session: Session | None = None
        self.feed: Feed | None = None
        self._reservation = reservation
        self._sessions = sessions
        self.waited: Span | None = None
        self._question = question
        self._warm_up = warm_up
        self._media_at = question.media_at
        self._extra = extra
        self._on_change = on_change
        self._on_failure = on_failure
        self._task = tasks.spawn(self._run(), name=f"play {reservation.key.short}")
        self._task.add_done_callback(self._ended)

    def is_flowing(self, now: float) -> bool:
        """Tell whether the engine sent something a moment ago."""
        return self.feed is not None and now - self.feed.last_at <= RECENT

    def note_role(self, *, standby: bool) -> None:
        """Note whether another engine carries the stream."""
        self._reservation.standby = standby

    def close(self) -> None:
        """End it; the session is stopped in the background."""
        self._task.cancel()

    async def wait_closed(self) -> None:
        """Wait, after `close`, until the session is being stopped."""
        await asyncio.wait({self._task})

    def _ended(self, task: asyncio.Task[None]) -> None:
        if self.session is None:  # a task cancelled before it began opened nothing
            self._reservation.release()
        if not task.cancelled() and task.exception() is not None:
            # A bug of ours, logged by `tasks.spawn`; the stream must not wait for this attempt.
            self._on_failure(self, EngineAnswerInvalid("its answer could not be understood"))

    async def _run(self) -> None:
        try:
            await self._play()
        except EngineError as exc:
            self._on_failure(self, exc)

    async def _play(self) -> None:
        """Open session and body, then stay until cancelled; `ReadTicker` has the body read.

        Raises:
            EngineError: It did not come to a body.
        """
        session = self.session = await self._open_session()
        self.accepted_at = clock.monotonic()
        try:
            self._on_change(self)
            watching = tasks.spawn(self._watch(session), name=f"watch {self.engine.name}")
            try:
                body = await self._open_body(session)
            finally:
                watching.cancel()
            try:
                self.feed = Feed(
                    body,
                    now=clock.monotonic(),
                    replaces=self._question.replaces,
                )
                self._on_change(self)
                await asyncio.get_running_loop().create_future()  # until it is cancelled
            finally:
                body.close()
                if self.feed is not None:
                    self.feed.close()
        finally:
            self._sessions.retire(session, self._reservation)

    async def _open_session(self) -> Session:
        """Ask the engine for the content as soon as there is a start slot.

        The wait for the slot does not count as time that the engine took.
        """
        if self._question.replaces:  # the viewers' picture stands still: it waits for no slot
            return await self._ask_for_session()
        since = clock.monotonic()
        async with self._sessions.start_slot(self._reservation):
            now = clock.monotonic()
            self.waited = since, now
            self._media_at += now - since
            self.asked_at = now
            self._on_change(self)
            return await self._ask_for_session()

    async def _ask_for_session(self) -> Session:
        return await self._sessions.open(
            self._reservation, extra=self._extra, timeout=self._question.accept
        )

    async def _watch(self, session: Session) -> None:
        """End the attempt when the engine says that it gave the session up."""
        try:
            await self._sessions.watch_for_error(session)
        except EngineError as exc:
            self._on_failure(self, exc)

    async def _open_body(self, session: Session) -> EngineBody:
        """Open the playback URL; an engine that is still prebuffering is asked again."""
        tries = 0
        while (body := await self._ask(session)) is None:
            delay = min(warm_up_delay(tries), self._warm_up)
            if clock.monotonic() + delay >= self._media_at:
                raise self._too_slow()
            tries += 1
            await tasks.sleep(delay)
        try:
            await wait_readable(body, max(self._media_at - clock.monotonic(), 0.1))
        except BaseException:
            body.close()
            raise
        return body

    async def _ask(self, session: Session) -> EngineBody | None:
        try:
            async with asyncio.timeout(max(self._media_at - clock.monotonic(), 0.0)):
                return await open_engine_body(session.playback_url)
        except TimeoutError as exc:
            raise self._too_slow() from exc
        except EngineRefused as exc:
            if is_warming_up(exc.detail):
                return None
            raise

    def _too_slow(self) -> EngineTooSlow:
        return EngineTooSlow(f"no media within {self._question.start:.0f} s")
