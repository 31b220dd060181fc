"""What may be asked about settings: which hold, and change them."""

import asyncio
import logging
import pathlib
import threading
from collections.abc import Awaitable, Callable, Mapping

from acedesk import settings as options_table
from acedesk.application.settings_import import SettingsImport
from acedesk.errors import CannotListen, PortInUse, StorageError
from acedesk.model.event import EventKind, Note, note_nothing
from acedesk.settings import Settings
from acedesk.signals import Signal
from acedesk.store import ports
from acedesk.store.keyring.os_keyring import OsKeyring
from acedesk.store.keyring.secret_settings import NO_KEYRING, KeyringUse, SecretSettings
from acedesk.store.keyring.settings_keeper import SettingsKeeper

logger = logging.getLogger(__name__)


class SettingsControl:
    """Settings for the windows; see also `acedesk.ui.desk.SettingsDesk`.

    Args:
        settings: Those of the start.
        path: The settings file.
        apply: Makes changed settings count for what runs already.
        prepare: Does what may fail before changed settings count, such as opening another port; it
            is given those that hold and those to come.
        note: Takes which ones were changed.
        kept: What this run may do with the keyring of this computer, and what returns the id of
            the data folder, "" as long as it is not known.
        keyring: That of this computer.

    Attributes:
        imports: Takes settings of other programs.
        secrets: Reads those that are in the keyring, and tells where they are.

    Signals:
        changed: With the settings that now hold.
    """

    def __init__(
        self,
        settings: Settings,
        path: pathlib.Path,
        apply: Callable[[Settings], None],
        note: Note = note_nothing,
        *,
        prepare: Callable[[Settings, Settings], Awaitable[None]] | None = None,
        kept: tuple[KeyringUse, Callable[[], str]] = (NO_KEYRING, lambda: ""),
        keyring: OsKeyring | None = None,
    ) -> None:
        self.changed: Signal[Settings] = Signal()
        self._current = settings
        self._apply = apply
        self._note = note
        self._prepare = prepare
        # Saved on the loop, written in threads: whichever thread writes last writes the newest
        # values of all, whether or not somebody still waits for it.
        self._unwritten: dict[str, object] = {}
        self._writing = threading.Lock()
        self.imports = SettingsImport(lambda: self._current, self.save, path)
        (use, instance), keyring = kept, keyring or OsKeyring()
        self._keeper = SettingsKeeper(path, keyring if use.desktop else None, instance)
        self.secrets = SecretSettings(
            use,
            keyring,
            self._keeper,
            instance=instance,
            take=self._take,
            current=lambda: self._current,
        )

    @property
    def current(self) -> Settings:
        """The settings that hold now."""
        return self._current

    async def save(self, values: Mapping[str, object]) -> tuple[str, ...]:
        """Check, save and apply `values`; return the names that count only after a restart.

        Raises:
            SettingsError: A value is not allowed; nothing was saved.
            PortInUse: The port is taken; nothing was saved.
            StorageError: The file could not be written; the settings hold for this run, and are
                written with the next that are saved.

        On cancel: they are written nevertheless.
        """
        before, after = self._current, self._current.changed(values)
        if self._prepare is not None:
            await self._prepare(before, after)
            before, after = self._current, self._current.changed(values)
        self._current = after
        self._apply(after)
        self.changed.emit(after)
        names = [name for name in values if getattr(before, name) != getattr(after, name)]
        if names:
            self._note(EventKind.SETTINGS_CHANGED, "", names=", ".join(names))
        typed = {name: getattr(after, name) for name in values}
        self._unwritten.update(typed)
        try:
            await asyncio.shield(asyncio.to_thread(self._write))
        finally:
            self.secrets.look_again()
        return tuple(
            name
            for name in typed
            if options_table.option(name).restart and getattr(before, name) != typed[name]
        )

    async def close(self) -> None:
        """Write what could not be written when it was saved; wait for the keyring no longer."""
        if self._unwritten:
            try:
                await asyncio.to_thread(self._write)
            except StorageError as exc:
                logger.warning("the settings that were changed are lost: %s", exc.detail)
        await self.secrets.close()

    async def listening_problem(self, host: str, port: int) -> PortInUse | CannotListen | None:
        """Return why AceDesk could not listen there, None when it could or does already.

        A name of a host may take a while to be looked up.
        """
        own = self._current.port
        return await asyncio.to_thread(_listening_problem, host, port, own)

    def _take(self, values: Mapping[str, object]) -> None:
        """Let values count that are kept already."""
        self._current = self._current.changed(values)
        self._apply(self._current)
        self.changed.emit(self._current)

    def _write(self) -> None:
        """Put what is not written yet into the file, beside what is there; runs in a thread."""
        with self._writing:
            values = dict(self._unwritten)
            if not values:  # another save took them along
                return
            self._keeper.save(values)
            for name, value in values.items():
                if self._unwritten.get(name) is value:
                    del self._unwritten[name]


def _listening_problem(host: str, port: int, own_port: int) -> PortInUse | CannotListen | None:
    """Return what is wrong; blocks. A port that we hold ourselves is not in our way."""
    problem = ports.problem(host, 0)
    if problem is None and port not in (0, own_port):
        problem = ports.problem(host, port)
    return None if problem is None else ports.listen_error(host, port, problem)
