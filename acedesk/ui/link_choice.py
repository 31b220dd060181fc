"""Which of several links is meant: a button for each, under the field they were pasted into."""

from collections.abc import Iterable

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from acedesk.model.content import Link
from acedesk.ui.look import tokens
from acedesk.ui.widgets.buttons import SecondaryButton

# A title longer than this would make the button as wide as the window.
LONGEST_TITLE = 60


def link_label(link: Link, limit: int = LONGEST_TITLE) -> str:
    """Return "Sport 1 (…8141)", or "…8141" for a link without a title."""
    if not link.title:
        return link.key.short
    return f"{link.title[:limit]} ({link.key.short})"


class LinkChoice(QWidget):
    """Asks which link is meant; hidden while there is nothing to choose from.

    Signals:
        chosen: One was chosen: with its `Link`.
    """

    chosen = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.buttons: list[SecondaryButton] = []
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(tokens.SPACE_XS)
        self.hide()

    def ask(self, links: Iterable[Link]) -> None:
        """Offer these links, in their order; none hides the question."""
        for button in self.buttons:
            self._column.removeWidget(button)
            button.deleteLater()
        self.buttons = [self._button(link) for link in links]
        self.setVisible(bool(self.buttons))

    def _button(self, link: Link) -> SecondaryButton:
        button = SecondaryButton(link_label(link).replace("&", "&&"), "play", small=True)
        button.setAccessibleName(self.tr("Play {name}").format(name=link_label(link)))
        button.clicked.connect(lambda: self._choose(link))
        self._column.addWidget(button)
        return button

    def _choose(self, link: Link) -> None:
        self.ask(())
        self.chosen.emit(link)
