"""How this AceDesk works together with others over a Redis, on top of the Streams page."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from acedesk.model.sharing.view import SharingView
from acedesk.ui.look import tokens
from acedesk.ui.widgets.buttons import SecondaryButton
from acedesk.ui.widgets.card import Card
from acedesk.ui.widgets.glyph import Glyph
from acedesk.ui.widgets.label import make_label
from acedesk.words import sharing


class SharingCard(Card):
    """Says who the others are, or what is wrong with Redis; hidden where none is set.

    Signals:
        settings_wanted: The address of Redis is to be looked at.

    Attributes:
        title, text: What is said.
        button: Leads to the setting; there while something is wrong.
    """

    settings_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(padding=tokens.SPACE_M, parent=parent)
        self._glyph = Glyph("lan-connect", 20, "accent")
        self.title = make_label("", "strong", wrap=True)
        self.text = make_label("", "muted", wrap=True, selectable=True)
        self.button = SecondaryButton(self.tr("Settings"), "cog-outline", small=True)
        self.button.clicked.connect(self.settings_wanted)
        row = QHBoxLayout()
        row.setSpacing(tokens.SPACE_M)
        row.addWidget(self._glyph, alignment=Qt.AlignmentFlag.AlignTop)
        texts = QVBoxLayout()
        texts.setSpacing(tokens.SPACE_XS)
        texts.addWidget(self.title)
        texts.addWidget(self.text)
        row.addLayout(texts, 1)
        row.addWidget(self.button)
        self.body.addLayout(row)
        self.hide()

    def refresh(self, view: SharingView | None) -> None:
        """Show how it is now; the same again costs nothing."""
        if view is not None:
            title, text, tone = sharing.summary(view)
            for label, said in ((self.title, title), (self.text, text)):
                if label.text() != said:
                    label.setText(said)
            self.text.setVisible(bool(text))
            self.button.setVisible(bool(tone))
            self.set_tone(tone)
            self._glyph.show_icon(
                "alert-circle-outline" if tone else "lan-connect", tone or "accent"
            )
            self.setAccessibleName(f"{title}. {text}")
        self.setVisible(view is not None)
