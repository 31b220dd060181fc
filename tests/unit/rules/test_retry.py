"""Delays grow and stay under their caps."""

from hypothesis import given
from hypothesis import strategies as st

from acedesk.rules.retry import WARM_UP_LONGEST, backoff, warm_up_delay


@given(st.integers(0, 10_000))
def test_delays_never_shrink_and_never_pass_their_cap(tries: int) -> None:
    assert warm_up_delay(tries) <= warm_up_delay(tries + 1) <= WARM_UP_LONGEST


def test_a_wait_doubles_up_to_the_longest() -> None:
    waits = [backoff(tries, 1.0, first=0.5, longest=3.0) for tries in (1, 2, 3, 4, 5)]

    assert waits == [0.5, 1.0, 2.0, 3.0, 3.0]


@given(st.integers(0, 10**9), st.floats(0, 1))
def test_a_random_part_of_the_wait_is_left_out_but_never_more_than_half(
    tries: int, draw: float
) -> None:
    whole = backoff(tries, 1.0, first=0.25, longest=30.0)

    assert whole / 2 <= backoff(tries, draw, first=0.25, longest=30.0) <= whole <= 30.0
