"""A stream without an engine waits as long as one is being started, and no longer."""

import pytest

from acedesk.errors import Busy, BusyReason
from acedesk.rules.supply.plan import LOOK_WAIT
from acedesk.rules.supply.state import AskEngine
from tests.unit.rules.supply.test_machine import Script, playing
from tests.unit.rules.supply.test_state import LIMITS


def test_a_stream_waits_for_an_engine_that_is_being_started_again() -> None:
    script = playing("one")
    script.coming = True
    script.free.clear()
    script.fail("one")

    script.wait(4 * LIMITS.switch)
    assert script.given_up() is None

    script.free.append("one")
    script.coming = False
    script.wait(1.0)
    script.lead("one")

    assert script.engines == ["one"]
    assert script.given_up() is None


def test_when_no_engine_is_coming_any_more_the_usual_time_is_left() -> None:
    script = playing("one")
    script.coming = True
    script.free.clear()
    script.fail("one")
    script.wait(2 * LIMITS.switch)

    script.coming = False
    script.wait(LIMITS.switch - 1.0)
    assert script.given_up() is None
    script.wait(2.0)

    assert script.given_up() is not None


def test_a_start_whose_engine_died_waits_for_it_as_long_as_a_start_may_take() -> None:
    script = Script("one")
    script.coming = True
    script.free.clear()
    script.fail("one")

    script.wait(LIMITS.start - 1.0)
    assert script.given_up() is None
    script.wait(2.0)

    assert script.given_up() is not None


def test_a_start_that_finds_no_place_waits_for_an_engine_that_is_being_started() -> None:
    script = Script(coming=True)

    script.wait(LIMITS.start - 1.0)
    assert script.given_up() is None
    script.free.append("new")
    script.coming = False
    script.wait(1.0)

    assert script.engines == ["new"]


def test_it_has_all_the_time_of_a_start_then() -> None:
    script = Script(coming=True)
    script.wait(LIMITS.start - 1.0)
    script.free.append("new")
    script.wait(1.0)

    asked = script.done[-1]
    assert isinstance(asked, AskEngine)
    assert asked.media_at == pytest.approx(script.now + LIMITS.start, abs=1.5)


def test_an_engine_that_never_comes_is_waited_for_as_long_as_a_start_may_take() -> None:
    script = Script(coming=True)

    script.wait(LIMITS.start - 1.0)
    assert script.given_up() is None
    script.wait(1.5)

    given_up = script.given_up()
    assert given_up is not None
    assert isinstance(given_up.error, Busy)


def test_when_none_is_coming_any_more_a_start_ends_a_moment_later() -> None:
    script = Script(coming=True)
    script.wait(5.0)

    script.coming = False
    script.wait(LOOK_WAIT - 0.5)
    assert script.given_up() is None
    script.wait(1.0)

    assert script.given_up() is not None


@pytest.mark.parametrize("due", [True, False])
def test_between_two_engines_a_start_goes_on_waiting(due: bool) -> None:
    """Another stream took the one that came, and the next one is not begun yet."""
    script = Script(coming=True)

    for _ in range(4):
        script.wait(5.0)
        script.coming, script.due = False, due
        script.wait(0.6)
        script.coming, script.due = True, False
    script.free.append("the fifth")
    script.wait(1.0)

    assert script.engines == ["the fifth"]


def test_one_that_was_asked_for_elsewhere_is_waited_for() -> None:
    script = Script(refusal=BusyReason.STARTING)

    script.wait(1.0)
    assert script.given_up() is None
    script.free.append("theirs")
    script.wait(1.0)

    assert script.engines == ["theirs"]


def test_a_start_waits_for_the_look_at_whether_one_more_is_needed() -> None:
    script = Script(due=True)

    assert script.given_up() is None
    script.coming, script.due = True, False
    script.wait(5.0)
    script.free.append("new")
    script.wait(1.0)

    assert script.engines == ["new"]


def test_a_look_that_is_due_all_the_time_is_waited_for_a_moment_only() -> None:
    script = Script(due=True)

    script.wait(LOOK_WAIT + 0.5)

    assert script.given_up() is not None


def test_a_look_that_is_due_all_the_time_keeps_no_stream_without_an_engine() -> None:
    script = playing("one")
    script.due = True
    script.free.clear()
    script.fail("one")

    script.wait(LIMITS.switch + 1.0)

    assert script.given_up() is not None


def test_an_engine_does_not_help_where_the_vpn_is_down() -> None:
    script = Script(coming=True, refusal=BusyReason.VPN_DISCONNECTED)

    assert script.given_up() is not None


def test_a_start_with_no_engine_at_all_does_not_wait() -> None:
    script = Script()

    assert script.given_up() is not None
