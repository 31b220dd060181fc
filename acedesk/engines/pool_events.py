"""What is noted of the pool's engines as events, and why engines went."""

from typing import Final

from acedesk.engines.member import Member
from acedesk.model.engine import EngineHealth, EngineId, EngineIntent
from acedesk.model.event import EventKind, Note

# Streams ask for it within their outage, which lasts seconds: so many do not go meanwhile.
REMOVALS_KEPT: Final = 100


class PoolEvents:
    """Notes when engines come, go and change, with what the member is now."""

    def __init__(self, note: Note) -> None:
        self._note = note
        self._removals: dict[EngineId, str] = {}

    def added(self, member: Member) -> None:
        """Note a new engine."""
        spec = member.spec
        self._note(
            EventKind.ENGINE_ADDED,
            spec.id,
            name=spec.name,
            backend=spec.backend.value,
            health=member.health.value,
        )

    def why_removed(self, engine_id: EngineId) -> str:
        """Return why an engine is gone, as part of a sentence."""
        return self._removals.get(engine_id) or "it was removed"

    def removed(self, member: Member, why: str) -> None:
        """Note an engine that is gone, and why, as part of a sentence; "" for not known."""
        self._removals[member.spec.id] = why
        if len(self._removals) > REMOVALS_KEPT:
            del self._removals[next(iter(self._removals))]
        self._note(
            EventKind.ENGINE_REMOVED,
            member.spec.id,
            cause=_cause(member),
            name=member.spec.name,
            detail=why,
        )

    def intent_changed(self, member: Member, before: EngineIntent) -> None:
        """Note that something else is wanted of it; the same again is no event."""
        if member.intent is not before:
            self._note(
                EventKind.ENGINE_INTENT_CHANGED,
                member.spec.id,
                cause=_cause(member),
                name=member.spec.name,
                before=before.value,
                after=member.intent.value,
            )

    def health_changed(self, member: Member, before: EngineHealth) -> None:
        """Note that its health has changed; the same again is no event."""
        if member.health is not before:
            error = member.error
            self._note(
                EventKind.ENGINE_HEALTH_CHANGED,
                member.spec.id,
                cause=error.code if error is not None else "",
                name=member.spec.name,
                before=before.value,
                after=member.health.value,
                detail=error.detail if error is not None else "",
            )


def _cause(member: Member) -> str:
    return member.intent_cause.value if member.intent_cause is not None else ""
