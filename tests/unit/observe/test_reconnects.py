"""Who keeps coming back."""

import datetime
import gc

from acedesk.observe import reconnects as module
from acedesk.observe.reconnects import Reconnects, client_name
from acedesk.proxy.delivery.client import Client, EndReason

NOW = datetime.datetime(2026, 3, 1, tzinfo=datetime.UTC)


def visit(agent: str = "Kodi/21.0", address: str = "192.168.1.31") -> Client:
    return Client(address=address, user_agent=agent, now=0.0, time=NOW)


def come_and_go(
    returns: Reconnects, times: list[float], reason: EndReason = EndReason.LEFT, stream: str = "s"
) -> None:
    for now in times:
        client = visit()
        returns.note(stream, client, now)
        client.reason = reason


def test_a_player_is_named_with_its_place() -> None:
    assert client_name(visit()) == "Kodi 21.0 on 192.168.1.31"
    assert client_name(visit("mpv 0.38", "127.0.0.1")) == "mpv 0.38 on this computer"
    assert client_name(visit("mpv 0.38", "::ffff:127.0.0.1")) == "mpv 0.38 on this computer"


def test_returns_are_counted_with_their_period() -> None:
    returns = Reconnects()
    come_and_go(returns, [0, 10, 20, 30])

    (found,) = returns.of("s", 35)

    assert (found.count, found.period, found.last_for) == (3, 10.0, 5.0)


def test_a_second_player_of_the_same_kind_is_no_return() -> None:
    returns = Reconnects()
    for now in (0, 1, 2):
        returns.note("s", visit(), now)

    assert returns.of("s", 3) == ()


def test_a_player_that_comes_beside_one_that_stays_is_no_return() -> None:
    returns = Reconnects()
    returns.note("s", visit(), 0)

    come_and_go(returns, [1, 2, 3, 4])

    assert returns.of("s", 5) == ()


def test_a_player_that_was_cut_off_does_not_keep_coming_back() -> None:
    for reason in (EndReason.STUCK, EndReason.CLOSED, EndReason.STREAM_ENDED):
        returns = Reconnects()
        come_and_go(returns, [0, 10, 20], reason)
        assert returns.of("s", 21) == ()


def test_players_and_streams_are_told_apart() -> None:
    returns = Reconnects()
    come_and_go(returns, [0, 10], stream="s")
    come_and_go(returns, [0, 10], stream="t")
    returns.note("s", visit("VLC/3.0"), 11)

    assert [found.count for found in returns.of("s", 12)] == [1]
    assert returns.of("u", 12) == ()


def test_returns_are_forgotten_after_two_minutes() -> None:
    returns = Reconnects()
    come_and_go(returns, [0, 10, 100])

    assert returns.of("s", 125)[0].count == 2
    assert returns.of("s", 135)[0].count == 1
    assert returns.of("s", 300) == ()
    assert returns._returning == {}


def test_memory_is_bounded() -> None:
    returns = Reconnects()
    for now in (0.0, 1.0):
        for number in range(3 * module.MOST):
            client = visit(address=f"10.0.{number // 250}.{number % 250}")
            returns.note("s", client, now)
            client.reason = EndReason.LEFT
        returns.sweep(now)

    assert len(returns._left) <= module.MOST
    assert len(returns._returning.get("s", ())) <= module.MOST


def test_a_crowd_that_returns_is_not_counted_without_end() -> None:
    returns = Reconnects()
    for now in range(8):
        for number in range(module.MOST // 2):
            client = visit(agent=f"{now // 2} {number}")
            returns.note("s", client, now)
            client.reason = EndReason.LEFT

    assert len(returns.of("s", 8.0)) == module.MOST


def _clients_in_memory() -> set[str]:
    return {one.id for one in gc.get_objects() if type(one) is Client}


def test_nothing_of_a_visit_is_held_when_it_is_over() -> None:
    returns = Reconnects()
    client = visit()
    visited = client.id
    assert visited in _clients_in_memory()
    returns.note("s", client, 0.0)
    client.reason = EndReason.LEFT

    returns.sweep(1.0)
    del client
    gc.collect()

    assert visited not in _clients_in_memory()
    come_and_go(returns, [2.0])
    assert [found.count for found in returns.of("s", 3.0)] == [1]


def test_returns_to_a_stream_that_ended_are_forgotten() -> None:
    returns = Reconnects()
    come_and_go(returns, [0, 10])

    returns.sweep(200.0)

    assert returns._returning == {}
