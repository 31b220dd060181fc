"""Players in the test's own process that come back when they are cut off, as those of people do."""

import contextlib
from collections.abc import Callable

import aiohttp

from acedesk import tasks


class ReconnectingPlayer:
    """Plays one content for ever; when its response ends it asks the next of its addresses.

    Args:
        content: An id, or what is asked for: "infohash=...".
        pause: Seconds before it asks again.
        changed: Called when a figure has changed.

    Attributes:
        received: Bytes since it was last connected anew.
        reconnects: How often it came back.
        status: Of the last answer, 0 before.
    """

    def __init__(
        self, content: str, *addresses: str, pause: float, changed: Callable[[], object]
    ) -> None:
        self.received = self.reconnects = self.status = 0
        asked = content if "=" in content else f"id={content}"
        self._urls = [f"{one}/ace/getstream?{asked}" for one in addresses]
        self._pause = pause
        self._changed = changed
        self._task = tasks.spawn(self._run(), name=f"player of {content[-4:]}")

    async def _run(self) -> None:
        async with aiohttp.ClientSession() as http:
            while True:
                with contextlib.suppress(aiohttp.ClientError):
                    await self._play(http, self._urls[self.reconnects % len(self._urls)])
                self.received = 0
                self.reconnects += 1
                self._changed()
                await tasks.sleep(self._pause)

    async def _play(self, http: aiohttp.ClientSession, url: str) -> None:
        async with http.get(url) as answer:
            self.status = answer.status
            if answer.status == 200:
                async for data in answer.content.iter_any():
                    self.received += len(data)
                    self._changed()

    async def close(self) -> None:
        """Leave."""
        await tasks.cancel(self._task)
