"""Which backend makes the next engine. Pure."""

from collections.abc import Iterable

from acedesk.engines.backend import Backend
from acedesk.model.engine import TEST_BACKEND, BackendKind

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
