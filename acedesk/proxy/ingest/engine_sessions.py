"""Sessions on engines: each one that was opened is stopped, whatever happens.

`EngineClient` takes care of a request that is given up before the engine has answered it. This
module takes care of sessions that ran. They are stopped in the background, because a player that
leaves should not wait for an engine. Their place on the engine is free when it knows of the stop.
"""

import asyncio
import contextlib
import secrets
from collections import Counter
from collections.abc import AsyncIterator, Callable
from typing import Final, Protocol

from acedesk import tasks
from acedesk.acestream_api.engine_client import EngineClient
from acedesk.engines.reservation import Reservation
from acedesk.errors import EngineError, EngineRefused, NotLive
from acedesk.formats.engine_reply import Session
from acedesk.model.content import Infohash, StreamKey
from acedesk.model.engine import EngineId, EngineSpec
from acedesk.proxy.counters.totals import TotalCounters
from acedesk.proxy.ingest.start_slots import StartSlots

# Seconds that the session of a file is kept when a broadcast was asked for: the same player asks
# for the file at once.
PARKED: Final = 5.0
# Seconds until a session without media is asked whether the engine gave it up, and from then on.
# Most starts have media by then.
FIRST_LOOK: Final = 1.0
NEXT_LOOK: Final = 2.0


class SessionListener(Protocol):
    """Hears of every session, whatever it is for; it must not raise."""

    def opened(self, engine: EngineSpec, key: StreamKey, session: Session) -> None:
        """Note that a session plays on an engine."""
        ...

    def ended(self, engine: EngineSpec, session: Session) -> None:
        """Note that it is being stopped."""
        ...


