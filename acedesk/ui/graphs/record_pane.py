"""What is known of the selected engine's past: its log, or its day. One of them is shown."""

from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from acedesk.ui.look import tokens
from acedesk.ui.widgets.buttons import ChoiceButton


class RecordPane(QWidget):
    """Shows one of several widgets, chosen by buttons above them.

    Attributes:
        buttons: By the name of what they show.
    """

    def __init__(self, **shown: tuple[str, QWidget]) -> None:
        super().__init__()
        self.buttons: dict[str, ChoiceButton] = {}
        self._stack = QStackedWidget()
        row = QHBoxLayout()
        row.setSpacing(tokens.SPACE_XS)
        for place, (name, (title, widget)) in enumerate(shown.items()):
            button = ChoiceButton(title, chosen=place == 0, small=True)
            button.clicked.connect(lambda _=False, place=place: self._stack.setCurrentIndex(place))
            self.buttons[name] = button
            row.addWidget(button)
            self._stack.addWidget(widget)
        row.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(tokens.SPACE_XS)
        column.addLayout(row)
        column.addWidget(self._stack, 1)
