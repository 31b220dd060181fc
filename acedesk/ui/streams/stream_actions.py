"""What can be done with one stream, wherever it is offered: the page, its menu, the tray."""

import contextlib
from collections.abc import Callable, Coroutine, Iterable, Sequence
from typing import Any

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QMenu, QWidget

from acedesk.errors import NotFound
from acedesk.model.content import Link
from acedesk.model.diagnosis import Action
from acedesk.model.engine import EngineId, EngineState
from acedesk.model.player import Player
from acedesk.model.snapshot import StreamState, StreamView
from acedesk.ui.desk import Desk
from acedesk.ui.dialogs import Choice, ask
from acedesk.ui.look import icons
from acedesk.ui.players import Players, icon_of
from acedesk.ui.streams import words
from acedesk.words import numbers

Run = Callable[[Coroutine[Any, Any, object], str], None]


class StreamActions:
    """Does them, and tells what was done in one short sentence.

    Args:
        run: Starts the asynchronous ones and shows their errors.
        say: Shows the sentence.
        play: Starts a link the way the window does; None where nothing can be started.
    """

    def __init__(
        self,
        desk: Desk,
        players: Players,
        run: Run,
        say: Callable[[str], object],
        *,
        play: Callable[[Link], object] | None = None,
    ) -> None:
        self._play = play
        self._desk = desk
        self._players = players
        self._run = run
        self._say = say

    def copy_url(self, stream: StreamView) -> None:
        """Put the player URL on the clipboard."""
        said = _tr("URL of {name} copied").format(name=words.name(stream))
        self._players.copy_url(stream.key, lambda: self._say(said))

    def copy_hls_url(self, stream: StreamView) -> None:
        """Put the URL of the playlist on the clipboard, for players that want HLS."""
        said = _tr("HLS URL of {name} copied").format(name=words.name(stream))
        self._players.copy_hls_url(stream.key, lambda: self._say(said))

    def copy_urls(self, streams: Sequence[StreamView]) -> None:
        """Put the player URLs on the clipboard, a line each."""
        if len(streams) == 1:
            self.copy_url(streams[0])
        elif streams:
            said = _tr("{count} copied").format(count=numbers.count(len(streams), "URL"))
            keys = [stream.key for stream in streams]
            self._players.copy_urls(keys, lambda: self._say(said))

    def open(self, player: Player, stream: StreamView) -> None:
        """Open the stream in a player of this computer."""
        name = words.name(stream)
        link = Link(key=stream.key, title=name)
        self._run(self._players.open(player, link), f"open {player.id}")
        self._say(_tr("Opening {name} in {player}").format(name=name, player=player.name))

    def stop(self, stream: StreamView) -> None:
        """Stop the stream and close its viewers."""
        self._run(self._stop((stream,)), "stop stream by user")

    async def _stop(self, streams: Iterable[StreamView]) -> None:
        for stream in streams:
            with contextlib.suppress(NotFound):  # it has ended meanwhile, as is wanted
                await self._desk.streams.stop(stream.id)

    async def stop_asked(self, parent: QWidget, streams: Sequence[StreamView]) -> None:
        """Stop these streams after asking; failed ones only leave the list."""
        several = numbers.count(len(streams), "stream")
        one = _tr("Stop {name}?").format(name=words.name(streams[0]))
        title = one if len(streams) == 1 else _tr("Stop {streams}?").format(streams=several)
        viewers = sum(len(stream.clients) for stream in streams)
        choices = (Choice("", _tr("Cancel")), Choice("stop", _tr("Stop"), "primary"))
        answer = await ask(parent, title, words.disconnected(viewers), choices)
        if answer.choice == "stop":
            await self._stop(streams)

    def try_again(self, stream: StreamView) -> None:
        """Play a stream as its link would be; one that ended is started once more."""
        if self._play is not None:
            self._play(Link(key=stream.key, title=words.title(stream)))

    def other_engine(self, stream: StreamView) -> None:
        """Start a stream that failed once more, with an engine that did not fail it."""
        self._run(self._start_elsewhere(stream), "other engine by user")

    async def _start_elsewhere(self, stream: StreamView) -> None:
        await self._desk.streams.start_elsewhere(stream.id)
        self.try_again(stream)  # it runs already: what is left is to show it

    def has_other_engine(self, stream: StreamView) -> bool:
        """Tell whether a stream that failed can be tried with another engine."""
        engines = self._desk.snapshot().engines
        ready = [one for one in engines if one.state is EngineState.READY]
        return stream.state is StreamState.FAILED and len(ready) > 1

    def close_client(self, client_id: str) -> None:
        """Disconnect one viewer."""
        self._run(self._close_client(client_id), "close viewer by user")

    async def _close_client(self, client_id: str) -> None:
        with contextlib.suppress(NotFound):  # it has left meanwhile
            await self._desk.streams.close_client(client_id)

    def remedy(self, stream: StreamView) -> None:
        """Do what the stream's diagnosis suggests, where AceDesk can do it."""
        found = stream.diagnosis
        if found is None:
            return
        if found.action is Action.CLOSE_VIEWER:
            self.close_client(found.target)
        elif found.action is Action.SWITCH_ENGINE:
            self._run(self._switch_engine(stream), "switch engine by user")
        elif found.action is Action.ADD_ENGINE:
            self._run(self._desk.engines.add(), "add engine by user")
        elif found.action is Action.START_ENGINE:
            self._run(self._desk.engines.restart(EngineId(found.target)), "start engine by user")

    async def _switch_engine(self, stream: StreamView) -> None:
        await self._desk.streams.switch_engine(stream.id)
        self._say(_tr("{name} goes on with another engine").format(name=words.name(stream)))

    def fill_menu(self, menu: QMenu, stream: StreamView) -> None:
        """Put Copy URL, Copy HLS URL, Open in ... and Stop into a menu; what ended begins anew."""
        if self._play is not None:
            text, icon = ("Play", "play") if stream.is_alive else (words.TRY_AGAIN, "refresh")
            play = menu.addAction(icons.icon(icon), _tr(text))
            play.triggered.connect(lambda: self.try_again(stream))
            if self.has_other_engine(stream):
                other = menu.addAction(icons.icon("swap-horizontal"), _tr(words.OTHER_ENGINE))
                other.triggered.connect(lambda: self.other_engine(stream))
            menu.addSeparator()
        copy = menu.addAction(icons.icon("content-copy"), _tr("Copy URL"))
        copy.triggered.connect(lambda: self.copy_url(stream))
        hls = menu.addAction(icons.icon("playlist-play"), _tr("Copy HLS URL"))
        hls.triggered.connect(lambda: self.copy_hls_url(stream))
        for player in self._players.found:
            text = _tr("Open in {player}").format(player=player.name)
            action = menu.addAction(icons.icon(icon_of(player)), text)
            action.triggered.connect(lambda _=False, chosen=player: self.open(chosen, stream))
        menu.addSeparator()
        stop = menu.addAction(icons.icon("stop"), _tr("Stop") if stream.is_alive else _tr("Remove"))
        stop.triggered.connect(lambda: self.stop(stream))

    def fill_menu_of_several(
        self, menu: QMenu, streams: Sequence[StreamView], stop: Callable[[], object]
    ) -> None:
        """Put what can be done with all of these into a menu.

        Args:
            stop: Asks, and stops them.
        """
        count = numbers.count(len(streams), "URL")
        copy = menu.addAction(icons.icon("content-copy"), _tr("Copy {urls}").format(urls=count))
        copy.triggered.connect(lambda: self.copy_urls(streams))
        menu.addSeparator()
        several = numbers.count(len(streams), "stream")
        ends = menu.addAction(icons.icon("stop"), _tr("Stop {streams}…").format(streams=several))
        ends.triggered.connect(lambda _on=False: stop())


def _tr(text: str) -> str:
    return QCoreApplication.translate("StreamActions", text)
