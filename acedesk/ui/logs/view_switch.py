"""Two buttons of which one is down: which view of a page is shown."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QWidget

from acedesk.ui.look import tokens
from acedesk.ui.tables.remembered import is_whole
from acedesk.ui.widgets.buttons import ChoiceButton


class ViewSwitch(QWidget):
    """One of several names is chosen.

    Args:
        key: Under which the choice is remembered.

    Signals:
        changed: Another one was chosen: its number.

    Attributes:
        buttons: In the order of the names.
    """

    changed = Signal(int)

    def __init__(self, key: str, *names: str) -> None:
        super().__init__()
        self.setObjectName(key)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(tokens.SPACE_XS)
        self._group = QButtonGroup(self)
        self.buttons: list[ChoiceButton] = []
        for number, name in enumerate(names):
            button = ChoiceButton(name, chosen=number == 0)
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

    def restore(self, number: object) -> None:
        """Choose what was kept, and tell it; anything else is left aside."""
        if isinstance(number, int) and is_whole(number) and 0 <= number < len(self.buttons):
            self.choose(number)
            self.changed.emit(number)
