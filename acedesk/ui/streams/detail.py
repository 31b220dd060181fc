"""What is known about the selected stream: its course, its URL, why it is so, who watches."""

import datetime
from collections.abc import Callable

from PySide6.QtCore import QRect, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from acedesk.model.snapshot import StreamView
from acedesk.ui.graphs.axis import HOUR, MINUTES, Span
from acedesk.ui.look import theme, tokens
from acedesk.ui.player_buttons import PlayerButtons
from acedesk.ui.players import Players
from acedesk.ui.streams import history_words, words
from acedesk.ui.streams.graph import StreamGraph
from acedesk.ui.streams.stream_actions import StreamActions
from acedesk.ui.streams.viewers import ViewerList
from acedesk.ui.widgets.buttons import Button, ChoiceButton, SecondaryButton
from acedesk.ui.widgets.card import Card
from acedesk.ui.widgets.glyph import Glyph
from acedesk.ui.widgets.label import ElidedLabel, make_label
from acedesk.ui.widgets.url_well import UrlWell

# No line ends between a number and its unit, nor behind the stroke.
UNIT = "\N{NO-BREAK SPACE}Mbit/\N{WORD JOINER}s"


class StreamDetail(QWidget):
    """The lower half of the page."""

    def __init__(
        self, players: Players, actions: StreamActions, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._actions = actions
        self._stream: StreamView | None = None
        self.graph = StreamGraph()
        self.spans = SpanSwitch()
        self.url = UrlWell()
        self.player_buttons = PlayerButtons(players, primary=True)
        self.stop_button = SecondaryButton(self.tr("Stop"), "stop")
        self.sentence = DiagnosisCard()
        self.viewers = ViewerList()
        self.story = StoryLine("", "small")
        self._name = ElidedLabel("", "section")
        self.again = Button(words.TRY_AGAIN, "refresh", kind="primary", small=True)
        self.other = SecondaryButton(words.OTHER_ENGINE, "swap-horizontal", small=True)
        self._lay_out()
        self.spans.chosen.connect(self.graph.set_span)
        self.url.copied.connect(lambda: self._act(actions.copy_url))
        self.player_buttons.chosen.connect(
            lambda player: self._act(lambda stream: actions.open(player, stream))
        )
        self.stop_button.clicked.connect(lambda: self._act(actions.stop))
        self.viewers.close_wanted.connect(actions.close_client)
        self.again.clicked.connect(lambda: self._act(actions.try_again))
        self.other.clicked.connect(lambda: self._act(actions.other_engine))
        self.sentence.button.clicked.connect(lambda: self._act(actions.remedy))

    def _lay_out(self) -> None:
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(tokens.SPACE_L)
        left = Card()
        left.body.addLayout(self._heading())
        left.body.addLayout(self._second_line())
        left.body.addWidget(self.graph, 1)
        left.body.addWidget(self.url)
        buttons = QHBoxLayout()
        buttons.setSpacing(tokens.SPACE_S)
        buttons.addWidget(self.player_buttons)
        buttons.addStretch(1)
        buttons.addWidget(self.stop_button)
        left.body.addLayout(buttons)
        row.addWidget(left, 3)
        right = QVBoxLayout()
        right.setSpacing(tokens.SPACE_L)
        for button in (self.again, self.other):
            self.sentence.buttons.addWidget(button)
            button.hide()
        self.sentence.buttons.addStretch(1)
        right.addWidget(self.sentence)
        right.addWidget(self.viewers, 1)
        row.addLayout(right, 2)

    def _heading(self) -> QHBoxLayout:
        heading = QHBoxLayout()
        heading.setSpacing(tokens.SPACE_S)
        heading.addWidget(self._name, 1)
        heading.addWidget(self.spans)
        return heading

    def _second_line(self) -> QHBoxLayout:
        line = QHBoxLayout()
        line.setSpacing(tokens.SPACE_S)
        line.addWidget(self.story, 1)
        for text, needed in ((self.tr("Mbit/s in"), False), (self.tr("needed"), True)):
            line.addWidget(make_label(text, "small"))
            line.addWidget(LegendLine(dashed=needed))
        return line

    def show_stream(
        self,
        stream: StreamView,
        url: str,
        now: datetime.datetime,
        grace: float,
        *,
        can_add: bool = True,
    ) -> None:
        """Show this stream as it is at `now`; `grace` and `can_add` as in `words.sentence`."""
        self._stream = stream
        self._name.setText(words.name(stream))
        self.graph.show_stream(stream, now)
        self.story.tell(history_words.story(stream), history_words.whole_story(stream))
        self.url.show_url(url)
        # A player would find nothing to play.
        self.player_buttons.setVisible(stream.is_alive)
        self.again.setVisible(not stream.is_alive)
        self.other.setVisible(not stream.is_alive and self._actions.has_other_engine(stream))
        self.sentence.show_sentence(words.sentence(stream, now, grace, can_add=can_add))
        self.stop_button.setText(self.tr("Stop") if stream.is_alive else self.tr("Remove"))
        self.viewers.show_clients(stream.clients)
        self.viewers.show_left(stream.left, now)

    def _act(self, action: Callable[[StreamView], None]) -> None:
        if self._stream is not None:
            action(self._stream)


class DiagnosisCard(Card):
    """Says in words how the stream does, with a button where one click can help.

    Attributes:
        button: The one click, hidden where there is none.
        buttons: The row it stands in.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent=parent)
        self.body.setSpacing(tokens.SPACE_XS)
        self._glyph = Glyph("check-circle", 18, "good")
        self.title = make_label("", "strong", wrap=True)
        self.text = make_label("", "muted", wrap=True, selectable=True)
        top = QHBoxLayout()
        top.setSpacing(tokens.SPACE_S)
        top.addWidget(self._glyph, alignment=Qt.AlignmentFlag.AlignTop)
        top.addWidget(self.title, 1)
        self.body.addLayout(top)
        self.body.addWidget(self.text)
        self.button = SecondaryButton("", small=True)
        self.button.hide()
        self.buttons = QHBoxLayout()
        self.buttons.setSpacing(tokens.SPACE_S)
        self.buttons.addWidget(self.button)
        self.body.addLayout(self.buttons)

    def show_sentence(self, said: words.StreamSentence) -> None:
        """Show this sentence; the same one again costs nothing."""
        self._glyph.show_icon(said.icon, said.tone)
        for label, text in ((self.title, said.title), (self.text, said.text)):
            unbroken = text.replace(" Mbit/s", UNIT)
            if label.text() != unbroken:
                label.setText(unbroken)
        if self.button.text() != said.button:
            self.button.setText(said.button)
        self.button.setVisible(bool(said.button))
        above = 0 if self.buttons.isEmpty() else tokens.SPACE_S  # empty: all of them are hidden
        self.buttons.setContentsMargins(0, above, 0, 0)


class SpanSwitch(QWidget):
    """Two buttons of which one is down: the last minutes, or the last hour.

    Signals:
        chosen: With the `Span`.

    Attributes:
        buttons: By span.
    """

    chosen = Signal(Span)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.buttons: dict[Span, ChoiceButton] = {}
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(tokens.SPACE_XS)
        group = QButtonGroup(self)
        for span in (MINUTES, HOUR):
            button = ChoiceButton(span.name, chosen=span is MINUTES, small=True)
            button.setAccessibleName(self.tr("Last {time}").format(time=span.words))
            button.clicked.connect(lambda _=False, span=span: self.chosen.emit(span))
            group.addButton(button)
            row.addWidget(button)
            self.buttons[span] = button


class StoryLine(ElidedLabel):
    """Says in one line, or two where there is no room, what its tooltip says in full."""

    _whole = ""

    def __init__(self, text: str = "", role: str = "") -> None:
        super().__init__(text, role)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)

    def lines(self, width: int) -> list[str]:
        """Return the text as it is shown in so many pixels: one line, or two."""
        words, separator = self.text().split(history_words.SEPARATOR), history_words.SEPARATOR
        if self._needs(words[0]) > width:
            words, separator = self.text().split(" "), " "
        for count in range(len(words), 1, -1):
            first = separator.join(words[:count])
            if self._needs(first) <= width:
                return [first, separator.join(words[count:])] if words[count:] else [first]
        return [words[0], separator.join(words[1:])] if words[1:] else [words[0]]

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        return len(self.lines(width)) * self.fontMetrics().height()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        area, height = self.contentsRect(), self.fontMetrics().height()
        lines = self.lines(area.width())
        top = area.top() + max(0, (area.height() - len(lines) * height) // 2)
        for number, line in enumerate(lines):
            place = QRect(area.left(), top + number * height, area.width(), height)
            self.paint_line(painter, place, line)

    def _needs(self, text: str) -> int:
        return self.fontMetrics().horizontalAdvance(text)

    def tell(self, text: str, whole: str) -> None:
        """Show `text`; `whole` is under the pointer, and read aloud."""
        self.setText(text)
        if whole != self._whole:
            self._whole = whole
            self.setAccessibleDescription(whole)
            self._tell_rest()

    def _tell_rest(self) -> None:
        self.setToolTip(self._whole)


class LegendLine(QWidget):
    """The short line beside a legend's word."""

    def __init__(self, *, dashed: bool, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._dashed = dashed
        self.setFixedWidth(18)

    def sizeHint(self) -> QSize:
        return QSize(18, 12)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        if self._dashed:
            painter.setPen(QPen(theme.color("muted"), 1, Qt.PenStyle.DashLine))
        else:
            painter.setPen(QPen(theme.color("accent"), 2))
        middle = self.height() // 2
        painter.drawLine(1, middle, self.width() - 1, middle)
