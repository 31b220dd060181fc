"""Silences that are not usual raise a suspicion, which ends when the engine goes on."""

from acedesk.proxy.silence import Silence
from acedesk.rules.failover import SUSPECT_HOLD

AFTER = 2.0


def flow(silence: Silence, start: float, seconds: float, step: float) -> float:
    """Let media come every `step` seconds and return when the last came."""
    at = start
    while at < start + seconds:
        at += step
        silence.end(at, at)
    return at


def test_a_silence_is_suspected_once() -> None:
    silence = Silence(0.0)
    at = flow(silence, 0.0, 10.0, 0.1)

    assert not silence.look(at + 1.9, AFTER)
    assert silence.look(at + 2.1, AFTER)
    assert not silence.look(at + 2.2, AFTER)
    assert silence.is_suspect


def test_a_thin_stream_that_comes_piece_by_piece_is_not_suspected() -> None:
    silence = Silence(0.0)
    at = flow(silence, 0.0, 60.0, 3.0)

    assert not silence.look(at + 5.9, AFTER)
    assert silence.look(at + 6.1, AFTER)


def test_the_wait_for_the_first_picture_is_no_usual_silence() -> None:
    silence = Silence(0.0)
    silence.begin(30.0)
    silence.end(30.0, 30.0)

    assert silence.look(32.1, AFTER)


def test_an_engine_that_goes_on_is_trusted_after_a_while() -> None:
    silence = Silence(0.0)
    silence.look(2.5, AFTER)
    assert not silence.end(3.0, 3.0)
    assert silence.bridged == 3.0

    at = flow(silence, 3.0, SUSPECT_HOLD - 1.0, 0.1)
    assert silence.bridged == 3.0
    flow(silence, at, 2.0, 0.1)

    assert not silence.is_suspect
    assert silence.bridged == 0.0


def test_an_engine_that_stays_silent_is_not_trusted_because_another_delivers() -> None:
    silence = Silence(0.0)
    silence.look(2.5, AFTER)

    for second in range(3, 60):
        assert not silence.end(float(second), 0.0)

    assert silence.is_suspect
