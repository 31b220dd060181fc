"""Streams that began together do not ask their engines together."""

import itertools

from acedesk.rules.stat_schedule import INTERVAL, StatSchedule


def asked(number: int, seconds: int) -> list[float]:
    """Return when a stream that is looked at once a second asks."""
    asking = StatSchedule(number)
    times = []
    for second in range(seconds):
        delay = asking.look(100.0 + second)
        if delay is not None:
            assert 0.0 <= delay < 1.0
            times.append(second + delay)
    return times


def test_the_first_question_goes_out_at_once() -> None:
    assert all(asked(number, 1) == [0.0] for number in range(10))


def test_each_goes_on_every_four_seconds() -> None:
    for number in range(100):
        times = asked(number, 41)[1:]
        assert 9 <= len(times) <= 11
        assert all(
            abs(later - earlier - INTERVAL) < 1e-6 for earlier, later in itertools.pairwise(times)
        )


def test_a_hundred_that_began_together_ask_one_after_the_other() -> None:
    times = sorted(
        time % INTERVAL for number in range(100) for time in asked(number, 40) if time > 10
    )
    crowded = max(sum(start <= time < start + 0.1 for time in times) for start in times)

    assert crowded <= 4 * 8  # of those that ask in a tenth of a second, in eight rounds


def test_a_look_that_comes_late_asks_at_once_and_then_at_its_own_moment() -> None:
    asking = StatSchedule(3)
    asking.look(0.0)

    assert asking.look(60.0) == 0.0
    assert sum(asking.look(60.0 + second) is not None for second in range(1, 8)) == 2
