"""Which backend makes the next engine."""

from collections.abc import Callable, Iterable, Mapping
from typing import Final

from acedesk.engines.adoption import Adoption
from acedesk.engines.backend import Backend, ContainerBackend
from acedesk.errors import BadRequest, RuntimeUnavailable
from acedesk.model.engine import TEST_BACKEND, BackendId, BackendKind
from acedesk.settings import Settings

# When several engines are asked for, Docker is looked at again only after so many seconds.
LOOK_AGE: Final = 2.0

DOCKER, NATIVE = BackendKind.DOCKER.value, BackendKind.NATIVE.value

# In this order they are tried: whoever wants simulated engines wants no others, and a container is
# easier to be rid of than a program.
_ORDER = (BackendKind.DEMO, BackendKind.DOCKER, BackendKind.NATIVE)


def choose_makers(backends: Iterable[Backend], source: str = "") -> tuple[Backend, ...]:
    """Return the backends that may make an engine, in the order in which they are to be tried.

    Args:
        source: The setting `engine_source`: a kind, "" for any.
    """
    able = [one for one in backends if one.kind in _ORDER and one.id != TEST_BACKEND]
    if any(one.kind is BackendKind.DEMO for one in able):
        return tuple(one for one in able if one.kind is BackendKind.DEMO)
    if source:
        able = [one for one in able if one.kind.value == source]
    return tuple(sorted(able, key=lambda one: _ORDER.index(one.kind)))


def has_something_to_make(backend: Backend) -> bool:
    """Tell whether a backend that was looked at knows what it would make an engine from."""
    return backend.kind is not BackendKind.NATIVE or bool(backend.definition_hash)


class Makers:
    """Finds the backend for an engine that is asked for."""

    def __init__(
        self,
        backends: Mapping[BackendId, Backend],
        adoption: Adoption,
        settings: Callable[[], Settings],
    ) -> None:
        self._backends = backends
        self._adoption = adoption
        self._settings = settings

    async def find(self, backend_id: BackendId | None = None) -> Backend:
        """Return this backend, or the first that can make an engine now; it was looked at.

        Raises:
            RuntimeUnavailable: Docker cannot be used, and nothing stands in for it.
            BadRequest: There is no such backend, or none that makes any.
        """
        if backend_id is not None:
            backend = get_backend(self._backends, backend_id)
            await self._look_at(backend)
            return backend
        failure: RuntimeUnavailable | None = None
        for backend in choose_makers(self._backends.values(), self._settings().engine_source):
            try:
                await self._look_at(backend)
            except RuntimeUnavailable as exc:
                failure = failure or exc
            else:
                if failure is None or has_something_to_make(backend):
                    return backend
        if failure is not None:
            raise failure
        raise BadRequest("This AceDesk cannot make engines.")

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
