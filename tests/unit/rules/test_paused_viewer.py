"""What a viewer that takes nothing is."""

import pytest

from acedesk.rules.paused_viewer import PAUSED_AFTER, Standing, judge


def standing(still: float, unanswered: float = 0.0) -> Standing:
    """Judge with the usual limits."""
    return judge(still_for=still, unanswered_for=unanswered, answer_limit=30.0, pause_limit=600.0)


@pytest.mark.parametrize(
    ("still", "expected"),
    [
        (0.0, Standing.READS),
        (PAUSED_AFTER - 0.1, Standing.READS),
        (PAUSED_AFTER, Standing.PAUSED),
        (600.0, Standing.PAUSED),
        (600.1, Standing.OVERDUE),
    ],
)
def test_a_player_that_takes_nothing_is_paused_and_then_overdue(
    still: float, expected: Standing
) -> None:
    assert standing(still) is expected


@pytest.mark.parametrize("still", [0.0, 12.0, 700.0])
def test_a_device_that_does_not_answer_is_unreachable_whatever_the_player_does(
    still: float,
) -> None:
    assert standing(still, 30.1) is Standing.UNREACHABLE


def test_a_device_may_be_silent_for_a_while() -> None:
    assert standing(29.0, 29.0) is Standing.PAUSED
