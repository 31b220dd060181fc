"""Signals call their slots, whatever one of them does."""

import pytest

from acedesk.signals import Signal


def test_every_slot_is_called_in_the_order_of_connection() -> None:
    signal: Signal[str] = Signal()
    calls: list[str] = []
    signal.connect(lambda text: calls.append(f"first {text}"))
    signal.connect(lambda text: calls.append(f"second {text}"))

    signal.emit("a")

    assert calls == ["first a", "second a"]


def test_a_disconnected_slot_is_not_called() -> None:
    signal: Signal[()] = Signal()
    calls: list[int] = []
    disconnect = signal.connect(lambda: calls.append(1))

    disconnect()
    disconnect()
    signal.emit()

    assert calls == []


@pytest.mark.expects_errors
def test_a_slot_that_raises_does_not_keep_the_others_from_running() -> None:
    signal: Signal[()] = Signal()
    calls: list[int] = []

    def broken() -> None:
        raise ValueError

    signal.connect(broken)
    signal.connect(lambda: calls.append(1))

    signal.emit()

    assert calls == [1]


def test_a_slot_may_disconnect_itself_while_it_runs() -> None:
    signal: Signal[()] = Signal()
    calls: list[int] = []

    def once() -> None:
        calls.append(1)
        disconnect()

    disconnect = signal.connect(once)
    signal.connect(lambda: calls.append(2))

    signal.emit()
    signal.emit()

    assert calls == [1, 2, 2]
