"""What came of trying a link: under the paste field while it is tried, and until it is closed."""

import asyncio
from collections.abc import Callable

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from acedesk.errors import AceDeskError
from acedesk.model.content import Link
from acedesk.model.history import LinkTestResult
from acedesk.ui.actions import run_action
from acedesk.ui.desk import Desk
from acedesk.ui.look import tokens
from acedesk.ui.widgets.buttons import IconButton, SecondaryButton
from acedesk.ui.widgets.card import Card
from acedesk.ui.widgets.label import make_label, set_role
from acedesk.words import link_test
from acedesk.words.errors import explain


class LinkTestCard(Card):
    """Tries one link at a time.

    Args:
        play: Plays the link that was tried.
        on_error: Shows what nobody foresaw.

    Signals:
        changed: It came, went or says something else.
    """

    changed = Signal()

    def __init__(
        self,
        desk: Desk,
        play: Callable[[Link], object],
        on_error: Callable[[Exception], object],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent=parent)
        self._desk = desk
        self._on_error = on_error
        self._link: Link | None = None
        self._running: asyncio.Task[None] | None = None
        self._said = make_label("", "strong", wrap=True)
        self._learned = make_label("", "muted", wrap=True, selectable=True)
        self.play = SecondaryButton(self.tr("Play"), "play")
        self.again = SecondaryButton(self.tr("Try again"), "refresh")
        self.cancel = SecondaryButton(self.tr("Cancel"), "close")
        self.close_button = IconButton("close", self.tr("Close"))
        head = QHBoxLayout()
        head.setSpacing(tokens.SPACE_S)
        head.addWidget(self._said, 1)
        for button in (self.play, self.again, self.cancel, self.close_button):
            head.addWidget(button)
        self.body.addLayout(head)
        self.body.addWidget(self._learned)
        self._play = play
        self.play.clicked.connect(self._play_tried)
        self.again.clicked.connect(self._try_again)
        self.cancel.clicked.connect(self.dismiss)
        self.close_button.clicked.connect(self.dismiss)
        self.setVisible(False)

    @property
    def text(self) -> str:
        """What is said."""
        return self._said.text()

    @property
    def learned(self) -> str:
        """What was learned of the link."""
        return self._learned.text()

    def begin(self, link: Link) -> None:
        """Try a link; one that is being tried is given up."""
        self._stop()
        self._link = link
        name = link.title or link.key.short
        self._running = run_action(self._test(link), self._failed, name="try a link by user")
        self._show(self.tr("Trying {name} on a free engine …").format(name=name), "strong")

    def _play_tried(self) -> None:
        if self._link is not None:
            self._play(self._link)
            self.dismiss()

    def _try_again(self) -> None:
        if self._link is not None:
            self.begin(self._link)

    def dismiss(self) -> None:
        """Close the card; what is tried is given up."""
        self._stop()
        self.setVisible(False)
        self.changed.emit()

    def _stop(self) -> None:
        if self._running is not None:
            self._running.cancel()
            self._running = None

    async def _test(self, link: Link) -> None:
        result = await self._desk.streams.test(link)
        self._running = None
        self._show_result(result)

    def _failed(self, error: Exception) -> None:
        self._running = None
        if isinstance(error, AceDeskError):
            self._show(explain(error).sentences, "warn")
        else:
            self.setVisible(False)
            self._on_error(error)

    def _show_result(self, result: LinkTestResult) -> None:
        link = self._link
        name = result.title or (link.key.short if link is not None else "")
        learned = " · ".join(f"{name} {value}" for name, value in link_test.facts(result))
        said = f"{name}: {link_test.verdict(result)}"
        self._show(said, "good" if result.plays else "bad", learned)
        self.play.setVisible(result.plays)

    def _show(self, text: str, role: str, learned: str = "") -> None:
        running = self._running is not None
        self._said.setText(text)
        set_role(self._said, role)
        self._learned.setText(learned)
        self._learned.setVisible(bool(learned))
        self.play.setVisible(False)
        self.again.setVisible(not running)
        self.cancel.setVisible(running)
        self.close_button.setVisible(not running)
        self.setVisible(True)
        self.changed.emit()
