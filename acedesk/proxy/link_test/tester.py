"""Tries a content on an engine that nobody uses, and tells how it does.

The engine is reserved as a whole, so no stream comes on it meanwhile, and what is tried is always
ended with the engine's stop.
"""

import asyncio
import dataclasses
import datetime
from collections.abc import Callable
from typing import Final

from acedesk import clock, tasks
from acedesk.acestream_api.engine_client import EngineClient
from acedesk.engines.pool import EnginePool
from acedesk.engines.reservation import Reservation
from acedesk.errors import EngineError, EngineRefused, EngineTooSlow
from acedesk.formats.engine_reply import Session, is_warming_up
from acedesk.model.content import StreamKey
from acedesk.model.history import LinkTestResult
from acedesk.proxy.ingest.engine_body import BLOCK, EngineBody, open_engine_body, wait_readable
from acedesk.proxy.ingest.engine_sessions import EngineSessions
from acedesk.proxy.link_test.measurement import MediaMeasurement
from acedesk.rules.retry import warm_up_delay
from acedesk.settings import Settings

# Seconds of media that are looked at; enough for a rate, and for a keyframe with the picture's size
# at the usual two to ten seconds between keyframes.
MEASURED: Final = 10.0
# When codecs, size and rate are known, nothing is waited for but so much of the stream's time.
ENOUGH: Final = 5.0
# So much of a video file without a packet of a transport stream: it is of another format, of which
# nothing is measured.
OTHER_FORMAT: Final = 1024 * 1024
READ_INTERVAL: Final = 0.05
STAT_INTERVAL: Final = 2.0


class LinkTester:
    """Tries contents, each on an engine of its own.

    Args:
        settings: Whose time limits for starts hold here, too.
    """

    def __init__(
        self,
        pool: EnginePool,
        client: EngineClient,
        sessions: EngineSessions,
        settings: Callable[[], Settings],
        *,
        utc_now: Callable[[], datetime.datetime] = clock.utc_now,
    ) -> None:
        self._pool = pool
        self._client = client
        self._sessions = sessions
        self._settings = settings
        self._utc_now = utc_now

    async def test(self, key: StreamKey, title: str = "") -> LinkTestResult:
        """Try a content; one that does not play is a result, too.

        Raises:
            NoSpareEngine: Every engine is in use, or none answers.

        On cancel: the session is ended.
        """
        reservation = self._pool.spare.reserve(key)
        began_at, blank = clock.monotonic(), self._blank(key, title, reservation)
        try:
            result = await self._try(reservation, blank)
        except EngineError as exc:
            result = dataclasses.replace(blank, error=exc.bare())
        return dataclasses.replace(result, seconds=clock.monotonic() - began_at)

    def _blank(self, key: StreamKey, title: str, reservation: Reservation) -> LinkTestResult:
        return LinkTestResult(
            stream_id=key.stream_id,
            title=title,
            time=self._utc_now(),
            engine_name=reservation.engine.name,
        )

    async def _try(self, reservation: Reservation, blank: LinkTestResult) -> LinkTestResult:
        settings, began_at = self._settings(), clock.monotonic()
        session = await self._sessions.open(
            reservation, extra=(), timeout=settings.accept_timeout, live=False
        )
        attempt = _Attempt(self._client, session, began_at)
        try:
            accepted = clock.monotonic() - began_at
            result = dataclasses.replace(blank, accepted=accepted, is_live=session.is_live)
            return await attempt.run(result, began_at + settings.start_timeout)
        finally:
            self._sessions.retire(session, reservation)


class _Attempt:
    """One session that is looked at."""

    def __init__(self, client: EngineClient, session: Session, began_at: float) -> None:
        self._client = client
        self._session = session
        self._began_at = began_at
        self._peers: int | None = None
        self._speed: float | None = None
        self._media = MediaMeasurement()

    async def run(self, result: LinkTestResult, media_at: float) -> LinkTestResult:
        """Look at the media; what was learned before it failed is kept.

        Args:
            media_at: When the first byte must have come, monotonic.
        """
        asking = tasks.spawn(self._ask_on(), name="stat of a tried link")
        error: EngineError | None = None
        first_byte: float | None = None
        try:
            body = await self._open(media_at)
            first_byte = clock.monotonic() - self._began_at
            try:
                await self._read(body)
            finally:
                body.close()
        except EngineError as exc:
            error = exc.bare()
        finally:
            await tasks.cancel(asking)
        size = self._media.size
        return dataclasses.replace(
            result,
            first_byte=first_byte,
            peers=self._peers,
            speed_down=self._speed,
            bit_rate=self._media.bit_rate,
            codecs=self._media.codecs,
            width=size.width if size is not None else None,
            height=size.height if size is not None else None,
            measured=self._media.seconds,
            error=error,
        )

    async def _open(self, media_at: float) -> EngineBody:
        tries = 0
        while (body := await self._ask_for_body(media_at)) is None:
            delay = warm_up_delay(tries)
            if clock.monotonic() + delay >= media_at:
                raise EngineTooSlow("no media came in time")
            tries += 1
            await tasks.sleep(delay)
        try:
            left = max(media_at - clock.monotonic(), 0.1)
            await wait_readable(body, left, is_file=self._is_file)
        except BaseException:
            body.close()
            raise
        return body

    async def _ask_for_body(self, media_at: float) -> EngineBody | None:
        """Return the body, None while the engine prebuffers."""
        try:
            async with asyncio.timeout(max(media_at - clock.monotonic(), 0.0)):
                return await open_engine_body(self._session.playback_url)
        except TimeoutError as exc:
            raise EngineTooSlow("no media came in time") from exc
        except EngineRefused as exc:
            if is_warming_up(exc.detail):
                return None
            raise

    async def _read(self, body: EngineBody) -> None:
        """Take what comes until enough is known, at most `MEASURED` seconds."""
        space = memoryview(bytearray(BLOCK))
        until = clock.monotonic() + MEASURED
        while not body.ended and clock.monotonic() < until and not self._is_enough():
            if count := body.read_into(space):
                self._media.push(bytes(space[:count]))
            if body.drained:
                await tasks.sleep(READ_INTERVAL)
            else:
                await tasks.sleep(0)

    @property
    def _is_file(self) -> bool:
        return self._session.is_live is False

    def _is_enough(self) -> bool:
        media = self._media
        if self._is_file and media.received_bytes >= OTHER_FORMAT and not media.codecs:
            return True
        known = media.size is not None or (media.codecs and not media.has_picture)
        return bool(known) and media.seconds >= ENOUGH

    async def _ask_on(self) -> None:
        """Ask for peers and speed again and again; the last answer counts."""
        while True:
            try:
                stat = await self._client.fetch_stat(self._session)
            except EngineError:
                pass  # it tells nothing; the media says more
            else:
                self._peers = stat.peers if stat.peers is not None else self._peers
                self._speed = stat.speed_down if stat.speed_down is not None else self._speed
            await tasks.sleep(STAT_INTERVAL)
