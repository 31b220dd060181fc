"""How well each engine plays, judged again after every probe and kept for the next choice."""

from collections.abc import Callable, Mapping

from acedesk.engines.member import Member
from acedesk.model.engine import ANSWERING, EngineHealth, EngineId
from acedesk.rules.engines import score


class EngineScores:
    """Judges the pool's engines by `acedesk.rules.engines.score`.

    A choice among hundreds of engines reads what was judged before. A stream that fails has its
    engine probed at once, so that it is judged at once, too.

    Args:
        members: The engines of the pool; their scores are set.
    """

    def __init__(self, members: Mapping[EngineId, Member], now: Callable[[], float]) -> None:
        self._members = members
        self._now = now

    def judge(self, engine_id: EngineId) -> EngineHealth:
        """Judge an engine that answers, and return whether it is READY or SLOW."""
        member = self._members.get(engine_id)
        if member is None:
            return EngineHealth.READY
        member.score = score.score(member.record(), self._now())
        others = [
            one.score
            for one in self._members.values()
            if one is not member and one.health in ANSWERING and one.spec.contents is None
        ]
        return score.judge_answering(member.score, others, member.health)

    def failed_starts(self, engine_id: EngineId) -> int:
        """Return how many streams in a row failed to start on the engine."""
        return self._members[engine_id].failed_starts if engine_id in self._members else 0
