"""The picture of everything at one moment, which windows, API and commands read."""

from collections.abc import Callable, Mapping

from acedesk import __version__, clock
from acedesk.application.reads import StreamReads, Usage, engine_views, no_usage
from acedesk.engines.manager import EngineManager
from acedesk.engines.pool import EnginePool
from acedesk.model.sharing.view import SharingView
from acedesk.model.snapshot import (
    EngineView,
    HostView,
    OrchestratorView,
    OrphanView,
    Snapshot,
    StreamView,
    VpnView,
)
from acedesk.model.totals import Totals
from acedesk.proxy.streams.registry import StreamRegistry


class SnapshotBuilder:
    """Builds snapshots out of what the parts tell of themselves.

    Args:
        base_url: What player URLs start with.
        lan: Tells whether other computers can connect.
        demo: Engines are built-in demo engines.
        degraded: Name of each service that is down or was until just now, and why.
        loop_lag: What calls to the loop wait, in seconds.
        totals: What was done since the start.
        usage: What the container of an engine uses, None while that is not known.
        hosts: The Dockers that the settings name.
        orchestrator: How that on another address is, None without one.
        sharing: How it is with other AceDesks, None without a Redis.

    Attributes:
        streams: Reads of single streams.
    """

    def __init__(
        self,
        streams: StreamRegistry,
        pool: EnginePool,
        manager: EngineManager,
        *,
        vpn: Callable[[], VpnView],
        base_url: Callable[[], str],
        lan: Callable[[], bool],
        demo: bool,
        degraded: Callable[[], Mapping[str, str]],
        loop_lag: Callable[[], float],
        totals: Callable[[], Totals],
        usage: Usage = no_usage,
        hosts: Callable[[], tuple[HostView, ...]] = tuple,
        orchestrator: Callable[[], OrchestratorView | None] = lambda: None,
        sharing: Callable[[], SharingView | None] = lambda: None,
    ) -> None:
        self.streams = StreamReads(streams)
        self._pool = pool
        self._manager = manager
        self._vpn = vpn
        self._base_url = base_url
        self._lan = lan
        self._demo = demo
        self._degraded = degraded
        self._loop_lag = loop_lag
        self._totals = totals
        self._usage = usage
        self._hosts = hosts
        self._orchestrator = orchestrator
        self._sharing = sharing

    def build(self) -> Snapshot:
        """Return a picture of everything now; cheap enough for once a second."""
        return self._build(self.streams.views())

    def without_streams(self) -> Snapshot:
        """Return a picture of all but streams and their rates."""
        return self._build(())

    def engines(self) -> tuple[EngineView, ...]:
        """Return all engines now."""
        return engine_views(self._pool, self._usage)

    def orphans(self) -> tuple[OrphanView, ...]:
        """Return the engine containers that belong to no AceDesk, or to another one."""
        return self._manager.orphans.views()

    def _build(self, views: tuple[StreamView, ...]) -> Snapshot:
        return Snapshot(
            time=clock.utc_now(),
            version=__version__,
            base_url=self._base_url(),
            lan=self._lan(),
            demo=self._demo,
            streams=views,
            engines=self.engines(),
            provisions=self._manager.provisions(),
            orphans=self.orphans(),
            breakers=self._manager.breakers(),
            vpn=self._vpn(),
            runtime=self._manager.runtime,
            hosts=self._hosts(),
            rate_in=sum(view.bit_rate for view in views),
            rate_out=sum(view.rate_out for view in views),
            rate_up=sum(view.speed_up or 0.0 for view in views),
            degraded=tuple(self._degraded().items()),
            loop_lag=self._loop_lag(),
            totals=self._totals(),
            orchestrator=self._orchestrator(),
            sharing=self._sharing(),
        )
