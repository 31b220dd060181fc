"""Says how many rows are selected, with buttons for all of them."""

from PySide6.QtWidgets import QHBoxLayout, QWidget

from acedesk.ui.look import tokens
from acedesk.ui.widgets.card import Card
from acedesk.ui.widgets.label import make_label
from acedesk.words import numbers


class SelectionBar(Card):
    """Hidden while fewer than two rows are selected.

    Args:
        noun: Of one row: "stream".
    """

    def __init__(self, noun: str, *buttons: QWidget) -> None:
        super().__init__(padding=tokens.SPACE_S)
        self._noun = noun
        self._text = make_label("", "strong")
        row = QHBoxLayout()
        row.setContentsMargins(tokens.SPACE_S, 0, 0, 0)
        row.setSpacing(tokens.SPACE_S)
        row.addWidget(self._text, 1)
        for button in buttons:
            row.addWidget(button)
        self.body.addLayout(row)
        self.set_tone("accent")
        self.hide()

    def show_count(self, count: int) -> None:
        """Say that so many are selected."""
        self._text.setText(self.tr("{0} selected").format(numbers.count(count, self._noun)))
        self.setVisible(count > 1)

    @property
    def text(self) -> str:
        """What the bar says."""
        return self._text.text()
