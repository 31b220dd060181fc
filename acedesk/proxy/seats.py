"""Which files are played, and by how many: what of them counts against the limits."""

import contextlib
from collections.abc import Iterator
from typing import Final

from acedesk import clock
from acedesk.model.content import StreamKey
from acedesk.proxy.playback import Playback

# Between two requests of a player that seeks there is a moment; one that is gone for longer
# makes room for others while its session still waits for it.
SEEKING: Final = 5.0


class Seats:
    """The playbacks, and the starts that will become some."""

    def __init__(self) -> None:
        self._playbacks: list[Playback] = []
        self._starting: list[StreamKey] = []

    def __iter__(self) -> Iterator[Playback]:
        return iter(tuple(self._playbacks))

    def __len__(self) -> int:
        return len(self._playbacks)

    def __contains__(self, playback: Playback) -> bool:
        return playback in self._playbacks

    def add(self, playback: Playback) -> None:
        """Count a playback from now on."""
        self._playbacks.append(playback)

    def remove(self, playback: Playback) -> None:
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

    def of(self, key: StreamKey) -> list[Playback]:
        """Return the playbacks of a file."""
        return [one for one in self._playbacks if one.play.key == key]

    def viewers(self, key: StreamKey) -> int:
        """Return how many watch a file or are about to."""
        return len(self.of(key)) - len(self.spare(key)) + self._starting.count(key)

    def files(self) -> set[StreamKey]:
        """Return all files that are played or waited for."""
        return {one.play.key for one in self._playbacks} | set(self._starting)

    def busy(self) -> set[StreamKey]:
        """Return the files that somebody watches or is about to."""
        spare = set(map(id, self.spare()))
        watched = {one.play.key for one in self._playbacks if id(one) not in spare}
        return watched | set(self._starting)

    def spare(self, key: StreamKey | None = None) -> list[Playback]:
        """Return the playbacks that may give way, of one file or of all, the oldest first."""
        now = clock.monotonic()
        among = self._playbacks if key is None else self.of(key)
        found = [one for one in among if one.reading is None and now - one.left_at >= SEEKING]
        return sorted(found, key=lambda one: one.left_at)
