"""What exists, who uses it, and that places are never given twice."""

import dataclasses
import datetime
from collections.abc import Iterator

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from acedesk.engines.pool import EnginePool
from acedesk.engines.reservation import Reservation
from acedesk.errors import Busy, BusyReason, EngineTooSlow, EngineUnreachable, NotFound
from acedesk.model.content import KeyKind, StreamKey
from acedesk.model.engine import (
    BackendId,
    BackendKind,
    EngineHealth,
    EngineId,
    EngineIntent,
    EngineLoss,
    EngineSpec,
    EngineState,
    VpnMembership,
)
from acedesk.model.engine_record import (
    ENTRIES_KEPT,
    AttemptRecord,
    EngineRecord,
    FailoverRecord,
    StallRecord,
)
from acedesk.settings import Settings

NOON = datetime.datetime(2026, 1, 1, 12, tzinfo=datetime.UTC)


def _spec(name: str, backend: BackendKind = BackendKind.DOCKER) -> EngineSpec:
    return EngineSpec(id=EngineId(name), name=name, backend=backend, host="127.0.0.1", port=6878)


def _key(number: int) -> StreamKey:
    return StreamKey(KeyKind.CONTENT_ID, f"{number:040x}")


@pytest.fixture
def seconds() -> Iterator[float]:
    return iter(range(1, 1_000_000))


@pytest.fixture
def pool(seconds: Iterator[float]) -> EnginePool:
    return EnginePool(Settings, now=lambda: next(seconds), utc_now=lambda: NOON)


def _ready(pool: EnginePool, *names: str, backend: BackendKind = BackendKind.DOCKER) -> None:
    for name in names:
        pool.add(_spec(name, backend), health=EngineHealth.READY)


def test_a_reservation_is_load_until_it_is_released(pool: EnginePool) -> None:
    _ready(pool, "engine-1")

    reservation = pool.reserve(_key(1))

    assert pool.load(EngineId("engine-1")) == 1
    reservation.release()
    reservation.release()
    assert pool.load(EngineId("engine-1")) == 0
    assert reservation.released


def test_a_place_that_was_handed_over_is_released_by_its_new_owner(pool: EnginePool) -> None:
    _ready(pool, "engine-1")
    former = pool.reserve(_key(1))

    reservation = former.hand_over()

    former.release()
    assert pool.load(EngineId("engine-1")) == 1
    reservation.release()
    assert pool.load(EngineId("engine-1")) == 0


def test_only_a_file_may_share_its_engine_with_itself(pool: EnginePool) -> None:
    _ready(pool, "engine-1")
    pool.reserve(_key(1))

    with pytest.raises(Busy):
        pool.reserve(_key(1))

    assert pool.reserve(_key(1), may_share=True).engine.name == "engine-1"


def test_leaving_the_with_block_releases(pool: EnginePool) -> None:
    _ready(pool, "engine-1")

    with pool.reserve(_key(1)) as reservation:
        assert reservation.engine.name == "engine-1"

    assert pool.load(EngineId("engine-1")) == 0


def test_streams_are_spread_over_engines(pool: EnginePool) -> None:
    _ready(pool, "engine-1", "engine-2")

    names = [pool.reserve(_key(number)).engine.name for number in range(4)]

    assert sorted(names) == ["engine-1", "engine-1", "engine-2", "engine-2"]


def test_one_content_is_never_twice_on_one_engine(pool: EnginePool) -> None:
    _ready(pool, "engine-1", "engine-2")

    names = {pool.reserve(_key(1)).engine.name, pool.reserve(_key(1)).engine.name}

    assert names == {"engine-1", "engine-2"}
    with pytest.raises(Busy):
        pool.reserve(_key(1))


def test_a_full_pool_says_so(pool: EnginePool) -> None:
    _ready(pool, "engine-1")
    for number in range(4):
        pool.reserve(_key(number))

    with pytest.raises(Busy) as caught:
        pool.reserve(_key(9))

    assert caught.value.reason is BusyReason.MAX_CAPACITY
    assert caught.value.retry_after == 5.0


def test_your_own_engine_has_no_automatic_limit(pool: EnginePool) -> None:
    _ready(pool, "10.0.0.1:6878", backend=BackendKind.STATIC)

    for number in range(50):
        pool.reserve(_key(number))

    assert pool.views()[0].max_streams is None


def test_the_setting_limits_every_engine_at_once() -> None:
    settings = Settings()
    pool = EnginePool(lambda: settings)
    _ready(pool, "10.0.0.1:6878", backend=BackendKind.STATIC)
    pool.reserve(_key(1))
    settings = dataclasses.replace(settings, max_streams_per_engine=1)

    with pytest.raises(Busy):
        pool.reserve(_key(2))


