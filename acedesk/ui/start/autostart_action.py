"""The entry of the tray's menu that starts AceDesk with the computer, or not."""

from collections.abc import Callable

from PySide6.QtGui import QAction

from acedesk.model.computer.integration import AutostartState
from acedesk.ui.actions import can_act, run_action
from acedesk.ui.desk import Desk
from acedesk.words.integration import AUTOSTART_LABEL


class AutostartAction(QAction):
    """Checked when the system says that AceDesk starts; asked each time it is shown.

    Args:
        on_error: Shows what the system did not take.
    """

    def __init__(self, desk: Desk, on_error: Callable[[Exception], object]) -> None:
        super().__init__()
        self.setText(self.tr(AUTOSTART_LABEL))
        self.setCheckable(True)
        self._desk = desk
        self._on_error = on_error
        self.triggered.connect(self._set)

    def ask_system(self) -> None:
        """Show what the system says now, in a moment."""
        if can_act():
            run_action(self._read(), self._on_error, name="ask what the system starts")

    async def _read(self) -> None:
        found = await self._desk.integration.autostart()
        self.setChecked(found.state is AutostartState.ON)

    def _set(self, on: bool) -> None:
        run_action(
            self._desk.integration.set_autostart(on),
            self._on_error,
            name="start with the computer by user",
            on_done=self.ask_system,
        )
