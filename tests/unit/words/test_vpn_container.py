"""What is said of a Gluetun container that lacks something, and what would be different."""

import pytest

from acedesk.model.snapshot import VpnState, VpnView
from acedesk.words.vpn_container import Lack, describe_lack

PORTS = (19000, 19001)


def _lack(
    *,
    ports: tuple[int, ...] = PORTS,
    note: str = "",
    engines: tuple[str, ...] = (),
    state: VpnState = VpnState.CONNECTED,
) -> Lack | None:
    view = VpnView(
        state=state,
        container_name="tunnel",
        engine_ports=ports,
        control_note=note,
        engines=engines,
    )
    return describe_lack(view, control_port=8000, engines=20)


def test_a_container_with_everything_lacks_nothing() -> None:
    assert _lack() is None


@pytest.mark.parametrize(
    "state", [VpnState.ABSENT, VpnState.STOPPED, VpnState.UNKNOWN, VpnState.NO_RUNTIME]
)
def test_of_a_container_that_does_not_run_nothing_is_known(state: VpnState) -> None:
    assert _lack(ports=(), state=state) is None


def test_without_ports_the_lines_for_all_engines_are_shown() -> None:
    lack = _lack(ports=())

    assert lack is not None
    assert lack.blocks
    assert lack.text.startswith("tunnel publishes no port that an engine inside could have")
    assert lack.change.splitlines() == [
        "  services:",
        "    tunnel:",
        "      ports:",
        "+       - 127.0.0.1:19000-19019:19000-19019",
    ]
    assert lack.compose.splitlines() == [
        "services:",
        "  tunnel:",
        "    ports:",
        "      - 127.0.0.1:19000-19019:19000-19019",
    ]


def test_a_control_server_that_is_not_published_is_named_with_its_port() -> None:
    lack = _lack(note="cannot be reached: port 8000 is not published")

    assert lack is not None
    assert not lack.blocks
    assert "port 8000 is not published" in lack.text
    assert "+       - 127.0.0.1:8000:8000" in lack.change


def test_a_key_is_a_variable() -> None:
    lack = _lack(note="asks for a key to tell everything")

    assert lack is not None
    assert "asks for a key" in lack.text
    assert "HTTP_CONTROL_SERVER_AUTH_DEFAULT_ROLE" in lack.change
    assert "ports" not in lack.change


def test_both_are_one_change() -> None:
    lack = _lack(ports=(), note="cannot be reached: port 8000 is not published")

    assert lack is not None
    assert lack.change.count("+") == 2
    assert lack.change.count("ports:") == 1


def test_what_it_costs_is_said_before() -> None:
    lack = _lack(ports=(), engines=("engine-1", "engine-2"))

    assert lack is not None
    assert "AceDesk does not touch it: 2 engines inside would lose the network" in lack.text
