"""All routes beside the media, joined."""

from aiohttp import web

from acedesk.api.endpoints import Endpoint, routes_of
from acedesk.api.front_page import FrontPage
from acedesk.api.metrics_routes import MetricsRoutes
from acedesk.api.openapi import OpenApiRoutes
from acedesk.api.orchestrator.engines import EngineRoutes
from acedesk.api.orchestrator.event_log import EventLogRoutes
from acedesk.api.orchestrator.facts import ContractFacts
from acedesk.api.orchestrator.go_dashboard import GoDashboard
from acedesk.api.orchestrator.looping import LoopingRoutes
from acedesk.api.orchestrator.playlists import PlaylistRoutes
from acedesk.api.orchestrator.provisioning import ProvisioningRoutes
from acedesk.api.orchestrator.status import StatusRoutes
from acedesk.api.orchestrator.stream_events import StreamEventRoutes
from acedesk.api.orchestrator.streams import StreamRoutes as ContractStreamRoutes
from acedesk.api.parts import ApiParts
from acedesk.api.publisher import FollowerLimit, Publisher
from acedesk.api.v2.engines import EngineRoutes as OwnEngineRoutes
from acedesk.api.v2.events import EventRoutes
from acedesk.api.v2.link_tests import LinkTestRoutes
from acedesk.api.v2.live import LiveRoutes, changed_rows
from acedesk.api.v2.orphans import OrphanRoutes
from acedesk.api.v2.stream_rows import StreamRows
from acedesk.api.v2.streams import StreamRoutes
from acedesk.api.v2.tokens import TokenRoutes
from acedesk.api.websocket import EngineSocket
from acedesk.application.contract import ContractSources
from acedesk.application.engine_requests import EngineRequests
from acedesk.application.figures import FiguresReader
from acedesk.application.reported_streams import ReportedStreams


class Api:
    """All of it.

    Closes: everybody who follows changes, by `close`.
    """

    def __init__(self, parts: ApiParts) -> None:
        claims, note = parts.engines.claims, parts.events.note
        reported = ReportedStreams(claims, parts.pool.views, parts.client.stop, note=note)
        sources = _sources(parts, reported)
        facts, limit, shown = ContractFacts(sources), FollowerLimit(), parts.snapshots
        self._rows = StreamRows(shown.streams.each)
        status = StatusRoutes(facts, sources, parts.settings, parts.engines)
        log = EventLogRoutes(parts.events)
        self._publisher = Publisher(changed_rows(facts, status), parts.changed, limit)
        self._dashboard = GoDashboard(facts, status, log, parts.changed, limit)
        groups = (
            StreamRoutes(shown.without_streams, shown.streams, self._rows, parts.streams),
            OwnEngineRoutes(shown.engines, parts.engines, parts.history),
            LinkTestRoutes(parts.streams, parts.history),
            OrphanRoutes(shown.orphans, parts.engines),
            EventRoutes(parts.events),
            LiveRoutes(self._publisher),
            TokenRoutes(parts.access),
            EngineSocket(self._publisher),
            status,
            EngineRoutes(facts, parts.engines),
            ContractStreamRoutes(facts, parts.streams, reported),
            StreamEventRoutes(facts, reported),
            log,
            self._dashboard,
            ProvisioningRoutes(EngineRequests(parts.pool, parts.manager), parts.engines, status),
            PlaylistRoutes(parts.settings, lambda: parts.access.player_address),
            LoopingRoutes(parts.plane.blacklist, lambda: parts.settings().blacklist_minutes),
            metrics := MetricsRoutes(_figures(parts).read),
            FrontPage(),
        )
        self._more = metrics.more_routes()
        self.endpoints: list[Endpoint] = [one for group in groups for one in group.endpoints()]
        self.endpoints += OpenApiRoutes(self.endpoints).endpoints()

    def routes(self) -> list[web.RouteDef]:
        """Return the routes for an aiohttp application."""
        return [*routes_of(self.endpoints), *self._more]

    async def run(self) -> None:
        """Keep the rows of many streams fresh, until cancelled."""
        await self._rows.run()

    async def close(self) -> None:
        """Cut off all who follow."""
        await self._publisher.close()
        await self._dashboard.close()


def _sources(parts: ApiParts, reported: ReportedStreams) -> ContractSources:
    return ContractSources(
        parts.plane.streams,
        parts.pool,
        parts.manager,
        reported,
        answers=parts.engines.claims.answers,
        vpn=parts.vpn,
        usage=parts.history.usage,
    )


def _figures(parts: ApiParts) -> FiguresReader:
    return FiguresReader(
        parts.plane,
        parts.pool,
        parts.settings,
        vpn=lambda: parts.vpn().state,
        loop_lag=parts.loop_lag,
        orchestrator=parts.orchestrator,
        claims=parts.engines.claims,
    )
