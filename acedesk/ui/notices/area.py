"""The cards under the paste field: as many as there is room for, the others behind a button.

The page below keeps at least half of the window: its buttons would be pushed out of it.
"""

import enum
import re
from typing import Final

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QApplication, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from acedesk.ui.look import tokens
from acedesk.ui.widgets.buttons import LinkButton
from acedesk.ui.widgets.error_card import ErrorCard

# Shares of the window's height: where cards are folded, and what they take when all are shown.
FOLDED_SHARE: Final = 0.36
MOST_SHARE: Final = 0.5
# The same for notes beside other cards: nobody waits for them, and the page has buttons too.
NOTES_SHARE: Final = 0.22
# Letters that a button under the cards has room for in the smallest window.
LONGEST_SENTENCE: Final = 60


class Rank(enum.IntEnum):
    """What is shown first; it is also the order from top to bottom."""

    ERROR = 0
    QUESTION = 1
    LINK = 2
    NOTE = 3


class NoticeArea(QWidget):
    """Shows cards that show and hide themselves; takes no room while all of them are hidden.

    The card in which the cursor is always is among those that are shown.

    Attributes:
        more: Shows all, or again as many as there is room for.
        scrolled: What scrolls when all are shown, or one is very high.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._places: list[tuple[Rank, QWidget, QWidget]] = []  # rank, card, and what it lies in
        self._unfolded = False
        self._room = 0
        self._arranging = False
        inside = QWidget()
        self._column = QVBoxLayout(inside)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(tokens.SPACE_S)
        self.scrolled = QScrollArea()
        self.scrolled.setWidgetResizable(True)
        self.scrolled.setWidget(inside)
        self.scrolled.setObjectName("notices")
        self.scrolled.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.scrolled.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.more = LinkButton("")
        row = QHBoxLayout()
        row.addWidget(self.more)
        row.addStretch(1)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(tokens.SPACE_XS)
        whole.addWidget(self.scrolled)
        whole.addLayout(row)
        self.more.clicked.connect(self._turn)
        self.hide()

    @property
    def told(self) -> list[QWidget]:
        """The cards that have something to say, those that are folded too."""
        return [card for _rank, card, _place in self._places if not card.isHidden()]

    def add(self, card: QWidget, rank: Rank) -> None:
        """Take in a card, below those of the same rank."""
        place = QWidget()
        inside = QVBoxLayout(place)
        inside.setContentsMargins(0, 0, 0, 0)
        inside.addWidget(card)
        self._places.append((rank, card, place))
        self._places.sort(key=lambda entry: entry[0])
        self._column.insertWidget([entry[2] for entry in self._places].index(place), place)
        card.installEventFilter(self)
        self._arrange()

    def new_note(self, rank: Rank = Rank.NOTE) -> ErrorCard:
        """Return a card for something that is no error; each has one of its own."""
        card = ErrorCard()
        card.set_tone("warn")
        self.add(card, rank)
        return card

    def set_room(self, height: int) -> None:
        """Tell the height of the window that the cards share with the page."""
        if height != self._room:
            self._room = height
            self._arrange()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in _CHANGES:
            self._arrange()
        return False

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self._arrange()

    def _turn(self) -> None:
        self._unfolded = not self._unfolded
        self._arrange()

    def _arrange(self) -> None:
        if self._arranging:  # hiding a card is a change of it, too
            return
        self._arranging = True
        told = [(card, place) for _rank, card, place in self._places if not card.isHidden()]
        shown = self._chosen(told)
        self._unfolded = self._unfolded and bool(told)
        for _rank, _card, place in self._places:
            place.setVisible(place in shown)
        self._tell_more([card for card, place in told if place not in shown])
        wanted, most = self._height(shown), max(1, int(self._room * MOST_SHARE))
        # A bar that comes while sizes change takes width: texts need more height, and it stays.
        off, needed = Qt.ScrollBarPolicy.ScrollBarAlwaysOff, Qt.ScrollBarPolicy.ScrollBarAsNeeded
        self.scrolled.setVerticalScrollBarPolicy(off if wanted <= most else needed)
        self.scrolled.setFixedHeight(min(wanted, most))
        self.setVisible(bool(told))
        self._arranging = False

    def _chosen(self, told: list[tuple[QWidget, QWidget]]) -> list[QWidget]:
        """Return what the cards that are shown lie in."""
        if self._unfolded:
            return [place for _card, place in told]
        focused = QApplication.focusWidget()
        first = [place for card, place in told if focused and card.isAncestorOf(focused)]
        notes = {place for rank, _card, place in self._places if rank is Rank.NOTE}
        shown: list[QWidget] = []
        for place in [*first, *(place for _card, place in told if place not in first)]:
            share = NOTES_SHARE if place in notes else FOLDED_SHARE
            if shown and self._height([*shown, place]) > self._room * share:
                break
            shown.append(place)
        return shown

    def _height(self, places: list[QWidget]) -> int:
        """Return how many pixels these need, at the width there is."""
        frame = 2 * self.scrolled.frameWidth()
        width = self.width() - frame
        heights = [_height_of(place, width) for place in places]
        return sum(heights) + tokens.SPACE_S * max(0, len(heights) - 1) + frame

    def _tell_more(self, folded: list[QWidget]) -> None:
        said = [card.accessibleName() for card in folded]
        if len(folded) == 1 and (first := _first_sentence(said[0])):
            self.more.setText(self.tr("and 1 more: {what}").format(what=first))
        elif folded:
            self.more.setText(self.tr("and {count} more").format(count=len(folded)))
        else:
            self.more.setText(self.tr("Show fewer"))
        self.more.setToolTip("\n".join(said))
        self.more.setVisible(bool(folded) or self._unfolded)


def _height_of(widget: QWidget, width: int) -> int:
    return (
        widget.heightForWidth(width) if widget.hasHeightForWidth() else widget.sizeHint().height()
    )


def _first_sentence(text: str) -> str:
    """Return the first sentence of a text, "" where it is too long for a button."""
    found = re.match(r"[^.?!]+[.?!]?", text)
    sentence = found[0] if found is not None else ""
    return sentence.replace("&", "&&") if len(sentence) <= LONGEST_SENTENCE else ""


_CHANGES: Final = (
    QEvent.Type.ShowToParent,
    QEvent.Type.HideToParent,
    QEvent.Type.LayoutRequest,
    QEvent.Type.FontChange,
)
