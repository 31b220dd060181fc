"""The one timer: streams are read, then handed on; a fault of one is not the others'."""

import pytest

from acedesk.proxy.pump import PHASES, Pump


def run_all(pump: Pump) -> None:
    for phase in range(PHASES):
        pump._phase = phase
        pump._tick(1.0)


async def test_all_streams_of_a_moment_are_read_before_any_is_handed_on() -> None:
    pump, told = Pump(), list[str]()
    for name in [f"{number}" for number in range(2 * PHASES)]:

        def tick(now: float, name: str = name) -> None:
            told.append(f"read {name}")
            pump.hand_on(lambda _: told.append(f"hand on {name}"), now)

        pump.add_tick(name, tick)

    pump._tick(1.0)

    assert [line.rsplit(" ", 1)[0] for line in told] == ["read", "read", "hand on", "hand on"]
    run_all(pump)
    assert len(set(told)) == 4 * PHASES


async def test_outside_of_a_tick_it_is_handed_on_at_once() -> None:
    told = list[float]()

    Pump().hand_on(told.append, 5.0)

    assert told == [5.0]


@pytest.mark.expects_errors
async def test_a_fault_of_one_stream_is_not_the_others() -> None:
    pump, told = Pump(), list[str]()

    def broken(_now: float) -> None:
        raise RuntimeError

    def well(now: float) -> None:
        told.append("read")
        pump.hand_on(broken, now)
        pump.hand_on(lambda _: told.append("handed on"), now)

    pump._phases[0] |= {"broken": broken, "well": well}
    pump._tick(1.0)

    assert told == ["read", "handed on"]
