"""The bar at the foot of the settings: what is not saved, Save, Discard, and what came of it."""

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import Signal
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QHBoxLayout, QWidget

from acedesk.settings import option
from acedesk.ui.look import tokens
from acedesk.ui.settings.draft import Draft
from acedesk.ui.widgets.buttons import IconButton, PrimaryButton, SecondaryButton
from acedesk.ui.widgets.card import Card
from acedesk.ui.widgets.glyph import Glyph
from acedesk.ui.widgets.label import make_label

SAVE_KEYS: Final = "Ctrl+S"


class SaveBar(Card):
    """Hidden while nothing is changed and nothing is to be told.

    What counts only after a restart is told again when what was changed since is saved or not.

    Signals:
        save_wanted, discard_wanted, restart_wanted: The buttons.
    """

    save_wanted = Signal()
    discard_wanted = Signal()
    restart_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(padding=tokens.SPACE_M, parent=parent)
        self._busy = False
        self._savable = True
        self._restart_due: tuple[str, ...] = ()
        self._mark = Glyph("pencil-outline", tokens.NAV_ICON, "accent")
        self._text = make_label("", "strong", wrap=True)
        self.save = PrimaryButton(self.tr("Save"), "content-save-outline")
        self.save.setShortcut(QKeySequence(SAVE_KEYS))
        self.save.setToolTip(SAVE_KEYS)
        self.discard = SecondaryButton(self.tr("Discard"))
        self.restart = PrimaryButton(self.tr("Restart AceDesk"), "restart")
        self.dismiss = IconButton("close", self.tr("Dismiss"))
        row = QHBoxLayout()
        row.setSpacing(tokens.SPACE_M)
        row.addWidget(self._mark)
        row.addWidget(self._text, 1)
        for button in (self.discard, self.save, self.restart, self.dismiss):
            row.addWidget(button)
        self.body.addLayout(row)
        self.save.clicked.connect(self.save_wanted)
        self.discard.clicked.connect(self.discard_wanted)
        self.restart.clicked.connect(self.restart_wanted)
        self.dismiss.clicked.connect(lambda: self.setVisible(False))
        self.setVisible(False)

    def show_draft(self, draft: Draft) -> None:
        """Show how many changes wait, or which field keeps them from being saved."""
        problems, changes = draft.problems, draft.changes
        if not changes and self._restart_due:
            self.show_saved(())
            return
        self._set_buttons(changing=True)
        self._savable = not problems
        self._enable()
        if problems:
            self._say(
                "alert-circle-outline",
                "bad",
                self.tr("Not saved yet. Please correct: {0}.").format(labels(problems)),
            )
        else:
            self._say(
                "pencil-outline", "accent", self.tr("Not saved yet: {0}.").format(labels(changes))
            )
        self.setVisible(bool(changes))

    def show_saved(self, restart: Sequence[str]) -> None:
        """Tell that all is saved, and what counts only after a restart."""
        due = self._restart_due = tuple(dict.fromkeys((*self._restart_due, *restart)))
        self._set_buttons(changing=False)
        self.restart.setVisible(bool(due))
        if due:
            text = self.tr("Saved. Counts after a restart: {0}.").format(labels(due))
            self._say("restart", "warn", text)
        else:
            self._say("check-circle", "good", self.tr("Saved."))
        self.setVisible(True)

    def set_busy(self, busy: bool) -> None:
        """Keep the buttons from being pressed twice."""
        self._busy = busy
        self._enable()

    @property
    def text(self) -> str:
        """What the bar says."""
        return self._text.text()

    def _enable(self) -> None:
        self.save.setEnabled(self._savable and not self._busy)
        self.discard.setEnabled(not self._busy)

    def _set_buttons(self, *, changing: bool) -> None:
        self.save.setVisible(changing)
        self.discard.setVisible(changing)
        self.restart.setVisible(False)
        self.dismiss.setVisible(not changing)
        self.set_tone("accent" if changing else "")

    def _say(self, icon: str, role: str, text: str) -> None:
        self._mark.show_icon(icon, role)
        self._text.setText(text)


def labels(names: Sequence[str]) -> str:
    """Return the labels of these settings, at most four of them: "Port, Listen on"."""
    most = 4  # more would push the buttons off a narrow window
    listed = ", ".join(option(name).label for name in names[:most])
    return f"{listed} and {len(names) - most} more" if len(names) > most else listed
