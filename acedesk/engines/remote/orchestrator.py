"""An orchestrator on another address: all that has to do with it, in one piece for `compose`.

Without an address in the settings it is empty and does nothing.
"""

import pathlib
from collections.abc import Callable, Coroutine
from typing import Any

from acedesk.engines.backend import Backend
from acedesk.engines.pool import EnginePool
from acedesk.model.event import Note, note_nothing
from acedesk.model.snapshot import OrchestratorView
from acedesk.model.totals import OrchestratorFigures
from acedesk.settings import Settings
from acedesk.signals import Signal

# One that is there answers in milliseconds; one that is not must not keep the start.
OPEN_LIMIT = 1.5


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
        self._parts = None
        if url:  # most people have none: its modules are not loaded by each start
            from acedesk.engines.remote.orchestrator_parts import OrchestratorParts

            self._parts = OrchestratorParts(url, settings, data_dir, note)
        parts = self._parts
        self.changed: Signal[()] = parts.directory.changed if parts is not None else Signal()
        self.backends: tuple[Backend, ...] = (parts.backend,) if parts is not None else ()
        self.listener = parts.reports if parts is not None else None

    def join(self, pool: EnginePool, look_again: Callable[[], None]) -> None:
        """Let its engines and what others play on them be part of the pool.

        Args:
            look_again: Lets the manager look soon at the engines of the backends.
        """
        if self._parts is not None:
            self._parts.join(pool, look_again)

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
