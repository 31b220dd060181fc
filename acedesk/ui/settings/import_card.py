"""The card of the Settings page that takes settings of acexy and acestream-orchestrator."""

import pathlib
from typing import Final

from PySide6.QtCore import QMimeData, QStandardPaths
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDropEvent
from PySide6.QtWidgets import QFileDialog

from acedesk.model.settings_import.plan import ImportPlan
from acedesk.ui.actions import run_action
from acedesk.ui.desk import Desk
from acedesk.ui.settings.import_dialog import ImportDialog
from acedesk.ui.settings.save_bar import SaveBar
from acedesk.ui.settings.system_card import labelled_row
from acedesk.ui.widgets.buttons import SecondaryButton
from acedesk.ui.widgets.card import Card
from acedesk.ui.widgets.error_card import ErrorCard
from acedesk.ui.widgets.label import make_label

SECTION: Final = "General"
_SEARCHED: Final = (
    "import from acexy acestream-orchestrator compose docker env environment file migrate"
)


class ImportCard(Card):
    """A button that chooses a file, and a place to drop one; what it says is shown in a dialog.

    Args:
        error: Shows why a file cannot be imported.
        bar: Tells that settings were imported.

    Attributes:
        dialog: The preview that is open, or was last.
    """

    def __init__(self, desk: Desk, error: ErrorCard, bar: SaveBar) -> None:
        super().__init__()
        self._desk = desk
        self._error = error
        self._bar = bar
        self.dialog: ImportDialog | None = None
        self.choose = SecondaryButton(self.tr("Choose a file…"), "file-import-outline")
        self.choose.clicked.connect(self._choose)
        self.setAcceptDrops(True)
        label = make_label(
            self.tr("Import from acexy or acestream-orchestrator"), "strong", wrap=True
        )
        help_text = make_label(
            self.tr(
                "Their compose file or file of variables (.env), chosen or dropped here. What "
                "becomes of each setting is shown first."
            ),
            "small",
            wrap=True,
        )
        self.body.addWidget(labelled_row((label, help_text), self.choose))

    def show_for(self, text: str, section: str) -> None:
        """Show the card in its section, and where a search finds it."""
        found = all(word in _SEARCHED for word in text.casefold().split())
        self.setVisible(found if text else section == SECTION)

    def look_at(self, path: str) -> None:
        """Read a file and show what importing it would do."""
        self._error.clear()
        self.choose.setEnabled(False)
        run_action(
            self._look_at(pathlib.Path(path)),
            self._error.show_error,
            name="look at settings of another program by user",
            on_done=lambda: self.choose.setEnabled(True),
        )

    async def _look_at(self, path: pathlib.Path) -> None:
        self._open(await self._desk.settings.imports.look(path))

    def _open(self, plan: ImportPlan) -> None:
        self.dialog = ImportDialog(self._desk, plan, self.window())
        self.dialog.imported.connect(self._bar.show_saved)
        self.dialog.open()

    def _choose(self) -> None:
        home = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.HomeLocation)
        dialog = QFileDialog(self.window(), self.tr("Import settings"), home)
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.setNameFilters(
            [
                self.tr("Compose files and variables (*.yaml *.yml *.env .env)"),
                self.tr("All files (*)"),
            ]
        )
        dialog.fileSelected.connect(self.look_at)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if _dropped_file(event.mimeData()):
            self.set_tone("accent")
            event.acceptProposedAction()

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        self.set_tone("")
        super().dragLeaveEvent(event)

    def dropEvent(self, event: QDropEvent) -> None:
        self.set_tone("")
        if path := _dropped_file(event.mimeData()):
            event.acceptProposedAction()
            self.look_at(path)


def _dropped_file(data: QMimeData) -> str:
    """Return the path of the one file that is dropped, "" for anything else."""
    urls = data.urls()
    return urls[0].toLocalFile() if len(urls) == 1 and urls[0].isLocalFile() else ""
