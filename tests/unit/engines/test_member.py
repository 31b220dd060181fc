"""What the pool keeps of one engine, and what of it the choice and the windows see."""

import datetime

import hypothesis
import hypothesis.strategies as st
import pytest

from acedesk.engines.member import Member
from acedesk.engines.reservation import Reservation
from acedesk.errors import EngineRefused, EngineTooSlow, NotLive
from acedesk.model.content import KeyKind, StreamKey
from acedesk.model.engine import (
    BackendId,
    BackendKind,
    EngineHealth,
    EngineId,
    EngineIntent,
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

NOON = datetime.datetime(2026, 1, 1, 12, tzinfo=datetime.UTC)
SPEC = EngineSpec(
    id=EngineId("c" * 64),
    name="engine-1",
    backend=BackendKind.DOCKER,
    backend_id=BackendId("docker:local"),
    host="127.0.0.1",
    port=40_001,
    container_id="c" * 64,
    image="engine:1",
    started_time=NOON,
)
OUTSIDE = VpnMembership()
PLAYED = AttemptRecord(asked_at=1.0, accepted=0.5, first_byte=1.0)
FAILED = AttemptRecord(asked_at=1.0, error_code=EngineTooSlow.code)


def _key(number: int) -> StreamKey:
    return StreamKey(KeyKind.CONTENT_ID, f"{number:040x}")


def _hold(member: Member, key: StreamKey) -> None:
    member.reservations.append(Reservation(SPEC, key, lambda _: None, lambda _, __: None))


@pytest.fixture
def member() -> Member:
    return Member(spec=SPEC, health=EngineHealth.READY)


# Starts that fail


def test_failed_starts_in_a_row_are_counted_until_one_plays(member: Member) -> None:
    for _ in range(3):
        member.note_attempt(FAILED)
    assert member.failed_starts == 3

    member.note_attempt(PLAYED)
    assert member.failed_starts == 0


@pytest.mark.parametrize("code", ["", NotLive.code])
def test_a_file_and_a_start_nobody_wanted_any_more_say_nothing(member: Member, code: str) -> None:
    member.note_attempt(FAILED)

    member.note_attempt(AttemptRecord(asked_at=2.0, error_code=code))

    assert member.failed_starts == 1
    assert len(member.attempts) == 2


def test_what_failed_after_its_first_byte_is_no_failed_start(member: Member) -> None:
    member.note_attempt(AttemptRecord(asked_at=1.0, first_byte=0.2, error_code=EngineRefused.code))

    assert member.failed_starts == 0


@hypothesis.given(
    plays=st.lists(st.sampled_from(["plays", "fails", "file", "nobody"]), max_size=200)
)
def test_the_count_is_the_failures_since_the_last_that_played(plays: list[str]) -> None:
    member = Member(spec=SPEC, health=EngineHealth.READY)
    records = {
        "plays": PLAYED,
        "fails": FAILED,
        "file": AttemptRecord(asked_at=1.0, error_code=NotLive.code),
        "nobody": AttemptRecord(asked_at=1.0),
    }

    for one in plays:
        member.note_attempt(records[one])

    since = plays[len(plays) - plays[::-1].index("plays") :] if "plays" in plays else plays
    assert member.failed_starts == since.count("fails")
    assert list(member.attempts) == [records[one] for one in plays][-ENTRIES_KEPT:]


# What it did


def test_an_engine_that_did_nothing_has_an_empty_record(member: Member) -> None:
    assert member.record() == EngineRecord()


def test_the_record_holds_the_newest_of_everything_in_their_order(member: Member) -> None:
    for number in range(ENTRIES_KEPT + 5):
        member.note_attempt(AttemptRecord(asked_at=float(number)))
        member.stalls.append(StallRecord(at=float(number), duration=1.0))
        member.failovers.append(FailoverRecord(at=float(number), error_code="engine_stalled"))

    record = member.record()

    newest = [float(number) for number in range(5, ENTRIES_KEPT + 5)]
    assert [one.asked_at for one in record.attempts] == newest
    assert [one.at for one in record.stalls] == newest
    assert [one.at for one in record.failovers] == newest


def test_a_record_does_not_change_when_the_engine_goes_on(member: Member) -> None:
    member.note_attempt(PLAYED)
    before = member.record()

    member.note_attempt(FAILED)

    assert before.attempts == (PLAYED,)


def test_two_engines_share_no_record() -> None:
    one, other = (Member(spec=SPEC, health=EngineHealth.READY) for _ in range(2))

    one.note_attempt(FAILED)
    _hold(one, _key(1))

    assert other.record() == EngineRecord()
    assert other.reservations == []


# What is seen of it


def test_the_choice_sees_load_and_who_plays_what(member: Member) -> None:
    _hold(member, _key(1))
    _hold(member, _key(2))

    same = member.candidate(_key(1), limit=4, avoided=False, vpn=OUTSIDE)
    other = member.candidate(_key(3), limit=4, avoided=True, vpn=OUTSIDE)

    assert (same.id, same.name, same.streams, same.max_streams) == (SPEC.id, "engine-1", 2, 4)
    assert (same.plays_key, same.avoided) == (True, False)
    assert (other.plays_key, other.avoided) == (False, True)


def test_another_file_of_the_same_content_is_another_stream(member: Member) -> None:
    _hold(member, StreamKey(KeyKind.INFOHASH, "a" * 40, 1))

    second = StreamKey(KeyKind.INFOHASH, "a" * 40, 2)

    assert not member.candidate(second, limit=None, avoided=False, vpn=OUTSIDE).plays_key


@pytest.mark.parametrize("health", EngineHealth)
@pytest.mark.parametrize("intent", EngineIntent)
def test_it_comes_while_it_starts_and_is_to_serve(
    member: Member, health: EngineHealth, intent: EngineIntent
) -> None:
    member.health, member.intent = health, intent

    starts, serves = health is EngineHealth.STARTING, intent is EngineIntent.SERVE
    assert member.is_coming == (starts and serves)


def test_one_that_may_share_plays_nothing_the_choice_has_to_keep_apart(member: Member) -> None:
    _hold(member, _key(1))

    seen = member.candidate(
        _key(1), limit=None, avoided=False, vpn=OUTSIDE, failures=2, may_share=True
    )

    assert (seen.plays_key, seen.failures) == (False, 2)


def test_the_choice_sees_health_intent_and_the_last_use(member: Member) -> None:
    member.health, member.intent, member.last_used_at = EngineHealth.SLOW, EngineIntent.DRAIN, 17.0

    seen = member.candidate(_key(1), limit=None, avoided=False, vpn=OUTSIDE)

    assert (seen.health, seen.intent, seen.last_used_at, seen.max_streams) == (
        EngineHealth.SLOW,
        EngineIntent.DRAIN,
        17.0,
        None,
    )


@pytest.mark.parametrize(
    ("engines", "forwarded", "container", "is_forwarded"),
    [
        ({SPEC.id}, {SPEC.id}, "gluetun", True),
        ({SPEC.id}, set(), "gluetun", False),
        (set(), set(), "", False),
        ({EngineId("another")}, {EngineId("another")}, "", False),
    ],
)
def test_the_vpn_is_that_of_this_engine(
    member: Member,
    engines: set[EngineId],
    forwarded: set[EngineId],
    container: str,
    is_forwarded: bool,
) -> None:
    vpn = VpnMembership(
        container="gluetun", engines=frozenset(engines), forwarded=frozenset(forwarded)
    )

    view = member.view(limit=None, vpn=vpn)

    assert (view.vpn_container, view.forwarded) == (container, is_forwarded)
    seen = member.candidate(_key(1), limit=None, avoided=False, vpn=vpn)
    assert seen.forwarded is is_forwarded


def test_the_view_tells_all_that_is_known(member: Member) -> None:
    member.health, member.error = EngineHealth.HUNG, EngineTooSlow("it did not answer")
    member.version, member.answer_time = "3.2.11", 0.25
    member.last_check_time = member.last_stream_time = NOON
    _hold(member, _key(1))

    view = member.view(limit=4, vpn=OUTSIDE)

    assert (view.id, view.name, view.host, view.port) == (SPEC.id, "engine-1", "127.0.0.1", 40_001)
    assert (view.backend, view.backend_id) == (BackendKind.DOCKER, "docker:local")
    assert (view.container_id, view.image, view.started_time) == ("c" * 64, "engine:1", NOON)
    assert (view.health, view.intent) == (EngineHealth.HUNG, EngineIntent.SERVE)
    assert view.state is EngineState.UNHEALTHY
    assert view.error is member.error
    assert (view.version, view.answer_time) == ("3.2.11", 0.25)
    assert (view.last_check_time, view.last_stream_time) == (NOON, NOON)
    assert (view.streams, view.max_streams) == (1, 4)


def test_a_view_stays_as_it_was(member: Member) -> None:
    before = member.view(limit=None, vpn=OUTSIDE)

    _hold(member, _key(1))
    member.health = EngineHealth.STOPPED

    assert (before.streams, before.health) == (0, EngineHealth.READY)
