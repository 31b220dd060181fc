"""The players of this computer for everything in the windows that opens one."""

from collections.abc import Callable, Iterable

from acedesk.model.content import StreamKey
from acedesk.model.player import Player
from acedesk.signals import Signal
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
    """

    def __init__(self, desk: Desk) -> None:
        self.changed: Signal[()] = Signal()
        self._desk = desk
        self._found: tuple[Player, ...] = ()

    @property
    def found(self) -> tuple[Player, ...]:
        """The players, best first; none before the first `look`."""
        return self._found

    async def look(self) -> None:
        """Look for players again."""
        found = await self._desk.players.find()
        if found != self._found:
            self._found = found
            self.changed.emit()

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

    async def open(self, player: Player, key: StreamKey, title: str) -> None:
        """Start the player with the stream.

        Raises:
            PlayerError: It could not be started.
        """
        await self._desk.players.open(player, self._desk.streams.player_url(key), title)
