"""A card that says one thing and has a button for it; commands wait behind Details."""

from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from acedesk.ui.brief import say_briefly
from acedesk.ui.clipboard import clipboard
from acedesk.ui.look import theme, tokens
from acedesk.ui.widgets.buttons import Button, DetailsButton, LinkButton
from acedesk.ui.widgets.card import Card
from acedesk.ui.widgets.glyph import Glyph
from acedesk.ui.widgets.label import make_label


class ActionCard(Card):
    """Icon, title and text on the left, one button on the right.

    Attributes:
        act: The button; connect its `clicked`.
        texts: The layout of the texts; a field may be added below them.
    """

    def __init__(
        self,
        icon: str,
        *,
        button_icon: str = "",
        kind: str = "secondary",
        role: str = "muted",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(padding=tokens.SPACE_M, parent=parent)
        self._title = make_label("", "strong", wrap=True)
        self._text = make_label("", "muted" if role == "muted" else "", wrap=True, selectable=True)
        self._details = make_label("", "small", wrap=True, selectable=True)
        self._details.setFont(theme.mono_font(theme.SMALL_POINTS))
        self._copy = LinkButton(self.tr("Copy"), "content-copy")
        self.act = Button("", button_icon, kind=kind)
        self.act.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.texts = QVBoxLayout()
        self.texts.setSpacing(tokens.SPACE_XS)
        # A widget: an empty layout in its place would keep the texts from growing.
        self._more = QWidget()
        self._fold = DetailsButton(self._more)
        self._lay_out(Glyph(icon, tokens.SPACE_XL, role))
        self._copy.clicked.connect(self._copy_details)
        self.show_text("")

    def show_text(self, title: str, text: str = "", *, details: str = "", action: str = "") -> None:
        """Say it.

        Args:
            details: Commands or technical text, shown when asked for, with a button to copy it.
            action: The text of the button, "" for none.
        """
        _put(self._title, title)
        _put(self._text, text)
        if self._details.text() != details:
            self._details.setText(details)
            self._fold.fold()
        self._fold.setVisible(bool(details))
        if self.act.text() != action:
            self.act.setText(action)
        self.act.setVisible(bool(action))

    @property
    def text(self) -> str:
        """What the card says, without the details."""
        return f"{self._title.text()} {self._text.text()}".strip()

    @property
    def details(self) -> str:
        """What stands behind Details, "" for nothing."""
        return self._details.text()

    def _copy_details(self) -> None:
        said = self._details.text()
        clipboard().copy(said, lambda: say_briefly(self._copy, self.tr("Copied")))

    def _lay_out(self, glyph: Glyph) -> None:
        more = QHBoxLayout(self._more)
        more.setContentsMargins(0, 0, 0, 0)
        more.addWidget(self._details, 1)
        more.addWidget(self._copy)
        for part in (self._title, self._text, self._more):
            self.texts.addWidget(part)
        row = QHBoxLayout()
        row.setSpacing(tokens.SPACE_M)
        row.addWidget(glyph)
        row.addLayout(self.texts, 1)
        row.addWidget(self._fold)
        row.addWidget(self.act)
        self.body.addLayout(row)


def _put(label: QLabel, text: str) -> None:
    label.setVisible(bool(text))
    if label.text() != text:
        label.setText(text)
