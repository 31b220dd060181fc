"""Which programs asked last, for what, from where."""

import datetime
from collections.abc import Sequence

from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from acedesk.formats.text import clean_text
from acedesk.model.access.use import ProgramUse
from acedesk.ui.look import tokens
from acedesk.ui.widgets.card import Card
from acedesk.ui.widgets.label import ElidedLabel, make_label
from acedesk.ui.widgets.pill import Pill
from acedesk.words import numbers, programs

# More than anybody reads.
MOST_ROWS = 25


class UseCard(Card):
    """The programs that asked last, the newest first.

    Attributes:
        nothing: Says that none has.
        rows: One for each program and contract; more than are shown are hidden.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent=parent)
        self.nothing = make_label(self.tr("No program has asked since AceDesk started."), "small")
        self.more = make_label("", "small")
        self.rows: list[UseRow] = []
        self._list = QVBoxLayout()
        self._list.setSpacing(tokens.SPACE_S)
        self.body.addWidget(make_label(self.tr("Who used what last"), "section"))
        self.body.addWidget(self.nothing)
        self.body.addLayout(self._list)
        self.body.addWidget(self.more)

    def show_uses(self, uses: Sequence[ProgramUse], now: datetime.datetime) -> None:
        """Show these; rows are reused."""
        shown = uses[:MOST_ROWS]
        while len(self.rows) < len(shown):
            self.rows.append(UseRow())
            self._list.addWidget(self.rows[-1])
        for place, row in enumerate(self.rows):
            row.setVisible(place < len(shown))
            if place < len(shown):
                row.show_use(shown[place], now)
        self.nothing.setVisible(not shown)
        left = len(uses) - len(shown)
        self.more.setText(self.tr("and {0} more").format(left))
        self.more.setVisible(left > 0)


class UseRow(QWidget):
    """One program and what it used."""

    def __init__(self) -> None:
        super().__init__()
        self.program = ElidedLabel("", "strong")
        self.detail = ElidedLabel("", "small")
        self.contract = Pill()
        self.ago = make_label("", "small")
        texts = QVBoxLayout()
        texts.setSpacing(1)
        texts.addWidget(self.program)
        texts.addWidget(self.detail)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(tokens.SPACE_M)
        row.addLayout(texts, 1)
        row.addWidget(self.contract)
        row.addWidget(self.ago)

    def show_use(self, use: ProgramUse, now: datetime.datetime) -> None:
        """Show another one."""
        self.program.setText(clean_text(use.program, 60))
        self.detail.setText(clean_text(programs.describe_use(use), 120))
        self.contract.show_text(programs.CONTRACTS[use.contract])
        self.ago.setText(numbers.format_ago(use.time, now))
