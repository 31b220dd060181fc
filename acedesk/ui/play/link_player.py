"""The one path of a link: its stream starts, or it waits for an engine; then the player opens.

Everything that plays comes here: the paste field, a drop, a row, a clicked link, the tray, the
command line, the test channel. Pure UI state, no widgets: `acedesk.ui.play.panel` shows it.
"""

import dataclasses
import enum
import urllib.parse
from collections.abc import Callable, Coroutine
from typing import Any

from acedesk.errors import AceDeskError, Busy, PlayerError
from acedesk.model.content import Link, StreamKey
from acedesk.model.player import Player
from acedesk.model.snapshot import StreamState, StreamView
from acedesk.rules.player_choice import Answer, plays_already
from acedesk.signals import Signal
from acedesk.ui.actions import run_action
from acedesk.ui.desk import Desk
from acedesk.ui.play.question import PlayerQuestion, Question
from acedesk.ui.play.waiting_links import WaitingLinks
from acedesk.ui.players import Players
from acedesk.ui.streams.words import is_local
from acedesk.words.link_waiting import is_waited_for


class Opens(enum.Enum):
    """Which player is opened with a stream.

    NONE: none, its URL is copied.  CHOSEN: the chosen one; a person who has not chosen is asked.
    BEST: the same, and the question does not keep the picture: the suggested player opens.
    """

    NONE = "none"
    CHOSEN = "chosen"
    BEST = "best"


@dataclasses.dataclass(slots=True)
class Played:
    """The link that was played last, and what became of it.

    Attributes:
        stream_id: Of its stream once it started, "" before.
        copies: How often its URL was put on the clipboard; 0 when something else is there.
        player: What was opened with it, or is being opened; None when nothing was.
        again: That player was open already, nothing was opened.
        error: Why it did not start.
    """

    link: Link
    stream_id: str = ""
    copies: int = 0
    player: Player | None = None
    again: bool = False
    error: AceDeskError | None = None


