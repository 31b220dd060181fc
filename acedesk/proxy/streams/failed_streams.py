"""Streams that failed a moment ago, kept so that people can read why."""

import asyncio
from collections.abc import Callable, Iterator
from typing import Final

from acedesk import clock
from acedesk.model.content import StreamKey
from acedesk.proxy.streams.stream import Stream

# How long a failed stream stays, in seconds; our choice.
FAILED_KEPT: Final = 60.0
# Nobody reads more of them, and a storm of dead links must not fill the memory.
MOST_KEPT: Final = 50


class FailedStreams:
    """The last failed stream of each content for `FAILED_KEPT` seconds, at most `MOST_KEPT`.

    Args:
        changed: Called when some were forgotten because their time was over.
    """

    def __init__(self, changed: Callable[[], None]) -> None:
        self._changed = changed
        self._streams: dict[StreamKey, tuple[float, Stream]] = {}
        self._timer: asyncio.TimerHandle | None = None  # while there are any
        self._closed = False

    def __iter__(self) -> Iterator[Stream]:
        return iter([stream for _, stream in self._streams.values()])

    def add(self, stream: Stream) -> None:
        """Keep a stream that failed now."""
        self._streams.pop(stream.key, None)  # the newest is the last
        self._streams[stream.key] = clock.monotonic(), stream
        if len(self._streams) > MOST_KEPT:
            del self._streams[next(iter(self._streams))]
        if self._timer is None and not self._closed:
            self._start_timer(FAILED_KEPT)

    def drop(self, key: StreamKey) -> None:
        """Forget the failed stream of this content, if there is one."""
        self._streams.pop(key, None)

    def drop_id(self, stream_id: str) -> bool:
        """Forget the one with this `StreamKey.stream_id`; tell whether there was one."""
        for key in self._streams:
            if key.stream_id == stream_id:
                del self._streams[key]
                return True
        return False

    def close(self) -> None:
        """Stop the timer; what is kept now is kept."""
        self._closed = True
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _start_timer(self, seconds: float) -> None:
        self._timer = asyncio.get_running_loop().call_later(seconds, self._drop_old)

    def _drop_old(self) -> None:
        """Forget those whose time is over, and come back when the next is due."""
        self._timer = None
        now = clock.monotonic()
        for key, (at, _) in tuple(self._streams.items()):
            if now - at < FAILED_KEPT:
                self._start_timer(at + FAILED_KEPT - now)
                break
            del self._streams[key]
        self._changed()
