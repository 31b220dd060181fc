"""Links that still waited when AceDesk ended: kept, and offered again at the next start.

They are offered and not played: after hours a player that opens by itself is a surprise.
"""

import asyncio
from collections.abc import Callable

from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout

from acedesk.model.content import Link
from acedesk.store.links.waiting_file import WaitingFile
from acedesk.tasks import spawn
from acedesk.ui.look import tokens
from acedesk.ui.notices.area import NoticeArea, Rank
from acedesk.ui.play.link_player import LinkPlayer
from acedesk.ui.play.words import link_name
from acedesk.ui.widgets.buttons import Button, LinkButton
from acedesk.ui.widgets.card import Card
from acedesk.ui.widgets.glyph import Glyph
from acedesk.ui.widgets.label import make_label
from acedesk.words.link_waiting import describe_kept


class KeptLinks(QObject):
    """Keeps in the data folder which links wait, and offers those of the last run.

    Args:
        file: It was loaded.

    Attributes:
        offered: Those of the last run that are neither played nor forgotten.

    Closes: its file, by `close`.
    """

    def __init__(self, file: WaitingFile, playing: LinkPlayer, notices: NoticeArea) -> None:
        super().__init__(notices)
        self.offered: tuple[Link, ...] = ()
        self.card = KeptLinksCard(self._play, self._forget)
        notices.add(self.card, Rank.QUESTION)
        self._file = file
        self._playing = playing
        self._writes: set[asyncio.Task[None]] = set()
        self._disconnects = (
            playing.waiting.changed.connect(self._keep),
            playing.changed.connect(self._look_at_played),
        )
        self._offer(file.links)

    async def close(self) -> None:
        """Keep what waits now, and watch nothing any more; before the links are let go."""
        for disconnect in self._disconnects:
            disconnect()
        if self._writes:
            await asyncio.wait(self._writes)
        if self._file.keep(self._links()):
            await asyncio.to_thread(self._file.write)

    def _links(self) -> tuple[Link, ...]:
        return (*self.offered, *self._playing.waiting.links)

    def _keep(self) -> None:
        if self._file.keep(self._links()):
            write = spawn(self._write(), name="keep the links that wait")
            self._writes.add(write)
            write.add_done_callback(self._writes.discard)

    async def _write(self) -> None:
        await asyncio.to_thread(self._file.write)

    def _offer(self, links: tuple[Link, ...]) -> None:
        self.offered = links
        self.card.show_links(links)
        self._keep()

    def _look_at_played(self) -> None:
        """Offer no link that somebody has given again."""
        last = self._playing.last
        if last is not None and any(link.key == last.link.key for link in self.offered):
            self._offer(tuple(link for link in self.offered if link.key != last.link.key))

    def _play(self) -> None:
        for link in self.offered:
            self._playing.play(link)  # takes it out of those that are offered

    def _forget(self) -> None:
        self._offer(())


class KeptLinksCard(Card):
    """Hidden while nothing is offered.

    Attributes:
        title, text: What is said.
        play, forget: The answers.
    """

    def __init__(self, play: Callable[[], object], forget: Callable[[], object]) -> None:
        super().__init__(padding=tokens.SPACE_M)
        self.title = make_label("", "strong", wrap=True)
        self.text = make_label("", "muted", wrap=True)
        self.play = Button("", "play", kind="primary")
        self.forget = LinkButton(self.tr("Forget"))
        texts = QVBoxLayout()
        texts.setSpacing(tokens.SPACE_XS)
        texts.addWidget(self.title)
        texts.addWidget(self.text)
        row = QHBoxLayout()
        row.setSpacing(tokens.SPACE_M)
        row.addWidget(Glyph("progress-clock", 20, "accent"), alignment=Qt.AlignmentFlag.AlignTop)
        row.addLayout(texts, 1)
        row.addWidget(self.play)
        row.addWidget(self.forget)
        self.body.addLayout(row)
        self.play.clicked.connect(play)
        self.forget.clicked.connect(forget)
        self.setVisible(False)

    def show_links(self, links: tuple[Link, ...]) -> None:
        """Offer these; none hide the card."""
        if links:
            said = describe_kept([link_name(link) for link in links])
            self.title.setText(said.title)
            self.text.setText(said.text)
            self.play.setText(self.tr("Play") if len(links) == 1 else self.tr("Play all"))
            self.setAccessibleName(f"{said.title}. {said.text}")
        self.setVisible(bool(links))
