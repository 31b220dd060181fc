"""What a VPN went through, and what that means for an engine that uses it."""

import dataclasses
import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acedesk.model.diagnosis import VpnFacts
from acedesk.model.engine import BackendKind, EngineHealth, EngineId
from acedesk.model.snapshot import EngineView, VpnState, VpnView
from acedesk.observe.vpn_observer import VpnObserver

TIME = datetime.datetime(2026, 3, 1, 12, 0, tzinfo=datetime.UTC)
LATER = TIME + datetime.timedelta(minutes=5)
DOWN = (VpnState.CONNECTING, VpnState.UNHEALTHY, VpnState.STOPPED, VpnState.ABSENT)
UNSEEN = (VpnState.UNKNOWN, VpnState.NO_RUNTIME)


def engine(name: str = "one", **changes: object) -> EngineView:
    """Return an engine inside the VPN."""
    base = EngineView(
        id=EngineId(name),
        name=name,
        backend=BackendKind.DOCKER,
        host="127.0.0.1",
        port=6878,
        health=EngineHealth.READY,
        vpn_container="gluetun",
    )
    return dataclasses.replace(base, **changes)  # type: ignore[arg-type]


def vpn(state: VpnState = VpnState.CONNECTED, **changes: object) -> VpnView:
    """Return a VPN that forwards port 4711."""
    base = VpnView(state=state, forwarded_port=4711, started_time=TIME)
    return dataclasses.replace(base, **changes)  # type: ignore[arg-type]


class Looks:
    """A VPN that is looked at once a second."""

    def __init__(self) -> None:
        self.now = 0.0
        self.engines = [engine()]
        self.observer = VpnObserver()

    def see(self, *views: VpnView) -> None:
        """Look at each of them."""
        for view in views:
            self.observer.look(view, self.engines, self.now)
            self.now += 1.0

    def facts(self, of: EngineView | None = None) -> VpnFacts:
        """Return what it means for an engine."""
        return self.observer.facts(of or self.engines[0], self.now)


# ---------------------------------------------------------------------- up and down


@pytest.mark.parametrize("state", VpnState)
def test_each_state_is_up_or_down(state: VpnState) -> None:
    looks = Looks()

    looks.see(vpn(state))

    assert looks.facts().used
    assert looks.facts().up is (state not in DOWN)


@pytest.mark.parametrize("state", DOWN)
def test_whatever_interrupts_it_the_return_is_a_reconnection(state: VpnState) -> None:
    looks = Looks()

    looks.see(vpn(), vpn(state), vpn(state))
    before = looks.facts().reconnected_for
    looks.see(vpn(), vpn(), vpn())

    assert before is None
    assert looks.facts().reconnected_for == 3.0


@pytest.mark.parametrize("state", UNSEEN)
def test_what_could_not_be_seen_interrupts_nothing(state: VpnState) -> None:
    looks = Looks()

    looks.see(vpn(), vpn(state), vpn())

    assert looks.facts().reconnected_for is None


@pytest.mark.parametrize("state", UNSEEN)
def test_an_interruption_lasts_while_nothing_can_be_seen(state: VpnState) -> None:
    looks = Looks()

    looks.see(vpn(), vpn(VpnState.UNHEALTHY), vpn(state), vpn())

    assert looks.facts().reconnected_for == 1.0


@pytest.mark.parametrize("state", DOWN)
def test_a_first_connection_ends_no_interruption(state: VpnState) -> None:
    looks = Looks()

    looks.see(vpn(state), vpn())

    assert looks.facts().reconnected_for is None


def test_the_last_reconnection_counts() -> None:
    looks = Looks()

    looks.see(vpn(), vpn(VpnState.STOPPED), vpn(), vpn(VpnState.STOPPED), vpn())

    assert looks.facts().reconnected_for == 1.0


def test_a_restart_between_two_looks_is_seen_by_its_time() -> None:
    looks = Looks()

    looks.see(vpn(), vpn(started_time=LATER))

    assert looks.facts().reconnected_for == 1.0


def test_a_time_that_is_not_told_is_no_restart() -> None:
    looks = Looks()

    looks.see(vpn(), vpn(started_time=None), vpn())

    assert looks.facts().reconnected_for is None


def test_a_restart_is_seen_though_a_look_between_told_no_time() -> None:
    looks = Looks()

    looks.see(vpn(), vpn(started_time=None), vpn(started_time=LATER))

    assert looks.facts().reconnected_for == 1.0


