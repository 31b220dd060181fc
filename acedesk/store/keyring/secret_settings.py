"""Secret settings of the keyring: read when AceDesk starts, and moved there from older files."""

import asyncio
import logging
from collections.abc import Callable, Mapping
from typing import Any, Final

from acedesk import tasks
from acedesk.errors import StorageError
from acedesk.model.computer.kept_secrets import KeptSecrets, KeyringProblem
from acedesk.settings import Settings, option
from acedesk.signals import Signal
from acedesk.store.keyring.entries import Entry, KeyringUnavailable
from acedesk.store.keyring.os_keyring import OsKeyring
from acedesk.store.keyring.settings_keeper import SettingsKeeper
from acedesk.values import frozen_value
from acedesk.words import secrets as words

logger = logging.getLogger(__name__)

# Seconds that a start waits for the keyring. An open one answers in milliseconds; a locked one
# asks a person, and AceDesk does not stand still meanwhile.
OPEN_LIMIT: Final = 2.0


@frozen_value
class KeyringUse:
    """What a run may do with the keyring of this computer.

    Attributes:
        entries: Secret settings that the file says are there, with the data folder's id; those
            that the command line or the environment tells are left out.
        desktop: New secrets are kept there, and older ones moved. Without a desktop there is no
            keyring, or nobody to unlock it: it is only read.
    """

    entries: Mapping[str, str]
    desktop: bool = False


NO_KEYRING: Final = KeyringUse(entries={})


class SecretSettings:
    """Gives the settings what the keyring has.

    Args:
        use: What this run may do.
        keyring: That of this computer.
        keeper: Writes settings.
        instance: Returns the id of the data folder.
        take: Makes values count that are kept already.
        current: Returns the settings that hold now.

    Signals:
        changed: `view` is another one.
    """

    def __init__(
        self,
        use: KeyringUse,
        keyring: OsKeyring,
        keeper: SettingsKeeper,
        *,
        instance: Callable[[], str],
        take: Callable[[Mapping[str, Any]], None],
        current: Callable[[], Settings],
    ) -> None:
        self.changed: Signal[()] = Signal()
        self.view = KeptSecrets()
        self._use = use
        self._keyring = keyring
        self._keeper = keeper
        self._instance = instance
        self._take = take
        self._current = current
        self._reading: asyncio.Task[None] | None = None
        self._problem: KeyringProblem | None = None
        self._opened = False
        self._late: tuple[str, ...] = ()

    async def open(self) -> None:
        """Read what the keyring has; it is not waited for long, and goes on by itself then.

        Nothing is asked where no secret is set.
        """
        await asyncio.to_thread(self._keeper.look)
        if not self._use.entries and not self._keeper.plain:
            return
        self._reading = tasks.spawn(self._read(), name="read the keyring")
        await asyncio.wait({self._reading}, timeout=OPEN_LIMIT)
        self._opened = True
        if not self._reading.done():
            self._look(waiting=True)
            logger.warning("%s %s", *words.missing_lines(self.view, _label))

    async def close(self) -> None:
        """Wait for it no longer."""
        await tasks.cancel(self._reading)

    def look_again(self) -> None:
        """Find out anew where secrets are: some were saved."""
        self._look(waiting=self.view.waiting)

    async def _read(self) -> None:
        found = await self._ask() if self._use.entries else {}
        # What was typed meanwhile counts more.
        now = {name: text for name, text in found.items() if not getattr(self._current(), name)}
        if now:
            self._late = tuple(name for name in now if self._opened and option(name).restart)
            self._take(now)
        if self._use.desktop:
            await self._move(now)
        self._look(waiting=False)
        if self.view.missing:
            logger.warning("%s %s", *words.missing_lines(self.view, _label))

    async def _ask(self) -> Mapping[str, str]:
        wanted = [Entry(name=name, instance=id_) for name, id_ in self._use.entries.items()]
        try:
            return await asyncio.wrap_future(self._keyring.begin_reading(wanted))
        except KeyringUnavailable as exc:
            self._problem = exc.problem
            return {}

    async def _move(self, found: Mapping[str, str]) -> None:
        """Put into our entries what is in the file, and what another data folder's entry had."""
        own = self._instance()
        others = {name: text for name, text in found.items() if self._use.entries[name] != own}
        try:
            if others or self._keeper.plain:
                await asyncio.to_thread(self._keeper.save, others, move=True)
        except StorageError as exc:  # they are where they were
            logger.warning("secrets were not moved to the keyring: %s", exc.detail)

    def _look(self, *, waiting: bool) -> None:
        settings, keeper = self._current(), self._keeper
        missing = tuple(
            name
            for name in self._use.entries
            if name in keeper.kept and not getattr(settings, name)
        )
        view = KeptSecrets(
            plain=keeper.plain,
            kept=keeper.kept,
            problem=self._problem or keeper.problem,
            missing=missing,
            waiting=waiting and bool(missing),
            late=self._late,
        )
        if view != self.view:
            self.view = view
            self.changed.emit()


def _label(name: str) -> str:
    return option(name).label
