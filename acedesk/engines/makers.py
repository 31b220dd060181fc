"""Which backend makes the next engine."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Final

from acedesk.engines.adoption import Adoption
from acedesk.engines.backend import Backend, ContainerBackend
from acedesk.engines.backends.docker_hosts import hosts
from acedesk.engines.making.vpn_gate import VpnGate
from acedesk.errors import AceDeskError, BadRequest, Busy, BusyReason, RuntimeUnavailable
from acedesk.model.engine import TEST_BACKEND, BackendId, BackendKind, EngineId, EngineSpec
from acedesk.settings import Settings

# More than anybody has; as many as a host without a limit takes.
UNLIMITED: Final = 1_000

# When several engines are asked for, Docker is looked at again only after so many seconds.
LOOK_AGE: Final = 2.0

DOCKER, NATIVE = BackendKind.DOCKER.value, BackendKind.NATIVE.value

# In this order they are tried: a container is easier to be rid of than a program.
_ORDER = {
    BackendKind.REMOTE: 0,
    BackendKind.DEMO: 0,
    BackendKind.DOCKER: 1,
    BackendKind.SWARM: 1,
    BackendKind.NATIVE: 2,
}


def choose_makers(
    backends: Iterable[Backend], source: str = "", counts: Mapping[BackendId, int] | None = None
) -> tuple[Backend, ...]:
    """Return the backends that may make an engine, in the order in which they are to be tried.

    Of several Dockers the one with the fewest engines comes first.

    Args:
        source: The setting `engine_source`: a kind, "" for any.
        counts: How many engines each has or is making.
    """
    there = counts or {}
    able = [one for one in backends if one.kind in _ORDER and one.id != TEST_BACKEND]
    for sole in (BackendKind.DEMO, BackendKind.REMOTE):  # whoever has chosen these wants no others
        if chosen := tuple(one for one in able if one.kind is sole):
            return chosen
    if source:
        able = [one for one in able if one.kind.value == source]
    return tuple(sorted(able, key=lambda one: (_ORDER[one.kind], there.get(one.id, 0))))


def full_hosts(settings: Settings, counts: Mapping[BackendId, int]) -> frozenset[BackendId]:
    """Return the hosts of the settings that have as many engines as their limit allows."""
    limits = _limits(settings)
    return frozenset(name for name, most in limits.items() if most <= counts.get(name, 0))


def _limits(settings: Settings) -> dict[BackendId, int]:
    found = {BackendId(one.backend_id): one.limit for one in hosts(settings.engine_hosts)}
    return {name: most for name, most in found.items() if most > 0}


def has_something_to_make(backend: Backend) -> bool:
    """Tell whether a backend that was looked at knows what it would make an engine from."""
    return backend.kind is not BackendKind.NATIVE or bool(backend.definition_hash)


class Makers:
    """Finds the backend for an engine that is asked for.

    Args:
        counts: Returns how many engines each backend has, is making or is removing.
        gate: Refuses what would be made outside of the VPN.
        specs: Returns all engines.
    """

    def __init__(
        self,
        backends: Mapping[BackendId, Backend],
        adoption: Adoption,
        settings: Callable[[], Settings],
        counts: Callable[[], Mapping[BackendId, int]] = dict,
        gate: VpnGate | None = None,
        specs: Callable[[], Iterable[EngineSpec]] = tuple,
    ) -> None:
        self._gate = gate or VpnGate(settings)
        self._backends = backends
        self._counts = counts
        self._specs = specs
        self._adoption = adoption
        self._settings = settings

    async def find(self, backend_id: BackendId | None = None) -> Backend:
        """Return this backend, or the first that can make an engine now; it was looked at.

        Raises:
            RuntimeUnavailable: Docker cannot be used, and nothing stands in for it.
            Busy: Each has as many engines as it may have, or the VPN is not connected.
            BadRequest: There is no such backend, or none that makes any.
        """
        if backend_id is not None:
            backend = get_backend(self._backends, backend_id)
            if not await self._can_take(backend):
                raise self._no_room()
            return backend
        failure: AceDeskError | None = None
        source = self._settings().engine_source
        for backend in choose_makers(self._backends.values(), source, self._counts()):
            try:
                can_take = await self._can_take(backend)
            except (RuntimeUnavailable, BadRequest) as exc:
                failure = failure or exc
                continue
            if can_take and (failure is None or has_something_to_make(backend)):
                return backend
        if failure is not None:
            raise failure
        if self._full():
            raise self._no_room()
        raise BadRequest("This AceDesk cannot make engines.")

    def choose_now(self, wanted: BackendId | None = None) -> Backend | None:
        """Return the backend that would make an engine now, None when none can or all are full.

        Args:
            wanted: The backend that is to be taken where it can make one.
        """
        full = self._full()
        own = self._backends.get(wanted) if wanted is not None else None
        if own is not None and own.id not in full and self.is_usable(own):
            return own
        return next((one for one in self._able(self._counts()) if one.id not in full), None)

    def places(self) -> int:
        """Return how many more engines could be made by the limits of the hosts."""
        counts, limits = self._counts(), _limits(self._settings())
        return sum(
            max(0, limits.get(one.id, UNLIMITED) - counts.get(one.id, 0))
            for one in self._able(counts)
        )

    def crowded(self) -> frozenset[EngineId]:
        """Return the engines that must go before another can come in their place."""
        return self._gate.crowded(self._specs(), self._counts())

    def can_make(self) -> bool:
        """Tell whether an engine could be made now if there was room for it."""
        return next(self._able({}), None) is not None

    def is_usable(self, backend: Backend) -> bool:
        """Tell whether a backend can make engines now, and which it has is known."""
        return self.is_reachable(backend) and self._gate.allows(backend)

    def is_reachable(self, backend: Backend) -> bool:
        """Tell whether a backend answers, and which engines it has is known."""
        return backend.is_ready and self._adoption.knows(backend.id)

    def _full(self) -> frozenset[BackendId]:
        return full_hosts(self._settings(), self._counts())

    async def _can_take(self, backend: Backend) -> bool:
        """Look at a backend; tell whether it has room for one more."""
        if backend.id in self._full():
            return False
        self._gate.check(backend)
        await self._look_at(backend)
        return backend.id not in self._full()  # others may have begun one meanwhile

    def _no_room(self) -> Busy:
        names = ", ".join(sorted(name.partition(":")[2] for name in self._full()))
        detail = f"As many engines run as the settings allow there: {names}."
        return Busy(BusyReason.MAX_CAPACITY, detail)

    def _able(self, counts: Mapping[BackendId, int]) -> Iterator[Backend]:
        """Yield the backends that can make engines now, full ones too, the best first."""
        for one in choose_makers(self._backends.values(), self._settings().engine_source, counts):
            if self.is_usable(one) and has_something_to_make(one):
                yield one

    async def _look_at(self, backend: Backend) -> None:
        """See whether the backend can be used now, and which names are taken there."""
        if isinstance(backend, ContainerBackend):
            await self._adoption.adopt(backend, max_age=LOOK_AGE)


def get_backend(backends: Mapping[BackendId, Backend], backend_id: BackendId) -> Backend:
    """Return the backend with this id.

    Raises:
        BadRequest: There is none.
    """
    backend = backends.get(backend_id)
    if backend is None:
        raise BadRequest(f"This AceDesk has no {backend_id or 'such'} engines.")
    return backend
