"""The card of the links that wait for an engine: what is missing, how to get it, and Cancel."""

from collections.abc import Sequence

from PySide6.QtCore import QCoreApplication, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from acedesk.model.content import Link, StreamKey
from acedesk.ui.look import tokens
from acedesk.ui.play.words import link_name
from acedesk.ui.widgets.buttons import Button, SecondaryButton
from acedesk.ui.widgets.card import Card
from acedesk.ui.widgets.flow_layout import FlowLayout
from acedesk.ui.widgets.glyph import Glyph
from acedesk.ui.widgets.label import make_label
from acedesk.words.link_waiting import Waiting, Way

# More do not fit side by side at 960 px; the rest is counted.
MOST_NAMED = 3
# A name longer than this would leave no room for the others.
LONGEST_NAME = 24

_WAYS = {
    Way.START: ("Start an engine", "plus"),
    Way.DOCKER: ("Start Docker", "docker"),
    Way.ADDRESS: ("Add an engine's address", "lan-connect"),
    Way.TEST: ("Play test channel", "television-play"),
}


class WaitingCard(Card):
    """Hidden while nothing waits.

    Signals:
        way_chosen: With the `Way` to get an engine.
        cancelled: With the `StreamKey` that is not wanted any more.
        all_cancelled: None of them is.

    Attributes:
        title, text: What is said.
        ways: A button for each way.
        cancel: For the only link, or for all of them.
        named: A button for each of several links, with its name, that cancels it.
    """

    way_chosen = Signal(object)
    cancelled = Signal(object)
    all_cancelled = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(padding=tokens.SPACE_M, parent=parent)
        self.title = make_label("", "strong", wrap=True)
        self.text = make_label("", "muted", wrap=True)
        self.ways = {way: self._way(way) for way in Way}
        self.cancel = SecondaryButton(self.tr("Cancel"))
        self.cancel.clicked.connect(self.all_cancelled)
        self.named: list[SecondaryButton] = []
        self._links: tuple[Link, ...] = ()
        self._names = QWidget()
        self._row = FlowLayout(self._names)
        self._more = make_label("", "small")
        self._lay_out()
        self.setVisible(False)

    def _way(self, way: Way) -> Button:
        text, icon = _WAYS[way]
        kind = "primary" if way in (Way.START, Way.DOCKER) else "secondary"
        button = Button(_tr(text), icon, kind=kind)
        button.clicked.connect(lambda: self.way_chosen.emit(way))
        return button

    def _lay_out(self) -> None:
        top = QHBoxLayout()
        top.setSpacing(tokens.SPACE_M)
        top.addWidget(Glyph("progress-clock", 20, "working"))
        texts = QVBoxLayout()
        texts.setSpacing(tokens.SPACE_XS)
        texts.addWidget(self.title)
        texts.addWidget(self.text)
        top.addLayout(texts, 1)
        top.addWidget(self.cancel)
        self.body.addLayout(top)
        buttons = FlowLayout()
        for way in Way:
            buttons.addWidget(self.ways[way])
        self.body.addLayout(buttons)
        self._row.addWidget(self._more)
        self.body.addWidget(self._names)

    def show_waiting(self, said: Waiting, links: Sequence[Link]) -> None:
        """Show what is said of these links."""
        for label, text in ((self.title, said.title), (self.text, said.text)):
            if label.text() != text:
                label.setText(text)
        for way, button in self.ways.items():
            button.setVisible(way in said.ways)
        if said.docker:
            self.ways[Way.DOCKER].setText(self.tr("Start {name}").format(name=said.docker))
        if tuple(links) != self._links:
            self._links = tuple(links)
            self._show_links()
        self.setAccessibleName(f"{said.title}. {said.text}")
        self.setVisible(True)

    def _show_links(self) -> None:
        for button in self.named:
            self._row.removeWidget(button)
            button.hide()
            button.deleteLater()
        several = len(self._links) > 1
        self.named = [self._make(link) for link in self._links[:MOST_NAMED] if several]
        for place, button in enumerate(self.named):
            self._row.insert(place, button)
        more = len(self._links) - len(self.named)
        self._more.setText(self.tr("and {count} more").format(count=more))
        self._more.setVisible(more > 0)
        self._names.setVisible(several)
        self.cancel.setText(self.tr("Cancel all") if several else self.tr("Cancel"))

    def _make(self, link: Link) -> SecondaryButton:
        name = link_name(link)
        short = name if len(name) <= LONGEST_NAME else f"{name[: LONGEST_NAME - 1]}…"
        button = SecondaryButton(short.replace("&", "&&"), "close", small=True)
        button.setLayoutDirection(Qt.LayoutDirection.RightToLeft)  # the cross comes last
        button.setAccessibleName(self.tr("Cancel {name}").format(name=name))
        button.setToolTip(self.tr("Cancel {name}").format(name=name))
        button.clicked.connect(lambda _=False, key=link.key: self._cancel_one(key))
        return button

    def _cancel_one(self, key: StreamKey) -> None:
        self.cancelled.emit(key)


def _tr(text: str) -> str:
    return QCoreApplication.translate("WaitingCard", text)
