"""The players of this computer for everything in the windows that opens one."""

from collections.abc import Callable, Iterable

from acedesk.errors import PlayerError
from acedesk.model.content import Link, StreamKey
from acedesk.model.player import Player
from acedesk.rules.player_choice import Answer, PlayerChoice, choose_player, sort_players
from acedesk.signals import Signal
from acedesk.ui.actions import run_action
from acedesk.ui.clipboard import clipboard
from acedesk.ui.desk import Desk

_ICONS = {"vlc": "vlc", "mpv": "play-box-outline", "kodi": "kodi"}


def icon_of(player: Player) -> str:
    """Return the icon of a player."""
    return _ICONS.get(player.id, "play-box-outline")


class Players:
    """Knows the installed players once `look` has run; hands them URLs.

    Signals:
        changed: `found` is different now.
        failed: A player could not be started: with it, the link and why.
    """

    def __init__(self, desk: Desk) -> None:
        self.changed: Signal[()] = Signal()
        self.failed: Signal[Player, Link, PlayerError] = Signal()
        self._desk = desk
        self._found: tuple[Player, ...] = ()
        self._looked = False
        self._command = desk.settings.current.player_command
        desk.settings.changed.connect(lambda _settings: self._settings_changed())

    @property
    def found(self) -> tuple[Player, ...]:
        """The players, the one Play opens first; none before the first `look`."""
        return sort_players(self._found, self._desk.settings.current.default_player)

    async def look(self) -> None:
        """Look for players again."""
        found = await self._desk.players.find()
        self._looked = True
        if found != self._found:
            self._found = found
            self.changed.emit()

    async def choose(self) -> PlayerChoice:
        """Return what Play does; looks again where it would not open one."""
        if not self._looked or self._choice().answer not in (Answer.OPEN, Answer.COPY):
            await self.look()
        return self._choice()

    def _choice(self) -> PlayerChoice:
        settings = self._desk.settings.current
        return choose_player(
            self._found, action=settings.play_action, wanted=settings.default_player
        )

    def _settings_changed(self) -> None:
        command = self._desk.settings.current.player_command
        if command != self._command:
            self._command = command
            run_action(self.look(), lambda _error: None, name="look for players")
        self.changed.emit()  # another one may come first

    def copy_url(self, key: StreamKey, then: Callable[[], object] = lambda: None) -> str:
        """Put the stream's player URL on the clipboard and return it; `then` once it is there."""
        url = self._desk.streams.player_url(key)
        clipboard().copy(url, then)
        return url

    def copy_urls(
        self, keys: Iterable[StreamKey], then: Callable[[], object] = lambda: None
    ) -> None:
        """Put the player URLs of several streams on the clipboard, a line each, as `copy_url`."""
        urls = [self._desk.streams.player_url(key) for key in keys]
        clipboard().copy("\n".join(urls), then)

    def copy_hls_url(self, key: StreamKey, then: Callable[[], object] = lambda: None) -> str:
        """Put the URL of the stream's playlist (HLS) on the clipboard, as `copy_url`."""
        url = self._desk.streams.player_url(key, hls=True)
        clipboard().copy(url, then)
        return url

    async def open(self, player: Player, link: Link) -> bool:
        """Start the player with the stream; tell whether it started, `failed` tells why not."""
        url = self._desk.streams.player_url(link.key)
        try:
            await self._desk.players.open(player, url, self._title(link))
        except PlayerError as exc:
            self.failed.emit(player, link, exc)
            return False
        return True

    def _title(self, link: Link) -> str:
        """Return what a player calls a stream: by the link, or as it is called since it runs."""
        streams = self._desk.snapshot().streams
        known = next((stream.name for stream in streams if stream.key == link.key), "")
        return link.title or known or link.key.short

    def opened(self, key: StreamKey) -> tuple[float, Player, bool] | None:
        """Tell of the player that was last opened with the stream, see `PlayersDesk.opened`."""
        return self._desk.players.opened(self._desk.streams.player_url(key))
