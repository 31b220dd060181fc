"""Engine sessions with a certain end: every one that was opened is stopped, whatever happens.

An engine may have opened a session although we no longer wait for its answer (the viewer zapped
on), so an abandoned opening is followed to its end and then stopped.
"""

import asyncio
import secrets
from collections.abc import Coroutine

from acedesk import tasks
from acedesk.engines.client import EngineClient
from acedesk.engines.pool import Reservation
from acedesk.errors import AceDeskError
from acedesk.formats.engine_reply import Session


class Sessions:
    """Opens sessions and sees to it that they end.

    Closes: nothing itself; `drain` waits until every ending session has ended.
    """

    def __init__(self, client: EngineClient) -> None:
        self._client = client
        self._ending: set[asyncio.Task[None]] = set()

    async def open(
        self, reservation: Reservation, *, extra: tuple[tuple[str, str], ...], timeout: float
    ) -> Session:
        """Open a session for the reservation's content, with a player id of its own.

        Raises:
            EngineError: The engine is away, too slow, refuses, or talks nonsense.

        On cancel: the session is stopped and the reservation released as soon as the engine has
        answered; the caller must not release it.
        """
        engine = reservation.engine
        opening = tasks.spawn(
            self._client.open_session(
                engine.host,
                engine.port,
                reservation.key,
                # Fresh for every session: a player id used twice makes the engine end the first.
                player_id=secrets.token_hex(20),
                extra=extra,
                timeout=timeout,
            ),
            name=f"open session on {engine.name}",
        )
        try:
            return await asyncio.shield(opening)
        except asyncio.CancelledError:
            self._follow(self._abandon(opening, reservation), f"abandon on {engine.name}")
            raise

    def retire(self, session: Session | None, reservation: Reservation) -> None:
        """Stop the session in the background, then release its place on the engine."""
        if session is None:
            reservation.release()
        else:
            self._follow(self._stop(session, reservation), f"stop on {reservation.engine.name}")

    async def drain(self, timeout: float) -> None:
        """Wait until all sessions that are ending have ended, at most `timeout` seconds."""
        if self._ending:
            await asyncio.wait(tuple(self._ending), timeout=timeout)

    def _follow(self, coro: Coroutine[object, object, None], name: str) -> None:
        task = tasks.spawn(coro, name=name)
        self._ending.add(task)
        task.add_done_callback(self._ending.discard)

    async def _abandon(self, opening: asyncio.Task[Session], reservation: Reservation) -> None:
        try:
            session = await opening
        except AceDeskError:
            reservation.release()
        else:
            await self._stop(session, reservation)

    async def _stop(self, session: Session, reservation: Reservation) -> None:
        try:
            await self._client.stop(session)
        finally:
            reservation.release()
