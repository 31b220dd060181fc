"""The Settings page: every option of `acedesk.settings`, judged as typed, saved together."""

from collections.abc import Iterable, Mapping

from PySide6.QtCore import QEvent, QTimer
from PySide6.QtGui import QAction, QShowEvent
from PySide6.QtWidgets import (
    QButtonGroup,
    QLineEdit,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from acedesk.errors import CannotListen, PortInUse, SettingsError
from acedesk.model.player import COMMAND_PLAYER
from acedesk.settings import Settings, names, option
from acedesk.ui.actions import run_action
from acedesk.ui.desk import Desk
from acedesk.ui.look import icons, tokens
from acedesk.ui.page import Page, Unsaved
from acedesk.ui.players import Players
from acedesk.ui.settings.definition_editor import offer_editor
from acedesk.ui.settings.draft import Draft, is_found, sections
from acedesk.ui.settings.import_card import ImportCard
from acedesk.ui.settings.input_fields import ChoiceField
from acedesk.ui.settings.kept_lines import KeptLines
from acedesk.ui.settings.listening_check import LISTENING, ListeningCheck
from acedesk.ui.settings.row import Section, SettingRow
from acedesk.ui.settings.save_bar import SaveBar, labels
from acedesk.ui.settings.system_card import SystemCard
from acedesk.ui.widgets.buttons import ChoiceButton
from acedesk.ui.widgets.empty_state import EmptyState
from acedesk.ui.widgets.error_card import ErrorCard
from acedesk.ui.widgets.flow_layout import FlowLayout
from acedesk.ui.widgets.inputs import CheckBox, add_clear_button
from acedesk.ui.widgets.page_header import PageHeader, PillText
from acedesk.words import numbers

STEP_MS = 15  # between two rows: streams and keys come first
SEARCH_WIDTH = 220  # pixels; "Search settings" and a word of one's own


class SettingsPage(Page):
    """Sections by subject, a search over all of them, and a bar to save.

    The rows of the open section are made first, the others one by one when nothing else is to be
    done: all at once they would hold the loop for a tenth of a second.

    Args:
        players: Those of this computer: the others are not offered.
    """

    def __init__(
        self, desk: Desk, players: Players | None = None, parent: QWidget | None = None
    ) -> None:
        super().__init__(desk, parent)
        self._players = players
        self._draft = Draft(desk.settings.current)
        self._rows: dict[str, SettingRow] = {}
        self._kept = KeptLines(desk, self)
        self._sections = {title: Section(title, members) for title, members in sections()}
        self._waiting = [name for _title, members in sections() for name in members]
        self._section = next(iter(self._sections))
        self._steps = QTimer(self, interval=STEP_MS)
        self.header = PageHeader(self.tr("Settings"))
        self.search = QLineEdit()
        self.advanced = CheckBox(self.tr("Advanced"))
        self.navigation = QButtonGroup(self)
        self.edit_definition = offer_editor(self._sections["Engines"], desk)
        self.error = ErrorCard()
        self.bar = SaveBar()
        self.nothing = EmptyState(
            "magnify-close", self.tr("No setting is called that."), primary=self.tr("Show all")
        )
        self.system = SystemCard(desk, self.error)
        self.imports = ImportCard(desk, self.error, self.bar)
        self._area = QScrollArea()
        self._listening = ListeningCheck(desk, self._draft, self.show_error, self)
        self._glass = QAction(self.tr("Search"), self)
        self._lay_out()
        self._connect()
        self._show_rows()
        self._steps.timeout.connect(self._make_next)
        if players is not None:
            self._offer_players()
            self.destroyed.connect(players.changed.connect(self._offer_players))

    @property
    def rows(self) -> dict[str, SettingRow]:
        """The rows of all settings, by name; those that are missing are made now."""
        self._make_rows(list(self._waiting))
        return self._rows

    def _row(self, name: str) -> SettingRow:
        self._make_rows([name])
        return self._rows[name]

    def _make_next(self) -> None:
        self._make_rows(self._waiting[:1])
        if not self._waiting:
            self._steps.stop()

    def _make_rows(self, wanted: Iterable[str]) -> None:
        for name in wanted:
            if name not in self._rows:
                row = self._rows[name] = SettingRow(name, self._draft)
                row.touched.connect(self._touched)
                self._sections[option(name).page].add(row)
                self._kept.add(row)
                self._waiting.remove(name)

    def focus_filter(self) -> None:
        """Put the cursor into the search field."""
        self.search.setFocus()
        self.search.selectAll()

    def show_setting(self, name: str) -> None:
        """Go to one setting and put the cursor into its field."""
        self.search.clear()
        facts = option(name)
        if facts.advanced:
            self.advanced.setChecked(True)
        self._show_section(facts.page)
        (row := self._row(name)).field.setFocus()
        # The hidden rows leave the layout with the next event; only then the place is known.
        QTimer.singleShot(0, row, lambda: self._area.ensureWidgetVisible(row))

    @property
    def unsaved(self) -> Unsaved:
        """The fields that were changed and not saved."""
        changes, problems = self._draft.changes, self._draft.problems
        return Unsaved(len(changes), labels(changes), labels(problems), next(iter(problems), ""))

    async def save_unsaved(self) -> None:
        """Save them.

        Raises:
            SettingsError: One has a problem; all are as they were.
        """
        await self._save_values(self._draft.values())

    def _offer_players(self) -> None:
        """Offer the players of this computer only."""
        field = self._row("default_player").field
        if isinstance(field, ChoiceField) and self._players is not None:
            found = (player.id for player in self._players.found)
            field.offer_only({"", COMMAND_PLAYER, *found})

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._steps.start()  # a page that nobody opens needs no rows: 15 MB

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.StyleChange:
            self._draw()

    def _draw(self) -> None:
        self._glass.setIcon(icons.icon("magnify", tokens.BUTTON_ICON, "muted"))

    def _show_section(self, title: str) -> None:
        self._section = title
        self.search.clear()
        self._show_rows()
        self._area.verticalScrollBar().setValue(0)

    def _show_rows(self) -> None:
        text = self.search.text().strip()
        wanted = {name for name in names() if self._is_shown(name, text)}
        self._make_rows([name for name in list(self._waiting) if name in wanted])
        for section in self._sections.values():
            section.show_only(wanted)
        self.system.show_for(text, self._section)
        self.imports.show_for(text, self._section)
        self.nothing.setVisible(not wanted and self.system.isHidden() and self.imports.isHidden())
        self.navigation.setExclusive(False)
        for button in self.navigation.buttons():
            button.setChecked(not text and button.text() == self._section)
        self.navigation.setExclusive(not text)

    def _is_shown(self, name: str, text: str) -> bool:
        """A search finds advanced settings too: whoever looks for one means it."""
        if text:
            return is_found(name, text)
        facts = option(name)
        return facts.page == self._section and (self.advanced.isChecked() or not facts.advanced)

    def _touched(self) -> None:
        self.error.clear()
        self._listening.follow()
        self._show_changes()

    def _show_listening(self, shown: str, problem: PortInUse | CannotListen | None) -> None:
        for name in LISTENING:
            row = self._row(name)
            row.show_draft()
            if problem is not None and name == shown == "port":
                row.show_reason(row.reason, offered=str(problem.next_free or ""))
        self._show_changes()

    def _show_changes(self) -> None:
        count = len(self._draft.changes)
        self.header.set_pills([PillText(numbers.count(count, "change"), "accent")] if count else [])
        self.bar.show_draft(self._draft)
        self.unsaved_changed.emit()

    def _discard(self) -> None:
        self._draft.discard()
        for row in self._rows.values():
            row.show_draft()
        self._touched()

    def _save(self) -> None:
        self.error.clear()
        self.bar.set_busy(True)
        run_action(
            self._save_values(self._draft.values()),  # those of now, whatever is typed meanwhile
            self.show_error,
            name="save settings by user",
            on_done=lambda: self.bar.set_busy(False),
        )

    async def _save_values(self, values: Mapping[str, object]) -> None:
        restart = await self.desk.settings.save(values)
        self._take(self.desk.settings.current)
        if not self._draft.changes:
            self.bar.show_saved(restart)

    def show_error(self, error: Exception) -> None:
        """Show what went wrong, at its field where it has one."""
        if isinstance(error, SettingsError) and error.field in names():
            self.show_setting(error.field)
            self._row(error.field).show_reason(f"{error.reason[:1].upper()}{error.reason[1:]}.")
        self.error.show_error(error)

    def _take(self, settings: Settings) -> None:
        """Follow settings that were saved here or changed elsewhere."""
        self._draft.rebase(settings)
        for name, row in self._rows.items():
            if not self._draft.is_changed(name):
                row.show_draft()
        self._show_changes()

    def _connect(self) -> None:
        disconnect = self.desk.settings.changed.connect(self._take)
        self.destroyed.connect(lambda: disconnect())  # noqa: PLW0108 - Qt hands over an argument
        self.search.textChanged.connect(self._show_rows)
        self._listening.judged.connect(self._show_listening)
        self.advanced.toggled.connect(self._show_rows)
        self.nothing.primary.clicked.connect(self.search.clear)
        self.bar.save_wanted.connect(self._save)
        self.bar.discard_wanted.connect(self._discard)
        self.bar.restart_wanted.connect(self.restart_wanted)
        self.navigation.buttonClicked.connect(lambda button: self._show_section(button.text()))

    def _lay_out(self) -> None:
        self.search.setPlaceholderText(self.tr("Search settings"))
        self.search.setAccessibleName(self.tr("Search settings"))
        add_clear_button(self.search)
        self.search.setFixedWidth(SEARCH_WIDTH)
        self.search.addAction(self._glass, QLineEdit.ActionPosition.LeadingPosition)
        self._draw()
        self.header.add_action(self.search)
        sections_row = FlowLayout()
        for section in self._sections.values():
            button = ChoiceButton(section.title, chosen=False)
            self.navigation.addButton(button)
            sections_row.addWidget(button)
        sections_row.addWidget(self.advanced)
        inside = QWidget()
        self._area.setWidgetResizable(True)
        self._area.setWidget(inside)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(tokens.SPACE_M)
        column.addWidget(self.header)
        column.addLayout(sections_row)
        column.addWidget(self._area, 1)
        column.addWidget(self.error)
        column.addWidget(self.bar)
        stack = QVBoxLayout(inside)
        stack.setContentsMargins(0, 0, 0, 0)
        stack.setSpacing(tokens.SPACE_M)
        for part in (*self._sections.values(), self.system, self.imports, self.nothing):
            stack.addWidget(part)
        stack.addStretch(1)
