"""What this computer does with AceDesk by itself; read from the system, changed at once."""

from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from acedesk.model.computer.integration import Autostart, AutostartState, LinkOwner
from acedesk.ui.actions import can_act, run_action
from acedesk.ui.desk import Desk
from acedesk.ui.look import tokens
from acedesk.ui.settings.input_fields import TEXT_WIDTH
from acedesk.ui.settings.row import WIDEST_LABEL
from acedesk.ui.widgets.buttons import SecondaryButton
from acedesk.ui.widgets.card import Card, Hairline
from acedesk.ui.widgets.error_card import ErrorCard
from acedesk.ui.widgets.inputs import CheckBox
from acedesk.ui.widgets.label import make_label
from acedesk.words import integration as words

SECTION = "General"


class SystemCard(Card):
    """Starting with the computer, and opening links.

    Args:
        error: Shows what the system did not take.

    Attributes:
        autostart: Whether AceDesk starts with the computer.
        links: Takes the links, or gives them back.
        note, links_text: What is said below.
    """

    def __init__(self, desk: Desk, error: ErrorCard) -> None:
        super().__init__()
        self._desk = desk
        self._error = error
        self._owner: LinkOwner | None = None
        self.autostart = CheckBox(self.tr("On"))
        self.links = SecondaryButton("")
        self.note = make_label("", "warn", wrap=True)
        self.links_text = make_label("", "small", wrap=True)
        self._line = Hairline()
        self.body.addWidget(make_label(self.tr("This computer"), "section"))
        help_text = make_label(self.tr(words.AUTOSTART_HELP), "small", wrap=True)
        texts = (make_label(self.tr(words.AUTOSTART_LABEL), "strong"), help_text, self.note)
        self.body.addWidget(labelled_row(texts, self.autostart))
        self.body.addWidget(self._line)
        label = make_label(self.tr(words.LINKS_LABEL), "strong")
        self._links_row = labelled_row((label, self.links_text), self.links)
        self.body.addWidget(self._links_row)
        self.autostart.setAccessibleName(self.tr(words.AUTOSTART_LABEL))
        self.autostart.clicked.connect(self._set_autostart)
        self.links.clicked.connect(self._change_links)
        self._show_autostart(Autostart(AutostartState.OFF))
        self._show_owner(None)

    def show_for(self, text: str, section: str) -> None:
        """Show the card in its section, and where a search finds it."""
        said = (words.AUTOSTART_LABEL, words.AUTOSTART_HELP, words.LINKS_LABEL, "autostart login")
        found = all(word in " ".join(said).casefold() for word in text.casefold().split())
        self.setVisible(found if text else section == SECTION)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if can_act():
            self._read()

    def _read(self) -> None:
        run_action(self._ask_system(), self._error.show_error, name="ask what the system starts")

    async def _ask_system(self) -> None:
        self._show_autostart(await self._desk.integration.autostart())
        self._show_owner(await self._desk.integration.link_owner())

    def _show_autostart(self, found: Autostart) -> None:
        self.autostart.setChecked(found.state is AutostartState.ON)
        _put(self.note, words.autostart_note(found))

    def _show_owner(self, owner: LinkOwner | None) -> None:
        self._owner = owner
        self._line.setVisible(owner is not None)
        self._links_row.setVisible(owner is not None)
        if owner is not None:
            _put(self.links_text, words.links_help(owner))
            self.links.setText(words.links_action(owner))

    def _set_autostart(self, on: bool) -> None:
        self._error.clear()
        self.autostart.setEnabled(False)
        run_action(
            self._desk.integration.set_autostart(on),
            self._error.show_error,
            name="start with the computer by user",
            on_done=self._done,
        )

    def _change_links(self) -> None:
        if self._owner is None:
            return
        self._error.clear()
        self.links.setEnabled(False)
        integration = self._desk.integration
        run_action(
            integration.give_links_back() if self._owner.is_ours else integration.take_links(),
            self._error.show_error,
            name="open links by user",
            on_done=self._done,
        )

    def _done(self) -> None:
        """Show what the system says now, whether or not it took the change."""
        self.autostart.setEnabled(True)
        self.links.setEnabled(True)
        self._read()


def _put(label: QLabel, text: str) -> None:
    label.setText(text)
    label.setVisible(bool(text))


def labelled_row(texts: tuple[QLabel, ...], field: QWidget) -> QWidget:
    """Return a row like those of the settings: texts on the left, the field on the right."""
    left = QWidget()
    left.setMaximumWidth(WIDEST_LABEL)
    column = QVBoxLayout(left)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(tokens.SPACE_XS)
    for text in texts:
        column.addWidget(text)
    right = QWidget()
    right.setFixedWidth(TEXT_WIDTH + tokens.BUTTON_HEIGHT + tokens.SPACE_XS)
    line = QHBoxLayout(right)
    line.setContentsMargins(0, 0, 0, 0)
    line.addWidget(field)
    line.addStretch(1)
    whole = QWidget()
    row = QHBoxLayout(whole)
    row.setContentsMargins(0, tokens.SPACE_S, 0, tokens.SPACE_S)
    row.setSpacing(tokens.SPACE_XL)
    row.addWidget(left, 1000)
    row.addWidget(right)
    row.addStretch(1)
    return whole
