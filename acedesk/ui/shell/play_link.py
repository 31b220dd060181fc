"""What happens with a link: the stream starts, its URL is copied, a player may open it."""

from collections.abc import Callable

from acedesk.model.content import Link
from acedesk.model.player import Player
from acedesk.signals import Signal
from acedesk.ui.actions import run_action
from acedesk.ui.desk import Desk
from acedesk.ui.players import Players
from acedesk.ui.shell.omnibox import ReadyBar


class LinkPlayer:
    """Plays links and shows in `bar` what became of the last one.

    Signals:
        played: The stream of this link was started.
    """

    def __init__(
        self,
        desk: Desk,
        players: Players,
        bar: ReadyBar,
        on_error: Callable[[Exception], object],
    ) -> None:
        self.played: Signal[Link] = Signal()
        self._desk = desk
        self._players = players
        self._bar = bar
        self._on_error = on_error
        bar.player_chosen.connect(self._open)

    def play(self, link: Link) -> None:
        """Start the stream of a link and put its URL on the clipboard."""
        run_action(self._play(link), self._on_error, name="play link")

    async def _play(self, link: Link) -> None:
        await self._desk.streams.prepare(link)
        self._bar.show_link(link, self._players.copy_url(link.key))
        self.played.emit(link)

    def _open(self, player: Player) -> None:
        link = self._bar.link
        if link is not None:
            opening = self._players.open(player, link.key, link.title or link.key.short)
            run_action(opening, self._on_error, name=f"open {player.id}")
