"""Engines with what their containers use."""

from acedesk.application.engine_views import engine_views, no_usage
from acedesk.engines.pool import EnginePool
from acedesk.model.engine import BackendId, BackendKind, EngineId, EngineSpec
from acedesk.model.history import ContainerUsage
from acedesk.settings import Settings


def _pool() -> EnginePool:
    pool = EnginePool(Settings)
    for number in (1, 2):
        pool.add(
            EngineSpec(
                id=EngineId(f"e{number}"),
                name=f"engine-{number}",
                backend=BackendKind.DOCKER,
                backend_id=BackendId("docker"),
                host="127.0.0.1",
                port=6877 + number,
            )
        )
    return pool


def test_an_engine_is_shown_with_what_its_container_uses() -> None:
    used = ContainerUsage(cpu=0.5)

    views = engine_views(_pool(), {EngineId("e2"): used}.get)

    assert [(view.name, view.usage) for view in views] == [("engine-1", None), ("engine-2", used)]


def test_without_a_measure_engines_are_those_of_the_pool() -> None:
    pool = _pool()

    assert engine_views(pool, no_usage) == pool.views()
