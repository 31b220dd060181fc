"""The VPN page: the sentence about protection for every state, and what stands behind it."""

import dataclasses
import datetime

import pytest

from acedesk.errors import RuntimeState
from acedesk.model.engine import BackendKind, EngineId, EngineState
from acedesk.model.snapshot import EngineView, RuntimeView, Snapshot, VpnState, VpnView
from acedesk.ui.vpn.protection import Mood, describe, exit_words, routes

NOON = datetime.datetime(2026, 1, 31, 12, 0, tzinfo=datetime.UTC)


def engine(name: str, backend: BackendKind = BackendKind.DOCKER) -> EngineView:
    return EngineView(
        id=EngineId(name),
        name=name,
        backend=backend,
        host="127.0.0.1",
        port=6878,
        state=EngineState.READY,
    )


def vpn(state: VpnState, *inside: str) -> VpnView:
    return VpnView(
        state=state,
        container_name="gluetun",
        public_ip="185.107.56.12",
        country="Netherlands",
        forwarded_port=51234,
        checked_time=NOON,
        engines=inside,
    )


def snapshot(view: VpnView, *engines: EngineView) -> Snapshot:
    return Snapshot(
        time=NOON, version="1", base_url="http://127.0.0.1:8080", vpn=view, engines=engines
    )


@pytest.mark.parametrize(
    ("state", "inside", "mood", "title"),
    [
        (VpnState.UNKNOWN, (), Mood.WORKING, "Looking for a VPN"),
        (VpnState.NO_RUNTIME, (), Mood.WARN, "Docker cannot be used"),
        (VpnState.ABSENT, (), Mood.IDLE, "No VPN used"),
        (VpnState.STOPPED, (), Mood.BAD, "Not protected"),
        (VpnState.STOPPED, ("engine-1",), Mood.BAD, "Blocked"),
        (VpnState.CONNECTING, ("engine-1",), Mood.WORKING, "Connecting"),
        (VpnState.UNHEALTHY, ("engine-1",), Mood.BAD, "VPN is not working"),
        (VpnState.CONNECTED, ("engine-1",), Mood.GOOD, "Protected"),
    ],
)
def test_every_state_has_a_title_and_a_sentence(
    state: VpnState, inside: tuple[str, ...], mood: Mood, title: str
) -> None:
    told = describe(snapshot(vpn(state, *inside), *map(engine, inside)))

    assert (told.mood, told.title) == (mood, title)
    assert told.text.endswith((".", "!"))


def test_protected_names_the_exit_and_the_port() -> None:
    told = describe(snapshot(vpn(VpnState.CONNECTED, "engine-1"), engine("engine-1")))

    assert told.text == ("engine-1 leaves through the Netherlands (185.107.56.12), port 51234.")


def test_an_engine_outside_the_vpn_is_never_called_protected() -> None:
    engines = (engine("engine-1"), engine("engine-2"))

    partly = describe(snapshot(vpn(VpnState.CONNECTED, "engine-1"), *engines))
    not_at_all = describe(snapshot(vpn(VpnState.CONNECTED), *engines))

    assert partly.title == "Partly protected"
    assert "engine-2 does not" in partly.text
    assert not_at_all.title == "Not protected"
    assert "engine-1 and engine-2 use this computer’s own address" in not_at_all.text


def test_engines_that_cannot_be_seen_are_said_to_be_unseen() -> None:
    found = routes(
        snapshot(
            vpn(VpnState.CONNECTED, "engine-1"),
            engine("engine-1"),
            engine("mine", BackendKind.STATIC),
            engine("demo", BackendKind.DEMO),
        )
    )

    assert [route.inside for route in found] == [True, None, None]


def test_docker_trouble_is_told_in_the_words_used_everywhere() -> None:
    picture = dataclasses.replace(
        snapshot(VpnView(state=VpnState.NO_RUNTIME)),
        runtime=RuntimeView(state=RuntimeState.NOT_RUNNING),
    )

    assert "Docker is installed but not running." in describe(picture).text


def test_unknown_exits_leave_no_gaps_in_the_sentence() -> None:
    assert exit_words(VpnView()) == "the VPN"
    assert exit_words(VpnView(country="Spain")) == "Spain"
    assert exit_words(VpnView(public_ip="185.107.56.12")) == "185.107.56.12"
