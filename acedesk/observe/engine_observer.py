"""The engines, as facts for the diagnosis. No clock is read."""

from collections.abc import Collection

from acedesk.model.diagnosis import EngineFacts
from acedesk.model.engine import FOREIGN, EngineId, EngineIntent, EngineState
from acedesk.model.host import is_loopback
from acedesk.model.snapshot import EngineView


class EngineObserver:
    """All engines at one look."""

    def __init__(self) -> None:
        self._views: dict[EngineId, EngineView] = {}
        self._facts: dict[EngineId, EngineFacts] = {}
        self._able = 0
        self._coming = False

    def look(self, views: Collection[EngineView]) -> None:
        """Note how the engines are now."""
        self._views = {view.id: view for view in views}
        self._facts.clear()
        self._able = sum(_could_take(view) for view in views)
        self._coming = any(_is_coming(view) for view in views)

    def view(self, engine_id: EngineId | None) -> EngineView | None:
        """Return one engine, None when it is gone or none is meant."""
        return self._views.get(engine_id) if engine_id is not None else None

    def facts(self, engine_id: EngineId | None, name: str = "") -> EngineFacts:
        """Return what is known about one engine.

        Args:
            name: What it is called, for one that is gone.
        """
        if engine_id is None:
            return EngineFacts()
        view = self.view(engine_id)
        if view is None:
            return EngineFacts(name=name, removed=True, others=self._able, coming=self._coming)
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
            stopped=view.state is EngineState.STOPPED,
            coming=self._coming and not _is_coming(view),
        )


def _is_coming(view: EngineView) -> bool:
    return view.state is EngineState.STARTING and view.intent is EngineIntent.SERVE


def _could_take(view: EngineView) -> bool:
    free = view.max_streams is None or view.streams < view.max_streams
    return view.state is EngineState.READY and free
