"""A second port: where an engine usually answers, for programs that look for one there.

It is opened while the setting says so. An engine of this computer comes first: while one has the
port, or is meant to have it, AceDesk leaves it alone, says so once, and looks again now and then.
What AceDesk asks itself there is refused, as it is at its own port.
"""

import asyncio
import contextlib
import logging
from collections.abc import Callable, Iterable
from typing import Final, Protocol

from acedesk.errors import AceDeskError
from acedesk.model.event import EventKind, Note, note_nothing
from acedesk.model.host import is_loopback, is_unspecified, join_port, normal_host
from acedesk.settings import Settings
from acedesk.settings.engine_address import USUAL_PORT
from acedesk.words.errors import explain

logger = logging.getLogger(__name__)

# Seconds between two looks while the port is wanted and cannot be had.
LOOK_INTERVAL: Final = 10.0


class ListenerApi(Protocol):
    """AceDesk's own port; `acedesk.proxy.http.listener.Listener` is it."""

    host: str
    port: int

    async def open_too(self, port: int) -> asyncio.Server:
        """Serve the same at one more port."""
        ...


class EnginePort:
    """Keeps the second port open, or closed.

    Args:
        engines: Host, port and name of each engine that AceDesk knows.

    Attributes:
        trouble: Why it is not open though it is wanted, a sentence; "" when nothing is wrong.
    """

    def __init__(
        self,
        listener: ListenerApi,
        settings: Callable[[], Settings],
        engines: Callable[[], Iterable[tuple[str, int, str]]],
        *,
        note: Note = note_nothing,
        port: int = USUAL_PORT,
    ) -> None:
        self.trouble = ""
        self._listener = listener
        self._settings = settings
        self._engines = engines
        self._note = note
        self._port = port
        self._server: asyncio.Server | None = None
        self._host = ""
        self._wake = asyncio.Event()

    @property
    def is_open(self) -> bool:
        """It is listened on."""
        return self._server is not None

    def apply_settings(self) -> None:
        """Look at once whether it is still wanted, and where."""
        self._wake.set()

    async def run(self) -> None:
        """Follow the settings until cancelled; then the port is closed."""
        try:
            while True:
                self._wake.clear()
                wanted = self._is_wanted()
                await self._look(wanted=wanted)
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(LOOK_INTERVAL if wanted else None):
                        await self._wake.wait()
        finally:
            self._close()

    def _is_wanted(self) -> bool:
        # Port 0 is none: AceDesk does not listen yet. Its own port may be this one already.
        return self._settings().engine_port_too and self._listener.port not in (0, self._port)

    async def _look(self, *, wanted: bool) -> None:
        holder = self._engine_there() if wanted else ""
        if not wanted or holder or self._host != self._listener.host:
            self._close()
        if not wanted:
            self.trouble = ""
        elif holder:
            self._tell(f"Port {self._port} belongs to the engine {holder}.")
        elif self._server is None:
            await self._open()

    async def _open(self) -> None:
        host = self._listener.host
        try:
            self._server = await self._listener.open_too(self._port)
        except AceDeskError as exc:
            self._tell(explain(exc).line)
            return
        self.trouble, self._host = "", host
        logger.info("AceDesk answers at an engine's port, too: %s", join_port(host, self._port))

    def _engine_there(self) -> str:
        """Return the name of an engine that is meant to have the port at our address, or ""."""
        ours = normal_host(self._listener.host)
        for host, port, name in self._engines():
            here = is_loopback(host) or normal_host(host) == ours or is_unspecified(host)
            if port == self._port and here:
                return name
        return ""

    def _tell(self, trouble: str) -> None:
        if trouble != self.trouble:
            self.trouble = trouble
            logger.warning("%s AceDesk answers at its own port only.", trouble)
            self._note(EventKind.PORT_TROUBLE, "", port=self._port, why=trouble)

    def _close(self) -> None:
        server, self._server = self._server, None
        if server is not None:
            server.close()
