"""Which cause wins when several links are ill, and how the verdict is steadied."""

import dataclasses

import pytest

from acedesk.model.diagnosis import (
    Action,
    BroadcastFacts,
    BroadcastState,
    Cause,
    ClientFacts,
    EngineFacts,
    MachineFacts,
    Phase,
    ReconnectFacts,
    Severity,
    StreamFacts,
    SwarmFacts,
    VpnFacts,
)
from acedesk.rules.diagnosis.verdict import Verdict, diagnose, step
from acedesk.words.diagnosis import describe

WELL = StreamFacts(
    rate_2=5.4e6, rate_10=5.4e6, needed=5.4e6, pace=1.0, margin=4.0, clients=2,
    engine=EngineFacts(id="engine-1", name="engine-1", answer_time=0.01, others=1),
    swarm=SwarmFacts(peers=23, speed_down=6.1e6),
    machine=MachineFacts(cpu=20, memory_free=50, disk_free=10**11),
)  # fmt: skip
SHORT = dataclasses.replace(WELL, pace=0.57, margin=0.0, rate_10=3.1e6)
SLOW = ClientFacts(id="c1", name="VLC on 192.168.1.31", rate=2e6, falling=6.0, blocked=1.0)
PAUSED = ClientFacts(id="c2", name="Kodi on 192.168.1.32", blocked=1.0, stuck_for=12.0)
AWAY = dataclasses.replace(PAUSED, unanswered_for=11.0)

# From the first to the last link; each replaces what the next one would have said.
ILL_LINKS = (
    (Cause.HOST_DISK, {"machine": MachineFacts(disk_free=10**6)}),
    (Cause.VPN_DOWN, {"vpn": VpnFacts(used=True, up=False)}),
    (Cause.ENGINE_SILENT, {"engine": EngineFacts(id="engine-1", silent_for=9.0)}),
    (
        Cause.VPN_RECONNECTED,
        {"vpn": VpnFacts(used=True, reconnected_for=20.0, port_before=1, port=2)},
    ),
    (Cause.LINE_TOO_SLOW, {"others": 2, "others_short": 2}),
    (Cause.SOURCE_LOOPING, {"broadcast": BroadcastFacts(state=BroadcastState.LOOPING, late=9e3)}),
    (Cause.NO_PEERS, {"swarm": SwarmFacts(peers=0, no_peers_for=20.0)}),
    (Cause.PORT_CLOSED, {"vpn": VpnFacts(used=True, port_before=1, port=2)}),
)


def with_(facts: StreamFacts, **changes: object) -> StreamFacts:
    return dataclasses.replace(facts, **changes)  # type: ignore[arg-type]


def after(*looks: StreamFacts, begin: Verdict | None = None) -> Verdict:
    verdict = begin
    for number, facts in enumerate(looks):
        verdict = step(verdict, facts, float(number))
    assert verdict is not None
    return verdict


def test_what_keeps_up_is_not_said_to_bring_too_little() -> None:
    """The engine's own rate swings; what comes of it is what counts as long as it is enough."""
    facts = with_(WELL, swarm=SwarmFacts(peers=14, speed_down=0.8 * (WELL.needed or 0.0)))

    found = diagnose(facts)

    assert found.cause is Cause.FINE
    assert found.delivered is not None
    assert found.needed is not None
    assert found.delivered >= 0.97 * found.needed


def test_a_missing_picture_is_not_blamed_on_what_carries_it() -> None:
    frozen = BroadcastFacts(state=BroadcastState.FROZEN, late=20.0)
    facts = with_(SHORT, no_picture_for=9.0, picture_came=True, broadcast=frozen)

    assert diagnose(facts).cause is Cause.NO_PICTURE


def test_a_stream_that_plays_is_fine_with_its_numbers() -> None:
    found = diagnose(WELL)

    assert found.cause is Cause.FINE
    assert (found.delivered, found.needed, found.peers) == (5.4e6, 5.4e6, 23)


def test_when_all_else_is_well_the_peers_are_too_slow() -> None:
    found = diagnose(with_(SHORT, swarm=SwarmFacts(peers=4, speed_down=3.1e6)))

    assert found.cause is Cause.SWARM_TOO_SLOW
    assert found.delivered == pytest.approx(5.4e6 * 0.57)
    assert found.needed == 5.4e6
    assert found.action is Action.SWITCH_ENGINE


