"""Is a broadcast live? Each sign alone, and what looks like one but is none."""

import dataclasses

import hypothesis
import hypothesis.strategies as st

from acedesk.model.diagnosis import BroadcastState
from acedesk.rules.diagnosis.broadcast import WRAP, Record, Sample, begin, step

NOW = 1_790_000_000.0
THRESHOLD = 3600.0


class Channel:
    """A live broadcast, one look a second."""

    def __init__(self) -> None:
        self.sample = Sample(
            now=0.0, unix_time=NOW, live=True, live_last=int(NOW) - 20, pos=int(NOW) - 30,
            clock=100.0, received=0, feed=0,
        )  # fmt: skip
        self.record = begin(self.sample)

    def play(self, seconds: int, **fixed: object) -> Record:
        """Let time pass; fields in `fixed` are set before and do not move."""
        for _ in range(seconds):
            before = self.sample
            moved: dict[str, object] = {
                "now": before.now + 1,
                "unix_time": before.unix_time + 1,
                "received": before.received + 500_000,
                "clock": None if before.clock is None else (before.clock + 1) % WRAP,
                "live_last": None if before.live_last is None else before.live_last + 1,
                "pos": None if before.pos is None else before.pos + 1,
            }
            self.sample = dataclasses.replace(before, **{**moved, **fixed})  # type: ignore[arg-type]
            self.record = step(self.record, self.sample, loop_threshold=THRESHOLD)
        return self.record

    def state(self) -> BroadcastState:
        return self.record.facts.state


def test_a_live_broadcast_is_live_across_the_wrap_of_its_clock() -> None:
    channel = Channel()
    channel.play(1, clock=WRAP - 30)

    channel.play(300)

    assert channel.state() is BroadcastState.LIVE


def test_an_old_newest_moment_is_a_loop_once_it_is_sure() -> None:
    channel = Channel()
    old = int(NOW) - 7500

    channel.play(8, live_last=old)
    assert channel.state() is BroadcastState.LIVE

    channel.play(4)
    assert channel.state() is BroadcastState.LOOPING
    assert channel.record.facts.late is not None
    assert 7500 < channel.record.facts.late < 7530


def test_the_threshold_itself_is_still_live() -> None:
    channel = Channel()

    channel.play(100, live_last=int(NOW) - 3000)

    assert channel.state() is not BroadcastState.LOOPING


def test_numbers_that_are_no_time_are_not_believed() -> None:
    for nonsense in (0, 30, 1_500_000_000, 2_600_000_000):
        channel = Channel()
        channel.play(20, live_last=nonsense)
        assert channel.state() is BroadcastState.LIVE


def test_a_clock_that_goes_back_to_the_same_place_twice_is_a_loop() -> None:
    channel = Channel()
    for _ in range(3):
        channel.play(1, clock=500.3)
        channel.play(30)

    assert channel.state() is BroadcastState.LOOPING
    assert channel.record.facts.period is not None
    assert 29 <= channel.record.facts.period <= 31


def test_one_step_back_is_no_loop() -> None:
    channel = Channel()
    channel.play(60)
    channel.play(1, clock=90.0)
    channel.play(60)

    assert channel.state() is BroadcastState.LIVE


def test_an_encoder_that_restarts_now_and_then_is_no_loop() -> None:
    channel = Channel()
    for played in (40, 75, 22, 130):
        channel.play(played)
        channel.play(1, clock=0.0)

    assert channel.state() is BroadcastState.LIVE


def test_another_engine_a_little_behind_is_no_loop() -> None:
    channel = Channel()
    for number in range(4):
        channel.play(30)
        clock = channel.sample.clock
        assert clock is not None
        channel.play(1, clock=clock - 31 if number else clock - 5, feed=number + 1)

    assert channel.state() is BroadcastState.LIVE


def test_a_loop_that_ends_is_forgotten() -> None:
    channel = Channel()
    for _ in range(3):
        channel.play(1, clock=500.0)
        channel.play(20)
    assert channel.state() is BroadcastState.LOOPING

    channel.play(60)

    assert channel.state() is BroadcastState.LIVE


def test_a_position_that_stands_while_bytes_flow_is_frozen() -> None:
    channel = Channel()
    channel.play(20)
    standing = {"pos": channel.sample.pos, "live_last": channel.sample.live_last}

    channel.play(29, **standing)
    assert channel.state() is BroadcastState.LIVE

    channel.play(3, **standing)
    assert channel.state() is BroadcastState.FROZEN
    assert channel.record.facts.late is not None
    assert channel.record.facts.late >= 30

    channel.play(2)
    assert channel.state() is BroadcastState.LIVE


def test_an_engine_that_never_moves_its_position_is_believed_longer() -> None:
    channel = Channel()
    standing = {"pos": channel.sample.pos, "live_last": channel.sample.live_last}

    channel.play(100, **standing)
    assert channel.state() is BroadcastState.LIVE

    channel.play(30, **standing)
    assert channel.state() is BroadcastState.FROZEN


def test_a_clock_that_stands_while_bytes_flow_is_frozen() -> None:
    channel = Channel()
    channel.play(5)

    channel.play(17, clock=channel.sample.clock)

    assert channel.state() is BroadcastState.FROZEN


def test_no_bytes_is_no_frozen_broadcast() -> None:
    channel = Channel()
    channel.play(5)
    last = channel.sample

    channel.play(
        200, received=last.received, clock=last.clock, pos=last.pos, live_last=last.live_last
    )

    assert channel.state() is BroadcastState.LIVE


def test_a_film_is_never_marked() -> None:
    channel = Channel()

    channel.play(200, live=False, live_last=int(NOW) - 9000, pos=5, clock=7.0)

    assert channel.state() is BroadcastState.LIVE


def test_an_engine_that_tells_nothing_leaves_it_live() -> None:
    channel = Channel()

    channel.play(200, live=None, live_last=None, pos=None, clock=None)

    assert channel.state() is BroadcastState.LIVE


@hypothesis.given(st.integers(5, 200), st.floats(0, WRAP - 1), st.floats(0, 0.99))
@hypothesis.settings(max_examples=50)
def test_any_loop_is_found_in_its_third_round(length: int, start: float, phase: float) -> None:
    channel = Channel()
    for second in range(3 * length + 2):
        channel.play(1, clock=(start + (second + phase) % length) % WRAP)

    assert channel.state() is BroadcastState.LOOPING
    assert channel.record.facts.period is not None
    assert abs(channel.record.facts.period - length) <= 2
