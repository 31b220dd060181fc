"""The white box with round corners that everything on a page lies in."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QScrollArea, QVBoxLayout, QWidget

from acedesk.ui.look import tokens
from acedesk.ui.widgets.label import make_label, set_style_property


class Card(QFrame):
    """A framed box; put widgets into `body`.

    Attributes:
        body: The vertical layout inside.
    """

    def __init__(
        self, title: str = "", *, padding: int = tokens.SPACE_L, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setObjectName("card")
        self.body = QVBoxLayout(self)
        self.body.setContentsMargins(padding, padding, padding, padding)
        self.body.setSpacing(tokens.SPACE_S)
        if title:
            self.body.addWidget(make_label(title, "strong"))

    def set_tone(self, tone: str) -> None:
        """Tint the card: "bad", "warn", "accent", or "" for none."""
        set_style_property(self, "tone", tone)


class Hairline(QFrame):
    """A line of one pixel between two parts of a card."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("hairline")
        self.setFixedHeight(1)


def scrolled(inside: QWidget) -> QScrollArea:
    """Return an area that scrolls when `inside` needs more height than there is.

    Put the area into its place before `inside` is filled: what is in a widget is dressed again
    each time the widget is given to another.
    """
    area = QScrollArea()
    area.setWidgetResizable(True)
    area.setWidget(inside)
    # Tab reaches it, for the arrow keys; a click beside the cards is to draw no frame around them.
    area.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    return area
