"""What engines are made from, in one dialog: chosen from the catalogue or a template, or typed.

It shows what would be started on Docker's machine, and warns of what may go wrong, while one types.
"""

from collections.abc import Mapping
from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from acedesk.engines.definitions.catalogue import catalogue
from acedesk.engines.definitions.compose_file import compose_file
from acedesk.engines.definitions.define import define
from acedesk.engines.definitions.definition import EngineDefinition
from acedesk.engines.definitions.templates import (
    put_template,
    template_of,
    templates,
    values_of,
    without_template,
)
from acedesk.errors import AceDeskError
from acedesk.settings import EngineTemplate, Settings, option
from acedesk.settings.engine_template import WORDS
from acedesk.ui.actions import run_action
from acedesk.ui.brief import say_briefly
from acedesk.ui.clipboard import clipboard
from acedesk.ui.desk import Desk
from acedesk.ui.dialogs import CHANGED_MARK
from acedesk.ui.look import tokens
from acedesk.ui.settings.draft import Draft, format_value
from acedesk.ui.settings.row import Section, SettingRow
from acedesk.ui.widgets.buttons import Button, LinkButton, PrimaryButton, SecondaryButton
from acedesk.ui.widgets.card import Hairline, scrolled
from acedesk.ui.widgets.error_card import ErrorCard
from acedesk.ui.widgets.inputs import ComboBox
from acedesk.ui.widgets.label import make_label

SIZE: Final = (860, 640)  # pixels; fits a screen of 1366x768 with its bars
NAME_WIDTH: Final = 200


