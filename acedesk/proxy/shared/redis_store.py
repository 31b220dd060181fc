"""The only place that talks to Redis; the library is loaded when the setting asks for it.

Every question has a deadline. What has to be decided at once is decided in Redis, by a script, so
that of several who ask at the same time one wins. Redis keeps its own time: how the clocks of the
computers stand does not matter.
"""

import asyncio
import contextlib
import dataclasses
import importlib
import json
import urllib.parse
from collections.abc import Awaitable, Callable, Collection, Mapping
from typing import Any, Final

from acedesk import tasks
from acedesk.model.sharing.trouble import SharingTrouble, SharingUnavailable
from acedesk.proxy.shared.redis_failures import explain_failure
from acedesk.proxy.shared.scripts import BEAT, CLAIM, EVENTS, LEAVE, PREFIX, PROXIES
from acedesk.values import frozen_value

# Seconds. A start waits for one answer or two; without them AceDesk goes on alone.
LIMIT: Final = 0.3
# Milliseconds. What is not renewed for so long is free again.
LEASE_MS: Final = 10_000
# Milliseconds for which events, and what contents mean, are kept at least.
KEPT_MS: Final = 3_600_000
MOST_EVENTS: Final = 500


@frozen_value(kw_only=False)
class Carrier:
    """Who carries a content.

    Attributes:
        id: Of the AceDesk; "" when Redis does not know us, as after it lost everything.
        entry: What it told of itself, "" when it is this one.
        meant: The name of the content by its infohash, or its own where that is not known.
    """

    id: str
    entry: str
    meant: str


@frozen_value
class Beat:
    """What is told once a second.

    Attributes:
        entry: Of us.
        carried: Each name that we carry, with that under which it plays.
        freed: The names that we carry no more.
        meanings: The names of infohashes by the contents' own.
        events: What happened here, as JSON.
        since: The last event that was read, "" before.
    """

    entry: str
    carried: Mapping[str, str] = dataclasses.field(default_factory=dict)
    freed: Collection[str] = ()
    meanings: Mapping[str, str] = dataclasses.field(default_factory=dict)
    events: Collection[str] = ()
    since: str = ""


@frozen_value
class Answer:
    """What is answered.

    Attributes:
        known: Redis still knew of us.
        since: The last event that is in it.
        lost: Contents, as they play here, that another AceDesk carries.
        others: What the others told of themselves.
        events: What happened there, as JSON, oldest first.
    """

    known: bool = True
    since: str = ""
    lost: tuple[str, ...] = ()
    others: tuple[str, ...] = ()
    events: tuple[str, ...] = ()


