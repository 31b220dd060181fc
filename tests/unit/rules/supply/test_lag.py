"""A feed that falls behind the clock on the wall is told apart from one that comes in pieces."""

from acedesk.rules.supply.lag import PCR_HZ, Lag


def looks(lag: Lag, media: list[tuple[float, float]]) -> list[float]:
    """Return when the lag was told, of looks at (now, seconds of media that have come)."""
    return [now for now, seconds in media if lag.is_behind(round(seconds * PCR_HZ), now)]


def flow(begin: float, seconds: float, rate: float, media: float) -> list[tuple[float, float]]:
    """Return looks each fifth of a second at a feed of this rate."""
    return [
        (begin + step / 5, media + step / 5 * rate) for step in range(1, round(seconds * 5) + 1)
    ]


def test_a_feed_in_time_is_not_behind() -> None:
    assert looks(Lag(), flow(0.0, 60.0, 1.0, 0.0)) == []


def test_a_feed_at_half_its_rate_is_behind_within_two_and_a_half_seconds() -> None:
    told = looks(Lag(), flow(0.0, 10.0, 1.0, 0.0) + flow(10.0, 5.0, 0.5, 10.0))

    assert told
    assert 11.0 < told[0] < 12.5


def test_a_clock_that_drifts_is_found() -> None:
    assert looks(Lag(), flow(0.0, 60.0, 0.9, 0.0))


def test_a_cache_that_is_emptied_first_is_no_lag_later() -> None:
    assert looks(Lag(), flow(0.0, 2.0, 8.0, 0.0) + flow(2.0, 60.0, 1.0, 16.0)) == []


def test_pieces_of_ten_seconds_are_no_lag() -> None:
    media: list[tuple[float, float]] = []
    for piece in range(8):
        begin = 10.0 * piece
        media += [(begin + part * 0.2, begin + (part + 1) * 2.5) for part in range(4)]

    assert looks(Lag(), media) == []


def test_a_clock_that_is_set_anew_is_no_lag() -> None:
    for jump in (-900.0, -3.0, 900.0):
        media = flow(0.0, 20.0, 1.0, 1000.0) + flow(20.0, 20.0, 1.0, 1020.0 + jump)
        assert looks(Lag(), media) == [], jump


def test_a_pause_of_ours_is_forgotten_by_a_reset() -> None:
    lag = Lag()
    looks(lag, flow(0.0, 20.0, 1.0, 0.0))
    lag.reset()

    assert looks(lag, flow(25.0, 20.0, 1.0, 20.0)) == []


def test_without_a_clock_nothing_is_told() -> None:
    lag = Lag()

    assert not any(lag.is_behind(None, step / 5) for step in range(100))


def test_a_clock_that_went_away_with_the_picture_is_no_lag() -> None:
    media = flow(0.0, 20.0, 1.0, 0.0)
    gone = [(20.0 + step / 5, 20.0) for step in range(1, 100)]

    assert looks(Lag(), media + gone + flow(40.0, 20.0, 1.0, 40.0)) == []