class DefinitionEditor(QDialog):
    """Changes the settings that make an engine; nothing counts before Save."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self._draft = Draft(desk.settings.current)
        self.setWindowTitle(self.tr("Engine definition") + CHANGED_MARK)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.start_from = ComboBox(self.tr("Start from"))
        self.rows = {name: SettingRow(name, self._draft) for name in WORDS.values()}
        self.result_ = make_label("", "strong", wrap=True, selectable=True)
        self.warnings = make_label("", "warn", wrap=True, selectable=True)
        self.error = ErrorCard()
        self.name = QLineEdit()
        self.keep = SecondaryButton(self.tr("Keep as template"), "content-save-outline")
        self.drop = LinkButton(self.tr("Delete template"))
        self.copy = SecondaryButton("", "content-copy")
        self.cancel = Button(self.tr("Cancel"))
        self.save = PrimaryButton(self.tr("Save"))
        self._offer()
        self._lay_out()
        self._connect()
        self._judge()

    @property
    def definition(self) -> EngineDefinition | None:
        """What would be made now, None while something typed cannot be used."""
        try:
            settings = self._settings()
            return define(settings, catalogue(), self._desk.snapshot().runtime.machine)
        except AceDeskError:
            return None

    def _settings(self) -> Settings:
        """Return the settings with what was typed.

        Raises:
            SettingsError: Something cannot be saved.
        """
        return self._desk.settings.current.changed(self._draft.values())

    # Start from

    def _offer(self) -> None:
        self.start_from.clear()
        self.start_from.addItem(self.tr("What is set now"), None)
        for template in templates(self._desk.settings.current):
            self.start_from.addItem(self.tr("Template: {0}").format(template.name), template)
        for image in catalogue().images:
            known = EngineTemplate(name="", values={"engine_image": image.reference})
            text = self.tr("{0} · engine {1}").format(image.title, image.engine)
            self.start_from.addItem(text, known)
            place = self.start_from.count() - 1
            self.start_from.setItemData(place, image.note, Qt.ItemDataRole.ToolTipRole)

    def _start(self) -> None:
        chosen = self.start_from.currentData()
        self.name.setText(chosen.name if chosen is not None else "")
        if chosen is None:
            self._draft.discard()
        else:
            self._put(values_of(chosen))
        for row in self.rows.values():
            row.show_draft()
        self._judge()

    def _put(self, values: Mapping[str, object]) -> None:
        for name, value in values.items():
            self._draft.type(name, format_value(value, option(name).separator))

    # What it comes to

    def _judge(self) -> None:
        self.setWindowModified(bool(self._draft.changes))
        self.error.clear()
        self.copy.setText(self.tr("Copy as docker-compose"))
        made = self.definition
        known = catalogue().find(made.image) if made is not None else None
        note = f" {known.note}" if known is not None else ""
        self.result_.setText(
            self.tr("Starts {0} on {1}.{2}").format(made.image, self._machine(made), note)
            if made is not None
            else self.tr("Something above cannot be used.")
        )
        warnings = made.warnings if made is not None else ()
        self.warnings.setText("\n".join(warnings))
        self.warnings.setVisible(bool(warnings))
        for button in (self.save, self.copy):
            button.setEnabled(made is not None)
        self._judge_name()

    def _machine(self, made: EngineDefinition) -> str:
        platform = made.platform or self._desk.snapshot().runtime.machine.platform
        return dict(option("engine_platform").choices).get(platform) or self.tr("Docker's machine")

    def _judge_name(self) -> None:
        name = self.name.text().strip()
        fits = bool(name) and not {":", "=", ";"} & set(name) and len(name) <= self.name.maxLength()
        self.keep.setEnabled(fits and self.definition is not None)
        chosen = self.start_from.currentData()
        self.drop.setVisible(chosen is not None and bool(chosen.name))

    # What the buttons do

    def _save(self) -> None:
        self._run(self._draft.values(), close=True)

    def _keep(self) -> None:
        settings = self._settings()
        template = template_of(settings, self.name.text().strip())
        self._run({"engine_templates": put_template(settings, template)}, choose=template.name)

    def _drop(self) -> None:
        name = self.start_from.currentData().name
        kept = without_template(self._desk.settings.current, name)
        self._run({"engine_templates": kept})

    def _copy(self) -> None:
        if (made := self.definition) is not None:
            clipboard().copy(compose_file(made), self._say_copied)

    def _say_copied(self) -> None:
        say_briefly(self.copy, self.tr("Copied"))

    def _run(self, values: Mapping[str, object], *, close: bool = False, choose: str = "") -> None:
        async def save() -> None:
            await self._desk.settings.save(values)
            if close:
                self.accept()
                return
            self._draft.rebase(self._desk.settings.current)
            self._offer()
            chosen = self.start_from.findText(self.tr("Template: {0}").format(choose))
            self.start_from.setCurrentIndex(max(0, chosen))
            self._judge_name()

        run_action(save(), self.error.show_error, name="save engine definition by user")

    def _connect(self) -> None:
        self.start_from.activated.connect(lambda _index: self._start())
        for row in self.rows.values():
            row.touched.connect(self._judge)
        self.name.textChanged.connect(self._judge_name)
        self.keep.clicked.connect(self._keep)
        self.drop.clicked.connect(self._drop)
        self.copy.clicked.connect(self._copy)
        self.cancel.clicked.connect(self.reject)
        self.save.clicked.connect(self._save)

    def _lay_out(self) -> None:
        self.resize(*SIZE)
        self.name.setPlaceholderText(self.tr("Name of a template"))
        self.name.setAccessibleName(self.tr("Name of a template"))
        self.name.setMaxLength(40)
        self.name.setFixedWidth(NAME_WIDTH)
        self.save.setDefault(True)
        inside = QWidget()
        column = QVBoxLayout(self)
        column.setContentsMargins(*(tokens.SPACE_XL,) * 4)
        column.setSpacing(tokens.SPACE_M)
        column.addWidget(make_label(self.tr("What engines are made from"), "section"))
        column.addLayout(_line(self.start_from, self.drop))
        column.addWidget(scrolled(inside), 1)
        for part in (self.result_, self.warnings, self.error):
            column.addWidget(part)
        column.addLayout(_line(self.name, self.keep, self.copy, None, self.cancel, self.save))
        fields = QVBoxLayout(inside)
        fields.setContentsMargins(0, 0, tokens.SPACE_M, 0)
        for place, row in enumerate(self.rows.values()):
            if place:
                fields.addWidget(Hairline())
            fields.addWidget(row)
        fields.addStretch(1)


def _line(*parts: QWidget | None) -> QHBoxLayout:
    """Return the parts in one line; None is the place that takes what is left."""
    line = QHBoxLayout()
    line.setSpacing(tokens.SPACE_S)
    for part in parts:
        if part is None:
            line.addStretch(1)
        else:
            line.addWidget(part)
    if None not in parts:
        line.addStretch(1)
    return line


def offer_editor(section: Section, desk: Desk) -> SecondaryButton:
    """Put a button beside the title of a section that opens the editor, and return it."""
    button = SecondaryButton(section.tr("Engine definition …"), "tune-variant")
    button.clicked.connect(lambda: DefinitionEditor(desk, section).open())
    section.add_action(button)
    return button
