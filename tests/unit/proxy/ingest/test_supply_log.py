"""What the pool and the people are told of a stream's engines."""

import logging

import pytest

from acedesk import clock
from acedesk.engines.pool import EnginePool
from acedesk.errors import (
    EngineEnded,
    EngineError,
    EngineRefused,
    EngineRemoved,
    EngineStalled,
    EngineStopped,
    EngineUnreachable,
)
from acedesk.model.content import KeyKind, StreamKey
from acedesk.model.engine import EngineHealth, EngineId
from acedesk.model.engine_record import AttemptRecord, EngineRecord, FailoverRecord
from acedesk.model.failover import SpliceMethod
from acedesk.proxy.counters.totals import TotalCounters
from acedesk.proxy.ingest.attempt import Attempt
from acedesk.proxy.ingest.engine_body import EngineBody
from acedesk.proxy.ingest.feed import Feed
from acedesk.proxy.ingest.supply_log import FAILOVERS_KEPT, SupplyLog, lost_with
from acedesk.rules.supply.state import Outage
from acedesk.settings import Settings
from tests.fakes.engine_session import make_session
from tests.fakes.engine_side import bare_attempt, spec_of

KEY = StreamKey(KeyKind.CONTENT_ID, "a" * 40)
ONE, TWO = spec_of("one", 1), spec_of("two", 2)
GONE = EngineUnreachable("the connection broke")
EXACT = SpliceMethod.BYTE_EXACT, 0
SESSION = make_session()


@pytest.fixture
def pool() -> EnginePool:
    """Return two engines."""
    made = EnginePool(Settings)
    for spec in (ONE, TWO):
        made.add(spec, health=EngineHealth.READY)
    return made


def attempt(*, asked_at: float = 0.0, feed: Feed | None = None) -> Attempt:
    """Return the first engine's attempt."""
    made = bare_attempt(1, feed, ONE)
    made.asked_at = asked_at
    return made


def fed(last_at: float) -> Feed:
    """Return a feed whose last packet came then."""
    return Feed(EngineBody.__new__(EngineBody), now=last_at)


def outage(error: EngineError = GONE, **values: float) -> Outage:
    """Return an outage of the first engine, two seconds ago."""
    since = clock.monotonic() - 2.0
    times = {"since": since, "silent_since": since - 1.0, "bridged": 0.0, **values}
    return Outage(error=error, engine=ONE.id, **times)


# ---------------------------------------------------------------------- attempts


def test_the_first_byte_is_told_with_what_it_took(pool: EnginePool) -> None:
    tried = attempt(asked_at=10.0)
    tried.accepted_at = 12.0

    SupplyLog(KEY, pool, TotalCounters()).delivered(tried, 15.0)

    record = AttemptRecord(asked_at=10.0, accepted=2.0, first_byte=5.0, content=KEY)
    assert pool.record(ONE.id) == EngineRecord(attempts=(record,))
    assert pool.record(TWO.id) == EngineRecord()


def test_a_start_that_failed_is_told_with_its_reason(pool: EnginePool) -> None:
    SupplyLog(KEY, pool, TotalCounters()).failed(attempt(asked_at=10.0), EngineRefused("no"))

    (record,) = pool.record(ONE.id).attempts
    assert (record.accepted, record.first_byte) == (None, None)
    assert (record.error_code, record.content) == ("engine_refused", KEY)
    assert pool.scores.failed_starts(ONE.id) == 0, "the content may be to blame"


def test_one_that_accepted_and_then_failed_is_told_so(pool: EnginePool) -> None:
    tried = attempt(asked_at=10.0)
    tried.accepted_at = 11.0

    SupplyLog(KEY, pool, TotalCounters()).failed(tried, GONE)

    (record,) = pool.record(ONE.id).attempts
    assert (record.accepted, record.first_byte, record.error_code) == (
        1.0,
        None,
        "engine_unreachable",
    )


def test_a_stall_is_told_with_its_length(pool: EnginePool) -> None:
    last_at = clock.monotonic() - 6.0

    SupplyLog(KEY, pool, TotalCounters()).failed(
        attempt(feed=fed(last_at)), EngineStalled("no bytes for 6 s")
    )

    (stall,) = pool.record(ONE.id).stalls
    assert stall.at == last_at
    assert stall.duration == pytest.approx(6.0, abs=1.0)
    assert pool.record(ONE.id).attempts == ()


def test_a_stall_never_has_a_negative_length(pool: EnginePool) -> None:
    later = clock.monotonic() + 100.0

    SupplyLog(KEY, pool, TotalCounters()).failed(attempt(feed=fed(later)), EngineStalled())

    assert pool.record(ONE.id).stalls[0].duration == 0.0


