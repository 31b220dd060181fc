"""The Programs page: where each kind of program finds AceDesk, tokens, who asked last."""

from typing import Final

from PySide6.QtWidgets import QVBoxLayout, QWidget

from acedesk.model.snapshot import Snapshot
from acedesk.settings import option
from acedesk.ui.desk import Desk
from acedesk.ui.dialogs import Choice, ask
from acedesk.ui.look import tokens
from acedesk.ui.page import Page
from acedesk.ui.programs.address_card import AddressCard
from acedesk.ui.programs.token_card import TokenCard
from acedesk.ui.programs.use_card import UseCard
from acedesk.ui.widgets.card import scrolled
from acedesk.ui.widgets.page_header import PageHeader, PillText
from acedesk.words import numbers

_EVERYWHERE: Final = "0.0.0.0"  # noqa: S104 - saved when somebody wants it


class ProgramsPage(Page):
    """What other programs need to know of AceDesk, and what AceDesk knows of them."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(desk, parent)
        self.header = PageHeader(self.tr("Programs"))
        self.addresses = AddressCard(desk)
        self.tokens = TokenCard(desk)
        self.uses = UseCard()
        self._lay_out()
        self.addresses.copied.connect(
            lambda name: self.said.emit(self.tr("Address for {0} copied").format(name))
        )
        self.addresses.serve.clicked.connect(
            lambda: self.run(self._serve_others(), "serve other devices by user")
        )
        self.tokens.failed.connect(self.failed)
        self.tokens.said.connect(self.said)

    def refresh(self, snapshot: Snapshot) -> None:
        """Show what holds now."""
        access = self.desk.access
        programs = len({(use.program, use.address) for use in access.uses})
        self.addresses.refresh()
        self.tokens.refresh(snapshot.time)
        self.uses.show_uses(access.uses, snapshot.time)
        pills = [PillText(numbers.count(programs, "program"))] if programs else []
        if access.is_needed:
            pills.append(PillText(numbers.count(len(access.tokens), "token")))
        self.header.set_pills(pills)

    async def _serve_others(self) -> None:
        """Listen for other devices, too, when that is agreed to."""
        text = self.tr(
            "AceDesk then answers every device of your network that has a token. Addresses that "
            "you copy here for players have one."
        )
        if self.desk.settings.current.open_network:
            text = self.tr(
                "Every device of your network may then play, stop streams and remove engines: "
                "“{0}” is on."
            ).format(option("open_network").label)
        answer = await ask(
            self.window(),
            self.tr("Serve other devices?"),
            text,
            (
                Choice("", self.tr("Cancel")),
                Choice("setting", self.tr("Choose an address")),
                Choice("serve", self.tr("Serve them"), "primary"),
            ),
        )
        if answer.choice == "setting":
            self.setting_wanted.emit("host")
        elif answer.choice == "serve":
            await self.desk.settings.save({"host": _EVERYWHERE})
            self.refresh(self.desk.snapshot())
            self.said.emit(self.tr("Other devices are served"))

    def _lay_out(self) -> None:
        inside = QWidget()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(tokens.SPACE_M)
        column.addWidget(self.header)
        column.addWidget(scrolled(inside), 1)
        cards = QVBoxLayout(inside)
        cards.setContentsMargins(0, 0, 0, 0)
        cards.setSpacing(tokens.SPACE_M)
        for card in (self.addresses, self.tokens, self.uses):
            cards.addWidget(card)
        cards.addStretch(1)
