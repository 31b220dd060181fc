"""The card of the links that wait for an engine: what is missing, how to get it, and Cancel."""

from collections.abc import Sequence

from PySide6.QtCore import QCoreApplication, Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from acedesk.model.content import Link, StreamKey
from acedesk.ui.look import tokens
from acedesk.ui.play.words import link_name
from acedesk.ui.widgets.buttons import Button, SecondaryButton
from acedesk.ui.widgets.card import Card
from acedesk.ui.widgets.glyph import Glyph
from acedesk.ui.widgets.label import ElidedLabel, make_label
from acedesk.words.link_waiting import Waiting, Way

# More rows would leave no room for the page at 960x600; the rest is counted.
MOST_ROWS = 3

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
        rows: The name and the Cancel button of each link that is shown.
    """

    way_chosen = Signal(object)
    cancelled = Signal(object)
    all_cancelled = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(padding=tokens.SPACE_M, parent=parent)
        self.title = make_label("", "strong", wrap=True)
        self.text = make_label("", "muted", wrap=True)
        self.ways = {way: self._way(way) for way in Way}
        self.cancel_all = SecondaryButton(self.tr("Cancel all"), small=True)
        self.cancel_all.clicked.connect(self.all_cancelled)
        self.rows: list[tuple[ElidedLabel, SecondaryButton]] = []
        self._links: tuple[Link, ...] = ()
        self._shown = QVBoxLayout()
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
        self.body.addLayout(top)
        buttons = QHBoxLayout()
        buttons.setSpacing(tokens.SPACE_S)
        for way in Way:
            buttons.addWidget(self.ways[way])
        buttons.addStretch(1)
        self.body.addLayout(buttons)
        self._shown.setSpacing(tokens.SPACE_XS)
        self.body.addLayout(self._shown)
        foot = QHBoxLayout()
        foot.addWidget(self._more, 1)
        foot.addWidget(self.cancel_all)
        self.body.addLayout(foot)

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
        while (item := self._shown.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        self.rows = [self._row(link) for link in self._links[:MOST_ROWS]]
        more = len(self._links) - len(self.rows)
        self._more.setText(self.tr("and {count} more").format(count=more) if more else "")
        self._more.setVisible(bool(more))
        self.cancel_all.setVisible(len(self._links) > 1)

    def _row(self, link: Link) -> tuple[ElidedLabel, SecondaryButton]:
        name = ElidedLabel(link_name(link))
        cancel = SecondaryButton(self.tr("Cancel"), small=True)
        cancel.setAccessibleName(self.tr("Cancel {name}").format(name=link_name(link)))
        cancel.clicked.connect(lambda _=False, key=link.key: self._cancel(key))
        row = QWidget()
        inside = QHBoxLayout(row)
        inside.setContentsMargins(0, 0, 0, 0)
        inside.setSpacing(tokens.SPACE_S)
        inside.addWidget(name, 1)
        inside.addWidget(cancel)
        self._shown.addWidget(row)
        return name, cancel

    def _cancel(self, key: StreamKey) -> None:
        self.cancelled.emit(key)


def _tr(text: str) -> str:
    return QCoreApplication.translate("WaitingCard", text)