def test_a_restart_seen_while_it_is_down_is_one_reconnection() -> None:
    looks = Looks()

    looks.see(vpn(), vpn(VpnState.STOPPED), vpn(VpnState.CONNECTING, started_time=LATER))
    looks.see(vpn(started_time=LATER), vpn(started_time=LATER))

    assert looks.facts().reconnected_for == 2.0


states = st.lists(st.sampled_from(VpnState), max_size=12)


@given(states)
def test_only_a_vpn_that_was_up_down_and_up_has_reconnected(seen: list[VpnState]) -> None:
    looks = Looks()
    looks.see(*map(vpn, seen))

    known = [state is VpnState.CONNECTED for state in seen if state not in UNSEEN]
    text = "".join("u" if up else "d" for up in known)
    came_back = "u" in text and "du" in text[text.index("u") :]

    assert (looks.facts().reconnected_for is not None) is came_back


# ---------------------------------------------------------------------- who uses it


def test_an_engine_outside_has_nothing_to_do_with_it() -> None:
    looks = Looks()
    looks.see(vpn(), vpn(VpnState.STOPPED))

    assert looks.facts(engine(vpn_container="")) == VpnFacts()
    assert looks.observer.facts(None, 5.0) == VpnFacts()


def test_before_the_first_look_nothing_is_known() -> None:
    assert VpnObserver().facts(engine(), 0.0) == VpnFacts(used=True)


# ---------------------------------------------------------------------- the port


def test_the_port_an_engine_began_with_is_kept() -> None:
    looks = Looks()

    looks.see(vpn(), vpn(forwarded_port=4712), vpn(forwarded_port=4713))

    assert (looks.facts().port_before, looks.facts().port) == (4711, 4713)


def test_a_port_that_is_gone_is_missed() -> None:
    looks = Looks()

    looks.see(vpn(), vpn(forwarded_port=None))

    assert (looks.facts().port_before, looks.facts().port) == (4711, None)


@pytest.mark.parametrize(
    "unreadable", [vpn(control_note="asks for a key", forwarded_port=None), vpn(VpnState.STOPPED)]
)
def test_a_port_that_cannot_be_read_is_not_missed(unreadable: VpnView) -> None:
    looks = Looks()

    looks.see(vpn(), unreadable)

    assert looks.facts().port == looks.facts().port_before == 4711


def test_a_port_read_while_it_is_down_is_no_engines_port() -> None:
    looks = Looks()

    looks.see(vpn(VpnState.UNHEALTHY))

    assert looks.facts().port_before is None


def test_an_engine_that_was_restarted_begins_with_the_port_of_now() -> None:
    looks = Looks()
    looks.engines = [engine(started_time=TIME)]
    looks.see(vpn())

    looks.engines = [engine(started_time=LATER)]
    looks.see(vpn(forwarded_port=4712))

    assert looks.facts().port_before == 4712


def test_an_engine_that_went_and_came_has_no_port_of_before() -> None:
    looks = Looks()
    one = looks.engines
    looks.see(vpn())
    looks.engines = []
    looks.see(vpn())

    looks.engines = one
    looks.see(vpn(forwarded_port=4712))

    assert looks.facts(one[0]).port_before == 4712


def test_only_the_forwarded_engine_has_a_port_to_lose() -> None:
    looks = Looks()
    owner, other = engine("owner", forwarded=True), engine("other")
    looks.engines = [owner, other]

    looks.see(vpn(), vpn(forwarded_port=None))

    assert looks.facts(owner).port_before == 4711
    assert looks.facts(other).port_before is None


def test_while_the_forwarded_one_is_not_known_each_may_be_it() -> None:
    looks = Looks()
    looks.engines = [engine("one"), engine("two")]

    looks.see(vpn())

    assert [looks.facts(one).port_before for one in looks.engines] == [4711, 4711]


@given(st.lists(st.tuples(st.sampled_from(VpnState), st.integers(0, 3)), max_size=12))
def test_the_port_of_before_is_one_that_was_seen(seen: list[tuple[VpnState, int]]) -> None:
    looks = Looks()
    looks.see(*(vpn(state, forwarded_port=port or None) for state, port in seen))

    ports = [port for state, port in seen if state is VpnState.CONNECTED and port]

    assert looks.facts().port_before == (ports[0] if ports else None)