class LinkPlayer:
    """Plays links.

    Args:
        on_error: Shows what nobody foresaw.

    Attributes:
        last: The link that was played last, None when its bar was dismissed.
        question: What a person has to decide.
        waiting: The links that wait for an engine.

    Signals:
        begun: A link was taken, whatever becomes of it.
        played: A stream was started: its id, and whether its link had waited for an engine.
        changed: `last` is different.
        told: Something happened to a link: a sentence, for who is not looking.
    """

    def __init__(
        self, desk: Desk, players: Players, on_error: Callable[[Exception], object]
    ) -> None:
        self.begun: Signal[()] = Signal()
        self.played: Signal[str, bool] = Signal()
        self.changed: Signal[()] = Signal()
        self.told: Signal[str] = Signal()
        self.last: Played | None = None
        self._desk = desk
        self._players = players
        self._on_error = on_error
        self._starting: set[StreamKey] = set()
        self.waiting = WaitingLinks(desk, self._retry)
        self.question = PlayerQuestion(desk, players, self, on_error)
        self._disconnect = players.failed.connect(self._player_failed)

    # What may be asked for

    def play(self, link: Link) -> None:
        """Start the stream and open the player, or copy the URL where the setting says so."""
        if self._desk.settings.current.play_action == "copy":
            self.copy(link)
        else:
            self.begun.emit()
            self._begin(link, Opens.CHOSEN)

    def play_test(self) -> None:
        """Play the test channel: one press brings a picture, whether or not a player was chosen."""
        link = self._desk.streams.test_link
        if self._desk.settings.current.play_action == "copy":
            self.copy(link)
        else:
            self.begun.emit()
            self._begin(link, Opens.BEST)

    def copy(self, link: Link) -> None:
        """Put the URL on the clipboard and start the stream, so that a player finds it running."""
        self.begun.emit()
        self._begin(link, Opens.NONE)
        self._players.copy_url(link.key, lambda: self._note_copy(link))

    def _note_copy(self, link: Link) -> None:
        if self.last is not None and self.last.link.key == link.key:
            self.last.copies += 1
            self.told.emit(f"URL of {link.title or link.key.short} copied")
            self.changed.emit()

    def open_in(self, player: Player, link: Link) -> None:
        """Open the link in this player, whether or not one plays it already."""
        if self.last is not None and self.last.link.key == link.key:
            self.last.player, self.last.again = player, False
            self.changed.emit()
        run_action(self._players.open(player, link), self._on_error, name=f"open {player.id}")

    def cancel(self, *keys: StreamKey) -> None:
        """Let links wait no longer; nobody is asked any more in which player they play."""
        for key in keys:
            self.waiting.remove(key)
        self.question.drop_about(*keys)

    def look_at_question(self) -> None:
        """Ask no longer about a link that has failed or whose stream is gone."""
        asked = self.question.asked
        if asked is not None and not self._is_begun(asked.link) and self._has_failed(asked.link):
            self.question.drop()

    def _is_begun(self, link: Link) -> bool:
        return link.key in self._starting or link.key in self.waiting

    def dismiss(self) -> None:
        """Forget the last link: its bar was closed."""
        self.last = None
        self.changed.emit()

    def close(self) -> None:
        """Play nothing any more: AceDesk is being quit."""
        self._disconnect()
        self.waiting.close()

    # Starting

    def _begin(self, link: Link, opens: Opens) -> None:
        if self._is_begun(link):
            return  # the same key pressed twice
        self.last = Played(link)
        self.question.drop()
        self.changed.emit()
        self._start(self._play(link, opens), link)

    def _start(self, work: Coroutine[Any, Any, None], link: Link) -> None:
        self._starting.add(link.key)
        run_action(
            work,
            lambda error: self._fail(link, error),
            name="play link",
            on_done=lambda: self._starting.discard(link.key),
        )

    async def _play(self, link: Link, opens: Opens) -> None:
        try:
            stream_id = await self._desk.streams.prepare(link)
        except Busy as exc:
            if not is_waited_for(exc.reason, self._desk.snapshot()):
                raise
            if opens is Opens.NONE:  # the address plays as soon as there is an engine
                return
            self._forget(link)
            self.waiting.add(link)
            self.told.emit(f"{link.title or link.key.short} waits for an engine")
            await self._ask(link)
            return
        await self._started(link, stream_id, opens)

    def _retry(self, link: Link) -> None:
        if link.key not in self._starting:
            self._start(self._play_waiting(link), link)

    async def _play_waiting(self, link: Link) -> None:
        try:
            stream_id = await self._desk.streams.prepare(link)
        except Busy as exc:
            if is_waited_for(exc.reason, self._desk.snapshot()):
                return
            self._take_out(link)
            raise
        except AceDeskError:
            self._take_out(link)
            raise
        if self._take_out(link):
            self.told.emit(f"{link.title or link.key.short} plays now")
            await self._started(link, stream_id, Opens.BEST, waited=True)

    def _take_out(self, link: Link) -> bool:
        """Take a link out of those that wait, and into the bar; False when it was cancelled."""
        waited = self.waiting.remove(link.key)
        if waited:
            self.last = Played(link)
            self.changed.emit()
        return waited

    async def _started(
        self, link: Link, stream_id: str, opens: Opens, *, waited: bool = False
    ) -> None:
        if self.last is not None and self.last.link.key == link.key:
            self.last.stream_id = stream_id
        self.played.emit(stream_id, waited)
        self.changed.emit()
        if opens is not Opens.NONE:
            await self._open(link, opens)

    def _fail(self, link: Link, error: Exception) -> None:
        if isinstance(error, AceDeskError):
            if self.last is None or self.last.link.key != link.key:
                self.last = Played(link)
            self.last.error = error
            self.told.emit(f"{link.title or link.key.short} does not play")
            self.changed.emit()
        else:
            self._forget(link)
            self._on_error(error)

    def _forget(self, link: Link) -> None:
        if self.last is not None and self.last.link.key == link.key:
            self.dismiss()

    # Opening

    async def _open(self, link: Link, opens: Opens) -> None:
        player = await self._ask(link, opens)
        if player is None:
            return
        again = self._plays_already(link)
        if self.last is not None and self.last.link.key == link.key:
            self.last.player, self.last.again = again or player, again is not None
            self.changed.emit()
        if again is None:
            await self._players.open(player, link)

    async def _ask(self, link: Link, opens: Opens = Opens.CHOSEN) -> Player | None:
        """Return the player that opens; None where a person is asked first, or wants none."""
        choice = await self._players.choose()
        if choice.answer is Answer.OPEN:
            return choice.player
        at_once = opens is Opens.BEST and choice.answer is Answer.ASK
        if choice.answer is not Answer.COPY:
            self.question.ask(Question(link, choice.answer, choice.player, opened=at_once))
        return choice.player if at_once else None

    def _plays_already(self, link: Link) -> Player | None:
        """Return the player of ours that plays the link already."""
        opened = self._players.opened(link.key)
        stream = self.stream()
        # With LAN on, players of this computer come from its address in the network.
        ours = urllib.parse.urlsplit(self._desk.streams.player_url(link.key)).hostname
        watched = stream is not None and any(
            is_local(client) or client.address == ours for client in stream.clients
        )
        if opened is None:
            return None
        ago, player, runs = opened
        return player if plays_already(opened_ago=ago, runs=runs, watched=watched) else None

    def stream(self) -> StreamView | None:
        """Return the stream of the last link as it is now, None when there is none."""
        last = self.last
        if last is None or not last.stream_id:
            return None
        streams = self._desk.snapshot().streams
        return next((stream for stream in streams if stream.id == last.stream_id), None)

    def _player_failed(self, player: Player, link: Link, error: PlayerError) -> None:
        last = self.last
        if last is not None and last.link.key == link.key:
            last.player = None
        if self._has_failed(link):
            self.changed.emit()
            return  # it found nothing to play: the stream is to blame, and is shown so
        others = [other for other in self._players.found if other.id != player.id]
        suggested = others[0] if others else None
        self.question.ask(Question(link, Answer.OPEN, suggested, failed=player, error=error))

    def _has_failed(self, link: Link) -> bool:
        """Tell whether there is nothing to play; of several links the last alone is `last`."""
        last = self.last
        if last is not None and last.link.key == link.key:
            if last.error is not None:
                return True
            if last.stream_id:
                stream = self.stream()
                return stream is None or stream.state is StreamState.FAILED
        streams = self._desk.snapshot().streams
        return any(one.key == link.key and one.state is StreamState.FAILED for one in streams)