class RedisStore:
    """What several AceDesks share.

    Args:
        me: The id of this AceDesk.

    Closes: its connections, by `close`.
    """

    def __init__(self, url: str, me: str) -> None:
        self._url = url
        self._me = me
        self._redis: Any = None
        self._asking: set[asyncio.Task[Any]] = set()

    async def open(self) -> None:
        """Load the library and certificates, in a thread; nothing is connected.

        Raises:
            SharingUnavailable: It is not there, or the address is none of Redis.
        """
        try:
            self._redis = await asyncio.to_thread(_connect, self._url)
        except ImportError as exc:
            raise SharingUnavailable(SharingTrouble.NOT_INSTALLED) from exc
        except ValueError as exc:
            raise SharingUnavailable(SharingTrouble.ADDRESS) from exc

    async def claim(self, name: str, meant: str = "", dead: str = "") -> Carrier:
        """Become the carrier of a content, or learn who carries it already.

        Args:
            meant: Its name by its infohash, "" where that is not known here.
            dead: A carrier that was found dead; it loses the content.

        Raises:
            SharingUnavailable: It is not known.
        """
        owner, entry, means = await self._run(CLAIM, name=name, meant=meant, dead=dead)
        return Carrier(str(owner), str(entry), str(means))

    async def beat(self, beat: Beat) -> Answer:
        """Renew our entry and what we carry, free the rest; return what the others told.

        Raises:
            SharingUnavailable: It is not done.
        """
        known, since, lost, others, events = await self._run(
            BEAT,
            entry=beat.entry,
            carried=list(beat.carried.items()),
            freed=list(beat.freed),
            meanings=list(beat.meanings.items()),
            events=list(beat.events),
            since=beat.since,
        )
        return Answer(
            known=bool(known),
            since=str(since),
            lost=tuple(map(str, lost)),
            others=tuple(map(str, others)),
            events=tuple(map(str, events)),
        )

    async def meaning(self, name: str) -> str:
        """Return the name of a content by its infohash, its own where none told that.

        Raises:
            SharingUnavailable: It is not known.
        """
        return str(await self._limited(self._redis.get(f"{PREFIX}means:{name}")) or name)

    async def local_host(self) -> str:
        """Return this computer's address as the computer of Redis sees it.

        Raises:
            SharingUnavailable: Its name cannot be looked up.
        """
        parts = urllib.parse.urlsplit(self._url)
        if not parts.hostname:  # a socket in the file system
            return "127.0.0.1"
        loop, address = asyncio.get_running_loop(), (parts.hostname, parts.port or 6379)
        try:
            async with asyncio.timeout(LIMIT):
                transport, _ = await loop.create_datagram_endpoint(
                    asyncio.DatagramProtocol, remote_addr=address
                )
        except (TimeoutError, OSError) as exc:
            raise SharingUnavailable(SharingTrouble.UNREACHABLE, "its host is not known") from exc
        host = str(transport.get_extra_info("sockname")[0])
        transport.close()
        return host

    async def close(self, freed: Collection[str]) -> None:
        """Free what we carry and take our entry back, if Redis answers; close the connections."""
        if self._redis is None:
            return
        await tasks.cancel(*self._asking)  # what was asked is done there, before what follows
        try:
            await self._run(LEAVE, freed=list(freed))
        except SharingUnavailable:
            pass  # all of it ends by itself
        finally:
            await self._redis.aclose()

    async def _run(self, script: str, **facts: object) -> Any:
        told = {"me": self._me, "lease": LEASE_MS, "kept": KEPT_MS, "most": MOST_EVENTS, **facts}
        return await self._limited(self._redis.eval(script, 2, PROXIES, EVENTS, json.dumps(told)))

    async def _limited(self, answer: Awaitable[Any]) -> Any:
        """Return an answer that comes in time.

        It is waited for in a task of its own: the library swallows a cancel that comes while it
        waits for a connection (`asyncio.wait_for` before Python 3.12), and a start that is broken
        off would go on.
        """
        task = tasks.spawn(_outcome(answer), name="question to Redis")
        self._asking.add(task)
        task.add_done_callback(self._asking.discard)
        try:
            await asyncio.wait({task}, timeout=LIMIT)
        finally:
            task.cancel()
        if not task.done() or task.cancelled():
            raise SharingUnavailable(SharingTrouble.SILENT)
        value, failure = task.result()
        if failure is not None:
            raise explain_failure(failure) from failure
        return value


async def _outcome(answer: Awaitable[Any]) -> tuple[Any, Exception | None]:
    """Return what is answered, or the library's error, as a value: it is no fault of ours."""
    try:
        return await answer, None
    except Exception as exc:  # noqa: BLE001 - it lets errors of sockets and of parsers through
        return None, exc


def _connect(url: str) -> Any:
    """Import the library, which takes a while, and return a client.

    Raises:
        ImportError: It is not there.
        ValueError: The address is none.
    """
    redis = importlib.import_module("redis.asyncio")
    retries = importlib.import_module("redis.retry")
    backoff = importlib.import_module("redis.backoff")
    client = redis.from_url(
        url,
        decode_responses=True,
        socket_timeout=LIMIT,
        socket_connect_timeout=LIMIT,
        retry=retries.Retry(backoff.NoBackoff(), 0),
    )
    pool = client.connection_pool
    if pool.connection_class is redis.SSLConnection:
        pool.connection_class = _with_certificates(pool)
    return client


def _with_certificates(pool: Any) -> Callable[..., Any]:
    """Return what makes connections with TLS whose certificates are loaded already.

    The library does that when it connects, for each connection anew: 0.1 s on the loop.
    """
    make = pool.connection_class
    context = make(**pool.connection_kwargs).ssl_context
    with contextlib.suppress(OSError, ValueError):  # it is said when a connection is made
        context.get()

    def make_prepared(**given: object) -> Any:
        connection = make(**given)
        connection.ssl_context = context
        return connection

    return make_prepared
