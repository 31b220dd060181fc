"""Puts the data plane together: the streams, the list of refused contents, and the routes."""

import asyncio
import pathlib
from collections.abc import Callable

from aiohttp import web

from acedesk.acestream_api.engine_client import EngineClient
from acedesk.engines.pool import EnginePool
from acedesk.model.content import StreamKey
from acedesk.model.event import Note, note_nothing
from acedesk.model.history import LinkTestResult
from acedesk.proxy.buffer.ring import MemoryBudget
from acedesk.proxy.counters.totals import TotalCounters
from acedesk.proxy.http.errors import Handler
from acedesk.proxy.http.routes import ProxyRoutes
from acedesk.proxy.ingest.engine_sessions import EngineSessions
from acedesk.proxy.ingest.read_ticker import ReadTicker
from acedesk.proxy.ingest.supply import SharedParts
from acedesk.proxy.shared.sharing import Sharing
from acedesk.proxy.streams.registry import StreamRegistry
from acedesk.settings import MIB, Settings
from acedesk.store import blacklist
from acedesk.store.blacklist import Blacklist


class DataPlane:
    """Everything between the players and the engines.

    Attributes:
        streams: The streams that run.
        totals: Bytes, sessions, streams and so on since AceDesk was started.
        blacklist: The contents that are refused.
        sessions: The sessions on engines.
        player_routes: What players ask.
        sharing: What is shared with other AceDesks.

    Closes: all streams, by `close`.
    """

    def __init__(
        self,
        pool: EnginePool,
        client: EngineClient,
        settings: Callable[[], Settings],
        data_dir: pathlib.Path,
        note: Note = note_nothing,
        listening: Callable[[], tuple[str, int]] = lambda: ("127.0.0.1", 0),
    ) -> None:
        self._pool, self._client, self._settings = pool, client, settings
        self._budget = MemoryBudget(settings().memory_mib * MIB)
        self.blacklist = Blacklist(
            data_dir / blacklist.FILE_NAME, lambda: settings().blacklist_minutes
        )
        self.totals = TotalCounters()
        self.sessions = EngineSessions(client, lambda: settings().starts_per_engine, self.totals)
        self.sharing = Sharing(pool, client.check, settings, listening, note)
        self.sessions.used_elsewhere = self.sharing.carriers.is_used_elsewhere
        self.streams = StreamRegistry(
            SharedParts(
                pool=pool,
                client=client,
                sessions=self.sessions,
                read_ticker=ReadTicker(),
                budget=self._budget,
                settings=settings,
                totals=self.totals,
                note=note,
                settle=self.sharing.settle,
                may_collide=self.sharing.carriers.may_collide,
            ),
            check_key=self.blacklist.check,
        )
        self.sharing.watch(self.streams)
        self.player_routes = ProxyRoutes(self.streams, settings, note)

    def routes(self, answer_json: Handler | None = None) -> list[web.RouteDef]:
        """Return the players' routes; see `ProxyRoutes.routes`."""
        return self.player_routes.routes(answer_json)

    async def test_link(self, key: StreamKey, title: str = "") -> LinkTestResult:
        """Try a content on an engine that nobody uses; see `LinkTester.test`."""
        from acedesk.proxy.link_test.tester import LinkTester  # few links are tried

        return await LinkTester(self._pool, self._client, self.sessions, self._settings).test(
            key, title
        )

    def apply_settings(self) -> None:
        """Apply changed settings to what runs already."""
        self._budget.limit = self._settings().memory_mib * MIB

    async def open(self) -> None:
        """Read what was kept from the last run."""
        await self.blacklist.load()

    async def close(self) -> None:
        """Stop all streams and write what is to be kept."""
        try:
            await asyncio.gather(self.streams.close(), self.blacklist.close())
        finally:
            await self.sharing.close()
            self.player_routes.close()  # last: while streams close, none can be joined any more
