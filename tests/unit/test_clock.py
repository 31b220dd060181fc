"""The clock that goes on while the computer sleeps."""

from acedesk import clock


def test_the_clock_with_sleep_goes_on_like_the_other_while_nothing_sleeps() -> None:
    before = clock.with_sleep() - clock.monotonic()
    after = clock.with_sleep() - clock.monotonic()

    assert abs(after - before) < 1.0
