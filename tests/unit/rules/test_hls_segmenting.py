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
    ("elapsed", "ends"), [(1.92, False), (3.59, False), (3.6, True), (3.84, True), (5.0, True)]
)
def test_a_segment_ends_at_the_keyframe_next_to_its_wished_length(
    elapsed: float, ends: bool
) -> None:
    assert hls_segmenting.ends_here(elapsed, wished=4.0, gap=0.5, allowed=5.49) is ends


def test_a_segment_ends_early_when_the_next_keyframe_would_be_too_late() -> None:
    assert hls_segmenting.ends_here(3.0, wished=4.0, gap=3.0, allowed=5.49)


def test_the_first_segments_are_short() -> None:
    assert [hls_segmenting.wished_length(number, 4.0) for number in range(5)] == [2, 2, 2, 4, 4]


@given(durations, st.integers(1, 12), st.booleans())
def test_as_much_is_listed_as_three_target_durations(
    lengths: list[float], promise: int, trimmed: bool
) -> None:
    count = hls_segmenting.listed(lengths, promise, trimmed=trimmed)

    assert 0 <= count <= len(lengths)
    whole = sum(lengths[len(lengths) - count :])
    missing = len(lengths) - count
    assert missing == 0 or whole >= 3 * promise - 1e-9
    if sum(lengths[-hls_segmenting.LISTED :]) >= 3 * promise:
        assert count <= hls_segmenting.LISTED


def test_the_oldest_in_a_full_ring_is_not_listed_when_enough_remain() -> None:
    assert hls_segmenting.listed([4.0] * 5, 5, trimmed=True) == 4
    assert hls_segmenting.listed([4.0] * 5, 5, trimmed=False) == 5
    assert hls_segmenting.listed([4.0] * 4, 5, trimmed=True) == 4
    assert hls_segmenting.listed([4.0] * 9, 5, trimmed=True) == 6


def test_a_first_playlist_outlasts_a_segment() -> None:
    assert not hls_segmenting.is_ready(0.0, 4.0)
    assert not hls_segmenting.is_ready(4.0, 4.0)
    assert hls_segmenting.is_ready(5.0, 4.0)


def test_a_session_outlives_three_target_durations() -> None:
    assert hls_segmenting.idle_limit(20.0, 5) == 20.0
    assert hls_segmenting.idle_limit(20.0, 11) == 33.0
    assert hls_segmenting.idle_limit(20.0, None) == 20.0
