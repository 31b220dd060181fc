"""Where each kind of program finds AceDesk, with a Copy button for each."""

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from acedesk.ui.clipboard import clipboard
from acedesk.ui.desk import Desk
from acedesk.ui.look import theme, tokens
from acedesk.ui.programs.addresses import (
    ProgramAddress,
    is_local,
    local_base,
    program_addresses,
)
from acedesk.ui.widgets.buttons import ChoiceButton, LinkButton, SecondaryButton
from acedesk.ui.widgets.card import Card, Hairline
from acedesk.ui.widgets.glyph import Glyph
from acedesk.ui.widgets.label import ElidedLabel, make_label

# Of the width of a row.
TEXT_SHARE = 5
ADDRESS_SHARE = 4


class AddressCard(Card):
    """The addresses for this computer, or those for other devices.

    Attributes:
        here, elsewhere: Whose addresses are shown; hidden while only this computer is served.
        serve: Asks whether other devices shall be served, too.
        rows: One for each kind of program.

    Signals:
        copied: With the title of what was copied.
    """

    copied = Signal(str)

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent=parent)
        self._desk = desk
        self.sentence = make_label("", "small", wrap=True)
        self.here = ChoiceButton(self.tr("This computer"), chosen=False, small=True)
        self.elsewhere = ChoiceButton(self.tr("Other devices"), chosen=True, small=True)
        self.serve = LinkButton(self.tr("Serve other devices…"))
        self.rows: list[AddressRow] = []
        head = QHBoxLayout()
        head.setSpacing(tokens.SPACE_XS)
        head.addWidget(make_label(self.tr("Addresses"), "section"), 1)
        for button in (self.here, self.elsewhere, self.serve):
            head.addWidget(button)
        self.body.addLayout(head)
        self.body.addWidget(self.sentence)
        for button in (self.here, self.elsewhere):
            button.clicked.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """Show the addresses that hold now."""
        access = self._desk.access
        engine_port = self._desk.settings.current.engine_port_too
        alone = is_local(access.base_url)
        for button in (self.here, self.elsewhere):
            button.setVisible(not alone)
        self.serve.setVisible(alone)
        if alone or self.here.isChecked():
            base = access.base_url if alone else local_base(access.base_url)
            shown = program_addresses(base, base, needs_token=False, engine_port=engine_port)
        else:
            shown = program_addresses(
                access.base_url,
                access.player_address,
                needs_token=access.is_needed,
                engine_port=engine_port,
            )
        self.sentence.setText(self._sentence(alone=alone))
        self._show(shown)

    def _sentence(self, *, alone: bool) -> str:
        if alone:
            return self.tr("Only programs on this computer reach AceDesk.")
        if self.here.isChecked():
            return self.tr("Programs on this computer need no token.")
        if self._desk.access.is_needed:
            return self.tr(
                "Other devices need a token. The addresses for players have one; it plays and "
                "does nothing else."
            )
        return self.tr("Every device of your network may use these addresses, without a token.")

    def _show(self, shown: Sequence[ProgramAddress]) -> None:
        while len(self.rows) < len(shown):
            if self.rows:
                self.body.addWidget(Hairline())
            row = AddressRow()
            row.copied.connect(self.copied)
            self.rows.append(row)
            self.body.addWidget(row)
        for row, address in zip(self.rows, shown, strict=True):
            row.show_address(address)


class AddressRow(QWidget):
    """One kind of program.

    Signals:
        copied: With its title.
    """

    copied = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self._whole = ""
        self._glyph = Glyph("devices", tokens.NAV_ICON)
        self.title = make_label("", "strong", wrap=True)
        self.help = make_label("", "small", wrap=True)
        self.address = ElidedLabel("", elide=Qt.TextElideMode.ElideMiddle)
        self.address.setFont(theme.mono_font())
        self.button = SecondaryButton(self.tr("Copy"), "content-copy", small=True)
        self.button.clicked.connect(self._copy)
        texts = QVBoxLayout()
        texts.setSpacing(tokens.SPACE_XS)
        for label in (self.title, self.help):
            texts.addWidget(label)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, tokens.SPACE_XS, 0, tokens.SPACE_XS)
        row.setSpacing(tokens.SPACE_M)
        row.addWidget(self._glyph, alignment=Qt.AlignmentFlag.AlignTop)
        row.addLayout(texts, TEXT_SHARE)
        row.addWidget(self.address, ADDRESS_SHARE)
        row.addWidget(self.button)

    def show_address(self, one: ProgramAddress) -> None:
        """Show another address."""
        self._whole = one.address
        self._glyph.show_icon(one.icon, "muted")
        self.title.setText(one.title)
        self.help.setText(one.help)
        self.address.setText(one.address.replace("\n", ", "))
        told = self.tr("Copy the address for {0}").format(one.title)
        self.button.setAccessibleName(told)
        self.button.setToolTip(told)

    @property
    def whole(self) -> str:
        """What is copied."""
        return self._whole

    def _copy(self) -> None:
        clipboard().copy(self._whole, lambda: self.copied.emit(self.title.text()))
