"""The Programs page: where each kind of program finds AceDesk, tokens, who asked last."""

from PySide6.QtWidgets import QVBoxLayout, QWidget

from acedesk.model.snapshot import Snapshot
from acedesk.ui.desk import Desk
from acedesk.ui.look import tokens
from acedesk.ui.page import Page
from acedesk.ui.programs.address_card import AddressCard
from acedesk.ui.programs.token_card import TokenCard
from acedesk.ui.programs.use_card import UseCard
from acedesk.ui.widgets.card import scrolled
from acedesk.ui.widgets.page_header import PageHeader, PillText
from acedesk.words import numbers


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
        self.addresses.serve.clicked.connect(lambda: self.setting_wanted.emit("host"))
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

    def _lay_out(self) -> None:
        inside = QWidget()
        cards = QVBoxLayout(inside)
        cards.setContentsMargins(0, 0, 0, 0)
        cards.setSpacing(tokens.SPACE_M)
        for card in (self.addresses, self.tokens, self.uses):
            cards.addWidget(card)
        cards.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(tokens.SPACE_M)
        column.addWidget(self.header)
        column.addWidget(scrolled(inside), 1)
