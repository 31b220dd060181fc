"""Two buttons of which one is down: which view of a page is shown."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QWidget

from acedesk.ui.look import tokens
from acedesk.ui.widgets.buttons import SecondaryButton


class ViewSwitch(QWidget):
    """One of several names is chosen.

    Signals:
        changed: A person chose another one: its number.

    Attributes:
        buttons: In the order of the names.
    """

    changed = Signal(int)

    def __init__(self, *names: str) -> None:
        super().__init__()
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(tokens.SPACE_XS)
        self._group = QButtonGroup(self)
        self.buttons: list[SecondaryButton] = []
        for number, name in enumerate(names):
            button = SecondaryButton(name)
            button.setCheckable(True)
            button.setAutoExclusive(True)  # one of a group, also for screen readers
            button.setChecked(number == 0)
            self._group.addButton(button, number)
            self.buttons.append(button)
            row.addWidget(button)
        self._group.idClicked.connect(self.changed)

    @property
    def chosen(self) -> int:
        """The number of the chosen one."""
        return self._group.checkedId()

    def choose(self, number: int) -> None:
        """Choose one; nothing is told."""
        self.buttons[number].setChecked(True)
