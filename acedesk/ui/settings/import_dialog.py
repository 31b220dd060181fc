"""What importing a file would do, for each of its variables, and the button that does it."""

import contextlib
from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QDialog, QHBoxLayout, QVBoxLayout, QWidget

from acedesk.formats.text import clean_text
from acedesk.model.settings_import.plan import Finding, ImportPlan, Outcome
from acedesk.rules.settings_import.in_words import in_words
from acedesk.settings import option
from acedesk.ui.actions import run_action
from acedesk.ui.desk import Desk
from acedesk.ui.look import theme, tokens
from acedesk.ui.widgets.buttons import Button, PrimaryButton
from acedesk.ui.widgets.card import Hairline, scrolled
from acedesk.ui.widgets.error_card import ErrorCard
from acedesk.ui.widgets.label import make_label
from acedesk.ui.widgets.pill import Pill
from acedesk.words import numbers

SIZE: Final = (860, 640)  # pixels; fits a screen of 1366x768 with its bars
NAME_WIDTH: Final = 300
_LONGEST: Final = 200

# What comes first is what the person has to look at.
_ORDER: Final = (Outcome.TAKEN, Outcome.REFUSED, Outcome.UNKNOWN, Outcome.NOT_APPLICABLE)


class ImportDialog(QDialog):
    """Nothing counts before Import.

    Attributes:
        rows: One for each variable, in the order they are shown in.

    Signals:
        imported: Settings were saved; with the names of those that count after a restart only.
    """

    imported = Signal(object)

    def __init__(self, desk: Desk, plan: ImportPlan, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self._plan = plan
        self.setWindowTitle(self.tr("Import settings"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.summary = make_label(self._sentence(), "strong", wrap=True)
        self.notes = make_label(
            "\n".join(clean_text(note, _LONGEST) for note in plan.notes),
            "small",
            wrap=True,
            selectable=True,
        )
        self.rows = [FindingRow(one) for one in sorted(plan.findings, key=_place)]
        self.error = ErrorCard()
        self.cancel = Button(self.tr("Cancel") if plan.values else self.tr("Close"))
        count = numbers.count(len(plan.values), "setting")
        self.take = PrimaryButton(self.tr("Import {0}").format(count), "file-import-outline")
        self.take.setVisible(bool(plan.values))
        self.cancel.clicked.connect(self.reject)
        self.take.clicked.connect(self._take)
        self._lay_out()

    @property
    def text(self) -> str:
        """All that is said above and below the rows."""
        return f"{self.summary.text()} {self.notes.text()}".strip()

    def _sentence(self) -> str:
        plan = self._plan
        if not plan.values:
            return self.tr("Nothing in this file changes a setting of AceDesk.")
        parts = [numbers.count(len(plan.values), "setting") + " will change"]
        refused = plan.count(Outcome.REFUSED)
        if refused:
            parts.append(f"{numbers.count(refused, 'value')} cannot be used")
        return f"{', '.join(parts)}. The settings from before are kept beside the settings file."

    def _take(self) -> None:
        self.error.clear()
        self.take.setEnabled(False)
        run_action(
            self._save(),
            self.error.show_error,
            name="import settings by user",
            on_done=self._ready,
        )

    async def _save(self) -> None:
        restart = await self._desk.settings.imports.take(self._plan)
        with contextlib.suppress(RuntimeError):  # closed meanwhile; the settings are saved
            self.imported.emit(restart)
            self.accept()

    def _ready(self) -> None:
        with contextlib.suppress(RuntimeError):  # the dialog was closed
            self.take.setEnabled(True)

    def _lay_out(self) -> None:
        self.resize(*SIZE)
        inside = QWidget()
        area = scrolled(inside)
        area.setAccessibleName(self.tr("What becomes of each setting"))
        column = QVBoxLayout(self)
        column.setContentsMargins(*(tokens.SPACE_XL,) * 4)
        column.setSpacing(tokens.SPACE_M)
        column.addWidget(make_label(clean_text(self._plan.source, _LONGEST), "section", wrap=True))
        column.addWidget(self.summary)
        column.addWidget(area, 1)
        column.addWidget(self.notes)
        self.notes.setVisible(bool(self.notes.text()))
        column.addWidget(self.error)
        buttons = QHBoxLayout()
        buttons.setSpacing(tokens.SPACE_S)
        buttons.addStretch(1)
        buttons.addWidget(self.cancel)
        buttons.addWidget(self.take)
        column.addLayout(buttons)
        lines = QVBoxLayout(inside)
        lines.setContentsMargins(0, 0, tokens.SPACE_M, 0)
        lines.setSpacing(0)
        for place, row in enumerate(self.rows):
            if place:
                lines.addWidget(Hairline())
            lines.addWidget(row)
        lines.addStretch(1)
        chosen = self.take if self._plan.values else self.cancel
        chosen.setDefault(True)  # Enter presses it, whatever has the focus
        chosen.setFocus()


class FindingRow(QWidget):
    """What becomes of one variable: its name and value, the setting, the reason, one word."""

    def __init__(self, finding: Finding) -> None:
        super().__init__()
        self.finding = finding
        word, tone = _word(finding)
        self.pill = Pill(word, tone=tone)
        service = f"{finding.service}: " if finding.service else ""
        self.name = make_label(
            clean_text(service + finding.name, _LONGEST), "strong", wrap=True, selectable=True
        )
        self.name.setFont(theme.mono_font())
        self.value = make_label(clean_text(finding.text, _LONGEST), "small", wrap=True)
        self.change = make_label(_change(finding), wrap=True)
        self.reason = make_label(clean_text(finding.reason, 2 * _LONGEST), "small", wrap=True)
        left, middle = QVBoxLayout(), QVBoxLayout()
        for layout, parts in (
            (left, (self.name, self.value)),
            (middle, (self.change, self.reason)),
        ):
            layout.setSpacing(tokens.SPACE_XS)
            for label in parts:
                layout.addWidget(label)
                label.setVisible(bool(label.text()))
            layout.addStretch(1)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, tokens.SPACE_S, 0, tokens.SPACE_S)
        row.setSpacing(tokens.SPACE_M)
        holder = QWidget()
        holder.setFixedWidth(NAME_WIDTH)
        left.setContentsMargins(0, 0, 0, 0)
        holder.setLayout(left)
        row.addWidget(holder)
        row.addLayout(middle, 1)
        row.addWidget(self.pill, alignment=Qt.AlignmentFlag.AlignTop)


def _place(finding: Finding) -> tuple[int, bool]:
    return _ORDER.index(finding.outcome), not finding.changes


def _word(finding: Finding) -> tuple[str, str]:
    """Return what becomes of a variable in a word, and its tone."""
    if finding.changes:
        return "Changes", "accent"
    return {
        Outcome.TAKEN: ("As it is", "plain"),
        Outcome.REFUSED: ("Cannot be used", "bad"),
        Outcome.UNKNOWN: ("Unknown", "warn"),
        Outcome.NOT_APPLICABLE: ("Not needed", "idle"),
    }[finding.outcome]


def _change(finding: Finding) -> str:
    """Return the settings with what they are and will be: "Port: 8080 → 8081"."""
    lines = []
    for name, value in finding.values.items():
        told, before = in_words(name, value), finding.before.get(name)
        changed = told if before == value else f"{in_words(name, before)} → {told}"
        lines.append(f"{option(name).label}: {changed}")
    return "\n".join(clean_text(line, _LONGEST) for line in lines)
