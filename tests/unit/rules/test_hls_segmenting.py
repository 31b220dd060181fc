import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acedesk.rules import hls_segmenting

gaps = st.floats(0.2, 10.0)
targets = st.floats(1.0, 10.0)
durations = st.lists(st.floats(0.1, 5.4), max_size=20)


def cut(keyframes: list[float], target: float, gap: float, allowed: float) -> list[float]:
    """Return the lengths of the segments for keyframes at these times."""
    lengths, begin = [], 0.0
    for at in keyframes:
        elapsed = at - begin
        if hls_segmenting.ends_here(elapsed, wished=target, gap=gap, allowed=allowed):
            lengths.append(elapsed)
            begin = at
    return lengths


@given(gaps, targets)
def test_regular_keyframes_give_segments_within_the_promise(gap: float, target: float) -> None:
    promise = hls_segmenting.choose_target_duration(target, gap=gap, longest=0.0)
    keyframes = [gap * number for number in range(1, 60)]

    lengths = cut(keyframes, target, gap, hls_segmenting.longest_allowed(promise))

    assert lengths
    assert all(int(length + 0.5) <= promise for length in lengths)


@given(targets, st.lists(st.floats(0.3, 4.0), min_size=8, max_size=40))
def test_irregular_keyframes_never_need_a_cut_between_them(
    target: float, distances: list[float]
) -> None:
    gap = max(distances)
    allowed = hls_segmenting.longest_allowed(
        hls_segmenting.choose_target_duration(target, gap=gap, longest=0.0)
    )

    lengths = cut(list(itertools.accumulate(distances)), target, gap, allowed)

    assert all(length <= allowed for length in lengths)


@given(targets, gaps, st.floats(0.0, 12.0))
def test_the_promise_covers_what_is_there_and_stays_bounded(
    target: float, gap: float, longest: float
) -> None:
    promise = hls_segmenting.choose_target_duration(target, gap=gap, longest=longest)

    assert longest <= promise <= 12


@pytest.mark.parametrize(
    ("gap", "promise"), [(0.0, 3), (0.5, 2), (1.92, 2), (2.0, 2), (2.4, 3), (5.0, 6), (10.0, 12)]
)
def test_the_promise_is_short_where_keyframes_allow_it(gap: float, promise: int) -> None:
    assert hls_segmenting.choose_target_duration(2.0, gap=gap, longest=0.0) == promise


@pytest.mark.parametrize(
    ("elapsed", "ends"), [(1.92, False), (3.59, False), (3.6, True), (3.84, True), (5.0, True)]
)
def test_a_segment_ends_at_the_keyframe_next_to_its_wished_length(
    elapsed: float, ends: bool
) -> None:
    assert hls_segmenting.ends_here(elapsed, wished=4.0, gap=0.5, allowed=5.49) is ends


def test_a_segment_ends_early_when_the_next_keyframe_would_be_too_late() -> None:
    assert hls_segmenting.ends_here(3.0, wished=4.0, gap=3.0, allowed=5.49)


def test_the_first_segments_are_short() -> None:
    wished = [hls_segmenting.wished_length(before, 4.0) for before in (0.0, 1.92, 3.5, 3.84, 9.0)]

    assert wished == [2, 2, 2, 4, 4]


def test_a_first_keyframe_that_came_late_makes_the_first_segment_shorter() -> None:
    wished = [hls_segmenting.wished_length(0.0, 2.0, waited=late) for late in (0.0, 0.2, 0.5, 2.0)]

    assert wished == [1.0, 0.8, 0.5, 0.5]
    assert hls_segmenting.wished_length(2.0, 2.0, waited=9.0) == 2.0


def test_the_first_segments_end_at_any_keyframe_that_is_not_at_once() -> None:
    assert hls_segmenting.ends_here(0.7, wished=1.0, gap=0.0, allowed=3.49, short=True)
    assert not hls_segmenting.ends_here(0.7, wished=1.0, gap=0.0, allowed=3.49)
    assert not hls_segmenting.ends_here(0.3, wished=1.0, gap=0.0, allowed=3.49, short=True)


def test_only_the_first_segments_end_by_time_before_they_are_too_long() -> None:
    assert hls_segmenting.time_limit(wished=1.0, allowed=3.49, short=True) == 1.0
    assert hls_segmenting.time_limit(wished=2.0, allowed=3.49, short=False) == pytest.approx(2.99)
    assert hls_segmenting.time_limit(wished=3.4, allowed=3.49, short=False) == 3.4


@given(durations, st.integers(1, 12), st.floats(0, 200))
def test_as_much_is_listed_as_three_target_durations(
    lengths: list[float], promise: int, kept: float
) -> None:
    count = hls_segmenting.listed(lengths, promise, kept=kept)

    assert 0 <= count <= len(lengths)
    whole = sum(lengths[len(lengths) - count :])
    missing = len(lengths) - count
    assert missing == 0 or whole >= 3 * promise - 1e-9
    if whole >= 3 * promise + 5.4:
        assert whole <= hls_segmenting.LISTED_SECONDS


def test_a_short_memory_shortens_the_list() -> None:
    assert hls_segmenting.listed([2.0] * 20, 3, kept=100.0) == 12
    assert hls_segmenting.listed([2.0] * 20, 3, kept=34.0) == 6
    assert hls_segmenting.listed([2.0] * 20, 3, kept=10.0) == 5
    assert hls_segmenting.listed([2.0] * 4, 3, kept=100.0) == 4


@given(st.floats(1.0, 10.0), st.integers(1, 12), st.floats(0, 40))
def test_the_memory_holds_the_list_twice_and_two_segments(
    target: float, promise: int, length: float
) -> None:
    kept = hls_segmenting.memory_seconds(promise, length)

    duration = min(target, promise)
    count = hls_segmenting.listed([duration] * 100, promise, kept=kept)

    assert kept >= 2 * count * duration + 2 * duration


def test_memory_is_by_seconds_up_to_what_is_there() -> None:
    assert hls_segmenting.memory_bytes(30.0, 1e5, usual=1 << 25, most=1 << 29) == 1 << 25
    assert hls_segmenting.memory_bytes(30.0, 2.5e6, usual=1 << 25, most=1 << 29) == 93_750_000
    assert hls_segmenting.memory_bytes(30.0, 9e9, usual=1 << 25, most=1 << 29) == 1 << 29


def test_a_first_playlist_needs_a_first_segment() -> None:
    assert not hls_segmenting.is_ready(0.0)
    assert not hls_segmenting.is_ready(0.2)
    assert hls_segmenting.is_ready(1.0)


def test_a_session_outlives_three_target_durations() -> None:
    assert hls_segmenting.idle_limit(20.0, 5) == 20.0
    assert hls_segmenting.idle_limit(20.0, 11) == 33.0
    assert hls_segmenting.idle_limit(20.0, None) == 20.0
