"""Engines for files: sessions of their own, another engine when one fails, the place given back."""

from collections.abc import Callable, Mapping
from typing import Final

from acedesk import clock, tasks
from acedesk.engines.pool import EnginePool
from acedesk.engines.reservation import Reservation
from acedesk.errors import Busy, EngineError, EngineRefused
from acedesk.formats.engine_reply import Session, is_warming_up
from acedesk.formats.getstream import PlayRequest
from acedesk.model.content import StreamKey
from acedesk.model.engine import EngineId
from acedesk.proxy.file_upstream import FileBody, FileClient
from acedesk.proxy.sessions import Sessions
from acedesk.rules.retry import warm_up_delay
from acedesk.settings import Settings

# Engines tried before a player is told, and in a row without a byte in the middle of a file.
TRIES: Final = 3
# An engine asked for the head of a file has it at once or is busy.
HEAD_LIMIT: Final = 3.0

# Players open a second connection when they seek: the engine is to forget the first.
_SEEKABLE: Final = ("stop_prev_read_thread", "1")


class FileEngines:
    """Opens files on whichever engine can.

    Closes: connections to engines, by `close`.
    """

    def __init__(
        self, pool: EnginePool, sessions: Sessions, settings: Callable[[], Settings]
    ) -> None:
        self._pool = pool
        self._sessions = sessions
        self._settings = settings
        self._files = FileClient()

    async def start(self, play: PlayRequest) -> tuple[Session, Reservation]:
        """Return a session for the file, the one that waits for it or a new one.

        Raises:
            Busy: No engine has a place.
            EngineError: What the last engine failed with.

        On cancel: nothing stays open.
        """
        claimed = self._sessions.claim(play.key)
        if claimed is not None:
            return claimed
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
                return await self._open(play, reservation, avoid), reservation
            except EngineError as exc:
                failure = exc
        assert failure is not None
        raise failure

    async def replace(
        self, play: PlayRequest, former: Reservation, avoid: set[EngineId], failure: EngineError
    ) -> tuple[Session, Reservation]:
        """Return a session on another engine; on the same when there is no other.

        Args:
            former: The place on the engine that failed; given up when the same one is taken.
            avoid: Engines that failed before; updated.

        Raises:
            EngineError: `failure` when there is no place, else what the new engine failed with.
        """
        self._fail(former.engine.id, avoid)
        try:
            reservation = self._reserve(play.key, avoid)
        except Busy:
            avoid.clear()
            former.release()
            try:
                reservation = self._pool.reserve(play.key, may_share=True)
            except Busy:
                raise failure from None
        return await self._open(play, reservation, avoid), reservation

    async def open_body(self, session: Session, headers: Mapping[str, str]) -> FileBody:
        """Ask for the file; an engine that is still prebuffering is asked again.

        Raises:
            EngineError: It cannot, or not in time.
        """
        limit = self._settings().start_timeout
        until = clock.monotonic() + limit
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

    def _reserve(self, key: StreamKey, avoid: set[EngineId]) -> Reservation:
        """Reserve an engine that has nothing to do with the file, else one that plays it too."""
        try:
            return self._pool.reserve(key, avoid=avoid)
        except Busy:
            return self._pool.reserve(key, avoid=avoid, may_share=True)

    async def _open(
        self, play: PlayRequest, reservation: Reservation, avoid: set[EngineId]
    ) -> Session:
        try:
            async with self._sessions.turn(reservation):
                session = await self._sessions.open(
                    reservation,
                    extra=(*play.extra, _SEEKABLE),
                    timeout=self._settings().accept_timeout,
                    live=False,
                )
        except EngineError:
            self._fail(reservation.engine.id, avoid)
            raise
        if session.is_live:
            self._sessions.retire(session, reservation)
            raise EngineRefused("it is a broadcast now")
        return session

    def _fail(self, engine_id: EngineId, avoid: set[EngineId]) -> None:
        avoid.add(engine_id)
        self._pool.report_start(engine_id, False)
