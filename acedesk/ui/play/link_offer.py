"""The offer to open acestream links with AceDesk: once, after somebody has played one by hand."""

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout

from acedesk.model.computer.integration import LinkOwner
from acedesk.ui.actions import run_action
from acedesk.ui.desk import Desk
from acedesk.ui.look import tokens
from acedesk.ui.widgets.buttons import IconButton, LinkButton, SecondaryButton
from acedesk.ui.widgets.card import Card
from acedesk.ui.widgets.glyph import Glyph
from acedesk.ui.widgets.label import make_label
from acedesk.words import integration as words


class LinkOffer(Card):
    """Hidden until it offers; `consider` decides.

    Args:
        on_error: Shows what the system did not take.
        said: Takes one short sentence for the status line.
        changed: Called when it comes or goes.

    Attributes:
        take, decline: The answers; closing the card is the second one.
    """

    def __init__(
        self,
        desk: Desk,
        on_error: Callable[[Exception], object],
        said: Callable[[str], object],
        changed: Callable[[], object],
    ) -> None:
        super().__init__(padding=tokens.SPACE_M)
        self._desk = desk
        self._on_error = on_error
        self._said = said
        self._changed = changed
        self._text = make_label("", "muted", wrap=True)
        self.take = SecondaryButton(self.tr("Open with AceDesk"))
        self.decline = LinkButton(self.tr("No, thanks"))
        close = IconButton("close", self.tr("Dismiss"))
        texts = QVBoxLayout()
        texts.setSpacing(tokens.SPACE_XS)
        texts.addWidget(make_label(self.tr("Open acestream: links with AceDesk?"), "strong"))
        texts.addWidget(self._text)
        row = QHBoxLayout()
        row.setSpacing(tokens.SPACE_M)
        row.addWidget(Glyph("link-variant", 20, "accent"), alignment=Qt.AlignmentFlag.AlignTop)
        row.addLayout(texts, 1)
        for button in (self.take, self.decline, close):
            row.addWidget(button)
        self.body.addLayout(row)
        self.take.clicked.connect(self._take)
        self.decline.clicked.connect(self._hide)
        close.clicked.connect(self._hide)
        self.setVisible(False)

    @property
    def text(self) -> str:
        """What is said of it."""
        return self._text.text()

    def consider(self) -> None:
        """Offer it, if it never was and another program, or none, opens links."""
        if self._desk.settings.current.offer_links and self.isHidden():
            run_action(self._ask_system(), self._on_error, name="ask who opens links")

    async def _ask_system(self) -> None:
        owner = await self._desk.integration.link_owner()
        if owner is None or owner.is_ours:
            return
        self._show(owner)
        await self._desk.settings.save({"offer_links": False})

    def _show(self, owner: LinkOwner) -> None:
        self._text.setText(words.offer_text(owner))
        self.setAccessibleName(f"{words.LINKS_LABEL}? {self.text}")
        self.setVisible(True)
        self._changed()

    def _take(self) -> None:
        self._hide()
        run_action(self._take_links(), self._on_error, name="open links by user")

    async def _take_links(self) -> None:
        await self._desk.integration.take_links()
        self._said(self.tr("AceDesk opens acestream: links from now on"))

    def _hide(self) -> None:
        self.setVisible(False)
        self._changed()
