"""Finds the address at which an engine's container is reached, by trying those that may be right.

Which they are is decided by `acedesk.containers.reach`. The one that was found is kept for as long
as the container runs. Whether the engine there is well is the prober's matter.
"""

import asyncio
import enum
import socket
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from acedesk import clock, tasks
from acedesk.acestream_api.connect import connect, reason_of
from acedesk.containers.reach import HOST_NAMES, Address
from acedesk.containers.runtime import ContainerInfo, DockerLocation
from acedesk.errors import EngineError, EngineUnreachable
from acedesk.model.host import is_loopback, join_port

# All addresses are near; one that needs longer is hardly the right one.
CONNECT_LIMIT: Final = 1.0
# What a connection that is taken must answer in, before the other addresses count too.
ANSWER_LIMIT: Final = 1.0
PAUSE: Final = 0.25
# Colima, Lima and Rancher Desktop forward a port some seconds after it was published.
FORWARDING_LIMIT: Final = 10.0

# Returns when an engine answers there, raises an `EngineError` when not.
Check = Callable[[str, int, float], Awaitable[object]]

# Raises when what is waited for runs no more.
CheckRunning = Callable[[], Awaitable[object]]


async def _take_as_running() -> None:
    """Believe that what is waited for runs."""


class _Outcome(enum.IntEnum):
    """What one address did, the best first.

    ANSWERS: an engine answers.  TAKEN: the connection was taken and closed, as Docker does while
    nothing listens in the container.  SILENT: it was taken, and nothing came.  REFUSED: somebody
    is there and does not listen.  UNREACHABLE: nobody is there.
    """

    ANSWERS = 0
    TAKEN = 1
    SILENT = 2
    REFUSED = 3
    UNREACHABLE = 4


_Try = tuple[Address, _Outcome, str]


class EngineAddresses:
    """Where the engines of one Docker are reached.

    Args:
        check: Asks whether an engine answers at host and port, within so many seconds; None takes
            the likeliest address untried.
    """

    def __init__(self, check: Check | None, *, now: Callable[[], float] = clock.monotonic) -> None:
        self._check = check
        self._now = now
        self._found: dict[str, tuple[object, Address]] = {}

    async def look(self, info: ContainerInfo, candidates: Sequence[Address]) -> Address | None:
        """Return the address of a running engine, the likeliest one if none answers now.

        Args:
            candidates: Those that may be right, the likeliest first; with none the answer is None.
        """
        if self._check is None or len(candidates) < 2:
            return candidates[0] if candidates else None
        if (known := self._known(info, candidates)) is not None:
            return known
        tries = await self._try_all(self._check, candidates)
        return self._keep(info, candidates, tries) or candidates[0]

    async def wait(
        self,
        info: ContainerInfo,
        candidates: Sequence[Address],
        location: DockerLocation,
        limit: float,
        *,
        check_running: CheckRunning = _take_as_running,
    ) -> Address:
        """Return the address of a container that was just started.

        It is known as soon as Docker takes connections at one, or an engine answers at another.

        Args:
            candidates: Those that may be right, the likeliest first.
            limit: Seconds the engine may take to answer.
            check_running: Called after tries that found nothing; what it raises ends the wait.

        Raises:
            EngineUnreachable: There is no address where it could be reached, or none that worked.
        """
        if not candidates:
            raise EngineUnreachable(
                "Docker gave its container no address that can be reached from here"
            )
        if self._check is None:
            return candidates[0]
        begun_at = self._now()
        while True:
            found_out = await self._try_all(self._check, candidates)
            tries = [_as_seen_from(location, one) for one in found_out]
            if (found := self._keep(info, candidates, tries)) is not None:
                return found
            hopeless = all(_is_hopeless(one, location) for one in tries)
            waited = self._now() - begun_at
            if waited >= (min(limit, FORWARDING_LIMIT) if hopeless else limit):
                raise EngineUnreachable(_describe(tries, location))
            await check_running()
            await tasks.sleep(PAUSE)

    def forget(self, container: str) -> None:
        """Drop what is known of a container that is gone."""
        self._found.pop(container, None)

    def _known(self, info: ContainerInfo, candidates: Sequence[Address]) -> Address | None:
        run, found = self._found.get(info.id, (None, None))
        return found if run == (info.started_time, tuple(candidates)) else None

    def _keep(
        self, info: ContainerInfo, candidates: Sequence[Address], tries: Sequence[_Try]
    ) -> Address | None:
        address, outcome, _ = min(tries, key=lambda one: one[1])
        if outcome > _Outcome.TAKEN:
            return None
        if outcome is _Outcome.ANSWERS:
            self._found[info.id] = ((info.started_time, tuple(candidates)), address)
        return address

    @staticmethod
    async def _try_all(check: Check, candidates: Sequence[Address]) -> list[_Try]:
        return list(await asyncio.gather(*(_try(check, address) for address in candidates)))


async def _try(check: Check, address: Address) -> _Try:
    try:
        async with asyncio.timeout(CONNECT_LIMIT):
            (await connect(*address)).close()
    except ConnectionRefusedError:
        return address, _Outcome.REFUSED, "nothing listens there"
    except TimeoutError:
        return address, _Outcome.UNREACHABLE, "no answer"
    except socket.gaierror as exc:
        known = address[0] in HOST_NAMES  # only some containers know these
        return address, _Outcome.UNREACHABLE, "" if known else reason_of(exc)
    except OSError as exc:
        return address, _Outcome.UNREACHABLE, reason_of(exc)
    except EngineError as exc:
        return address, _Outcome.UNREACHABLE, exc.detail
    try:
        async with asyncio.timeout(ANSWER_LIMIT):
            await check(*address, ANSWER_LIMIT)
    except EngineUnreachable:
        return address, _Outcome.TAKEN, "closes the connection"
    except (EngineError, TimeoutError):
        return address, _Outcome.SILENT, "takes connections, but no engine answers"
    return address, _Outcome.ANSWERS, ""


def _as_seen_from(location: DockerLocation, one: _Try) -> _Try:
    """Return a try as it counts here: what takes connections in our own container is not Docker."""
    (host, _), outcome, reason = one
    if location.in_container and is_loopback(host) and outcome is _Outcome.TAKEN:
        return one[0], _Outcome.SILENT, reason
    return one


def _is_hopeless(one: _Try, location: DockerLocation) -> bool:
    """Tell whether waiting for the engine changes nothing: it is not what does not answer there."""
    (host, _), outcome, _ = one
    own_loopback = location.in_container and is_loopback(host)
    return outcome is _Outcome.UNREACHABLE or (outcome is _Outcome.REFUSED and own_loopback)


def _describe(tries: Sequence[_Try], location: DockerLocation) -> str:
    told = [f"{join_port(*address)} ({reason})" for address, _, reason in tries if reason]
    hint = ""
    if location.in_container and not location.networks:
        hint = "; AceDesk runs in a container: let it have the network of its host"
    return f"it was tried at {' and at '.join(told)}{hint}"
