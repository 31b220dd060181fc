"""Engines for files: a session for each player, another engine when one fails.

`FileEngines` knows every session that is open for a file, or being opened. So it can make sure that
each is stopped exactly once, and that no stop ends what another player reads.
"""

import asyncio
import contextlib
import dataclasses
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from typing import Final

from acedesk import clock, tasks
from acedesk.engines.pool import EnginePool
from acedesk.engines.reservation import Reservation
from acedesk.errors import Busy, EngineError, EngineRefused, EngineStalled
from acedesk.formats.engine_reply import Session, is_warming_up
from acedesk.formats.getstream import PlayRequest
from acedesk.model.content import StreamKey
from acedesk.model.engine import EngineId
from acedesk.model.engine_record import AttemptRecord
from acedesk.proxy.files.file_body import FileBody, FileClient
from acedesk.proxy.ingest.engine_sessions import EngineSessions
from acedesk.rules.retry import warm_up_delay
from acedesk.settings import Settings

# Engines tried before a player gets an error: at the start, or one after the other in the middle of
# a file without a byte from any.
TRIES: Final = 3
# Seconds: an engine that is asked for the head of a file has it at once, or is busy.
HEAD_LIMIT: Final = 3.0
# Seconds without a byte after which an engine is asked how the file does.
QUIET: Final = 2.0
# An engine that does not answer a stop within this time (`EngineClient.stop`) gets no more of it.
STOP_LIMIT: Final = 3.0

# Players open a second connection when they seek: the engine is to forget the first.
_SEEKABLE: Final = ("stop_prev_read_thread", "1")


@dataclasses.dataclass(eq=False, slots=True)
class FileSession:
    """A session that was opened for a file; to be given back by `FileEngines.retire`.

    Attributes:
        session: The session as the engine described it.
        reservation: Its place on the engine.
        retired: It was given back: nothing may be read from it any more.
    """

    session: Session
    reservation: Reservation
    retired: bool = False


