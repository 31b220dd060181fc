"""When an engine is held back, and that this is remembered."""

import pytest

from acedesk.proxy.ingest.engine_body import BLOCK
from acedesk.proxy.ingest.read_throttle import HELD_LAG_BYTES, HELD_RATE, ReadThrottle, hold_time


async def test_a_hold_is_remembered_so_that_it_is_no_silence() -> None:
    pace = ReadThrottle(lambda: HELD_LAG_BYTES + 1, lambda: None)
    assert not pace.is_held(10.0)
    assert pace.held_at == 0.0

    for second in range(100):
        pace.note(100 * BLOCK, 10.0 + second / 100)

    assert pace.is_held(11.0)
    assert pace.held_at == 11.0


async def test_an_engine_no_viewer_lags_behind_is_not_held() -> None:
    pace = ReadThrottle(lambda: 0, lambda: None)
    for second in range(100):
        pace.note(100 * BLOCK, 10.0 + second / 100)

    assert not pace.is_held(11.0)
    assert pace.held_at == 0.0


@pytest.mark.parametrize("elapsed", [0.0, 0.5, 1.0])
def test_an_engine_is_never_read_slower_than_any_broadcast(elapsed: float) -> None:
    read = int(HELD_RATE)

    assert elapsed + hold_time(read, elapsed) <= 1.0 + 1e-9