def test_an_empty_pool_has_no_engine(pool: EnginePool) -> None:
    with pytest.raises(Busy) as caught:
        pool.reserve(_key(1))
    assert caught.value.reason is BusyReason.NO_ENGINE


def test_a_starting_engine_gets_no_stream_yet(pool: EnginePool) -> None:
    pool.add(_spec("engine-1"))
    with pytest.raises(Busy) as caught:
        pool.reserve(_key(1))
    assert caught.value.reason is BusyReason.STARTING
    assert caught.value.retry_after == 2.0


def test_a_draining_engine_keeps_its_streams_and_gets_no_new_ones(pool: EnginePool) -> None:
    lost: list[EngineLoss] = []
    pool.set_loss_listener(lost.append)
    _ready(pool, "engine-1")
    pool.reserve(_key(1))

    pool.intents.set(EngineId("engine-1"), EngineIntent.DRAIN)

    with pytest.raises(Busy):
        pool.reserve(_key(2))
    assert pool.load(EngineId("engine-1")) == 1
    assert lost == []


def test_nothing_that_is_seen_changes_what_is_wanted(pool: EnginePool) -> None:
    _ready(pool, "engine-1")
    engine_id = EngineId("engine-1")
    pool.intents.set(engine_id, EngineIntent.DRAIN)

    for health in EngineHealth:
        pool.set_health(engine_id, health)
    pool.add(dataclasses.replace(_spec("engine-1"), port=7000))
    pool.set_health(engine_id, EngineHealth.READY)

    (view,) = pool.views()
    assert (view.intent, view.health) == (EngineIntent.DRAIN, EngineHealth.READY)
    assert view.state is EngineState.DRAINING
    assert not pool.has_place(_key(1))


def test_draining_twice_is_shown_once(pool: EnginePool) -> None:
    _ready(pool, "engine-1")
    shown: list[int] = []
    pool.changed.connect(lambda: shown.append(1))

    pool.intents.set(EngineId("engine-1"), EngineIntent.DRAIN)
    pool.intents.set(EngineId("engine-1"), EngineIntent.DRAIN)

    assert len(shown) == 1


def test_the_same_failure_again_is_not_shown_again(pool: EnginePool) -> None:
    _ready(pool, "engine-1")
    shown: list[int] = []
    pool.changed.connect(lambda: shown.append(1))

    for _ in range(3):
        error = EngineUnreachable("connection refused")
        pool.set_health(EngineId("engine-1"), EngineHealth.UNREACHABLE, error)

    assert len(shown) == 1


def test_a_spec_is_shown_with_the_backend_that_made_it(pool: EnginePool) -> None:
    pool.add(dataclasses.replace(_spec("engine-1"), backend_id=BackendId("docker:local")))
    assert pool.views()[0].backend_id == "docker:local"


def test_an_engine_that_falls_silent_is_doubted_and_one_that_stops_is_gone(
    pool: EnginePool,
) -> None:
    lost: list[EngineLoss] = []
    pool.set_loss_listener(lost.append)
    _ready(pool, "engine-1")

    pool.set_health(EngineId("engine-1"), EngineHealth.UNREACHABLE, EngineUnreachable("gone"))
    pool.set_health(EngineId("engine-1"), EngineHealth.STOPPED)
    pool.set_health(EngineId("engine-1"), EngineHealth.CRASHED)

    assert [(loss.engine_id, loss.certain) for loss in lost] == [
        ("engine-1", False),
        ("engine-1", True),
    ]
    assert (lost[0].error.detail, lost[1].error.code) == ("gone", "engine_stopped")


def test_the_pool_holds_what_changed_when_the_streams_are_told(pool: EnginePool) -> None:
    _ready(pool, "engine-1")
    seen: list[EngineState] = []
    pool.set_loss_listener(lambda _: seen.append(pool.views()[0].state))

    pool.set_health(EngineId("engine-1"), EngineHealth.HUNG, EngineTooSlow("5 s"))

    assert seen == [EngineState.UNHEALTHY]


def test_forgetting_an_engine_tells_its_streams(pool: EnginePool) -> None:
    lost: list[EngineLoss] = []
    pool.set_loss_listener(lost.append)
    _ready(pool, "engine-1")
    reservation = pool.reserve(_key(1))

    pool.forget(EngineId("engine-1"))

    assert [(loss.certain, loss.error.code) for loss in lost] == [(True, "engine_removed")]
    reservation.release()
    assert pool.views() == ()


def test_the_reason_of_ill_health_is_shown(pool: EnginePool) -> None:
    _ready(pool, "engine-1")
    error = EngineUnreachable("connection refused")

    pool.set_health(EngineId("engine-1"), EngineHealth.UNREACHABLE, error)

    assert pool.views()[0].error is error


