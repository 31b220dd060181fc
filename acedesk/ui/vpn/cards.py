"""The cards of the VPN page: the sentence, the note, the engines' routes, what is protected."""

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QPlainTextEdit, QVBoxLayout, QWidget

from acedesk.ui.clipboard import clipboard
from acedesk.ui.look import theme, tokens
from acedesk.ui.vpn import how_to
from acedesk.ui.vpn.protection import Mood, ProtectionSentence, Route
from acedesk.ui.widgets.buttons import DetailsButton, LinkButton, SecondaryButton
from acedesk.ui.widgets.card import Card
from acedesk.ui.widgets.glyph import Glyph
from acedesk.ui.widgets.label import make_label, set_role

_SHIELDS: Final = {
    Mood.GOOD: "shield-check",
    Mood.WORKING: "shield-sync-outline",
    Mood.WARN: "shield-alert-outline",
    Mood.BAD: "shield-remove-outline",
    Mood.IDLE: "shield-off-outline",
}

# An engine's way out: through the VPN, waiting, past it, blocked, not to be seen.
_WAYS: Final = {
    Mood.GOOD: ("shield", "good"),
    Mood.WORKING: ("ring", "working"),
    Mood.WARN: ("triangle", "warn"),
    Mood.BAD: ("cross", "bad"),
    Mood.IDLE: ("hollow", "idle"),
}

COMPOSE_LINES = 14  # the rest scrolls; the page stays readable at 600 px


class SentenceCard(Card):
    """The first thing on the page: whether engines are protected, in words."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(padding=tokens.SPACE_XL, parent=parent)
        self._shield = Glyph(_SHIELDS[Mood.IDLE], tokens.EMPTY_ICON, "idle")
        self._title = make_label("", "title")
        self._text = make_label("", wrap=True, selectable=True)
        texts = QVBoxLayout()
        texts.setSpacing(tokens.SPACE_XS)
        texts.addWidget(self._title)
        texts.addWidget(self._text)
        row = QHBoxLayout()
        row.setSpacing(tokens.SPACE_L)
        row.addWidget(self._shield)
        row.addLayout(texts, 1)
        self.body.addLayout(row)

    def show_sentence(self, sentence: ProtectionSentence) -> None:
        """Say it."""
        self._shield.show_icon(_SHIELDS[sentence.mood], sentence.mood.value)
        self._title.setText(sentence.title)
        self._text.setText(sentence.text)
        self.setAccessibleName(f"{sentence.title}. {sentence.text}")

    @property
    def text(self) -> str:
        """Title and sentence."""
        return f"{self._title.text()}. {self._text.text()}"


class NoteCard(Card):
    """Why the control server tells nothing, and where to put its key.

    Signals:
        key_wanted: Show the field for the key.
    """

    key_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(padding=tokens.SPACE_M, parent=parent)
        self.set_tone("warn")
        self._note = make_label("", "strong", wrap=True)
        rest = make_label(
            self.tr("Protection is not affected; only address and port are not known."), wrap=True
        )
        self.key = SecondaryButton(self.tr("Enter the key"), "key-outline", small=True)
        self.key.clicked.connect(self.key_wanted)
        texts = QVBoxLayout()
        texts.setSpacing(tokens.SPACE_XS)
        texts.addWidget(self._note)
        texts.addWidget(rest)
        row = QHBoxLayout()
        row.setSpacing(tokens.SPACE_M)
        row.addWidget(Glyph("alert-outline", tokens.NAV_ICON, "warn"))
        row.addLayout(texts, 1)
        row.addWidget(self.key)
        self.body.addLayout(row)
        self.setVisible(False)

    def show_note(self, note: str) -> None:
        """Show the note, "" for none."""
        sentence = note[:1].upper() + note[1:]
        if sentence and not sentence.endswith((".", "!", "?")):
            sentence += "."
        if sentence and not sentence.startswith(("The ", "Gluetun")):
            sentence = self.tr("Gluetun’s control server {0}").format(note.rstrip(".") + ".")
        self._note.setText(sentence)
        self.key.setVisible("key" in note)
        self.setVisible(bool(note))

    @property
    def text(self) -> str:
        """What the note says."""
        return self._note.text()


class RouteCard(Card):
    """Each engine with its way to the internet."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(self.tr("Engines"), parent=parent)
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(tokens.SPACE_S)
        self._grid.setVerticalSpacing(tokens.SPACE_S)
        self._grid.setColumnStretch(2, 1)
        self._lines: list[_RouteLine] = []
        self._none = make_label(self.tr("No engine runs."), "muted")
        self.body.addLayout(self._grid)
        self.body.addWidget(self._none)
        self.body.addStretch(1)

    def show_routes(self, routes: Sequence[Route]) -> None:
        """Show these engines."""
        while len(self._lines) < len(routes):
            line, position = _RouteLine(), len(self._lines)
            self._lines.append(line)
            for column, part in enumerate(line.parts):
                self._grid.addWidget(part, position, column)
        for position, line in enumerate(self._lines):
            line.show_route(routes[position] if position < len(routes) else None)
        self._none.setVisible(not routes)

    @property
    def texts(self) -> tuple[str, ...]:
        """What is said of each engine."""
        return tuple(line.text for line in self._lines if line.text)


