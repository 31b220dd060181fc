"""All routes beside the media, joined."""

import dataclasses
from collections.abc import Callable

from aiohttp import web

from acedesk.api.endpoints import Endpoint, routes_of
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
from acedesk.application.access import AccessControl
from acedesk.application.contract import ContractSources
from acedesk.application.engine_requests import EngineRequests
from acedesk.application.engines import EngineControl
from acedesk.application.figures import Figures
from acedesk.application.history import HistoryControl
from acedesk.application.reported_streams import ReportedStreams
from acedesk.application.snapshot import SnapshotBuilder
from acedesk.application.streams import StreamControl
from acedesk.observe.event_log import EventLog
from acedesk.settings import Settings
from acedesk.signals import Signal
from acedesk.store.blacklist import Blacklist


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ApiParts:
    """What the API is made over.

    Attributes:
        changed: Something that is shown changed.
    """

    snapshots: SnapshotBuilder
    figures: Callable[[], Figures]
    settings: Callable[[], Settings]
    streams: StreamControl
    engines: EngineControl
    access: AccessControl
    requests: EngineRequests
    history: HistoryControl
    reported: ReportedStreams
    sources: ContractSources
    events: EventLog
    blacklist: Blacklist
    changed: Signal[()]


class Api:
    """All of it.

    Closes: everybody who follows changes and what renews rows, by `close`.
    """

    def __init__(self, parts: ApiParts) -> None:
        facts, limit, shown = ContractFacts(parts.sources), FollowerLimit(), parts.snapshots
        self._rows = StreamRows(shown.streams.each)
        status = StatusRoutes(facts, parts.sources, parts.settings, parts.engines)
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
            ContractStreamRoutes(facts, parts.streams, parts.reported),
            StreamEventRoutes(facts, parts.reported),
            log,
            self._dashboard,
            ProvisioningRoutes(parts.requests, parts.engines, status),
            PlaylistRoutes(parts.settings, lambda: parts.access.player_address),
            LoopingRoutes(parts.blacklist, lambda: parts.settings().blacklist_minutes),
            metrics := MetricsRoutes(parts.figures),
        )
        self._more = metrics.more_routes()
        self.endpoints: list[Endpoint] = [one for group in groups for one in group.endpoints()]
        self.endpoints += OpenApiRoutes(self.endpoints).endpoints()

    def routes(self) -> list[web.RouteDef]:
        """Return the routes for an aiohttp application."""
        return [*routes_of(self.endpoints), *self._more]

    async def close(self) -> None:
        """Cut off all who follow; read nothing any more."""
        await self._rows.close()
        await self._publisher.close()
        await self._dashboard.close()
