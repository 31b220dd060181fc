"""The top line of a page: title, summary pills, actions on the right."""

from collections.abc import Sequence
from typing import NamedTuple

from PySide6.QtWidgets import QHBoxLayout, QWidget

from acedesk.ui.look import tokens
from acedesk.ui.widgets.label import make_label
from acedesk.ui.widgets.pill import Pill


class PillText(NamedTuple):
    """What one summary pill says, its tone (see `pill.TONES`) and its icon."""

    text: str
    tone: str = "plain"
    icon: str = ""


class PageHeader(QWidget):
    """Title and pills on the left, actions on the right."""

    def __init__(self, title: str, *, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setMinimumHeight(tokens.BUTTON_HEIGHT)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(tokens.SPACE_M)
        row.addWidget(make_label(title, "title"))
        self._pill_row = QHBoxLayout()
        self._pill_row.setContentsMargins(tokens.SPACE_S, tokens.SPACE_XS, 0, 0)
        self._pill_row.setSpacing(tokens.SPACE_M)
        self._pills: list[Pill] = []
        row.addLayout(self._pill_row)
        row.addStretch(1)
        self._actions = QHBoxLayout()
        self._actions.setSpacing(tokens.SPACE_M)
        row.addLayout(self._actions)

    def set_pills(self, pills: Sequence[PillText]) -> None:
        """Show these summaries; widgets are reused, so this is cheap once a second."""
        while len(self._pills) < len(pills):
            made = Pill()
            self._pills.append(made)
            self._pill_row.addWidget(made)
        for position, shown in enumerate(self._pills):
            shown.setVisible(position < len(pills))
            if position < len(pills):
                wanted = pills[position]
                shown.show_text(wanted.text, tone=wanted.tone, icon=wanted.icon)

    @property
    def pill_texts(self) -> tuple[str, ...]:
        """What the visible pills say."""
        return tuple(pill.text for pill in self._pills if not pill.isHidden())

    def add_action(self, widget: QWidget) -> None:
        """Put a button (or a field) at the right end."""
        self._actions.addWidget(widget)
