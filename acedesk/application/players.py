"""What may be asked about the players on this computer."""

from acedesk.model.player import Player
from acedesk.players.find import find_players
from acedesk.players.launch import open_player


class PlayerControl:
    """Players for the windows; see also `acedesk.ui.desk.PlayersDesk`."""

    async def find(self) -> tuple[Player, ...]:
        """Return the players on this computer, best first."""
        return await find_players()

    async def open(self, player: Player, url: str, title: str) -> None:
        """Start the player, detached, with the URL.

        Raises:
            PlayerError: It could not be started.
        """
        await open_player(player, url, title)
