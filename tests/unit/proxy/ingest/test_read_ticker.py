"""The one timer: streams are read, then handed on; a fault of one is not the others'."""

import itertools

import pytest

from acedesk.proxy.ingest.read_ticker import BATCH, CROWDED, FULL, PHASES, ReadTicker, _Seconds


def run_all(read_ticker: ReadTicker) -> None:
    for phase in range(PHASES):
        read_ticker._phase = phase
        read_ticker._tick(1.0)


def add_streams(read_ticker: ReadTicker, count: int) -> list[str]:
    """Add streams that tell what is done with them."""
    told = list[str]()
    for name in [f"{number}" for number in range(count)]:

        def tick(now: float, name: str = name) -> None:
            told.append(f"read {name}")
            read_ticker.hand_on(lambda _: told.append(f"hand on {name}"), now)

        read_ticker.add_tick(name, tick)
    return told


async def test_streams_are_read_and_handed_on_by_the_batch() -> None:
    read_ticker = ReadTicker()
    told = add_streams(read_ticker, BATCH + 1)

    read_ticker._tick(1.0)

    steps = [line.rsplit(" ", 1)[0] for line in told]
    assert steps == ["read"] * BATCH + ["hand on"] * BATCH + ["read", "hand on"]


@pytest.mark.parametrize(
    ("streams", "at_once"),
    [
        (FULL, [FULL, 0, 0, 0, 0, 0, 0, 0]),
        (FULL + 1, [FULL, 0, 1, 0, 0, 0, 0, 0]),
        (4 * FULL + 4, [FULL + 1, 0] * 4),
        (4 * CROWDED, [CROWDED, 0] * 4),
        (4 * CROWDED + 4, [CROWDED, 1] * 4),
        (8 * CROWDED + 8, [CROWDED + 1] * PHASES),
    ],
)
async def test_streams_run_together_until_they_are_too_many(
    streams: int, at_once: list[int]
) -> None:
    read_ticker = ReadTicker()
    told = add_streams(read_ticker, streams)

    assert [len(phase) for phase in read_ticker._phases] == at_once
    run_all(read_ticker)
    assert len(set(told)) == len(told) == 2 * streams


async def test_outside_of_a_tick_it_is_handed_on_at_once() -> None:
    told = list[float]()

    ReadTicker().hand_on(told.append, 5.0)

    assert told == [5.0]


@pytest.mark.expects_errors
async def test_a_fault_of_one_stream_is_not_the_others() -> None:
    read_ticker, told = ReadTicker(), list[str]()

    def broken(_now: float) -> None:
        raise RuntimeError

    def well(now: float) -> None:
        told.append("read")
        read_ticker.hand_on(broken, now)
        read_ticker.hand_on(lambda _: told.append("handed on"), now)

    read_ticker._phases[0] |= {"broken": broken, "well": well}
    read_ticker._tick(1.0)

    assert told == ["read", "handed on"]


@pytest.mark.expects_errors
async def test_a_fault_in_handing_on_is_not_the_readers_outside_of_a_tick_either() -> None:
    def broken(_now: float) -> None:
        raise RuntimeError

    ReadTicker().hand_on(broken, 5.0)


def test_what_began_together_has_its_turns_apart() -> None:
    seconds, told = _Seconds(), list[tuple[int, float]]()
    for number in range(100):

        def second(now: float, number: int = number) -> None:
            told.append((number, now))

        seconds.add(number, second, 1.0)

    most, at = 0, 0.0
    while at < 10.0:
        calls = seconds.take(at)
        most = max(most, len(calls))
        for call in calls:
            call(at)
        at += 0.05

    assert most == 10
    for number in range(100):
        times = [when for one, when in told if one == number]
        assert len(times) == 9
        assert all(0.94 < after - before < 1.06 for before, after in itertools.pairwise(times))


@pytest.mark.parametrize(
    ("streams", "moments", "most"), [(100, 4, 10), (500, 1, 50), (500, 8, 10), (2000, 8, 25)]
)
def test_where_a_tick_has_several_moments_each_does_its_part_of_what_is_due(
    streams: int, moments: int, most: int
) -> None:
    seconds, told = _Seconds(), list[int]()
    for number in range(streams):

        def second(_now: float, number: int = number) -> None:
            told.append(number)

        seconds.add(number, second, 1.0)

    taken, at = list[int](), 1.0
    while at < 2.0 - 0.09:
        calls = seconds.take(at, moments)
        for call in calls:
            call(at)
        taken.append(len(calls))
        at += 0.056 / moments

    assert max(taken) == most
    assert sorted(told) == list(range(streams))


def test_the_seconds_of_one_that_left_and_came_back_are_counted_anew() -> None:
    seconds, told = _Seconds(), list[str]()
    seconds.add("a", lambda _: told.append("before"), 1.0)
    seconds.remove("a")
    assert seconds.next_at() is None
    seconds.add("a", lambda _: told.append("after"), 1.5)
    seconds.add("b", lambda _: told.append("b"), 1.5)

    assert seconds.take(1.2) == []
    for _ in range(3):
        for call in seconds.take(1.6):
            call(1.6)

    assert told == ["after", "b"]


def test_a_loop_that_was_late_runs_no_second_twice() -> None:
    seconds, told = _Seconds(), list[float]()
    seconds.add("a", told.append, 1.0)

    for now in (30.0, 30.5, 31.0):
        for call in seconds.take(now):
            call(now)

    assert told == [30.0, 31.0]
