"""What is used and made while engines are to be inside the VPN."""

import dataclasses
import itertools

import pytest

from acedesk.errors import AceDeskError, BadRequest, Busy, BusyReason
from acedesk.model.engine import BackendKind, EngineId, EngineSpec, VpnMembership
from acedesk.model.snapshot import VpnState
from acedesk.rules.engines.vpn_use import (
    check_making,
    describe_trouble,
    explain_no_engine,
    may_play,
    must_leave,
    wants_vpn,
)
from acedesk.settings import Settings

INSIDE, OUTSIDE = EngineId("inside"), EngineId("outside")
UP = VpnMembership(container="gluetun", engines=frozenset({INSIDE}), trouble="")
DOWN = VpnMembership(container="gluetun", engines=frozenset({INSIDE}), trouble="It is down.")


def _spec(engine: EngineId, kind: BackendKind, *, network_of: str = "") -> EngineSpec:
    return EngineSpec(
        id=engine, name=engine, backend=kind, host="127.0.0.1", port=1, network_of=network_of
    )


@pytest.mark.parametrize("state", VpnState)
def test_only_a_connected_vpn_has_no_trouble_and_every_other_says_which(state: VpnState) -> None:
    words = describe_trouble(state, "gluetun")

    assert (words == "") is (state is VpnState.CONNECTED)
    assert not words or words.endswith(".")


def test_nobody_knows_the_vpn_at_first() -> None:
    assert VpnMembership().trouble == describe_trouble(VpnState.UNKNOWN, "")


def test_either_setting_makes_engines_inside() -> None:
    assert not wants_vpn(Settings())
    assert wants_vpn(Settings(engines_in_vpn=True))
    assert wants_vpn(Settings(require_vpn=True))


@pytest.mark.parametrize("kind", [one for one in BackendKind if one is not BackendKind.DEMO])
def test_where_the_vpn_is_required_only_engines_inside_a_connected_one_play(
    kind: BackendKind,
) -> None:
    assert may_play(_spec(INSIDE, kind), UP, required=True)
    assert not may_play(_spec(OUTSIDE, kind), UP, required=True)
    assert not may_play(_spec(INSIDE, kind), DOWN, required=True)
    assert not may_play(_spec(INSIDE, kind), VpnMembership(), required=True)


@pytest.mark.parametrize(
    ("kind", "engine", "vpn"), [*itertools.product(BackendKind, (INSIDE, OUTSIDE), (UP, DOWN))]
)
def test_where_it_is_not_required_all_play(
    kind: BackendKind, engine: EngineId, vpn: VpnMembership
) -> None:
    assert may_play(_spec(engine, kind), vpn, required=False)


@pytest.mark.parametrize("vpn", [UP, DOWN])
def test_streams_leave_what_is_outside_and_stay_inside_while_the_vpn_is_down(
    vpn: VpnMembership,
) -> None:
    outside = _spec(OUTSIDE, BackendKind.DOCKER)

    assert must_leave(outside, vpn, required=True)
    assert not must_leave(outside, vpn, required=False)
    assert not must_leave(_spec(OUTSIDE, BackendKind.DEMO), vpn, required=True)
    assert not must_leave(_spec(INSIDE, BackendKind.STATIC), vpn, required=True)
    in_its_network = _spec(OUTSIDE, BackendKind.DOCKER, network_of="gluetun")
    assert not must_leave(in_its_network, VpnMembership(), required=True)


def test_a_simulated_engine_always_plays() -> None:
    assert may_play(_spec(OUTSIDE, BackendKind.DEMO), DOWN, required=True)


def test_the_refusal_says_what_is_true() -> None:
    assert explain_no_engine(DOWN).detail == "It is down."
    assert explain_no_engine(UP).detail == "No engine is inside the VPN yet."
    assert explain_no_engine(UP).reason is BusyReason.VPN_DISCONNECTED


@pytest.mark.parametrize(
    ("kind", "beside", "vpn", "settings", "error"),
    [
        (BackendKind.DOCKER, True, UP, Settings(require_vpn=True), None),
        (BackendKind.DOCKER, True, DOWN, Settings(require_vpn=True), Busy),
        (BackendKind.DOCKER, True, DOWN, Settings(engines_in_vpn=True), Busy),
        (BackendKind.DOCKER, True, DOWN, Settings(), None),
        (BackendKind.DOCKER, False, UP, Settings(require_vpn=True), BadRequest),
        (BackendKind.DOCKER, False, UP, Settings(engines_in_vpn=True), None),
        (BackendKind.NATIVE, False, UP, Settings(require_vpn=True), BadRequest),
        (BackendKind.NATIVE, False, UP, Settings(engines_in_vpn=True), None),
        (BackendKind.NATIVE, False, DOWN, Settings(engines_in_vpn=True), Busy),
        (BackendKind.SWARM, False, UP, Settings(require_vpn=True), BadRequest),
        (BackendKind.STATIC, False, UP, Settings(require_vpn=True), BadRequest),
        (BackendKind.DEMO, False, DOWN, Settings(require_vpn=True), None),
    ],
)
def test_an_engine_is_made_inside_a_connected_vpn_or_not_at_all(
    kind: BackendKind,
    beside: bool,
    vpn: VpnMembership,
    settings: Settings,
    error: type[AceDeskError] | None,
) -> None:
    if error is None:
        check_making(kind, vpn, settings, beside_vpn=beside)
        return
    with pytest.raises(error):
        check_making(kind, vpn, settings, beside_vpn=beside)


def test_an_engine_made_inside_plays_before_anybody_has_looked() -> None:
    seen = dataclasses.replace(UP, container_id="abc")
    made = _spec(OUTSIDE, BackendKind.DOCKER, network_of="abc")

    assert may_play(made, seen, required=True)
    assert not may_play(made, dataclasses.replace(seen, container_id="def"), required=True)
    assert not may_play(made, dataclasses.replace(seen, trouble="It is down."), required=True)
    assert not may_play(
        _spec(OUTSIDE, BackendKind.DOCKER), VpnMembership(trouble=""), required=True
    )
