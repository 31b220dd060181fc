"""Several selected engines: how many they are, and what can be done with all of them."""

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QMenu

from acedesk.model.snapshot import EngineView
from acedesk.ui.engines.engine_endings import restartable
from acedesk.ui.look import icons
from acedesk.ui.tables.selection_bar import SelectionBar
from acedesk.ui.widgets.buttons import Button, SecondaryButton
from acedesk.words import numbers


class EngineSelection(SelectionBar):
    """Hidden while fewer than two engines are selected.

    Signals:
        restart_wanted, remove_wanted: With the list of engines.

    Attributes:
        engines: Those that are selected, from top to bottom.
    """

    restart_wanted = Signal(list)
    remove_wanted = Signal(list)

    def __init__(self) -> None:
        self.engines: list[EngineView] = []
        self.restart = SecondaryButton("", "restart", small=True)
        self.remove = Button("", "trash-can-outline", kind="danger", small=True)
        super().__init__("engine", self.restart, self.remove)
        self.restart.setText(self.tr("Restart"))
        self.remove.setText(self.tr("Remove"))
        self.restart.clicked.connect(lambda: self.restart_wanted.emit(self.engines))
        self.remove.clicked.connect(lambda: self.remove_wanted.emit(self.engines))

    def show_engines(self, engines: Sequence[EngineView]) -> None:
        """Be about these engines."""
        self.engines = list(engines)
        self.show_count(len(engines))
        self.restart.setEnabled(bool(restartable(engines)))

    def fill_menu(self, menu: QMenu) -> None:
        """Offer what the buttons do."""
        several = numbers.count(len(self.engines), "engine")
        for button, icon in ((self.restart, "restart"), (self.remove, "trash-can-outline")):
            action = menu.addAction(icons.icon(icon), f"{button.text()} {several}…")
            action.setEnabled(button.isEnabled())
            action.triggered.connect(button.click)
