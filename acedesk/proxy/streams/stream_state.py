"""What people are told about a stream in one word."""

from typing import Final

from acedesk import clock
from acedesk.model.snapshot import StreamState
from acedesk.proxy.streams.stream import Stream

# Before the first verdict a stream is called slow when its mean rate over so many seconds is below
# this share of what the picture needs; our choice.
RATE_SECONDS: Final = 10
ENOUGH: Final = 0.9


def state_of(stream: Stream) -> StreamState:
    """Return the state of a stream now."""
    if stream.ended:
        return StreamState.FAILED if stream.error is not None else StreamState.STOPPED
    if stream.supply.first_at is None:
        return StreamState.STARTING
    if stream.supply.lost_at is not None:
        return StreamState.SWITCHING
    if not len(stream.clients):
        return StreamState.IDLE
    return StreamState.SLOW if _is_slow(stream) else StreamState.PLAYING


def _is_slow(stream: Stream) -> bool:
    if stream.verdict is not None:
        return stream.verdict.short
    needed = stream.ring.media_rate
    running = clock.monotonic() - (stream.supply.first_at or 0.0)
    rate = stream.counters.meter.recent(RATE_SECONDS)
    return needed is not None and running > RATE_SECONDS and rate < ENOUGH * needed
