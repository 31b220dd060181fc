"""The engines, as facts for the diagnosis. No clock is read."""

from collections.abc import Collection

from acedesk.model.diagnosis import EngineFacts
from acedesk.model.engine import FOREIGN, EngineId, EngineState
from acedesk.model.host import is_loopback
from acedesk.model.snapshot import EngineView


class EngineObserver:
    """All engines at one look."""

    def __init__(self) -> None:
        self._views: dict[EngineId, EngineView] = {}
        self._facts: dict[EngineId, EngineFacts] = {}
        self._able = 0

    def look(self, views: Collection[EngineView]) -> None:
        """Note how the engines are now."""
        self._views = {view.id: view for view in views}
        self._facts.clear()
        self._able = sum(_could_take(view) for view in views)

    def view(self, engine_id: EngineId | None) -> EngineView | None:
        """Return one engine, None when it is gone or none is meant."""
        return self._views.get(engine_id) if engine_id is not None else None

    def facts(self, engine_id: EngineId | None) -> EngineFacts:
        """Return what is known about one engine."""
        view = self.view(engine_id)
        if view is None:
            return EngineFacts()
        found = self._facts.get(view.id)
        if found is None:
            found = self._facts[view.id] = self._describe(view)
        return found

    def _describe(self, view: EngineView) -> EngineFacts:
        return EngineFacts(
            id=view.id,
            name=view.name,
            local=view.backend not in FOREIGN or is_loopback(view.host),
            answer_time=view.answer_time,
            healthy=view.state in (EngineState.READY, EngineState.DRAINING),
            others=self._able - _could_take(view),
            restartable=view.backend not in FOREIGN,
            starting=view.state is EngineState.STARTING,
        )


def _could_take(view: EngineView) -> bool:
    free = view.max_streams is None or view.streams < view.max_streams
    return view.state is EngineState.READY and free
