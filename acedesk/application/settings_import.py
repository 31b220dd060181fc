"""Settings of acexy and acestream-orchestrator: looked at, and taken over when that is wanted."""

import asyncio
import os
import pathlib
from collections.abc import Awaitable, Callable, Mapping

from acedesk.model.settings_import.plan import ImportPlan
from acedesk.model.settings_import.source import SourceKind
from acedesk.settings import Settings
from acedesk.store.settings_import import backup


def plan_import(
    path: pathlib.Path | None,
    current: Settings,
    environ: Mapping[str, str],
    kind: SourceKind | None = None,
) -> ImportPlan:
    """Return what importing a file would do; it blocks.

    Args:
        path: None for the environment itself.
        environ: Variables that a file may name.
        kind: What the file is; None: it is found out.

    Raises:
        BadRequest: The file cannot be read, or is something else.
    """
    # Done once in a program's life: its fourteen modules are not loaded by each start.
    from acedesk.rules.settings_import.planning import plan
    from acedesk.store.settings_import.foreign_files import read_environment, read_foreign

    if path is None:
        return plan(read_environment(environ), current, "the environment")
    return plan(read_foreign(path, environ, kind), current, str(path))


class SettingsImport:
    """Imports for the windows; see also `acedesk.ui.desk.ImportDesk`.

    Args:
        current: Returns the settings that hold now.
        save: Saves and applies; returns the names that count only after a restart.
        path: The settings file.
    """

    def __init__(
        self,
        current: Callable[[], Settings],
        save: Callable[[Mapping[str, object]], Awaitable[tuple[str, ...]]],
        path: pathlib.Path,
    ) -> None:
        self._current = current
        self._save = save
        self._path = path

    async def look(self, path: pathlib.Path) -> ImportPlan:
        """Return what importing a file would do; nothing is changed.

        Raises:
            BadRequest: The file cannot be read, or is something else.
        """
        environ = dict(os.environ)
        return await asyncio.to_thread(plan_import, path, self._current(), environ)

    async def take(self, wanted: ImportPlan) -> tuple[str, ...]:
        """Keep a copy of the settings file, then save; return the names that need a restart.

        Raises:
            SettingsError: A value is not allowed any more; nothing was saved.
            PortInUse: The port is taken; nothing was saved.
            StorageError: The copy or the file could not be written.
        """
        await asyncio.to_thread(backup.keep, self._path)
        return await self._save(wanted.values)
