"""What may be asked about settings: which hold, and change them."""

import asyncio
import pathlib
from collections.abc import Callable, Mapping

from acedesk import settings as options_table
from acedesk.settings import Settings
from acedesk.signals import Signal
from acedesk.store import settings_file


class SettingsControl:
    """Settings for the windows; see also `acedesk.ui.desk.SettingsDesk`.

    Args:
        settings: Those of the start.
        path: The settings file.
        apply: Makes changed settings count for what runs already.

    Signals:
        changed: With the settings that now hold.
    """

    def __init__(
        self, settings: Settings, path: pathlib.Path, apply: Callable[[Settings], None]
    ) -> None:
        self.changed: Signal[Settings] = Signal()
        self._current = settings
        self._path = path
        self._apply = apply

    @property
    def current(self) -> Settings:
        """The settings that hold now."""
        return self._current

    async def save(self, values: Mapping[str, object]) -> tuple[str, ...]:
        """Check, save and apply `values`; return the names that count only after a restart.

        Raises:
            SettingsError: A value is not allowed; nothing was saved.
            StorageError: The file could not be written; the settings hold for this run.
        """
        before, after = self._current, self._current.changed(values)
        self._current = after
        self._apply(after)
        self.changed.emit(after)
        typed = {name: getattr(after, name) for name in values}
        await asyncio.to_thread(self._write, typed)
        return tuple(
            name
            for name in typed
            if options_table.option(name).restart and getattr(before, name) != typed[name]
        )

    def _write(self, values: Mapping[str, object]) -> None:
        kept = settings_file.load(self._path, set_aside=False).values
        settings_file.save(self._path, {**kept, **values})