class EngineSessions:
    """Opens sessions and sees to it that they end.

    Args:
        starts: Returns how many sessions may be opened on one engine at once; 0 is no limit.
        totals: Where they are counted.

    Attributes:
        listener: Who hears of them, None for nobody.
        used_elsewhere: Tells whether another AceDesk plays a content on an engine, too.

    Closes: nothing itself; `drain` waits until every ending session has ended.
    """

    def __init__(
        self,
        client: EngineClient,
        starts: Callable[[], int],
        totals: TotalCounters | None = None,
    ) -> None:
        self.listener: SessionListener | None = None
        self.used_elsewhere: Callable[[EngineSpec, StreamKey], bool] = lambda _engine, _key: False
        self._client = client
        self._totals = totals or TotalCounters()
        self._start_slots = StartSlots(starts)
        self._waiting: list[Reservation] = []
        self._ending: dict[asyncio.Task[None], StreamKey] = {}
        self._parked: dict[Reservation, tuple[Session, asyncio.TimerHandle]] = {}

    @contextlib.asynccontextmanager
    async def start_slot(self, reservation: Reservation) -> AsyncIterator[None]:
        """Wait until the engine may be asked for another start; the slot is held in the block.

        On cancel: the reservation is released.
        """
        self._waiting.append(reservation)
        try:
            async with self._start_slots.take(reservation.engine.id):
                self._waiting.remove(reservation)
                yield
        except asyncio.CancelledError:
            reservation.release()
            raise
        finally:
            if reservation in self._waiting:
                self._waiting.remove(reservation)

    def ahead(self, key: StreamKey) -> tuple[int, ...]:
        """Return, for each start of this content that waits for a slot, how many are before it."""
        found: list[int] = []
        before: Counter[EngineId] = Counter()
        for reservation in self._waiting:
            if reservation.key == key:
                found.append(before[reservation.engine.id])
            before[reservation.engine.id] += 1
        return tuple(found)

    async def open(
        self,
        reservation: Reservation,
        *,
        extra: tuple[tuple[str, str], ...],
        timeout: float,
        live: bool = True,
    ) -> Session:
        """Open a session for the reservation's content, with a player id of its own.

        Args:
            live: The content must be a broadcast, as far as the engine knows.

        Raises:
            EngineError: The engine cannot be reached, is too slow, refuses, or its answer makes
                no sense.
            NotLive: A broadcast is wanted and this is a file; its session waits for `claim`.

        On failure or cancel: the reservation is released.
        """
        engine, totals = reservation.engine, self._totals
        totals.starts += 1
        try:
            session = await self._client.open_session(
                engine.host,
                engine.port,
                reservation.key,
                # Fresh for every session: a player id used twice makes the engine end the first.
                player_id=secrets.token_hex(20),
                extra=extra,
                timeout=timeout,
            )
        except BaseException as exc:
            totals.failed_starts += isinstance(exc, EngineError)
            reservation.release()
            raise
        totals.sessions += 1
        if self.listener is not None:
            self.listener.opened(engine, reservation.key, session)
        if live and session.is_live is False:
            self._park(session, reservation)
            raise NotLive
        return session

    async def watch_for_error(self, session: Session) -> None:
        """Ask again and again how the session does; returns only by raising or being cancelled.

        Raises:
            EngineRefused: The engine has given it up.
        """
        pause = FIRST_LOOK
        while True:
            await tasks.sleep(pause)
            pause = NEXT_LOOK
            try:
                stat = await self._client.fetch_stat(session)
            except EngineError:
                continue  # it tells nothing: media may come nevertheless
            if stat.has_failed:
                raise EngineRefused(stat.error or "the engine gave the stream up")

    def holds(self, key: StreamKey) -> bool:
        """Tell whether `claim` would return a session."""
        return any(reservation.key == key for reservation in self._parked)

    def infohash_of(self, key: StreamKey) -> Infohash | None:
        """Return what the engine told of a file whose session waits for `claim`."""
        for reservation, (session, _) in self._parked.items():
            if reservation.key == key:
                return session.infohash
        return None

    def claim(self, key: StreamKey) -> tuple[Session, Reservation] | None:
        """Return a session that was opened for `key` and turned out to be a file's."""
        for reservation in self._parked:
            if reservation.key == key:
                session, timer = self._parked.pop(reservation)
                timer.cancel()
                return session, reservation
        return None

    def _park(self, session: Session, former: Reservation) -> None:
        reservation = former.hand_over()  # from now on releasing `former` does nothing
        timer = asyncio.get_running_loop().call_later(PARKED, self._unpark, reservation)
        self._parked[reservation] = session, timer

    def _unpark(self, reservation: Reservation) -> None:
        session, timer = self._parked.pop(reservation)
        timer.cancel()
        self.retire(session, reservation)

    def retire(self, session: Session, reservation: Reservation) -> None:
        """Stop the session in the background, then release its place on the engine.

        One that another AceDesk uses, too, is only left: the engine ends it when nobody reads.
        """
        if self.listener is not None:
            self.listener.ended(reservation.engine, session)
        if self.used_elsewhere(reservation.engine, reservation.key):
            reservation.release()
            return
        name = f"stop session on {reservation.engine.name}"
        task = tasks.spawn(self._stop(session), name=name)
        self._ending[task] = reservation.key
        task.add_done_callback(self._ending.pop)
        # Not in a `finally` of the task: one that is cancelled before its first step runs no code.
        task.add_done_callback(lambda _: reservation.release())

    async def wait_retired(self, key: StreamKey, timeout: float) -> None:
        """Wait until former sessions of this content have freed their places; at most `timeout`."""
        former = [task for task, ended in self._ending.items() if ended == key]
        if former:
            await asyncio.wait(former, timeout=timeout)

    async def drain(self, timeout: float) -> None:
        """Wait until all sessions that are ending have ended, at most `timeout` seconds."""
        for reservation in tuple(self._parked):
            self._unpark(reservation)
        if self._ending:
            await asyncio.wait(tuple(self._ending), timeout=timeout)

    async def _stop(self, session: Session) -> None:
        await self._client.stop(session)
