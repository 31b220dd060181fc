"""What stands under the paste field: links that wait, a question about players, the last link."""

from collections.abc import Callable

from PySide6.QtCore import QObject, Signal

from acedesk.model.player import Player
from acedesk.model.snapshot import Snapshot, StreamState
from acedesk.ui.clipboard import clipboard
from acedesk.ui.desk import Desk
from acedesk.ui.engines.engine_actions import EngineActions
from acedesk.ui.notices.area import NoticeArea, Rank
from acedesk.ui.pages import PageStack
from acedesk.ui.play.link_offer import LinkOffer
from acedesk.ui.play.link_player import LinkPlayer, Played
from acedesk.ui.play.player_card import PlayerCard
from acedesk.ui.play.ready_bar import ReadyBar
from acedesk.ui.play.test_card import LinkTestCard
from acedesk.ui.play.waiting_card import WaitingCard
from acedesk.ui.play.words import BarWords, describe_start, describe_stream, link_name
from acedesk.ui.players import Players
from acedesk.words.link_waiting import Way, describe_waiting


class PlayPanel(QObject):
    """Shows a `LinkPlayer`.

    Args:
        stack: The pages below; some of them offer engines themselves.
        on_error: Shows why no engine could be started.

    Signals:
        address_wanted: The address of an engine shall be asked for.
        play_test_wanted: The test channel shall be played.
        said: One short sentence for the status line.

    Attributes:
        bar, question, waiting, offer, test: The parts.
    """

    address_wanted = Signal()
    play_test_wanted = Signal()
    said = Signal(str)

    def __init__(
        self,
        desk: Desk,
        players: Players,
        playing: LinkPlayer,
        stack: PageStack,
        on_error: Callable[[Exception], object],
    ) -> None:
        super().__init__()
        self._stack = stack
        self._actions = EngineActions(desk, on_error, self.said.emit)
        self._desk = desk
        self._playing = playing
        self._offered_for = ""  # the stream
        self.waiting = WaitingCard()
        self.question = PlayerCard(players, playing.question)
        self.bar = ReadyBar(players)
        self.test = LinkTestCard(desk, playing.play, on_error)
        self.offer = LinkOffer(desk, on_error, self.said.emit, self.show_now)
        self.test.changed.connect(self.show_now)
        playing.changed.connect(self.show_now)
        playing.question.changed.connect(self.show_now)
        playing.waiting.changed.connect(self.show_now)
        self.waiting.way_chosen.connect(self._get_engine)
        self.waiting.cancelled.connect(playing.cancel)
        self.waiting.all_cancelled.connect(self._cancel_all)
        self.bar.player_chosen.connect(self._open)
        self.bar.copied.connect(self._copied)
        self.bar.retry_wanted.connect(self._retry)
        self.bar.dismissed.connect(playing.dismiss)
        stack.currentChanged.connect(self.show_now)
        clipboard().replaced.connect(self._clipboard_replaced)
        self.show_now()

    def add_to(self, notices: NoticeArea) -> None:
        """Show the parts there, from now on; it lives as long as they do."""
        self.setParent(notices)
        notices.add(self.waiting, Rank.QUESTION)
        notices.add(self.question, Rank.QUESTION)
        notices.add(self.test, Rank.LINK)
        notices.add(self.bar, Rank.LINK)
        notices.add(self.offer, Rank.NOTE)

    def refresh(self, snapshot: Snapshot) -> None:
        """Show what holds now."""
        self._playing.look_at_question()
        self._show_waiting(snapshot)
        self._show_last(snapshot)

    def show_now(self) -> None:
        """Show what holds now, also what it depends on the page that is open."""
        self.refresh(self._desk.snapshot())

    def _offer_links(self, last: Played, snapshot: Snapshot) -> None:
        """Offer to open links here, once a link that somebody gave has a picture."""
        plays = any(
            stream.id == last.stream_id and stream.state is StreamState.PLAYING
            for stream in snapshot.streams
        )
        if plays and last.stream_id != self._offered_for:
            self._offered_for = last.stream_id
            if last.link.key != self._desk.streams.test_link.key:
                self.offer.consider()

    def _show_waiting(self, snapshot: Snapshot) -> None:
        links = self._playing.waiting.links
        if not links:
            self.waiting.setVisible(False)
            return
        docker = self._desk.engines.docker_name
        offered = self._are_ways_below(snapshot)
        names = [link_name(link) for link in links]
        said = describe_waiting(snapshot, names, docker=docker, offered=offered)
        self.waiting.show_waiting(said, links)

    def _are_ways_below(self, snapshot: Snapshot) -> bool:
        """Tell whether the page below offers the ways to get an engine itself, without one."""
        # That of the streams shows streams where there are some, as that of the test channel.
        page = self._stack.current
        return page == "Engines" or (page == "Streams" and not snapshot.streams)

    def _show_last(self, snapshot: Snapshot) -> None:
        last = self._playing.last
        if last is not None:
            self._offer_links(last, snapshot)
        said = self._words(last, snapshot) if last is not None else None
        if last is None or said is None:
            self.bar.setVisible(False)
        else:
            self.bar.show_words(said, self._desk.streams.player_url(last.link.key))

    def _words(self, last: Played, snapshot: Snapshot) -> BarWords | None:
        """Return what the bar says, None when the stream is gone and all that could be said."""
        copies = last.copies
        if not last.stream_id or last.error is not None:
            return describe_start(last.link, last.error, copies=copies)
        stream = next((one for one in snapshot.streams if one.id == last.stream_id), None)
        if stream is None:
            return None
        settings = self._desk.settings.current
        opened = self._desk.players.opened(self._desk.streams.player_url(last.link.key))
        is_gone = opened is not None and not opened[2] and not stream.clients
        return describe_stream(
            stream,
            now=snapshot.time,
            grace=settings.file_grace if stream.is_file else settings.grace,
            player=None if is_gone else last.player,
            again=last.again,
            copies=copies,
        )

    def _cancel_all(self) -> None:
        self._playing.cancel(*(link.key for link in self._playing.waiting.links))

    def _get_engine(self, way: Way) -> None:
        # The button that was pressed is disabled and then hidden: the focus stays in the card.
        self.waiting.cancel.setFocus()
        match way:
            case Way.START:
                self._actions.add(self.waiting.ways[way])
            case Way.DOCKER:
                self._actions.start_docker(self.waiting.ways[way])
            case Way.ADDRESS:
                self.address_wanted.emit()
            case Way.TEST:
                self.play_test_wanted.emit()

    def _open(self, player: Player) -> None:
        last = self._playing.last
        if last is not None:
            self._playing.open_in(player, last.link)

    def _copied(self) -> None:
        last = self._playing.last
        if last is not None:
            last.copies += 1
            self.show_now()
        self.said.emit(self.tr("URL copied"))

    def _retry(self) -> None:
        last = self._playing.last
        if last is not None:
            self._playing.play(last.link)

    def _clipboard_replaced(self) -> None:
        last = self._playing.last
        if last is None or not last.copies:
            return
        if not clipboard().holds(self._desk.streams.player_url(last.link.key)):
            last.copies = 0
            self.show_now()
