"""Reads a file for one request: from another engine at the same byte when one fails."""

import logging
from collections.abc import Awaitable, Callable, Mapping

from acedesk import tasks
from acedesk.errors import EngineAnswerInvalid, EngineError, NotFound
from acedesk.formats.byte_range import ByteRange
from acedesk.proxy.files.file_body import FileBody
from acedesk.proxy.files.file_engines import TRIES, FileEngines, FileSession
from acedesk.proxy.files.file_playback import FilePlayback, Reading
from acedesk.rules.retry import warm_up_delay

logger = logging.getLogger(__name__)


class FileReader:
    """Opens and reads files.

    Args:
        moved: Called when a playback goes on with another session.

    Closes: nothing. What it opens belongs to the reading and its playback; a session that is not
        needed any more when it comes is retired at once.
    """

    def __init__(
        self,
        engines: FileEngines,
        moved: Callable[[], None],
    ) -> None:
        self._engines = engines
        self._moved = moved

    async def read(self, playback: FilePlayback, reading: Reading) -> bytes:
        """Return what comes next, from another engine if this one fails; b"" at the end.

        Raises:
            EngineError: No engine goes on with it.
            NotFound: The reading is over.
        """
        while True:
            body = reading.body
            assert body is not None
            try:
                return await self._engines.read(playback.session.session, body)
            except EngineError as exc:
                if reading.over:
                    raise _stopped() from exc
                if body.position is None or body.end is None:
                    raise
                logger.info("file %s: %s", playback.play.key.short, exc.detail)
                body.close()
                await self._move(playback, reading, exc)
                reading.body = await self._go_on(playback, reading, body)

    async def _go_on(self, playback: FilePlayback, reading: Reading, body: FileBody) -> FileBody:
        assert body.position is not None
        assert body.end is not None
        rest = ByteRange(body.position, body.end - 1)
        more = await self.open(playback, reading, {"Range": rest.header})
        same = more.status == 206 and (more.position, more.end) == (body.position, body.end)
        if not same or (body.size is not None and more.size not in (None, body.size)):
            more.close()
            raise EngineAnswerInvalid("it has another file under this name")
        return more

    async def open(
        self, playback: FilePlayback, reading: Reading, headers: Mapping[str, str]
    ) -> FileBody:
        """Open the file, on other engines if need be.

        Raises:
            Busy: Its session was given back, and no engine has a place.
            EngineError: What the last engine failed with.
            NotFound: The reading is over.
        """
        while True:
            if playback.session.retired:
                opening = self._engines.start(playback.play)
                await self._give_session(playback, reading, opening)
            try:
                body = await self._engines.open_body(playback.session.session, headers)
            except EngineError as exc:
                if reading.over:
                    raise _stopped() from exc
                await self._move(playback, reading, exc)
                continue
            if reading.over:
                body.close()
                raise _stopped()
            return body

    async def _move(self, playback: FilePlayback, reading: Reading, failure: EngineError) -> None:
        """Give the playback another session.

        Raises:
            EngineError: What failed last, when it failed too often or no engine is left.
            NotFound: The reading is over.
        """
        while True:
            playback.failures += 1
            if playback.failures >= TRIES:
                raise failure
            await tasks.sleep(warm_up_delay(playback.failures))
            if reading.over:
                raise _stopped()
            opening = self._engines.replace(
                playback.play, playback.session, playback.avoid, failure
            )
            try:
                await self._give_session(playback, reading, opening)
            except EngineError as exc:
                if reading.over:
                    raise _stopped() from exc
                failure = exc
                continue
            return

    async def _give_session(
        self, playback: FilePlayback, reading: Reading, opening: Awaitable[FileSession]
    ) -> None:
        """Let the playback go on with the session that is being opened for this reading.

        Raises:
            EngineError: It was not opened.
            NotFound: The reading is over by now: nobody would stop the session, so it is retired
                here.
        """
        session = await opening
        if reading.over:
            self._engines.retire(session)
            raise _stopped()
        former, playback.session = playback.session, session
        self._engines.retire(former)
        self._moved()


def _stopped() -> NotFound:
    """Return what ends a request whose playback was stopped or taken over."""
    return NotFound("this playback was stopped")
