"""A stream without an engine waits as long as one is being started, and no longer."""

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


def test_a_start_with_no_engine_at_all_does_not_wait() -> None:
    script = Script()

    assert script.given_up() is not None
