"""The bar under the paste field: the link that was played last, until its stream is gone."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from acedesk.ui.brief import BriefTimer
from acedesk.ui.clipboard import clipboard
from acedesk.ui.look import tokens
from acedesk.ui.play.words import BarWords
from acedesk.ui.player_buttons import PlayerButtons
from acedesk.ui.players import Players
from acedesk.ui.widgets.buttons import IconButton, SecondaryButton
from acedesk.ui.widgets.card import Card
from acedesk.ui.widgets.label import ElidedLabel, make_label
from acedesk.ui.widgets.pill import Pill

# The rest of the bar needs room too; the table has the whole name.
WIDEST_TITLE = 320


class ReadyBar(Card):
    """State and name of the stream, and what can be done with it.

    Signals:
        player_chosen: With the `Player` that shall open it.
        copied: The URL was copied.
        retry_wanted: Play it once more.
        dismissed: The user closed the bar.
    """

    player_chosen = Signal(object)
    copied = Signal()
    retry_wanted = Signal()
    dismissed = Signal()

    def __init__(self, players: Players, parent: QWidget | None = None) -> None:
        super().__init__(padding=tokens.SPACE_S, parent=parent)
        self._url = ""
        self.pill = Pill()
        self.title = ElidedLabel("", "strong")
        self.text = ElidedLabel("", "muted")
        self.reason = make_label("", "muted", wrap=True, selectable=True)
        self.note = make_label(self.tr("URL copied ✔"), "good")
        self._brief = BriefTimer(self.note)
        self._noted = ("", 0)
        self.note.hide()
        self.title.setMaximumWidth(WIDEST_TITLE)
        self.copy = SecondaryButton(self.tr("Copy URL"), "content-copy")
        self.buttons = PlayerButtons(players, primary=False, most=1)
        self.retry = SecondaryButton(self.tr("Try again"), "refresh")
        close = IconButton("close", self.tr("Dismiss"))
        row = QHBoxLayout()
        row.setContentsMargins(tokens.SPACE_S, 0, 0, 0)
        row.setSpacing(tokens.SPACE_S)
        row.addWidget(self.pill)
        row.addWidget(self.title)
        row.addWidget(self.text, 1)
        row.addWidget(self.reason, 1)
        row.addWidget(self.note)
        row.addWidget(self.copy)
        row.addWidget(self.buttons)
        row.addWidget(self.retry)
        row.addWidget(close)
        self.body.addLayout(row)
        close.clicked.connect(self.dismissed)
        self.retry.clicked.connect(self.retry_wanted)
        self.copy.clicked.connect(self._copy)
        self.buttons.chosen.connect(self.player_chosen)
        self.setVisible(False)

    def show_words(self, said: BarWords, url: str) -> None:
        """Show the link; the same words again cost nothing."""
        self.pill.show_text(said.state, tone=said.tone, shape=said.shape)
        self.pill.setVisible(bool(said.state))
        self.title.setText(said.name)
        # Why it failed, and what to do, is read to its end; how it plays gives way.
        self.text.setText(said.text)
        self.text.setVisible(not said.failed)
        self.reason.setText(said.text if said.failed else "")
        self.reason.setVisible(said.failed)
        self._url = url
        self._show_copies(said.copies)
        self.copy.setVisible(not said.failed)
        self.buttons.setVisible(not said.failed)
        self.retry.setVisible(said.failed)
        self.setAccessibleName(
            " ".join(part for part in (said.name, said.state, said.text) if part)
        )
        self.setVisible(True)

    def _show_copies(self, copies: int) -> None:
        """Say once that the URL was copied; it goes by itself."""
        if (self._url, copies) != self._noted:
            self._noted = (self._url, copies)
            if copies:
                self._brief.show_briefly()
            else:
                self.note.hide()

    def _copy(self) -> None:
        clipboard().copy(self._url, self.copied.emit)
