"""The data plane put together: streams, what watches them, what is refused, and their routes."""

import asyncio
import pathlib
from collections.abc import Awaitable, Callable

from aiohttp import web

from acedesk.engines.client import EngineClient
from acedesk.engines.pool import EnginePool
from acedesk.model.snapshot import VpnView
from acedesk.proxy import blacklist
from acedesk.proxy.blacklist import Blacklist
from acedesk.proxy.diagnostics import Diagnostics
from acedesk.proxy.host import HostProbe
from acedesk.proxy.pump import Pump
from acedesk.proxy.ring import MemoryBudget
from acedesk.proxy.server import ProxyRoutes
from acedesk.proxy.sessions import Sessions
from acedesk.proxy.streams import Streams
from acedesk.proxy.supply import Plant
from acedesk.settings import MIB, Settings


class DataPlane:
    """Everything between the players and the engines.

    Attributes:
        streams: What runs.
        blacklist: What is refused.
        diagnostics: Why each stream is as it is.

    Closes: all streams, by `close`; the services belong to who runs them.
    """

    def __init__(
        self,
        pool: EnginePool,
        client: EngineClient,
        settings: Callable[[], Settings],
        *,
        vpn: Callable[[], VpnView],
        data_dir: pathlib.Path,
    ) -> None:
        self._settings = settings
        self._budget = MemoryBudget(settings().memory_mib * MIB)
        self.blacklist = Blacklist(
            data_dir / blacklist.FILE_NAME, lambda: settings().blacklist_minutes
        )
        sessions = Sessions(client, lambda: settings().starts_per_engine)
        self.streams = Streams(
            Plant(
                pool=pool,
                client=client,
                sessions=sessions,
                pump=Pump(),
                budget=self._budget,
                settings=settings,
            ),
            check_key=self.blacklist.check,
        )
        self._routes = ProxyRoutes(self.streams, settings)
        self._host = HostProbe(data_dir)
        self.diagnostics = Diagnostics(
            self.streams,
            pool,
            self.blacklist,
            settings,
            vpn=vpn,
            host=lambda: self._host.facts,
            ahead=sessions.ahead,
        )

    def routes(self) -> list[web.RouteDef]:
        """Return the players' routes."""
        return self._routes.routes()

    def services(self) -> tuple[tuple[str, Callable[[], Awaitable[None]]], ...]:
        """Return what must run beside the streams, by name."""
        return (("diagnostics", self.diagnostics.run), ("host", self._host.run))

    def apply_settings(self) -> None:
        """Let changed settings count for what runs already."""
        self._budget.limit = self._settings().memory_mib * MIB

    async def open(self) -> None:
        """Read what was kept from the last run."""
        await self.blacklist.load()

    async def close(self) -> None:
        """Stop all streams and write what is to be kept."""
        try:
            await asyncio.gather(self.streams.close(), self.blacklist.close())
        finally:
            self._routes.close()  # last: while streams close, none can be joined any more
