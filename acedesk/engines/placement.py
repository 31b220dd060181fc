"""Which engine takes one more stream, counted with all places that are reserved."""

from collections.abc import Callable, Collection, Mapping
from typing import Final

from acedesk.engines.member import Member
from acedesk.errors import Busy, BusyReason
from acedesk.model.content import StreamKey
from acedesk.model.engine import ANSWERING, EngineId, EngineSpec, VpnMembership
from acedesk.rules.engines import selection
from acedesk.rules.engines.vpn_use import explain_no_engine, may_play
from acedesk.settings import Settings
from acedesk.words.errors import explain

# With more engines than this a number says more than a row of sentences.
MOST_TROUBLES: Final = 3


class Placement:
    """Chooses among the pool's engines by `acedesk.rules.engines.selection`; it changes nothing.

    Args:
        members: The engines of the pool; they are only read.

    Attributes:
        last_resort: Tells of an engine that it only stands in for others.
        refused: Told of a stream that finds no place on any engine; returns what it is told.
    """

    def __init__(
        self, members: Mapping[EngineId, Member], settings: Callable[[], Settings]
    ) -> None:
        self.last_resort: Callable[[EngineSpec], bool] = lambda _: False
        self.refused: Callable[[Busy], Busy] = lambda busy: busy
        self._more_coming: Callable[[], bool] = lambda: False
        self._look_due: Callable[[], bool] = lambda: False
        self._members = members
        self._settings = settings

    def limit(self, member: Member) -> int | None:
        """Return how many streams the engine may take, None for any number."""
        return selection.stream_limit(member.spec.backend, self._settings().max_streams_per_engine)

    def choose(
        self,
        key: StreamKey,
        *,
        vpn: VpnMembership,
        avoid: Collection[EngineId] = (),
        failures: Mapping[EngineId, int] | None = None,
        may_share: bool = False,
    ) -> Member:
        """Return the best engine for `key`; see `EnginePool.reserve`.

        Raises:
            Busy: None may take it; the reason says what to wait for.
        """
        members = self._allowed(key, vpn)
        failed = failures or {}
        candidates = [
            member.candidate(
                key,
                limit=self.limit(member),
                avoided=member.spec.id in avoid,
                vpn=vpn,
                failures=failed.get(member.spec.id, 0),
                may_share=may_share,
                last_resort=self.last_resort(member.spec),
            )
            for member in members
        ]
        chosen = selection.choose(candidates)
        if chosen is None:
            refusal = selection.explain_refusal(candidates)
            troubles = self._troubles(key, avoid) if refusal.reason is BusyReason.NO_ENGINE else ""
            detail = troubles or refusal.detail
            busy = Busy(refusal.reason, detail, retry_after=refusal.retry_after)
            # Where engines are to be avoided, the content is at fault, not the number of engines.
            raise busy if avoid else self.refused(busy)
        return self._members[chosen.id]

    def choose_spare(self, key: StreamKey, *, vpn: VpnMembership) -> Member | None:
        """Return the best engine for `key` that nobody uses and that plays well, None without."""
        candidates = [
            member.candidate(key, limit=self.limit(member), avoided=False, vpn=vpn)
            for member in self._meant_for(key)
            if self._may_play(member, vpn)
        ]
        chosen = selection.choose_spare(candidates)
        return None if chosen is None else self._members[chosen.id]

    def count_places(self, engine_id: EngineId, key: StreamKey) -> int:
        """Return how many places a content has on an engine, 0 when that is gone."""
        member = self._members.get(engine_id)
        return sum(one.key == key for one in member.reservations) if member is not None else 0

    def expect(self, more_coming: Callable[[], bool], look_due: Callable[[], bool]) -> None:
        """Learn who knows of engines that are not in the pool yet.

        Args:
            more_coming: Tells whether some are being made.
            look_due: Tells whether it is about to be looked if one more is needed.
        """
        self._more_coming, self._look_due = more_coming, look_due

    def is_any_coming(self) -> bool:
        """Tell whether an engine that is to serve is about to answer, or is being made."""
        return any(one.is_coming for one in self._members.values()) or self._more_coming()

    def is_look_due(self) -> bool:
        """Tell whether it is about to be looked if one more engine is needed."""
        return self._look_due()

    def count_answering(self, key: StreamKey) -> int:
        """Return how many engines that could play `key` answer, in use or not."""
        return sum(member.health in ANSWERING for member in self._meant_for(key))

    def _allowed(self, key: StreamKey, vpn: VpnMembership) -> list[Member]:
        """Return the engines for `key` that may play.

        Raises:
            Busy: Engines must use the VPN, and none can now.
        """
        meant = self._meant_for(key)
        allowed = [member for member in meant if self._may_play(member, vpn)]
        if not allowed and (meant or vpn.trouble) and self._settings().require_vpn:
            raise explain_no_engine(vpn)
        return allowed

    def _may_play(self, member: Member, vpn: VpnMembership) -> bool:
        return may_play(member.spec, vpn, required=self._settings().require_vpn)

    def _meant_for(self, key: StreamKey) -> list[Member]:
        """Return the engines that play this content and few others, else those that play any."""
        special = [one for one in self._members.values() if key.value in (one.spec.contents or ())]
        return special or [one for one in self._members.values() if one.spec.contents is None]

    def _troubles(self, key: StreamKey, avoid: Collection[EngineId]) -> str:
        """Return what is wrong with each engine in a sentence; "" where that is not known."""
        members = [one for one in self._meant_for(key) if one.spec.id not in avoid]
        found = [explain(one.error) for one in members if one.error is not None]
        if len(found) < len(members) or not 0 < len(found) <= MOST_TROUBLES:
            return ""
        return " ".join(words.why or words.what for words in found)
