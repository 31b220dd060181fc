"""Contents that were stopped because their broadcast repeats itself: refused for a time.

Kept in a small JSON file in the data folder, so that a restart does not forget them.
"""

import asyncio
import datetime
import json
import logging
import pathlib
from collections.abc import Callable, Iterable
from typing import Final

from acedesk import clock, tasks
from acedesk.errors import LoopingStream, NotFound, StorageError
from acedesk.model.content import StreamKey
from acedesk.store import atomic
from acedesk.values import frozen_value

logger = logging.getLogger(__name__)

FILE_NAME: Final = "looping_streams.json"
# More are not kept, the oldest are dropped; 4 MiB hold them with room to spare.
MOST: Final = 10_000
LARGEST_FILE: Final = 4 * 1024 * 1024
LONGEST: Final = 4096


@frozen_value(kw_only=False)
class RefusedBroadcast:
    """One refused content.

    Attributes:
        stream_id: `StreamKey.stream_id`.
        time: When it was put on the list.
        why: What was seen, a part of a sentence.
    """

    stream_id: str
    time: datetime.datetime
    why: str


class Blacklist:
    """Refused contents by stream id; an entry leaves by itself after `minutes()`, never for 0.

    Args:
        path: The file, None to keep it in memory only.
        minutes: How long an entry stays, 0 for ever; asked anew each time.

    Closes: nothing; `close` waits until all is written.
    """

    def __init__(
        self,
        path: pathlib.Path | None,
        minutes: Callable[[], int],
        *,
        utc_now: Callable[[], datetime.datetime] = clock.utc_now,
    ) -> None:
        self._path = path
        self._minutes = minutes
        self._utc_now = utc_now
        self._entries: dict[str, RefusedBroadcast] = {}
        self._writing: asyncio.Task[None] | None = None
        self._changed = False

    def entries(self) -> tuple[RefusedBroadcast, ...]:
        """Return what is refused now, oldest first."""
        self._drop_expired()
        return tuple(self._entries.values())

    def check(self, key: StreamKey) -> None:
        """Let `key` pass.

        Raises:
            LoopingStream: It is on the list.
        """
        if not self._entries:
            return
        self._drop_expired()
        entry = self._entries.get(key.stream_id)
        if entry is not None:
            raise LoopingStream(entry.why)

    def add(self, *keys: StreamKey, why: str) -> None:
        """Refuse these names of one content from now on."""
        now = self._utc_now()
        for key in keys:
            self._entries.pop(key.stream_id, None)
            self._entries[key.stream_id] = RefusedBroadcast(key.stream_id, now, why)
        while len(self._entries) > MOST:
            del self._entries[next(iter(self._entries))]
        self._save()

    def remove(self, stream_id: str) -> None:
        """Let a content be played again.

        Raises:
            NotFound: It is not on the list.
        """
        if self._entries.pop(stream_id, None) is None:
            raise NotFound("this stream is not on the list")
        self._save()

    def clear(self) -> int:
        """Let everything be played again; return how many entries there were."""
        count = len(self._entries)
        self._entries.clear()
        self._save()
        return count

    def _drop_expired(self) -> None:
        minutes = self._minutes()
        if not minutes:
            return
        oldest = self._utc_now() - datetime.timedelta(minutes=minutes)
        for entry in tuple(self._entries.values()):
            if entry.time <= oldest:
                del self._entries[entry.stream_id]

    # ------------------------------------------------------------------ the file

    async def load(self) -> None:
        """Read the file; one that is not there or broken leaves the list empty."""
        if self._path is None:
            return
        found = await asyncio.to_thread(_read, self._path)
        self._entries = {**found, **self._entries}

    async def close(self) -> None:
        """Wait until the file is written."""
        if self._writing is not None:
            await self._writing

    def _save(self) -> None:
        if self._path is None:
            return
        self._changed = True
        if self._writing is None or self._writing.done():
            self._writing = tasks.spawn(self._write(self._path), name="write looping streams")

    async def _write(self, path: pathlib.Path) -> None:
        while self._changed:
            self._changed = False
            data = _format(self._entries.values())
            try:
                await asyncio.to_thread(atomic.write, path, data)
            except StorageError as exc:
                logger.warning("the looping streams could not be saved: %s", exc.detail)


def _format(entries: Iterable[RefusedBroadcast]) -> bytes:
    rows = [
        {"id": entry.stream_id, "time": entry.time.isoformat(), "why": entry.why}
        for entry in entries
    ]
    return json.dumps({"streams": rows}, ensure_ascii=False, indent=1).encode()


def _read(path: pathlib.Path) -> dict[str, RefusedBroadcast]:
    try:
        with path.open("rb") as file:  # what is cut off makes it invalid, not large
            rows = json.loads(file.read(LARGEST_FILE))["streams"]
        entries = [_parse(row) for row in rows[-MOST:]]
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as exc:
        logger.warning("%s is not used: %s", path, exc)
        return {}
    return {entry.stream_id: entry for entry in entries}


def _parse(row: dict[str, str]) -> RefusedBroadcast:
    time = datetime.datetime.fromisoformat(row["time"])
    if time.tzinfo is None:
        raise ValueError("a time has no zone")
    return RefusedBroadcast(str(row["id"])[:LONGEST], time, str(row["why"])[:LONGEST])
