"""How well each engine plays, judged again after every probe and kept for the next choice."""

import dataclasses
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, TypeVar

from acedesk.engines.member import Member
from acedesk.model.content import StreamKey
from acedesk.model.engine import ANSWERING, EngineHealth, EngineId
from acedesk.model.engine_record import AttemptRecord, FailoverRecord, StallRecord
from acedesk.rules.engines import score
from acedesk.values import frozen_value

# What engines did with contents of late: more than happens within `score.SAME_TIME` in a house.
SEEN_KEPT: Final = 512

_Record = TypeVar("_Record", AttemptRecord, StallRecord)


@frozen_value(kw_only=False)
class _Seen:
    """What became of a content on an engine; `record` is None where it played."""

    at: float
    member: Member
    content: StreamKey
    record: AttemptRecord | StallRecord | None


class EngineScores:
    """Judges the pool's engines by `acedesk.rules.engines.score`.

    A choice among hundreds of engines reads what was judged before. A stream that fails has its
    engine probed at once, so that it is judged at once, too.

    What one engine did with a content tells whose fault the same content's failure on another one
    is: so each is noted with what others did within `score.SAME_TIME`, before and after.

    Args:
        members: The engines of the pool; their scores are set.

    Attributes:
        counts: Tells whether what was begun then and fails now says something about the engine: not
            if AceDesk or its computer stood still meanwhile, and deadlines passed although answers
            were there. Set by who knows.
    """

    def __init__(self, members: Mapping[EngineId, Member], now: Callable[[], float]) -> None:
        self.counts: Callable[[float], bool] = lambda _since_at: True
        self._members = members
        self._now = now
        self._seen: deque[_Seen] = deque(maxlen=SEEN_KEPT)

    # What engines did

    def note_attempt(self, member: Member, attempt: AttemptRecord) -> None:
        """Keep how an attempt began, or that it failed."""
        content = attempt.content
        if score.has_failed(attempt) and not self.counts(attempt.asked_at):
            return
        if content is not None and attempt.first_byte is not None:
            self._blame_others(member, content)
            self._remember(member, content, None)
        elif content is not None and score.has_failed(attempt):
            if any(one.record is None for one in self._elsewhere(member, content)):
                attempt = dataclasses.replace(attempt, plays_elsewhere=True)
            self._excuse_stalls(member, content)
            self._remember(member, content, attempt)
        member.note_attempt(attempt)

    def note_stall(self, member: Member, stall: StallRecord) -> None:
        """Keep that a session brought nothing for a while."""
        content = stall.content
        if not self.counts(stall.at):
            return
        if content is not None:
            last = next(self._elsewhere(member, content), None)
            if last is not None and last.record is not None:
                stall = dataclasses.replace(stall, fails_elsewhere=True)
            self._excuse_stalls(member, content)
            self._remember(member, content, stall)
        member.stalls.append(stall)

    def note_failover(self, member: Member, failover: FailoverRecord) -> None:
        """Keep that a stream had to leave the engine."""
        if self.counts(failover.at):
            member.failovers.append(failover)

    def _remember(
        self, member: Member, content: StreamKey, record: AttemptRecord | StallRecord | None
    ) -> None:
        now = self._now()
        self._seen.append(_Seen(now, member, content, record))
        while self._seen[0].at < now - score.SAME_TIME:
            self._seen.popleft()

    def _elsewhere(self, member: Member, content: StreamKey) -> Iterator[_Seen]:
        """Yield what other engines did with the content of late, the last first."""
        since = self._now() - score.SAME_TIME
        for one in reversed(self._seen):
            if one.at < since:
                return
            if one.member is not member and one.content == content:
                yield one

    def _blame_others(self, member: Member, content: StreamKey) -> None:
        """Note that the content plays: starts that failed elsewhere were no fault of its own."""
        for one in self._elsewhere(member, content):
            if isinstance(one.record, AttemptRecord):
                _put(one.member.attempts, one.record, plays_elsewhere=True)

    def _excuse_stalls(self, member: Member, content: StreamKey) -> None:
        """Note that the content fails here, too, where nobody has played it since."""
        for one in self._elsewhere(member, content):
            if one.record is None:
                return
            if isinstance(one.record, StallRecord):
                _put(one.member.stalls, one.record, fails_elsewhere=True)

    # What that means

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
        """Return how many streams in a row failed to start on the engine by its fault."""
        return self._members[engine_id].failed_starts if engine_id in self._members else 0


def _put(records: deque[_Record], old: _Record, **changes: Any) -> None:
    """Change a record, if it is still kept."""
    for number, record in enumerate(records):
        if record is old:
            records[number] = dataclasses.replace(old, **changes)
