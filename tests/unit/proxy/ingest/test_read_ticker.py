"""The one timer: streams are read, then handed on; a fault of one is not the others'."""

import pytest

from acedesk.proxy.ingest.read_ticker import BATCH, FULL, PHASES, ReadTicker


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
        (FULL, [FULL] + [0] * (PHASES - 1)),
        (FULL + 1, [FULL, 1] + [0] * (PHASES - 2)),
        (PHASES * FULL + PHASES, [FULL + 1] * PHASES),
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