class FileEngines:
    """Opens files on whichever engine can.

    Args:
        settle: Awaited before an engine is asked; see `acedesk.proxy.shared.sharing`.

    Closes: connections to engines, by `close`. Sessions are closed by `retire`.
    """

    def __init__(
        self,
        pool: EnginePool,
        sessions: EngineSessions,
        settings: Callable[[], Settings],
        settle: Callable[[StreamKey], Awaitable[None]] | None = None,
    ) -> None:
        self._pool = pool
        self._settle = settle
        self._sessions = sessions
        self._settings = settings
        self._files = FileClient()
        self._open: list[FileSession] = []
        self._opening: list[Reservation] = []
        # Given back while another session of the same content was in use on the same engine.
        self._unstopped: list[FileSession] = []

    async def start(self, play: PlayRequest) -> FileSession:
        """Return a session for the file, the one that waits for it or a new one.

        Raises:
            Busy: No engine has a place.
            EngineError: What the last engine failed with.

        On cancel: nothing stays open.
        """
        claimed = self._sessions.claim(play.key)
        if claimed is not None:
            return self._keep(*claimed)
        await self._find_carrier(play.key)
        avoid: set[EngineId] = set()
        failure: EngineError | None = None
        for _ in range(TRIES):
            try:
                reservation = self._reserve(play.key, avoid)
            except Busy:
                if failure is not None:
                    break
                raise
            try:
                return await self._open_session(play, reservation, avoid)
            except EngineError as exc:
                failure = exc
        assert failure is not None
        raise failure

    async def replace(
        self, play: PlayRequest, former: FileSession, avoid: set[EngineId], failure: EngineError
    ) -> FileSession:
        """Return a session on another engine; on the same when there is no other.

        Args:
            former: What failed. It is the caller's to retire, but when the same engine is to be
                asked it is retired here first: an engine plays a content once.
            avoid: Engines that failed before; updated.

        Raises:
            EngineError: `failure` when there is no place, else what the new engine failed with.

        On cancel: no new session stays open; `former` may be retired.
        """
        self._note_failure(former.reservation, avoid, "engine_unreachable")
        await self._find_carrier(play.key)
        try:
            reservation = self._reserve(play.key, avoid)
        except Busy:
            avoid.clear()
            self.retire(former)
            await self._sessions.wait_retired(play.key, STOP_LIMIT)
            try:
                reservation = self._pool.reserve(play.key, may_share=True)
            except Busy:
                raise failure from None
        return await self._open_session(play, reservation, avoid)

    def retire(self, held: FileSession) -> None:
        """Give a session back; a second call does nothing.

        It is stopped in the background. Sessions of one content on one engine are one inside it
        (engine 3.2.11): the stop of one would end the others. So all of them are stopped when
        the last is given back.
        """
        if held.retired:
            return
        held.retired = True
        self._open.remove(held)
        self._unstopped.append(held)
        self._stop_unused(held.reservation)

    async def wait_retired(self, held: FileSession) -> None:
        """Wait until the place of a retired session is free, at most `STOP_LIMIT` seconds."""
        await self._sessions.wait_retired(held.reservation.key, STOP_LIMIT)

    def _keep(self, session: Session, reservation: Reservation) -> FileSession:
        held = FileSession(session, reservation)
        self._open.append(held)
        return held

    def _stop_unused(self, reservation: Reservation) -> None:
        """Stop what was given back on this engine, unless the content is in use there."""
        used = [*(held.reservation for held in self._open), *self._opening]
        in_use = any(_same(one, reservation) for one in used)
        for held in tuple(self._unstopped):
            if not _same(held.reservation, reservation):
                continue
            if in_use:
                held.reservation.release()
            else:
                self._unstopped.remove(held)
                self._sessions.retire(held.session, held.reservation)

    async def open_body(self, session: Session, headers: Mapping[str, str]) -> FileBody:
        """Ask for the file; an engine that is still prebuffering is asked again.

        Raises:
            EngineError: It cannot, or not in time, or it gave the file up.
        """
        async with self._unless_given_up(session):
            return await self._open_warm(session, headers)

    async def read(self, session: Session, body: FileBody) -> bytes:
        """Return what comes next of an answer, b"" at its end.

        An engine that is silent is asked whether it gave the file up.

        Raises:
            EngineError: It did, it was silent for too long, or the connection broke.
        """
        limit = self._settings().start_timeout
        try:
            return await body.read(min(QUIET, limit))
        except EngineStalled:
            if limit <= QUIET:
                raise
        async with self._unless_given_up(session):
            return await body.read(limit - QUIET)

    @contextlib.asynccontextmanager
    async def _unless_given_up(self, session: Session) -> AsyncIterator[None]:
        """Break off what is done inside when the engine says that it gave the session up.

        Raises:
            EngineRefused: It did.
        """
        scope, failures = asyncio.timeout(None), list[EngineError]()

        async def watch() -> None:
            try:
                await self._sessions.watch_for_error(session)
            except EngineError as exc:
                failures.append(exc.bare())
                scope.reschedule(asyncio.get_running_loop().time())

        try:
            async with scope:
                watcher = tasks.spawn(watch(), name="stat of a file")
                try:
                    yield
                finally:
                    watcher.cancel()
        except TimeoutError:
            if not failures:
                raise
            raise failures[0] from None

    async def _open_warm(self, session: Session, headers: Mapping[str, str]) -> FileBody:
        until = clock.monotonic() + self._settings().start_timeout
        tries = 0
        while True:
            left = max(until - clock.monotonic(), 0.1)
            try:
                return await self._files.open(session.playback_url, headers, timeout=left)
            except EngineRefused as exc:
                delay = warm_up_delay(tries)
                if not is_warming_up(exc.detail) or clock.monotonic() + delay >= until:
                    raise
                tries += 1
                await tasks.sleep(delay)

    async def open_head(self, session: Session) -> FileBody:
        """Ask for the head of the file only.

        Raises:
            EngineError: It cannot, or not at once.
        """
        return await self._files.open(session.playback_url, {}, method="HEAD", timeout=HEAD_LIMIT)

    def close(self) -> None:
        """Close all connections to engines."""
        self._files.close()

    async def _find_carrier(self, key: StreamKey) -> None:
        if self._settle is not None:
            await self._settle(key)

    def _reserve(self, key: StreamKey, avoid: set[EngineId]) -> Reservation:
        """Reserve an engine that has nothing to do with the file, else one that plays it too."""
        try:
            return self._pool.reserve(key, avoid=avoid)
        except Busy:
            return self._pool.reserve(key, avoid=avoid, may_share=True)

    async def _open_session(
        self, play: PlayRequest, reservation: Reservation, avoid: set[EngineId]
    ) -> FileSession:
        self._opening.append(reservation)
        try:
            async with self._sessions.start_slot(reservation):
                session = await self._sessions.open(
                    reservation,
                    extra=(*play.extra, _SEEKABLE),
                    timeout=self._settings().accept_timeout,
                    live=False,
                )
            held = self._keep(session, reservation)
        except EngineError as exc:
            self._note_failure(reservation, avoid, exc.code)
            raise
        finally:
            self._opening.remove(reservation)
            self._stop_unused(reservation)  # sessions that this start kept, in case it failed
        if session.is_live:
            self.retire(held)
            raise EngineRefused("it is a broadcast now")
        return held

    def _note_failure(self, reservation: Reservation, avoid: set[EngineId], code: str) -> None:
        avoid.add(reservation.engine.id)
        record = AttemptRecord(asked_at=clock.monotonic(), error_code=code, content=reservation.key)
        self._pool.report_attempt(reservation.engine.id, record)


def _same(one: Reservation, other: Reservation) -> bool:
    """Tell whether both are of one content on one engine."""
    return one.key == other.key and one.engine.id == other.engine.id
