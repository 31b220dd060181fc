"""The clocks: one goes on while the computer sleeps, one only while this thread works."""

import sys
import threading

import pytest

from acedesk import clock


def test_the_clock_with_sleep_goes_on_like_the_other_while_nothing_sleeps() -> None:
    before = clock.with_sleep() - clock.monotonic()
    after = clock.with_sleep() - clock.monotonic()

    assert abs(after - before) < 1.0


@pytest.mark.skipif(sys.platform == "win32", reason="it is told in steps of 16 ms there")
def test_the_time_of_the_processor_stands_still_while_others_have_it() -> None:
    before, began_at = clock.processor_time(), clock.monotonic()
    threading.Event().wait(0.1)
    waited = clock.processor_time() - before
    sum(range(1_000_000))
    worked = clock.processor_time() - before - waited

    assert waited < (clock.monotonic() - began_at) / 2
    assert worked > 0.001
