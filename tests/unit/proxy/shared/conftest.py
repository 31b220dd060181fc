"""Other AceDesks, and a pool with one engine."""

import pytest

from acedesk.engines.pool import EnginePool
from acedesk.model.engine import BackendKind, EngineHealth, EngineId, EngineSpec
from acedesk.settings import Settings

ENGINE = EngineId("static-127.0.0.1:6878")


@pytest.fixture
def pool() -> EnginePool:
    """Return a pool with an engine that takes two streams."""
    made = EnginePool(lambda: Settings(max_streams_per_engine=2))
    spec = EngineSpec(
        id=ENGINE, name="engine-1", backend=BackendKind.STATIC, host="127.0.0.1", port=6878
    )
    made.add(spec, health=EngineHealth.READY)
    return made
