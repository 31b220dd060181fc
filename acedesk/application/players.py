"""What may be asked about the players on this computer."""

from collections.abc import Callable

from acedesk import clock
from acedesk.errors import PlayerError
from acedesk.model.player import Player, split_command
from acedesk.players.find import find_own, find_players, this_machine
from acedesk.players.launch import OpenedPlayer, open_player
from acedesk.settings import Settings, parse


class PlayerControl:
    """Players for the windows; see also `acedesk.ui.desk.PlayersDesk`."""

    def __init__(self, settings: Callable[[], Settings] = Settings) -> None:
        self._settings = settings
        self._opened: dict[str, tuple[float, Player, OpenedPlayer]] = {}

    async def find(self) -> tuple[Player, ...]:
        """Return the players on this computer, best first; the user's own command before them."""
        return await find_players(self._settings().player_command)

    def check_command(self, command: str) -> Player:
        """Return the player of a command of the user's own.

        Raises:
            SettingsError: The command cannot be used; the reason says why.
            PlayerError: Its program is not on this computer.
        """
        if not parse("player_command", command):
            raise PlayerError("No command was given")
        own = find_own(command, this_machine())
        if own is None:
            program = split_command(command)[0]
            raise PlayerError(f"The program “{program}” was not found on this computer")
        return own

    async def open(self, player: Player, url: str, title: str) -> None:
        """Start the player, detached, with the URL.

        Raises:
            PlayerError: It could not be started.
        """
        self._forget_ended()
        opened = await open_player(player, url, title)
        self._opened[url] = clock.monotonic(), player, opened

    def opened(self, url: str) -> tuple[float, Player, bool] | None:
        """Tell of the player that was last opened with the URL.

        Returns:
            Seconds since then, the player, and whether it still runs; None when none was.
        """
        found = self._opened.get(url)
        if found is None:
            return None
        at, player, opened = found
        return clock.monotonic() - at, player, opened.runs

    def _forget_ended(self) -> None:
        for url, (_, _, opened) in tuple(self._opened.items()):
            if not opened.runs:
                del self._opened[url]
