"""An orchestrator on another address: all that has to do with it, in one piece for `compose`.

Without an address in the settings it is empty and does nothing.

What proxies that share one orchestrator know of each other goes through it: the streams that they
report (`SessionReports`) and those that they read (`ForeignLoad`). A shared state that knows of
streams sooner can stand beside these two; nothing else here would change.
"""

import pathlib
from collections.abc import Callable, Coroutine
from typing import Any
from urllib.parse import urlsplit

from acedesk.engines.backend import Backend
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
from acedesk.model.event import Note, note_nothing
from acedesk.model.host import is_loopback
from acedesk.model.snapshot import OrchestratorView
from acedesk.model.totals import OrchestratorFigures
from acedesk.settings import Settings
from acedesk.signals import Signal
from acedesk.store.reports.report_queue import ReportQueue

# One that is there answers in milliseconds; one that is not must not keep the start.
OPEN_LIMIT = 1.5


class _Parts:
    """What there is where an orchestrator is used."""

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

    def is_last_resort(self, engine: EngineSpec) -> bool:
        """Tell whether an engine only stands in: ours while it is up, its own while it is down."""
        remote = engine.backend is BackendKind.REMOTE
        return not remote if self.directory.usable else remote


class Orchestrator:
    """The orchestrator of the settings, or none.

    Attributes:
        backends: Its engines, for the manager; empty without it.
        listener: Is to hear of our sessions, None without it.

    Signals:
        changed: Its engines, or whether it can be used, have changed.

    Closes: its connections and the file of reports, by `close`, when the last was sent or written.
    """

    def __init__(
        self, settings: Callable[[], Settings], data_dir: pathlib.Path, note: Note = note_nothing
    ) -> None:
        url = settings().orchestrator_url.strip().rstrip("/")
        self._parts = _Parts(url, settings, data_dir, note) if url else None
        parts = self._parts
        self.changed: Signal[()] = parts.directory.changed if parts is not None else Signal()
        self.backends: tuple[Backend, ...] = (parts.backend,) if parts is not None else ()
        self.listener = parts.reports if parts is not None else None

    def join(self, pool: EnginePool, look_again: Callable[[], None]) -> None:
        """Let its engines and what others play on them be part of the pool.

        Args:
            look_again: Lets the manager look soon at the engines of the backends.
        """
        parts = self._parts
        if parts is None:
            return
        load = ForeignLoad(pool, parts.directory, parts.backend.id_of, parts.reports.is_own)
        pool.placement.last_resort = parts.is_last_resort
        pool.placement.refused = parts.demand.ask
        for look in (look_again, load.look, parts.reports.look):
            parts.directory.changed.connect(look)
        pool.changed.connect(load.look_for_missing)

    def view(self) -> OrchestratorView | None:
        """Return how it is, None without it."""
        parts = self._parts
        if parts is None:
            return None
        directory = parts.directory
        return OrchestratorView(
            url=parts.url,
            error=directory.error,
            known=directory.known,
            live=directory.live,
            since=directory.since,
            engines=len(directory.picture.engines),
            unsent=len(parts.queue),
        )

    def figures(self) -> OrchestratorFigures | None:
        """Return its sums, None without it."""
        parts = self._parts
        if parts is None:
            return None
        return OrchestratorFigures(
            usable=parts.directory.usable,
            live=parts.directory.live,
            engines=len(parts.directory.picture.engines),
            waiting_reports=len(parts.queue),
            requests=parts.client.requests.counts.view(),
        )

    def services(self) -> tuple[tuple[str, Callable[[], Coroutine[Any, Any, None]]], ...]:
        """Return what is to be kept running, each with its name."""
        parts = self._parts
        if parts is None:
            return ()
        return (
            ("orchestrator", parts.directory.run),
            ("reports to the orchestrator", parts.sender.run),
            ("streams the orchestrator forgot", parts.reports.run),
        )

    def apply_settings(self) -> None:
        """Send the key that the settings have now: it may come from the keyring of a person."""
        if self._parts is not None:
            self._parts.take_key()

    async def open(self) -> None:
        """Ask it once, before anybody plays, and take what the last run could not tell it."""
        if self._parts is not None:
            self._parts.reports.open(await self._parts.queue.open())
            await self._parts.directory.open(OPEN_LIMIT)

    async def close(self) -> None:
        """Send or keep what was not told yet."""
        if self._parts is not None:
            await self._parts.demand.close()
            await self._parts.sender.close()
            await self._parts.queue.close()
            await self._parts.client.close()
