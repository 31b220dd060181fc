"""When engines are made anew after their VPN container: examples and random histories."""

import itertools

from hypothesis import given
from hypothesis import strategies as st

from acedesk.rules.engines.vpn_recovery import (
    DEBOUNCE,
    NodeRun,
    RecoveryState,
    RecoveryStep,
    note_begun,
    step_recovery,
)

FIRST, SECOND = NodeRun(container="a", started="1"), NodeRun(container="a", started="2")
NOTHING = RecoveryStep()


def _known(port: int | None = None, began_at: float | None = None) -> RecoveryState:
    return RecoveryState(run=FIRST, port=port, began_at=began_at)


def test_the_first_look_finds_engines_that_lost_their_network_before() -> None:
    state, step = step_recovery(RecoveryState(), FIRST, None, healthy=True, now=0.0)

    assert (state.run, step.network_lost) == (FIRST, True)


def test_a_new_run_waits_until_it_is_healthy() -> None:
    state, step = step_recovery(_known(), SECOND, None, healthy=False, now=1.0)
    assert (state, step) == (_known(), NOTHING)

    state, step = step_recovery(state, SECOND, None, healthy=True, now=9.0)
    assert step == RecoveryStep(network_lost=True)
    assert step_recovery(state, SECOND, None, healthy=True, now=10.0)[1] == NOTHING


def test_a_tunnel_that_comes_back_in_the_same_run_changes_nothing() -> None:
    state, _ = step_recovery(_known(), FIRST, None, healthy=False, now=1.0)

    assert step_recovery(state, FIRST, None, healthy=True, now=2.0)[1] == NOTHING


def test_a_second_restart_within_half_a_minute_waits() -> None:
    state = note_begun(_known(), 100.0)

    kept, step = step_recovery(state, SECOND, None, healthy=True, now=110.0)
    assert (kept, step) == (state, RecoveryStep(wait=20.0))

    assert step_recovery(kept, SECOND, None, healthy=True, now=130.0)[1].network_lost


def test_another_forwarded_port_is_for_the_engine_that_had_the_old_one() -> None:
    state, step = step_recovery(_known(port=5000), FIRST, 6000, healthy=True, now=1.0)

    assert (state.port, step) == (6000, RecoveryStep(port_moved=5000))


def test_a_port_that_is_not_known_for_a_while_has_not_moved() -> None:
    state, step = step_recovery(_known(port=5000), FIRST, None, healthy=True, now=1.0)
    assert (state.port, step) == (5000, NOTHING)

    assert step_recovery(state, FIRST, 5000, healthy=True, now=2.0)[1] == NOTHING


looks = st.tuples(
    st.none() | st.builds(NodeRun, container=st.sampled_from("ab"), started=st.sampled_from("12")),
    st.none() | st.sampled_from([5000, 6000]),
    st.booleans(),
    st.floats(0, 60),
)


@given(st.lists(looks, max_size=60))
def test_engines_are_made_anew_at_most_twice_a_minute_and_never_while_the_vpn_is_down(
    history: list[tuple[NodeRun | None, int | None, bool, float]],
) -> None:
    state, now, begun = RecoveryState(), 0.0, list[float]()
    for run, port, healthy, passed in history:
        now += passed
        state, step = step_recovery(state, run, port, healthy=healthy, now=now)
        if step.network_lost or step.port_moved:
            assert healthy
            assert run is not None
            begun.append(now)
            state = note_begun(state, now)
        if step.wait is not None:
            assert 0 < step.wait <= DEBOUNCE
    assert all(later - earlier >= DEBOUNCE - 1e-6 for earlier, later in itertools.pairwise(begun))


@given(st.lists(looks, max_size=30), st.sampled_from([FIRST, SECOND]))
def test_a_vpn_that_stays_healthy_is_soon_at_rest(
    history: list[tuple[NodeRun | None, int | None, bool, float]], last: NodeRun
) -> None:
    state, step, now = RecoveryState(), NOTHING, 0.0
    for run, port, healthy, passed in history:
        now += passed
        state, step = step_recovery(state, run, port, healthy=healthy, now=now)
        state = note_begun(state, now) if step.network_lost or step.port_moved else state
    for _ in range(2):
        now += DEBOUNCE
        state, step = step_recovery(state, last, 5000, healthy=True, now=now)

    assert (state.run, state.port, step.wait) == (last, 5000, None)
    assert step_recovery(state, last, 5000, healthy=True, now=now)[1] == NOTHING
