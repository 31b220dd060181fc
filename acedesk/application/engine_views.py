"""The engines there are, with what their containers use."""

import dataclasses
from collections.abc import Callable

from acedesk.engines.pool import EnginePool
from acedesk.model.engine import EngineId
from acedesk.model.history import ContainerUsage
from acedesk.model.snapshot import EngineView

# What the container of an engine uses, None while that is not known.
Usage = Callable[[EngineId], ContainerUsage | None]


def no_usage(_engine_id: EngineId) -> None:
    """Know nothing of any container."""


def engine_views(pool: EnginePool, usage: Usage) -> tuple[EngineView, ...]:
    """Return all engines in the order of the pool."""
    return tuple(_with_usage(view, usage(view.id)) for view in pool.views())


def _with_usage(view: EngineView, usage: ContainerUsage | None) -> EngineView:
    return view if usage is None else dataclasses.replace(view, usage=usage)