def test_engines_are_listed_as_people_count(pool: EnginePool) -> None:
    _ready(pool, "engine-10", "engine-2", "engine-1")
    assert [view.name for view in pool.views()] == ["engine-1", "engine-2", "engine-10"]


def test_probe_results_are_shown(pool: EnginePool) -> None:
    _ready(pool, "engine-1")
    pool.set_version(EngineId("engine-1"), "3.2.11")
    pool.set_answer(EngineId("engine-1"), 0.02, NOON)
    pool.set_answer(EngineId("engine-1"), None, NOON)

    view = pool.find(EngineId("engine-1"))

    assert view is not None
    assert (view.version, view.answer_time, view.last_check_time) == ("3.2.11", 0.02, NOON)


def test_what_is_told_of_an_engine_that_is_gone_is_ignored(pool: EnginePool) -> None:
    gone = EngineId("gone")
    pool.set_health(gone, EngineHealth.READY)
    pool.set_version(gone, "1")
    pool.set_answer(gone, 1.0, NOON)
    pool.report_attempt(gone, AttemptRecord(asked_at=1.0))
    pool.report_stall(gone, StallRecord(at=1.0, duration=1.0))
    pool.report_failover(gone, FailoverRecord(at=1.0, error_code="engine_stalled"))
    pool.forget(gone)
    assert pool.record(gone) == EngineRecord()
    assert pool.find(gone) is None
    assert pool.load(gone) == pool.scores.failed_starts(gone) == 0
    with pytest.raises(NotFound):
        pool.get(gone)
    with pytest.raises(NotFound):
        pool.intents.set(gone, EngineIntent.DRAIN)


def test_a_restarted_engine_keeps_its_place_and_gets_its_new_port(pool: EnginePool) -> None:
    lost: list[EngineLoss] = []
    pool.set_loss_listener(lost.append)
    _ready(pool, "engine-1")

    pool.add(dataclasses.replace(_spec("engine-1"), port=7000))

    assert pool.get(EngineId("engine-1")).port == 7000
    assert pool.views()[0].state is EngineState.STARTING
    assert [(loss.certain, loss.error.detail) for loss in lost] == [(True, "it was restarted")]


def test_a_start_without_media_counts_as_failed_and_media_ends_the_row(pool: EnginePool) -> None:
    _ready(pool, "engine-1")
    engine_id = EngineId("engine-1")

    pool.report_attempt(engine_id, AttemptRecord(asked_at=1.0, error_code="engine_too_slow"))
    pool.report_attempt(
        engine_id, AttemptRecord(asked_at=2.0, accepted=0.1, error_code="engine_stalled")
    )
    assert pool.scores.failed_starts(engine_id) == 2

    pool.report_attempt(engine_id, AttemptRecord(asked_at=3.0, accepted=0.1, first_byte=0.4))
    assert pool.scores.failed_starts(engine_id) == 0


def test_a_start_nobody_waited_for_and_a_file_say_nothing_about_the_engine(
    pool: EnginePool,
) -> None:
    _ready(pool, "engine-1")
    engine_id = EngineId("engine-1")
    pool.report_attempt(engine_id, AttemptRecord(asked_at=1.0, error_code="engine_too_slow"))

    pool.report_attempt(engine_id, AttemptRecord(asked_at=2.0))
    pool.report_attempt(engine_id, AttemptRecord(asked_at=3.0, error_code="not_live"))

    assert pool.scores.failed_starts(engine_id) == 1


def test_what_an_engine_did_is_kept_and_bounded(pool: EnginePool) -> None:
    _ready(pool, "engine-1")
    engine_id = EngineId("engine-1")

    for number in range(ENTRIES_KEPT + 5):
        at = float(number)
        pool.report_attempt(engine_id, AttemptRecord(asked_at=at, first_byte=0.4))
        pool.report_stall(engine_id, StallRecord(at=at, duration=2.5))
        pool.report_failover(engine_id, FailoverRecord(at=at, error_code="engine_stalled"))

    record = pool.record(engine_id)
    assert len(record.attempts) == len(record.stalls) == len(record.failovers) == ENTRIES_KEPT
    assert record.attempts[0] == AttemptRecord(asked_at=5.0, first_byte=0.4)
    assert record.stalls[-1] == StallRecord(at=ENTRIES_KEPT + 4.0, duration=2.5)
    assert record.failovers[-1].error_code == "engine_stalled"


def test_a_restart_keeps_what_the_engine_did_before(pool: EnginePool) -> None:
    _ready(pool, "engine-1")
    engine_id = EngineId("engine-1")
    pool.report_attempt(engine_id, AttemptRecord(asked_at=1.0, error_code="engine_too_slow"))

    pool.add(dataclasses.replace(_spec("engine-1"), port=7000))

    assert len(pool.record(engine_id).attempts) == 1
    assert pool.scores.failed_starts(engine_id) == 0


