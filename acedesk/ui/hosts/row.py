"""One Docker of another computer: its state, its engines, what is wrong with it."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from acedesk.model.snapshot import HostView
from acedesk.ui.brief import say_briefly
from acedesk.ui.clipboard import clipboard
from acedesk.ui.look import theme, tokens
from acedesk.ui.widgets.buttons import DetailsButton, LinkButton, SecondaryButton
from acedesk.ui.widgets.label import ElidedLabel, make_label
from acedesk.ui.widgets.pill import Pill
from acedesk.words import hosts as words

STATE_WIDTH = 136  # pixels; "After a restart" and its mark
NAME_WIDTH = 180


class HostRow(QWidget):
    """Shows a host; what is wrong with it stands below, the command that helps behind Details.

    Attributes:
        fold: Shows the command.

    Signals:
        edit_wanted, remove_wanted: With its name.
    """

    edit_wanted = Signal(str)
    remove_wanted = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._name = ""
        self._title = make_label("", "strong")
        self._address = ElidedLabel("", "small")
        self._state = Pill()
        self._engines = make_label("")
        self._place = ElidedLabel("", "small")
        self._reason = make_label("", wrap=True, selectable=True)
        self._command = make_label("", "small", wrap=True, selectable=True)
        self._command.setFont(theme.mono_font(theme.SMALL_POINTS))
        self._copy = LinkButton(self.tr("Copy"), "content-copy")
        self.edit = SecondaryButton(self.tr("Edit"), small=True)
        self.remove = SecondaryButton(self.tr("Remove"), small=True)
        self._trouble, self._help = QWidget(), QWidget()
        self.fold = DetailsButton(self._help)
        self._lay_out()
        self.edit.clicked.connect(lambda: self.edit_wanted.emit(self._name))
        self.remove.clicked.connect(lambda: self.remove_wanted.emit(self._name))
        self._copy.clicked.connect(self._copy_command)

    def _copy_command(self) -> None:
        said = self._command.text()
        clipboard().copy(said, lambda: say_briefly(self._copy, self.tr("Copied")))

    @property
    def text(self) -> str:
        """All that it says, also behind Details."""
        parts = (
            self._title,
            self._address,
            self._engines,
            self._place,
            self._reason,
            self._command,
        )
        return " ".join([self._state.text, *(part.text() for part in parts if part.text())])

    def show_host(self, host: HostView, engines: int) -> None:
        """Show it as it is now."""
        if host.name != self._name:
            self.fold.fold()
        self._name = host.name
        word, tone, shape = words.host_state(host)
        self._state.show_text(word, tone=tone, shape=shape)
        trouble = words.host_trouble(host)
        for label, text in (
            (self._title, host.name),
            (self._address, host.address),
            (self._engines, words.host_engines(host, engines)),
            (self._place, words.host_place(host)),
            (self._reason, trouble.sentences if trouble is not None else ""),
            (self._command, trouble.command if trouble is not None else ""),
        ):
            if label.text() != text:
                label.setText(text)
        self._trouble.setVisible(trouble is not None)
        self.fold.setVisible(bool(self._command.text()))
        if not self._command.text():
            self.fold.fold()
        for button, what in ((self.edit, self.tr("Edit")), (self.remove, self.tr("Remove"))):
            button.setAccessibleName(f"{what} {host.name}")

    def _lay_out(self) -> None:
        name, facts = QVBoxLayout(), QVBoxLayout()
        for column, upper, lower in (
            (name, self._title, self._address),
            (facts, self._engines, self._place),
        ):
            column.setSpacing(0)
            column.addWidget(upper)
            column.addWidget(lower)
        state = QWidget()
        state.setFixedWidth(STATE_WIDTH)
        inside = QHBoxLayout(state)
        inside.setContentsMargins(0, 0, 0, 0)
        inside.addWidget(self._state)
        inside.addStretch(1)
        named = QWidget()
        named.setFixedWidth(NAME_WIDTH)
        named.setLayout(name)
        name.setContentsMargins(0, 0, 0, 0)
        top = QHBoxLayout()
        top.setSpacing(tokens.SPACE_M)
        top.addWidget(state)
        top.addWidget(named)
        top.addLayout(facts, 1)
        top.addWidget(self.edit)
        top.addWidget(self.remove)
        below = QVBoxLayout(self._trouble)
        below.setContentsMargins(STATE_WIDTH + tokens.SPACE_M, 0, 0, 0)
        below.setSpacing(tokens.SPACE_XS)
        reason = QHBoxLayout()
        reason.addWidget(self._reason, 1)
        reason.addWidget(self.fold)
        below.addLayout(reason)
        command = QHBoxLayout(self._help)
        command.setContentsMargins(0, 0, 0, 0)
        command.addWidget(self._command, 1)
        command.addWidget(self._copy)
        below.addWidget(self._help)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, tokens.SPACE_S, 0, tokens.SPACE_S)
        column.setSpacing(tokens.SPACE_XS)
        column.addLayout(top)
        column.addWidget(self._trouble)
