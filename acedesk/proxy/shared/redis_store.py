"""The only place that talks to Redis; the library is loaded when the setting asks for it.

Every question has a deadline. What has to be decided at once is decided in Redis, by a script, so
that of several who ask at the same time one wins.
"""

import asyncio
import importlib
import urllib.parse
from collections.abc import Awaitable, Sequence
from typing import Any, Final

from acedesk.errors import AceDeskError
from acedesk.values import frozen_value

# Seconds. A start waits for one answer or two; without them AceDesk goes on alone.
LIMIT: Final = 0.3
# Milliseconds. What is not renewed for so long is free again.
LEASE_MS: Final = 10_000
INSTALL: Final = (
    "redis_url is set, but the Redis library is not installed: run “pip install acedesk[redis]”."
)

_PREFIX: Final = "acedesk:"
_PROXIES: Final = f"{_PREFIX}proxies"
_PROXY: Final = f"{_PREFIX}proxy:"
_CARRIED: Final = f"{_PREFIX}carried:"

# Takes a content that nobody carries, or whose carrier is gone or found dead.
_CLAIM: Final = """
local owner = redis.call('GET', KEYS[1])
if owner and owner ~= ARGV[1] and owner ~= ARGV[3] then
  local entry = redis.call('GET', ARGV[4] .. owner)
  if entry then return {owner, entry} end
end
if owner and owner == ARGV[3] then redis.call('DEL', ARGV[4] .. owner) end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return {ARGV[1], ''}
"""
# Shows that we live, renews what we carry, frees what we carry no more, and tells of the others.
_BEAT: Final = """
local me, entry, ttl, proxy, carried, kept = unpack(ARGV, 1, 6)
redis.call('SET', proxy .. me, entry, 'PX', ttl)
redis.call('SADD', KEYS[1], me)
for i = 7, #ARGV do
  local key = carried .. ARGV[i]
  local owner = redis.call('GET', key)
  if i - 6 > tonumber(kept) then
    if owner == me then redis.call('DEL', key) end
  elseif not owner or owner == me or redis.call('EXISTS', proxy .. owner) == 0 then
    redis.call('SET', key, me, 'PX', ttl)
  end
end
local others = {}
for _, id in ipairs(redis.call('SMEMBERS', KEYS[1])) do
  if id ~= me then
    local other = redis.call('GET', proxy .. id)
    if other then table.insert(others, other) else redis.call('SREM', KEYS[1], id) end
  end
end
return others
"""


class StoreAway(AceDeskError):
    """Redis does not answer in time, or not as it should."""

    code = "shared_state_away"


@frozen_value(kw_only=False)
class Carrier:
    """Who carries a content.

    Attributes:
        id: Of the AceDesk.
        entry: What it told of itself, "" when it is this one.
    """

    id: str
    entry: str


class RedisStore:
    """What several AceDesks share.

    Args:
        me: The id of this AceDesk.

    Raises:
        StoreAway: The library is not there, or the address is none of Redis.

    Closes: its connections, by `close`.
    """

    def __init__(self, url: str, me: str) -> None:
        self._url = url
        self._me = me
        try:
            redis = importlib.import_module("redis.asyncio")
        except ImportError as exc:
            raise StoreAway(INSTALL) from exc
        retries = importlib.import_module("redis.retry")
        backoff = importlib.import_module("redis.backoff")
        self._errors: tuple[type[Exception], ...] = (redis.RedisError, OSError, ValueError)
        try:
            self._redis: Any = redis.from_url(
                url,
                decode_responses=True,
                socket_timeout=LIMIT,
                socket_connect_timeout=LIMIT,
                retry=retries.Retry(backoff.NoBackoff(), 0),
            )
        except self._errors as exc:
            raise StoreAway("redis_url is no address of a Redis") from exc

    async def claim(self, name: str, instead_of: str = "") -> Carrier:
        """Become the carrier of a content, or learn who carries it already.

        Args:
            instead_of: A carrier that was found dead; it loses the content.

        Raises:
            StoreAway: It is not known.
        """
        keys = (_CARRIED + name,)
        owner, entry = await self._run(_CLAIM, keys, (self._me, LEASE_MS, instead_of, _PROXY))
        return Carrier(str(owner), str(entry))

    async def beat(
        self, entry: str, carried: Sequence[str], freed: Sequence[str]
    ) -> tuple[str, ...]:
        """Renew our entry and what we carry, free the rest; return the entries of the others.

        Raises:
            StoreAway: It is not done.
        """
        facts = (self._me, entry, LEASE_MS, _PROXY, _CARRIED, len(carried), *carried, *freed)
        return tuple(map(str, await self._run(_BEAT, (_PROXIES,), facts)))

    async def local_host(self) -> str:
        """Return this computer's address as the computer of Redis sees it.

        Raises:
            StoreAway: Its name cannot be looked up.
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
            raise StoreAway("the host of Redis is not known") from exc
        host = str(transport.get_extra_info("sockname")[0])
        transport.close()
        return host

    async def close(self, freed: Sequence[str]) -> None:
        """Free what we carry and take our entry back, if Redis answers; close the connections."""
        try:
            await self.beat("{}", (), freed)
            await self._limited(self._redis.delete(_PROXY + self._me))
            await self._limited(self._redis.srem(_PROXIES, self._me))
        except StoreAway:
            pass  # all of it ends by itself
        finally:
            await self._redis.aclose()

    async def _run(self, script: str, keys: Sequence[str], facts: Sequence[object]) -> Any:
        return await self._limited(self._redis.eval(script, len(keys), *keys, *facts))

    async def _limited(self, answer: Awaitable[Any]) -> Any:
        try:
            async with asyncio.timeout(LIMIT):
                return await answer
        except TimeoutError as exc:
            raise StoreAway("Redis does not answer") from exc
        except self._errors as exc:
            raise StoreAway(f"Redis cannot be used ({_reason(exc)})") from exc


def _reason(error: Exception) -> str:
    """Return why, without an address: it may hold a password."""
    return type(error).__name__
