"""What there is where an orchestrator is used: its client, its engines, reports and demand.

What proxies that share one orchestrator know of each other goes through it: the streams that they
report (`SessionReports`) and those that they read (`ForeignLoad`). A shared state that knows of
streams sooner can stand beside these two; nothing else here would change.
"""

import pathlib
from collections.abc import Callable
from urllib.parse import urlsplit

from acedesk.engines.pool import EnginePool
from acedesk.engines.remote.client import OrchestratorClient
from acedesk.engines.remote.demand import Demand
from acedesk.engines.remote.directory import Directory
from acedesk.engines.remote.foreign_load import ForeignLoad
from acedesk.engines.remote.remote_backend import RemoteBackend
from acedesk.engines.remote.report_sender import ReportSender
from acedesk.engines.remote.requests import OrchestratorRequests
from acedesk.engines.remote.session_reports import SessionReports
from acedesk.model.engine import BackendKind, EngineSpec
from acedesk.model.event import Note
from acedesk.model.host import is_loopback
from acedesk.settings import Settings
from acedesk.store.reports.report_queue import ReportQueue


class OrchestratorParts:
    """What there is where an orchestrator is used.

    Args:
        url: Its address.
        data_dir: Keeps the reports that it has not got yet.
        note: Takes whether it can be used.
    """

    def __init__(
        self, url: str, settings: Callable[[], Settings], data_dir: pathlib.Path, note: Note
    ) -> None:
        host = urlsplit(url).hostname or ""
        self.url = url
        self._settings = settings
        self.client = OrchestratorClient(OrchestratorRequests(url, self._key))
        self.directory = Directory(self.client, note=note)
        self.queue = ReportQueue(data_dir)
        self.backend = RemoteBackend(self.directory, settings, host)
        far = not is_loopback(host)
        self.reports = SessionReports(self.queue, self.directory, self.backend, far=far)
        self.sender = ReportSender(self.client, self.queue)
        self.demand = Demand(self.directory)

    @property
    def _key(self) -> str:
        return self._settings().orchestrator_api_key.strip()

    def take_key(self) -> None:
        """Send the key that the settings have now."""
        self.client.requests.use_key(self._key)

    def join(self, pool: EnginePool, look_again: Callable[[], None]) -> None:
        """Let its engines and what others play on them be part of the pool.

        Args:
            look_again: Lets the manager look soon at the engines of the backends.
        """
        load = ForeignLoad(pool, self.directory, self.backend.id_of, self.reports.is_own)
        pool.placement.last_resort = self._is_last_resort
        pool.placement.refused = self.demand.ask
        for look in (look_again, load.look, self.reports.look):
            self.directory.changed.connect(look)
        pool.changed.connect(load.look_for_missing)

    def _is_last_resort(self, engine: EngineSpec) -> bool:
        """Tell whether an engine only stands in: ours while it is up, its own while it is down."""
        remote = engine.backend is BackendKind.REMOTE
        return not remote if self.directory.usable else remote
