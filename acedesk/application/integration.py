"""What may be asked about this computer: does it start AceDesk, does it open links with it."""

import asyncio
import logging
import os
import sys

from acedesk.errors import StorageError
from acedesk.model.computer.integration import Autostart, LinkOwner
from acedesk.store import desktop_entry
from acedesk.store.autostart import AutostartControl, find_autostart
from acedesk.store.link_owner import LinkControl, find_links

logger = logging.getLogger(__name__)


class DesktopIntegration:
    """Asks the system each time; see also `acedesk.ui.desk.IntegrationDesk`.

    Args:
        places: Options that choose the data folder of this AceDesk again.
        command: The argv that starts this AceDesk, by default found.
        autostart: Starts it with the computer, by default this system's own way.
        links: Opens links, by default this system's own way.
    """

    def __init__(
        self,
        places: tuple[str, ...] = (),
        *,
        command: tuple[str, ...] | None = None,
        autostart: AutostartControl | None = None,
        links: LinkControl | None = None,
    ) -> None:
        found = desktop_entry.launch_command(os.environ, frozen=hasattr(sys, "frozen"))
        self._command = command or found
        self._autostart = autostart or find_autostart(os.environ, (*self._command, *places))
        self._links = links or find_links(os.environ, self._command)

    async def autostart(self) -> Autostart:
        """Return what the system says now about starting AceDesk with the computer."""
        return await asyncio.to_thread(self._autostart.read)

    async def set_autostart(self, on: bool) -> None:
        """Start with the computer from now on, or no longer.

        Raises:
            StorageError: The system does not take it.
        """
        await asyncio.to_thread(self._autostart.turn_on if on else self._autostart.turn_off)

    async def link_owner(self) -> LinkOwner | None:
        """Return which program opens acestream links, None where that cannot be changed here."""
        return None if self._links is None else await asyncio.to_thread(self._links.owner)

    async def take_links(self) -> None:
        """Let AceDesk open them from now on.

        Raises:
            StorageError: The system does not take it.
        """
        if self._links is not None:
            await asyncio.to_thread(self._links.take)

    async def give_links_back(self) -> None:
        """Let the program open them that did before, or none.

        Raises:
            StorageError: The system does not take it.
        """
        if self._links is not None:
            await asyncio.to_thread(self._links.give_back)

    async def repair(self) -> None:
        """Lead what the computer starts to this AceDesk where the one it led to is gone.

        A program that is moved (an AppImage, an unpacked folder, a virtual environment) would not
        be started any more, and nobody would be told.
        """
        await asyncio.to_thread(self._repair)

    def _repair(self) -> None:
        try:
            if self._autostart.repair():
                logger.info("AceDesk starts with the computer from its new place")
            if sys.platform == "linux":
                home = desktop_entry.data_home(os.environ)
                if desktop_entry.repair(home, self._command):
                    logger.info("the menu entry starts AceDesk at its new place")
        except StorageError as exc:
            logger.warning("the entries of this AceDesk could not be brought up to date: %s", exc)