def test_an_engine_that_broke_off_has_not_stalled(pool: EnginePool) -> None:
    SupplyLog(KEY, pool, TotalCounters()).failed(attempt(feed=fed(0.0)), GONE)

    assert pool.record(ONE.id) == EngineRecord()


def test_an_engine_that_is_gone_is_told_nothing(pool: EnginePool) -> None:
    log = SupplyLog(KEY, pool, TotalCounters())
    pool.forget(ONE.id)

    log.delivered(attempt(), 1.0)
    log.failed(attempt(), GONE)

    assert pool.record(ONE.id) == EngineRecord()


# ---------------------------------------------------------------------- changes of engine


def test_a_change_of_engine_is_kept(pool: EnginePool) -> None:
    log, lost = SupplyLog(KEY, pool, TotalCounters()), outage()

    log.lost(ONE)
    log.failed_over(lost, TWO, EXACT)

    assert log.switches == 1
    (failover,) = log.failovers
    assert (failover.from_engine, failover.to_engine) == ("one", "two")
    assert (failover.cause, failover.detail) == ("engine_unreachable", "the connection broke")
    assert (failover.method, failover.lost_packets) == EXACT
    assert failover.duration == pytest.approx(3.0, abs=0.5)
    assert (clock.utc_now() - failover.time).total_seconds() == pytest.approx(2.0, abs=0.5)
    assert pool.record(ONE.id).failovers == (
        FailoverRecord(at=lost.since, error_code="engine_unreachable"),
    )


def test_the_silence_another_engine_bridged_is_the_length_of_it(pool: EnginePool) -> None:
    log, now = SupplyLog(KEY, pool, TotalCounters()), clock.monotonic()
    log.lost(ONE)

    log.failed_over(outage(since=now, silent_since=now, bridged=4.5), TWO, EXACT)

    assert log.failovers[0].duration == 4.5


def test_an_engine_nobody_knows_is_named_with_nothing(pool: EnginePool) -> None:
    log = SupplyLog(KEY, pool, TotalCounters())

    log.lost(None)
    log.failed_over(outage(), TWO, (SpliceMethod.KEYFRAME, None))

    assert log.failovers[0].from_engine == ""
    assert log.failovers[0].lost_packets is None


def test_an_outage_counts_though_nobody_goes_on(pool: EnginePool) -> None:
    log = SupplyLog(KEY, pool, TotalCounters())

    log.lost(ONE)
    log.lost(TWO)

    assert (log.switches, len(log.failovers)) == (2, 0)


def test_the_last_changes_are_kept_and_all_are_counted(pool: EnginePool) -> None:
    log = SupplyLog(KEY, pool, TotalCounters())
    for number in range(FAILOVERS_KEPT + 5):
        log.lost(ONE if number % 2 else TWO)
        log.failed_over(outage(), TWO if number % 2 else ONE, EXACT)

    assert log.switches == FAILOVERS_KEPT + 5
    assert len(log.failovers) == FAILOVERS_KEPT
    assert log.failovers[-1].from_engine == ("one" if FAILOVERS_KEPT % 2 else "two")


# ---------------------------------------------------------------------- the totals


def test_a_start_that_got_a_session_and_no_byte_is_a_failed_start(pool: EnginePool) -> None:
    totals, tried = TotalCounters(), attempt()
    tried.session = SESSION

    SupplyLog(KEY, pool, totals).failed(tried, GONE)

    assert totals.failed_starts == 1


def test_a_start_without_a_session_was_counted_where_it_was_opened(pool: EnginePool) -> None:
    totals = TotalCounters()

    SupplyLog(KEY, pool, totals).failed(attempt(), GONE)

    assert totals.failed_starts == 0


def test_a_start_that_brought_media_is_counted(pool: EnginePool) -> None:
    totals = TotalCounters()

    SupplyLog(KEY, pool, totals).delivered(attempt(), 1.0)

    assert (totals.played_starts, totals.failed_starts) == (1, 0)


def test_a_failover_counts_when_it_came_to_one(pool: EnginePool) -> None:
    totals = TotalCounters()
    log = SupplyLog(KEY, pool, totals)

    log.lost(ONE)
    before = totals.failovers
    log.failed_over(outage(), TWO, EXACT)

    assert (before, totals.failovers) == (0, 1)


def test_an_engine_that_is_doubted_is_looked_at(pool: EnginePool) -> None:
    failed: list[EngineId] = []
    pool.failed.connect(failed.append)

    SupplyLog(KEY, pool, TotalCounters()).doubted(ONE, "silent")

    assert failed == [ONE.id]


