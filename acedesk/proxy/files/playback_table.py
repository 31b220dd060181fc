"""Which files are played, and by how many: what of them counts against the limits.

Also: with which playback a request goes on, and which one gives way to another player.
"""

import contextlib
from collections.abc import Iterator
from typing import Final

from aiohttp import web

from acedesk import clock, tasks
from acedesk.formats.getstream import PlayRequest
from acedesk.model.content import StreamKey
from acedesk.proxy.files.file_playback import FilePlayback
from acedesk.rules.paused_viewer import PAUSED_AFTER

# Seconds between two requests of a player that seeks. A player that is gone for longer may be
# ended for others, although its session still waits for it.
SEEKING: Final = 5.0
# A player whose connection is open, but which took nothing for so long, gives way, too.
PAUSED: Final = PAUSED_AFTER
# A player that seeks with a second connection (ffmpeg and what uses it) does not read the first
# any more. When one that read steadily takes nothing for so long, it is taken for such a seek.
STILL: Final = 0.5
# How long a request waits to see that. Longer would make a second player wait for its film.
WATCH: Final = 1.0
# The same when limits allow no second player: a player that reads at its own pace pauses less.
STILL_AT_LIMIT: Final = 4.0
# How often the connections are looked at meanwhile.
LOOK: Final = 0.1


class PlaybackTable:
    """The playbacks, and the starts that will become some."""

    def __init__(self) -> None:
        self._playbacks: list[FilePlayback] = []
        self._starting: list[StreamKey] = []

    def __iter__(self) -> Iterator[FilePlayback]:
        return iter(tuple(self._playbacks))

    def __len__(self) -> int:
        return len(self._playbacks)

    def __contains__(self, playback: FilePlayback) -> bool:
        return playback in self._playbacks

    def add(self, playback: FilePlayback) -> None:
        """Count a playback from now on."""
        self._playbacks.append(playback)

    def remove(self, playback: FilePlayback) -> None:
        """Count it no more."""
        self._playbacks.remove(playback)

    @contextlib.contextmanager
    def starting(self, key: StreamKey) -> Iterator[None]:
        """Count a player whose engine is still being asked."""
        self._starting.append(key)
        try:
            yield
        finally:
            self._starting.remove(key)

    def of(self, key: StreamKey) -> list[FilePlayback]:
        """Return the playbacks of a file."""
        return [one for one in self._playbacks if one.play.key == key]

    def clients(self, key: StreamKey) -> int:
        """Return how many watch a file or are about to."""
        return len(self.of(key)) - len(self.spare(key)) + self._starting.count(key)

    def files(self) -> set[StreamKey]:
        """Return all files that are played or waited for."""
        return {one.play.key for one in self._playbacks} | set(self._starting)

    def busy(self) -> set[StreamKey]:
        """Return the files that somebody watches or is about to."""
        spare = set(map(id, self.spare()))
        busy = {one.play.key for one in self._playbacks if id(one) not in spare}
        return busy | set(self._starting)

    def spare(self, key: StreamKey | None = None) -> list[FilePlayback]:
        """Return the playbacks that may give way, of one file or of all.

        Those whose player is gone come first, then paused ones; of each kind the oldest first.
        """
        now = clock.monotonic()
        among = self._playbacks if key is None else self.of(key)
        gone = [one for one in among if one.reading is None and now - one.left_at >= SEEKING]
        paused = [one for one in among if _still_for(one, now) >= PAUSED]
        gone.sort(key=lambda one: one.left_at)
        paused.sort(key=lambda one: -_still_for(one, now))
        return gone + paused

    async def find_free(
        self, play: PlayRequest, request: web.Request, *, may_take_over: bool
    ) -> FilePlayback | None:
        """Return the playback with which this request goes on; None when it is another player.

        That is one of the same player that nobody reads. A seek may also take over one that was
        read steadily and is not read any more; `WATCH` seconds are given to see that. A player
        that reads with pauses looks the same when it only pauses, so nothing of it is taken.
        """
        now = clock.monotonic()
        steady = [
            one
            for one in self._of_player(play, request)
            if one.reading is not None and one.reading.is_steady(now)
        ]
        candidates = steady if may_take_over else []
        return await self._wait_for_free(play, request, candidates, still=STILL, limit=WATCH)

    async def find_still(self, play: PlayRequest, request: web.Request) -> FilePlayback | None:
        """Return one of this player that is not read, or soon not; used at the limits only."""
        candidates = self._of_player(play, request)
        return await self._wait_for_free(
            play, request, candidates, still=STILL_AT_LIMIT, limit=SEEKING
        )

    def _of_player(self, play: PlayRequest, request: web.Request) -> list[FilePlayback]:
        return [one for one in self._playbacks if one.belongs_to(play, request)]

    async def _wait_for_free(
        self,
        play: PlayRequest,
        request: web.Request,
        candidates: list[FilePlayback],
        *,
        still: float,
        limit: float,
    ) -> FilePlayback | None:
        """Wait for a free playback, or a candidate that was not read for `still` seconds."""
        until = clock.monotonic() + limit
        while True:
            now = clock.monotonic()
            free = [one for one in self._of_player(play, request) if one.reading is None]
            if free:
                return max(free, key=lambda one: one.left_at)
            candidates = [one for one in candidates if one in self._playbacks]
            for playback in candidates:
                assert playback.reading is not None  # else it is free
                playback.reading.look(now)
            found = max(candidates, key=lambda one: _still_for(one, now), default=None)
            if found is not None and _still_for(found, now) >= still:
                return found
            if not candidates or now >= until:
                return None
            await tasks.sleep(LOOK)


def _still_for(playback: FilePlayback, now: float) -> float:
    """Return for how long a connected player has taken nothing; 0 when none is connected."""
    return 0.0 if playback.reading is None else playback.reading.still_for(now)