@pytest.mark.parametrize("number", range(len(ILL_LINKS)), ids=lambda n: ILL_LINKS[n][0].value)
def test_the_first_ill_link_of_the_chain_is_named(number: int) -> None:
    facts = SHORT
    for _, changes in reversed(ILL_LINKS[number:]):
        facts = with_(facts, **changes)

    assert diagnose(facts).cause is ILL_LINKS[number][0]


@pytest.mark.parametrize(
    "facts",
    [
        with_(WELL, machine=MachineFacts(cpu=100, memory_free=1)),
        with_(WELL, engine=EngineFacts(id="engine-1", answer_time=3.0)),
        with_(WELL, vpn=VpnFacts(used=True, reconnected_for=10.0)),
        with_(WELL, swarm=SwarmFacts(peers=0, no_peers_for=30.0)),
    ],
)
def test_what_does_no_harm_is_no_cause(facts: StreamFacts) -> None:
    assert diagnose(facts).cause is Cause.FINE


@pytest.mark.parametrize(
    ("changes", "cause"),
    [
        ({"machine": MachineFacts(disk_free=10**6)}, Cause.HOST_DISK),
        ({"vpn": VpnFacts(used=True, port_before=1)}, Cause.PORT_CLOSED),
        ({"swarm": SwarmFacts(peers=2, speed_down=2e6)}, Cause.SWARM_TOO_SLOW),
        ({"switches": 3}, Cause.ENGINE_FAILING),
    ],
)
def test_what_will_do_harm_is_a_notice(changes: dict[str, object], cause: Cause) -> None:
    found = diagnose(with_(WELL, **changes))

    assert (found.cause, found.severity) == (cause, Severity.NOTICE)


def test_an_engine_elsewhere_does_not_write_to_our_disk() -> None:
    far = EngineFacts(id="engine-1", local=False)

    assert diagnose(with_(SHORT, machine=MachineFacts(disk_free=0), engine=far)).cause is (
        Cause.SWARM_TOO_SLOW
    )


def test_a_vpn_the_engine_does_not_use_is_never_blamed() -> None:
    vpn = VpnFacts(used=False, up=False, reconnected_for=1.0, port_before=1)

    assert diagnose(with_(SHORT, vpn=vpn)).cause is Cause.SWARM_TOO_SLOW


def test_the_slowest_viewer_is_named_with_its_rate() -> None:
    faster = dataclasses.replace(SLOW, id="c9", rate=3e6)

    found = diagnose(with_(WELL, slow_clients=(faster, PAUSED, SLOW)))

    assert found.cause is Cause.VIEWER_LINK_SLOW
    assert (found.who, found.target, found.delivered, found.count) == (SLOW.name, "c1", 2e6, 2)


def test_a_busy_processor_explains_a_slow_viewer() -> None:
    facts = with_(WELL, slow_clients=(SLOW,), machine=MachineFacts(cpu=99))

    assert diagnose(facts).cause is Cause.HOST_CPU


def test_viewers_are_not_asked_while_too_little_comes_in() -> None:
    assert diagnose(with_(SHORT, slow_clients=(SLOW,))).cause is Cause.SWARM_TOO_SLOW


def test_a_paused_player_is_no_fault() -> None:
    assert diagnose(with_(WELL, slow_clients=(PAUSED,))).cause is Cause.FINE


def test_a_device_that_does_not_answer_can_be_disconnected() -> None:
    found = diagnose(with_(WELL, slow_clients=(PAUSED, AWAY)))

    assert (found.cause, found.action, found.target) == (
        Cause.VIEWER_STUCK, Action.CLOSE_VIEWER, "c2",
    )  # fmt: skip


def test_a_player_that_went_away_for_good_is_no_reconnect() -> None:
    gone = ReconnectFacts(name="VLC", count=5, period=4.0, last_for=60.0)

    assert diagnose(with_(WELL, reconnects=(gone,))).cause is Cause.FINE


@pytest.mark.parametrize("phase", [Phase.RESERVING, Phase.OPENING, Phase.BUFFERING])
def test_a_start_is_a_start_until_something_explains_it(phase: Phase) -> None:
    facts = with_(WELL, phase=phase, waited=5.0, pace=None, machine=MachineFacts(cpu=99))

    assert diagnose(facts).cause is Cause.STARTING
    assert diagnose(with_(facts, waited=15.0)).cause is Cause.HOST_CPU


