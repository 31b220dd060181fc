"""Each link of the chain is well up to its limit, and not beyond."""

import dataclasses

import pytest

from acedesk.model.diagnosis import (
    Action,
    ClientFacts,
    EngineFacts,
    MachineFacts,
    Severity,
    StreamFacts,
    SwarmFacts,
    VpnFacts,
)
from acedesk.rules.diagnosis import causes
from acedesk.words.diagnosis import describe


def test_unknown_readings_blame_nothing() -> None:
    facts = StreamFacts()

    assert causes.find_machine_load(facts) is None
    assert causes.find_engine_silent(facts) is None
    assert causes.find_engine_slow(facts) is None
    assert causes.find_no_peers(facts) is None
    assert causes.find_thin_swarm(facts) is None
    assert causes.find_slow_client(facts) is None


@pytest.mark.parametrize(
    ("well", "ill"),
    [
        (MachineFacts(cpu=94.9), MachineFacts(cpu=95.0)),
        (MachineFacts(memory_free=4.0), MachineFacts(memory_free=3.9)),
        (MachineFacts(disk_free=200 * 1024 * 1024), MachineFacts(disk_free=200 * 1024 * 1024 - 1)),
    ],
)
def test_the_computer_is_well_up_to_its_limits(well: MachineFacts, ill: MachineFacts) -> None:
    assert causes.find_machine_load(StreamFacts(machine=well)) is None
    assert causes.find_machine_load(StreamFacts(machine=ill)) is not None


def test_an_engine_the_health_checks_gave_up_is_silent() -> None:
    facts = StreamFacts(engine=EngineFacts(id="e", healthy=False))

    found = causes.find_engine_silent(facts)

    assert found is not None
    assert found.seconds is None


def test_a_port_that_nobody_had_cannot_be_lost() -> None:
    assert causes.find_port_closed(StreamFacts(vpn=VpnFacts(used=True, port=4711))) is None


def test_peers_that_came_back_are_peers() -> None:
    swarm = SwarmFacts(peers=0, no_peers_for=7.9)

    assert causes.find_no_peers(StreamFacts(swarm=swarm)) is None


def test_a_player_that_reads_in_gulps_is_not_slow() -> None:
    gulper = ClientFacts(id="c", name="mpv", rate=5.3e6, falling=1.5, blocked=1.0)
    skipped = ClientFacts(id="c", name="mpv", rate=5.3e6, blocked=1.0, skips=1)

    for viewer in (gulper, skipped):
        facts = StreamFacts(needed=5.4e6, slow_clients=(viewer,))
        assert causes.find_slow_client(facts) is None


def test_a_quiet_scene_is_measured_by_its_media_not_its_bytes() -> None:
    facts = StreamFacts(needed=5.4e6, rate_10=2.0e6, pace=1.0)

    assert causes.measure_delivered(facts) == 5.4e6


def test_silence_is_told_as_what_really_came() -> None:
    facts = StreamFacts(needed=5.4e6, rate_2=0.0, rate_10=4e6, pace=0.8, silent_for=4.0)

    assert causes.measure_delivered(facts) == 0.0


def test_without_a_clock_the_bytes_have_to_do() -> None:
    assert causes.measure_delivered(StreamFacts(rate_2=1e6)) == 1e6
    assert causes.measure_delivered(StreamFacts(rate_2=1e6, rate_10=3e6)) == 3e6


def test_a_picture_that_stopped_is_a_fault_and_one_that_never_came_a_note() -> None:
    stopped = causes.find_no_picture(StreamFacts(no_picture_for=8.0, picture_came=True))
    never = causes.find_no_picture(StreamFacts(no_picture_for=8.0))

    assert causes.find_no_picture(StreamFacts(picture_came=True)) is None
    assert stopped is not None
    assert never is not None
    assert (stopped.severity, stopped.action) == (Severity.BAD, Action.CHOOSE_ANOTHER)
    assert (never.severity, never.action) == (Severity.NOTICE, Action.NONE)


def test_a_missing_picture_is_looked_for_on_another_engine() -> None:
    facts = StreamFacts(no_picture_for=8.0, engine=EngineFacts(id="e", others=1))

    found = causes.find_no_picture(facts)

    assert found is not None
    assert found.action is Action.SWITCH_ENGINE


STUCK = StreamFacts(
    silent_for=4.0,
    others=5,
    others_short=5,
    engine=EngineFacts(id="e", name="engine-1", others=1),
    engine_streams=6,
    engine_silent_streams=6,
    short_engines=1,
)


def test_an_engine_whose_streams_all_stand_still_is_blamed_and_not_the_line() -> None:
    found = causes.find_engine_stuck(STUCK)

    assert causes.find_line_slow(STUCK) is None
    assert found is not None
    assert (found.action, found.count) == (Action.SWITCH_ENGINE, 6)
    assert describe(found).sentence == (
        "engine-1 has sent nothing to any of its 6 streams for 4 s."
    )


@pytest.mark.parametrize(
    "changes",
    [
        {"short_engines": 2},
        {"engine_silent_streams": 5},
        {"engine_streams": 1, "engine_silent_streams": 1},
        {"silent_for": 1.0},
    ],
)
def test_an_engine_is_not_stuck(changes: dict[str, float]) -> None:
    facts = dataclasses.replace(STUCK, **changes)  # type: ignore[arg-type]

    assert causes.find_engine_stuck(facts) is None


def test_the_line_is_blamed_when_several_engines_get_too_little() -> None:
    facts = dataclasses.replace(STUCK, short_engines=2)

    assert causes.find_line_slow(facts) is not None


def test_the_line_is_blamed_when_the_only_engine_gets_too_little() -> None:
    facts = dataclasses.replace(STUCK, engine=EngineFacts(id="e"), silent_for=0.0)

    assert causes.find_line_slow(facts) is not None