class _PoolMachine(RuleBasedStateMachine):
    """Any order of coming, going, reserving and releasing keeps the books right."""

    names = st.sampled_from(["engine-1", "engine-2", "engine-3"])

    def __init__(self) -> None:
        super().__init__()
        self.pool = EnginePool(lambda: Settings(max_streams_per_engine=2))
        self.held: list[Reservation] = []
        self.drained: set[str] = set()

    @rule(name=names, health=st.sampled_from(EngineHealth))
    def add(self, name: str, health: EngineHealth) -> None:
        self.pool.add(_spec(name), health=health)

    @rule(name=names, health=st.sampled_from(EngineHealth))
    def see(self, name: str, health: EngineHealth) -> None:
        self.pool.set_health(EngineId(name), health)

    @rule(name=names)
    def drain(self, name: str) -> None:
        if self.pool.find(EngineId(name)) is not None:
            self.pool.intents.set(EngineId(name), EngineIntent.DRAIN)
            self.drained.add(name)

    @rule(name=names)
    def forget(self, name: str) -> None:
        self.pool.forget(EngineId(name))
        self.drained.discard(name)
        self.held = [one for one in self.held if one.engine.name != name]

    @rule(number=st.integers(0, 4), avoid=st.sets(names))
    def reserve(self, number: int, avoid: set[str]) -> None:
        try:
            reservation = self.pool.reserve(_key(number), avoid={EngineId(name) for name in avoid})
        except Busy:
            return
        assert reservation.engine.name not in avoid
        view = self.pool.find(reservation.engine.id)
        assert view is not None
        assert view.state is EngineState.READY
        assert view.name not in self.drained
        self.held.append(reservation)

    @rule(data=st.data())
    def release(self, data: st.DataObject) -> None:
        if self.held:
            reservation = self.held.pop(data.draw(st.integers(0, len(self.held) - 1)))
            reservation.release()

    @invariant()
    def load_is_what_is_held(self) -> None:
        for view in self.pool.views():
            keys = [one.key for one in self.held if one.engine.id == view.id]
            assert view.streams == len(keys) <= 2
            assert len(set(keys)) == len(keys)


TestPoolMachine = _PoolMachine.TestCase


def _inside(*names: str, forwarded: str = "") -> VpnMembership:
    return VpnMembership(
        container="gluetun",
        engines=frozenset(map(EngineId, names)),
        forwarded=frozenset({EngineId(forwarded)} if forwarded else ()),
    )


def test_among_equals_the_engine_with_the_forwarded_port_comes_first(pool: EnginePool) -> None:
    _ready(pool, "engine-1", "engine-2")

    pool.set_vpn(_inside("engine-1", "engine-2", forwarded="engine-2"))

    assert pool.reserve(_key(1)).engine.name == "engine-2"
    assert [(one.vpn_container, one.forwarded) for one in pool.views()] == [
        ("gluetun", False),
        ("gluetun", True),
    ]


def test_an_engine_that_comes_later_or_again_is_inside_at_once(pool: EnginePool) -> None:
    pool.set_vpn(_inside("engine-1", forwarded="engine-1"))

    _ready(pool, "engine-1", "engine-2")
    pool.add(_spec("engine-1"), health=EngineHealth.STARTING)

    assert [(one.vpn_container, one.forwarded) for one in pool.views()] == [
        ("gluetun", True),
        ("", False),
    ]


def test_what_the_vpn_does_is_shown_and_no_loss_of_an_engine(pool: EnginePool) -> None:
    _ready(pool, "engine-1")
    shown: list[str] = []
    lost: list[EngineLoss] = []
    pool.changed.connect(lambda: shown.append(pool.views()[0].vpn_container))
    pool.set_loss_listener(lost.append)

    pool.set_vpn(_inside("engine-1", forwarded="engine-1"))
    pool.set_vpn(_inside("engine-1", forwarded="engine-1"))
    pool.set_vpn(VpnMembership())

    assert shown == ["gluetun", ""]
    assert not lost
    assert pool.views()[0].health is EngineHealth.READY


def test_what_others_report_counts_beyond_the_limit_until_it_is_released(pool: EnginePool) -> None:
    _ready(pool, "engine-1")
    engine_id = EngineId("engine-1")
    claims = [pool.claim(engine_id, _key(number)) for number in range(6)]

    assert pool.load(engine_id) == 6
    assert not pool.has_place(_key(7))
    for claim in claims[:3]:
        claim.release()
    assert pool.has_place(_key(7))
    assert not pool.has_place(_key(5)), "it is played there already"