@pytest.mark.parametrize("waited", [5.0, 15.0, 50.0])
def test_a_busy_processor_keeps_no_peers_away(waited: float) -> None:
    facts = with_(
        WELL,
        phase=Phase.BUFFERING,
        waited=waited,
        pace=None,
        machine=MachineFacts(cpu=99, memory_free=50),
        swarm=SwarmFacts(peers=0, no_peers_for=9.0),
    )

    assert diagnose(facts).cause is Cause.NO_PEERS
    assert diagnose(with_(facts, vpn=VpnFacts(used=True, up=False))).cause is Cause.VPN_DOWN
    # What an engine that is silent said before is no longer known.
    silent = EngineFacts(id="engine-1", silent_for=9.0)
    assert diagnose(with_(facts, engine=silent)).cause is not Cause.NO_PEERS


def test_without_another_engine_the_only_one_is_restarted_or_looked_at() -> None:
    lonely = EngineFacts(id="engine-1", silent_for=9.0)

    def action(engine: EngineFacts) -> Action:
        return diagnose(with_(SHORT, engine=engine)).action

    assert action(lonely) is Action.CHECK_ENGINE
    assert action(dataclasses.replace(lonely, restartable=True)) is Action.RESTART_ENGINE
    assert action(dataclasses.replace(lonely, others=1)) is Action.SWITCH_ENGINE


def test_one_bad_look_changes_nothing() -> None:
    assert after(WELL, WELL, SHORT, WELL, WELL).diagnosis.cause is Cause.FINE


def test_three_bad_looks_of_five_change_the_verdict() -> None:
    slow = with_(WELL, slow_clients=(SLOW,))

    verdict = after(WELL, WELL, slow, WELL, slow, slow)

    assert verdict.diagnosis.cause is Cause.VIEWER_LINK_SLOW
    assert verdict.since_at == 5.0


def test_fine_again_takes_four_looks() -> None:
    slow = with_(WELL, slow_clients=(SLOW,))
    begin = after(slow, slow, slow)

    assert after(WELL, WELL, WELL, begin=begin).diagnosis.cause is Cause.VIEWER_LINK_SLOW
    assert after(WELL, WELL, WELL, WELL, begin=begin).diagnosis.cause is Cause.FINE


def test_switching_is_told_at_once_and_so_is_its_end() -> None:
    switching = with_(WELL, phase=Phase.SWITCHING)

    assert after(WELL, WELL, switching).diagnosis.cause is Cause.SWITCHING
    assert after(WELL, switching, WELL).diagnosis.cause is Cause.FINE


def test_the_numbers_of_an_unchanged_cause_stay_fresh() -> None:
    later = with_(SHORT, pace=0.5)

    verdict = after(SHORT, later)

    assert verdict.since_at == 0.0
    assert verdict.diagnosis.delivered == pytest.approx(2.7e6)


LOST = StreamFacts(phase=Phase.SWITCHING, asking=False, engine=EngineFacts(id="e", name="engine-1"))


@pytest.mark.parametrize(
    ("changes", "cause", "sentence"),
    [
        ({"others": 1}, Cause.SWITCHING, "another one takes over"),
        ({"starting": True}, Cause.ENGINE_RESTARTING, "engine-1 stopped; it is being started"),
        ({}, Cause.NO_OTHER_ENGINE, "engine-1 failed and no other engine is free"),
        ({"removed": True}, Cause.ENGINE_REMOVED, "engine-1 was removed and no other engine"),
        ({"stopped": True}, Cause.ENGINE_STOPPED, "engine-1 was stopped and no other engine"),
        ({"removed": True, "others": 1}, Cause.SWITCHING, "another one takes over"),
    ],
)
def test_who_goes_on_with_a_stream_is_told_as_it_is(
    changes: dict[str, object], cause: Cause, sentence: str
) -> None:
    engine = dataclasses.replace(LOST.engine, **changes)  # type: ignore[arg-type]

    found = diagnose(with_(LOST, engine=engine))

    assert found.cause is cause
    assert sentence in describe(found).sentence


@pytest.mark.parametrize(
    ("changes", "action"),
    [
        ({"id": "", "removed": True}, Action.ADD_ENGINE),
        ({"id": "", "removed": True, "coming": True}, Action.WAIT),
        ({"stopped": True, "restartable": True}, Action.START_ENGINE),
        ({"stopped": True}, Action.WAIT),
    ],
)
def test_nobody_is_sent_to_the_log_of_an_engine_that_is_gone(
    changes: dict[str, object], action: Action
) -> None:
    engine = dataclasses.replace(LOST.engine, **changes)  # type: ignore[arg-type]

    assert diagnose(with_(LOST, engine=engine)).action is action
