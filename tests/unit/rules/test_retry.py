"""Delays grow and stay under their caps."""

from hypothesis import given
from hypothesis import strategies as st

from acedesk.rules.retry import WARM_UP_LONGEST, warm_up_delay


@given(st.integers(0, 10_000))
def test_delays_never_shrink_and_never_pass_their_cap(tries: int) -> None:
    assert warm_up_delay(tries) <= warm_up_delay(tries + 1) <= WARM_UP_LONGEST
