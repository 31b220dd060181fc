"""A list of facts: a muted name on the left, its value on the right, a copy button where useful."""

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QWidget

from acedesk.ui.clipboard import clipboard
from acedesk.ui.look import theme, tokens
from acedesk.ui.widgets.buttons import IconButton
from acedesk.ui.widgets.label import ElidedLabel, make_label
from acedesk.values import frozen_value
from acedesk.words import numbers

# Lines with and without a copy button have one height: the button and its border.
LINE_HEIGHT = tokens.SMALLEST_TARGET + 2


@frozen_value(kw_only=False)
class Fact:
    """One line.

    Attributes:
        value: "" is shown as a dash.
        copy: What the copy button copies, "" for no button.
        mono: Set in the monospace font, for addresses and ids.
        tooltip: More than there is room for, "" for nothing.
    """

    name: str
    value: str
    copy: str = ""
    mono: bool = False
    tooltip: str = ""


class Facts(QWidget):
    """Shows facts; lines are reused, so that it may be called once a second.

    Signals:
        copied: With the name of the fact whose value was copied.
    """

    copied = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(tokens.SPACE_L)
        self._grid.setVerticalSpacing(0)
        self._grid.setColumnStretch(1, 1)
        self._facts: tuple[Fact, ...] = ()
        self._lines: list[_FactRow] = []

    def show_facts(self, facts: Sequence[Fact]) -> None:
        """Show these facts from top to bottom."""
        self._facts = tuple(facts)
        while len(self._lines) < len(facts):
            self._add_line()
        for position, line in enumerate(self._lines):
            line.show_fact(facts[position] if position < len(facts) else None)

    @property
    def texts(self) -> dict[str, str]:
        """What is shown, by name."""
        return {fact.name: fact.value for fact in self._facts}

    def copy(self, name: str) -> None:
        """Copy the fact's value to the clipboard."""
        for fact in self._facts:
            if fact.name == name and fact.copy:
                clipboard().copy(fact.copy, lambda: self.copied.emit(name))

    def _add_line(self) -> None:
        position = len(self._lines)
        line = _FactRow()
        line.button.clicked.connect(lambda: self.copy(self._facts[position].name))
        self._lines.append(line)
        self._grid.setRowMinimumHeight(position, LINE_HEIGHT)
        self._grid.addWidget(line.name, position, 0)
        self._grid.addWidget(line.value, position, 1)
        self._grid.addWidget(line.button, position, 2)


class _FactRow:
    """The three widgets of one fact."""

    def __init__(self) -> None:
        self.name = make_label("", "muted")
        self.value = ElidedLabel(elide=Qt.TextElideMode.ElideMiddle)
        self.value.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.button = IconButton("content-copy", "")
        self.button.setProperty("small", True)

    def show_fact(self, fact: Fact | None) -> None:
        for part in (self.name, self.value):
            part.setVisible(fact is not None)
        self.button.setVisible(fact is not None and bool(fact.copy))
        if fact is None:
            return
        self.name.setText(fact.name)
        # Of an address the end counts, too; of a sentence it is missed least.
        elide = Qt.TextElideMode.ElideMiddle if fact.copy else Qt.TextElideMode.ElideRight
        self.value.set_elide(elide)
        self.value.setText(fact.value or numbers.NOTHING)
        self.value.setFont(theme.mono_font() if fact.mono and fact.value else theme.font())
        self.name.setToolTip(fact.tooltip)
        self.value.setAccessibleDescription(fact.tooltip)
        self.value.set_tooltip(fact.tooltip)
        told = f"Copy {fact.name}"
        self.button.setToolTip(told)
        self.button.setAccessibleName(told)
