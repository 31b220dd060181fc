"""What the VPN went through, and how the engines are."""

import dataclasses
import datetime

from acedesk.model.diagnosis import VpnFacts
from acedesk.model.engine import BackendKind, EngineHealth, EngineId
from acedesk.model.snapshot import EngineView, VpnState, VpnView
from acedesk.observe.engine_observer import EngineObserver
from acedesk.observe.vpn_observer import VpnObserver

TIME = datetime.datetime(2026, 3, 1, 12, 0, tzinfo=datetime.UTC)


def engine(name: str = "engine-1", **changes: object) -> EngineView:
    base = EngineView(
        id=EngineId(name), name=name, backend=BackendKind.DOCKER, host="127.0.0.1", port=6878,
        health=EngineHealth.READY, vpn_container="gluetun",
    )  # fmt: skip
    return dataclasses.replace(base, **changes)  # type: ignore[arg-type]


def vpn(state: VpnState = VpnState.CONNECTED, **changes: object) -> VpnView:
    return dataclasses.replace(
        VpnView(state=state, forwarded_port=4711, started_time=TIME),
        **changes,  # type: ignore[arg-type]
    )


def facts(*views: VpnView, of: EngineView | None = None) -> VpnFacts:
    """Return what is known after one look at each view, a second apart."""
    watch, who = VpnObserver(), of or engine()
    for now, view in enumerate(views):
        watch.look(view, [who], float(now))
    return watch.facts(who, float(len(views)))


def test_the_first_connection_is_no_reconnection() -> None:
    found = facts(VpnView(), vpn(VpnState.CONNECTING), vpn())

    assert found.used
    assert found.up
    assert found.reconnected_for is None


def test_back_after_an_interruption_is_a_reconnection() -> None:
    found = facts(vpn(), vpn(VpnState.UNHEALTHY), vpn(VpnState.CONNECTING), vpn(), vpn())

    assert found.reconnected_for == 2.0


def test_a_restart_between_two_looks_is_a_reconnection() -> None:
    later = TIME + datetime.timedelta(seconds=30)

    assert facts(vpn(), vpn(started_time=later)).reconnected_for == 1.0


def test_a_vpn_that_cannot_be_seen_is_not_called_down() -> None:
    for state in (VpnState.UNKNOWN, VpnState.NO_RUNTIME):
        assert facts(vpn(), vpn(state)).up
        assert facts(vpn(), vpn(state), vpn()).reconnected_for is None


def test_a_container_that_is_gone_is_down() -> None:
    assert not facts(vpn(), VpnView(state=VpnState.ABSENT)).up


def test_an_engine_beside_the_vpn_has_nothing_to_do_with_it() -> None:
    outside = engine(vpn_container="")

    assert facts(vpn(VpnState.STOPPED), of=outside) == VpnFacts()


def test_an_engine_that_only_has_the_name_of_one_inside_does_not_use_the_vpn() -> None:
    outside = engine(vpn_container="")

    assert not facts(vpn(engines=("engine-1",)), of=outside).used


def test_the_port_the_engine_began_with_is_remembered() -> None:
    found = facts(vpn(forwarded_port=None), vpn(), vpn(forwarded_port=4712))

    assert (found.port_before, found.port) == (4711, 4712)


def test_a_port_of_zero_is_none() -> None:
    assert facts(vpn(), vpn(forwarded_port=0)).port is None


def test_an_engine_that_restarted_has_the_new_port() -> None:
    watch = VpnObserver()
    watch.look(vpn(), [engine(started_time=TIME)], 0.0)
    restarted = engine(started_time=TIME + datetime.timedelta(minutes=1))

    watch.look(vpn(forwarded_port=4712), [restarted], 1.0)

    assert watch.facts(restarted, 2.0).port_before == 4712


def test_a_port_that_another_engine_had_is_not_missed() -> None:
    watch, other, owner = VpnObserver(), engine("engine-2"), engine()

    watch.look(vpn(), [other], 0.0)
    watch.look(vpn(), [other, dataclasses.replace(owner, forwarded=True)], 1.0)
    watch.look(vpn(forwarded_port=None), [other, owner], 2.0)

    assert watch.facts(other, 2.0).port_before is None
    assert watch.facts(owner, 2.0).port_before == 4711


def test_what_is_not_told_is_not_lost() -> None:
    found = facts(vpn(), vpn(forwarded_port=None, control_note="asks for a key"))

    assert found.port == found.port_before == 4711


def test_engines_that_could_take_over_are_counted() -> None:
    watch = EngineObserver()
    watch.look(
        [
            engine(),
            engine("engine-2"),
            engine("engine-3", streams=4, max_streams=4),
            engine("engine-4", health=EngineHealth.UNREACHABLE),
        ]
    )

    assert watch.facts(EngineId("engine-1")).others == 1
    assert watch.facts(EngineId("engine-3")).others == 2
    assert not watch.facts(EngineId("engine-4")).healthy


def test_an_engine_on_another_computer_is_not_local() -> None:
    watch = EngineObserver()
    watch.look([engine(backend=BackendKind.STATIC, host="192.168.1.5"), engine("engine-2")])

    far, near = watch.facts(EngineId("engine-1")), watch.facts(EngineId("engine-2"))
    assert (far.local, far.restartable) == (False, False)
    assert (near.local, near.restartable) == (True, True)


def test_no_engine_is_no_facts() -> None:
    watch = EngineObserver()

    assert watch.facts(None).id == ""
    assert watch.facts(EngineId("gone")).id == ""
    assert VpnObserver().facts(None, 0.0) == VpnFacts()


def test_an_engine_that_is_gone_keeps_its_name_and_others_count() -> None:
    watch = EngineObserver()
    starting = engine("engine-3", health=EngineHealth.STARTING)
    watch.look([engine("engine-2"), starting])

    gone = watch.facts(EngineId("engine-1"), "engine-1")

    assert (gone.id, gone.name, gone.removed) == ("", "engine-1", True)
    assert (gone.others, gone.coming) == (1, True)
    assert not watch.facts(None).removed, "none was reserved yet"
    assert not watch.facts(starting.id).coming, "it is not another one"


def test_an_engine_that_ended_and_stays_so_is_stopped() -> None:
    watch = EngineObserver()
    watch.look([engine(health=EngineHealth.STOPPED)])

    assert watch.facts(EngineId("engine-1")).stopped
