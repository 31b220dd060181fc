"""One input for each kind of setting: choice, number with unit, list, secret, yes or no.

Every field speaks text, the way `acedesk.settings.parse` reads it.
"""

import abc
from collections.abc import Collection, Iterable
from typing import Any

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QWidget

from acedesk.settings import Option, default, option
from acedesk.ui.look import icons
from acedesk.ui.look.tokens import BUTTON_ICON, SPACE_S
from acedesk.ui.settings.draft import bounds
from acedesk.ui.widgets.inputs import CheckBox, ComboBox

NUMBER_WIDTH = 96  # pixels; "65536" and its margins at 200 % type
CHOICE_WIDTH = 240  # pixels; the longest choice and the arrow
TEXT_WIDTH = 320  # pixels; the default image name fits nearly whole


class Field(QWidget):
    """The input of one setting.

    Signals:
        edited: With the text, each time a person changed it.
    """

    edited = Signal(str)

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(SPACE_S)

    @abc.abstractmethod
    def text(self) -> str:
        """Return what stands in the field."""

    @abc.abstractmethod
    def show_text(self, text: str) -> None:
        """Put `text` into the field without `edited`."""

    def mark(self, reason: str) -> None:
        """Show by the border that the text cannot be saved; "" takes it back."""

    def _own(self, control: QWidget) -> None:
        facts = option(self.name)
        control.setAccessibleName(facts.label)
        control.setAccessibleDescription(facts.help)
        self.setFocusProxy(control)
        self._row.addWidget(control)


class ChoiceField(Field):
    """A few words to choose from."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self._box = ComboBox(option(name).label)
        self._offer(value for value, _label in option(name).choices)
        self._box.setMinimumWidth(CHOICE_WIDTH)
        self._box.activated.connect(lambda _index: self.edited.emit(self.text()))
        self._own(self._box)

    def offer_only(self, values: Collection[str]) -> None:
        """Leave out what cannot be had here; what is chosen stays."""
        chosen = self.text()
        self._box.clear()
        self._offer(value for value, _label in option(self.name).choices if value in values)
        self.show_text(chosen)

    def _offer(self, values: Iterable[str]) -> None:
        labels = dict(option(self.name).choices)
        for value in values:
            self._box.addItem(labels[value], value)

    def text(self) -> str:
        """Return the chosen value."""
        return str(self._box.currentData())

    def show_text(self, text: str) -> None:
        """Choose the value."""
        if self._box.findData(text) < 0 and text in dict(option(self.name).choices):
            self._offer([text])
        self._box.setCurrentIndex(self._box.findData(text))


class SwitchField(Field):
    """Yes or no."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self._check = CheckBox(self.tr("On"))
        self._check.clicked.connect(lambda _on: self.edited.emit(self.text()))
        self._own(self._check)

    def text(self) -> str:
        """Return "yes" or "no"."""
        return "yes" if self._check.isChecked() else "no"

    def show_text(self, text: str) -> None:
        """Tick or clear the box."""
        self._check.setChecked(text == "yes")


class LineField(Field):
    """One line of text, a list separated by commas, or a number with its unit."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        facts = option(name)
        self.line = QLineEdit()
        self.line.setPlaceholderText(facts.example)
        self.line.setToolTip(bounds(facts))
        self.line.textEdited.connect(self.edited)
        number = is_number(name)
        self.line.setFixedWidth(NUMBER_WIDTH if number else TEXT_WIDTH)
        if number:
            self.line.setAlignment(Qt.AlignmentFlag.AlignRight)
        self._own(self.line)
        if facts.unit:
            unit = QLabel(facts.unit)
            unit.setProperty("role", "muted")
            self._row.addWidget(unit)

    def text(self) -> str:
        """Return what was typed."""
        return self.line.text()

    def show_text(self, text: str) -> None:
        """Put `text` in, leaving the cursor alone when it stands there already."""
        if self.line.text() != text:
            self.line.setText(text)
            self.line.setCursorPosition(0)

    def mark(self, reason: str) -> None:
        """Colour the border."""
        bad = bool(reason)
        if self.line.property("bad") != bad:
            self.line.setProperty("bad", bad)
            self.line.style().polish(self.line)


class SecretField(LineField):
    """A line that shows dots until its eye is pressed."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.line.setEchoMode(QLineEdit.EchoMode.Password)
        self.reveal = QAction(self.tr("Show"), self)
        self.reveal.setCheckable(True)
        self.reveal.toggled.connect(self._reveal)
        self.line.addAction(self.reveal, QLineEdit.ActionPosition.TrailingPosition)
        self._draw()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.StyleChange and hasattr(self, "reveal"):
            self._draw()

    def _reveal(self, shown: bool) -> None:
        mode = QLineEdit.EchoMode.Normal if shown else QLineEdit.EchoMode.Password
        self.line.setEchoMode(mode)
        self._draw()

    def _draw(self) -> None:
        shown = self.reveal.isChecked()
        name = "eye-off-outline" if shown else "eye-outline"
        self.reveal.setIcon(icons.icon(name, BUTTON_ICON, "muted"))
        self.reveal.setToolTip(self.tr("Hide") if shown else self.tr("Show"))


def is_number(name: str) -> bool:
    """Return whether the setting is a number."""
    model: Any = default(name)
    return isinstance(model, (int, float)) and not isinstance(model, bool)


def make_field(name: str) -> Field:
    """Return the input that fits the setting."""
    facts: Option = option(name)
    if facts.choices:
        return ChoiceField(name)
    if isinstance(default(name), bool):
        return SwitchField(name)
    return SecretField(name) if facts.secret else LineField(name)
