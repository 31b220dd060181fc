"""What an empty page says: an icon, one sentence, one primary action, one secondary link."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from acedesk.ui.look import tokens
from acedesk.ui.widgets.buttons import LinkButton, PrimaryButton
from acedesk.ui.widgets.glyph import Glyph
from acedesk.ui.widgets.label import make_label

# A sentence is easiest to read in 45 to 75 signs a line; 420 px holds about 60.
TEXT_WIDTH = 420


class EmptyState(QWidget):
    """Centred in the page.

    Attributes:
        primary: The one button; connect its `clicked`.
        secondary: The link below, hidden while it has no text.
        extra: A layout under both, for an address or a field.
    """

    def __init__(
        self,
        icon: str,
        sentence: str,
        *,
        hint: str = "",
        primary: str = "",
        primary_icon: str = "",
        secondary: str = "",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._glyph = Glyph(icon, tokens.EMPTY_ICON, "muted")
        self._sentence = _centred("section", sentence)
        self._hint = _centred("muted", hint)
        self.primary = PrimaryButton(primary, primary_icon)
        self.secondary = LinkButton(secondary)
        self.extra = QVBoxLayout()
        self.extra.setSpacing(tokens.SPACE_S)
        column = QVBoxLayout(self)
        column.setSpacing(tokens.SPACE_M)
        column.addStretch(2)
        column.addWidget(self._glyph, alignment=Qt.AlignmentFlag.AlignHCenter)
        for label in (self._sentence, self._hint):
            # An item with an alignment gets no height for its width: two lines would be cut.
            row = QHBoxLayout()
            row.addStretch(1)
            row.addWidget(label)
            row.addStretch(1)
            column.addLayout(row)
        for button in (self.primary, self.secondary):
            column.addWidget(button, alignment=Qt.AlignmentFlag.AlignHCenter)
        column.addLayout(self.extra)
        column.addStretch(3)
        # Only now: a widget without a parent would become a window of its own.
        self._hint.setVisible(bool(hint))
        self.primary.setVisible(bool(primary))
        self.secondary.setVisible(bool(secondary))

    def set_texts(
        self, sentence: str, *, hint: str = "", primary: str = "", icon: str = ""
    ) -> None:
        """Say something else; an empty `primary` hides the button."""
        self._sentence.setText(sentence)
        self._hint.setText(hint)
        self._hint.setVisible(bool(hint))
        self.primary.setText(primary)
        self.primary.setVisible(bool(primary))
        if icon:
            self._glyph.show_icon(icon, "muted")

    @property
    def sentence(self) -> str:
        """What it says."""
        return self._sentence.text()


def _centred(role: str, text: str) -> QLabel:
    made = make_label(text, role, wrap=True)
    made.setAlignment(Qt.AlignmentFlag.AlignHCenter)
    made.setMinimumWidth(TEXT_WIDTH)
    made.setMaximumWidth(TEXT_WIDTH)
    return made