# ---------------------------------------------------------------------- the log


def test_the_log_says_what_happens_and_names_no_whole_content(
    pool: EnginePool, caplog: pytest.LogCaptureFixture
) -> None:
    log = SupplyLog(KEY, pool, TotalCounters())
    with caplog.at_level(logging.INFO, "acedesk"):
        log.played(1.234)
        log.doubted(ONE, "silent")
        log.failed(attempt(), GONE)
        log.lost(ONE)
        log.failed_over(outage(), TWO, (SpliceMethod.KEYFRAME, 12))
        log.failed_over(outage(), ONE, (SpliceMethod.KEYFRAME, None))

    text = caplog.text
    for part in ("plays after 1.23 s", "one is silent", "one failed: the connection broke"):
        assert part in text
    assert "goes on with two instead of one" in text
    assert "12 packets lost" in text
    assert "loss unknown" in text
    assert KEY.value not in text


def test_the_log_names_no_engine_that_is_the_same_or_not_known(
    pool: EnginePool, caplog: pytest.LogCaptureFixture
) -> None:
    log = SupplyLog(KEY, pool, TotalCounters())
    with caplog.at_level(logging.INFO, "acedesk"):
        log.lost(ONE)
        log.failed_over(outage(), ONE, EXACT)
        log.lost(None)
        log.failed_over(outage(), TWO, EXACT)

    assert "goes on with one again after" in caplog.text
    assert "goes on with two after" in caplog.text
    assert "instead of" not in caplog.text


# ---------------------------------------------------------------------- why it was lost


def test_a_connection_that_broke_is_explained_by_what_became_of_the_engine(
    pool: EnginePool,
) -> None:
    assert lost_with(GONE, pool.find(ONE.id)) is GONE
    assert isinstance(lost_with(GONE, pool.find(EngineId("nobody"))), EngineRemoved)

    pool.set_health(ONE.id, EngineHealth.CRASHED, EngineUnreachable("out of memory"))
    pool.set_health(TWO.id, EngineHealth.STOPPED)

    crashed = lost_with(GONE, pool.find(ONE.id))
    stopped = lost_with(GONE, pool.find(TWO.id))
    assert (type(crashed), crashed.detail) == (EngineStopped, "out of memory")
    assert (type(stopped), stopped.detail) == (EngineStopped, "it was stopped")


@pytest.mark.parametrize("health", [EngineHealth.HUNG, EngineHealth.UNREACHABLE, EngineHealth.SLOW])
def test_an_engine_that_only_answers_badly_was_not_stopped(
    pool: EnginePool, health: EngineHealth
) -> None:
    pool.set_health(ONE.id, health)

    assert lost_with(GONE, pool.find(ONE.id)) is GONE


@pytest.mark.parametrize("error", [EngineStalled("no bytes"), EngineRemoved("gone")])
def test_what_is_known_better_already_is_not_explained_anew(
    pool: EnginePool, error: EngineError
) -> None:
    pool.forget(ONE.id)

    assert lost_with(error, pool.find(ONE.id)) is error


def test_the_reason_found_later_is_the_one_that_is_kept(pool: EnginePool) -> None:
    log = SupplyLog(KEY, pool, TotalCounters())
    log.lost(ONE)
    pool.set_health(ONE.id, EngineHealth.STOPPED)

    log.failed_over(outage(), TWO, EXACT)

    assert log.failovers[0].cause == "engine_stopped"
    assert pool.record(ONE.id).failovers[0].error_code == "engine_stopped"


@pytest.mark.parametrize("error", [GONE, EngineEnded("it ended the stream")])
def test_a_stream_that_ends_with_its_engine_says_what_became_of_it(
    pool: EnginePool, error: EngineError
) -> None:
    log = SupplyLog(KEY, pool, TotalCounters())
    final = type(error)(f"{error.detail}; no engine went on with it within 10 s")
    assert log.explain_end(final, outage(error)) is final, "it is there"
    assert log.explain_end(final, None) is final

    pool.forget(ONE.id, "you removed it")

    ended = log.explain_end(final, outage(error))
    assert isinstance(ended, EngineRemoved)
    assert ended.detail == "you removed it; no engine went on with it within 10 s"


def test_an_engine_that_ended_the_stream_and_lives_is_not_said_to_be_lost(
    pool: EnginePool,
) -> None:
    log = SupplyLog(KEY, pool, TotalCounters())
    log.lost(ONE)

    log.failed_over(outage(EngineEnded("it ended the stream")), ONE, EXACT)

    assert log.failovers[0].cause == "engine_ended"
