import time

from acedesk.demo.broadcast_clock import BroadcastClock, load_card


def test_all_engines_of_a_process_share_a_card() -> None:
    assert load_card("bars") is load_card("bars")


def test_two_clocks_tell_the_same_moment_of_the_broadcast() -> None:
    moment = [100.0]
    first = BroadcastClock(monotonic=lambda: moment[0])
    second = BroadcastClock(monotonic=lambda: moment[0])

    moment[0] += 5000

    assert abs(first.now() - second.now()) < 1
    assert abs(first.now() - 5000 - time.time()) < 1  # noqa: TID251 - what it is compared with


def test_a_hurried_clock_passes_more_of_the_broadcast() -> None:
    moment = [0.0]
    clock = BroadcastClock(10, monotonic=lambda: moment[0])
    began = clock.now()

    moment[0] += 2

    assert round(clock.now() - began) == 20


def test_what_is_on_the_air_is_a_function_of_the_time() -> None:
    card = load_card("second")

    first, later = card.position(1_800_000_000.0), card.position(1_800_000_001.0)

    assert (later - first) * 188 == round(card.byte_rate / 188) * 188