class _RouteLine:
    def __init__(self) -> None:
        self._mark = Glyph("hollow", tokens.BUTTON_ICON, "idle")
        self._name = make_label("", "strong")
        self._way = make_label("", "muted", wrap=True)
        self.parts = (self._mark, self._name, self._way)
        self.text = ""

    def show_route(self, route: Route | None) -> None:
        for part in self.parts:
            part.setVisible(route is not None)
        self.text = f"{route.name} {route.text}" if route else ""
        if route is not None:
            self._mark.show_icon(*_WAYS[route.mood])
            self._name.setText(route.name)
            self._way.setText(route.text)


class ProtectionCard(Card):
    """What a VPN in a container protects, and what it does not."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(self.tr("What is protected"), parent=parent)
        for text in how_to.PROTECTED:
            self._add("check", "good", text)
        for text in how_to.NOT_PROTECTED:
            self._add("minus", "warn", text)
        self.body.addStretch(1)

    def _add(self, icon: str, role: str, text: str) -> None:
        row = QHBoxLayout()
        row.setSpacing(tokens.SPACE_S)
        row.addWidget(Glyph(icon, tokens.BUTTON_ICON, role))
        label = make_label(text, wrap=True)
        set_role(label, "muted")
        row.addWidget(label, 1)
        self.body.addLayout(row)


class HowToCard(Card):
    """Steps; the compose file and the command, to copy, behind Details.

    Signals:
        copied: Something was copied: what, as a word.
    """

    copied = Signal(str)

    def __init__(self, image: str, parent: QWidget | None = None) -> None:
        super().__init__(parent=parent)
        head = QHBoxLayout()
        head.addWidget(make_label(self.tr("How to add Gluetun"), "strong"), 1)
        self.more = QWidget()
        self.fold = DetailsButton(self.more)
        self.copy = SecondaryButton(self.tr("Copy compose file"), "content-copy", small=True)
        head.addWidget(self.fold)
        head.addWidget(self.copy)
        self.body.addLayout(head)
        for number, step in enumerate(how_to.STEPS, 1):
            self.body.addWidget(make_label(f"{number}.  {step}", "muted", wrap=True))
        self.compose = QPlainTextEdit(how_to.COMPOSE.format(image=image))
        self.compose.setAccessibleName(self.tr("Compose file"))
        self.compose.setReadOnly(True)
        self.compose.setFont(theme.mono_font(theme.SMALL_POINTS))
        self.compose.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.compose.setFixedHeight(self.compose.fontMetrics().lineSpacing() * COMPOSE_LINES)
        command = make_label(how_to.COMMAND, "small", selectable=True)
        command.setFont(theme.mono_font(theme.SMALL_POINTS))
        self.copy_command = LinkButton(self.tr("Copy"), "content-copy")
        line = QHBoxLayout()
        line.addWidget(command, 1)
        line.addWidget(self.copy_command)
        details = QVBoxLayout(self.more)
        details.setContentsMargins(0, 0, 0, 0)
        details.addLayout(line)
        details.addWidget(self.compose)
        self.body.addWidget(self.more)
        self.copy.clicked.connect(
            lambda: self._copy(self.compose.toPlainText(), self.tr("Compose file"))
        )
        self.copy_command.clicked.connect(lambda: self._copy(how_to.COMMAND, self.tr("Command")))

    def _copy(self, text: str, name: str) -> None:
        clipboard().copy(text, lambda: self.copied.emit(name))
