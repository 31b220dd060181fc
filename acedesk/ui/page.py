"""What the main window expects of a page."""

from collections.abc import Coroutine
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from acedesk.model.snapshot import Snapshot
from acedesk.ui.actions import run_action
from acedesk.ui.desk import Desk
from acedesk.values import frozen_value


@frozen_value(kw_only=False)
class Unsaved:
    """What has been changed on a page and not saved.

    Attributes:
        count: How many things.
        text: Their names: "Port, Listen on".
        problems: The names of those that cannot be saved as they are, "" for none.
        first_problem: The setting that is the first of them, "" for none.
    """

    count: int = 0
    text: str = ""
    problems: str = ""
    first_problem: str = ""


class Page(QWidget):
    """Base of all pages; made when it is shown for the first time.

    Signals:
        failed: An action ended with this exception; the main window shows its error card.
        page_wanted: The page asks to go to another one, by its name: "Engines".
        setting_wanted: The page asks for one field of the Settings page, by its setting's name:
            the main window goes there and calls its `show_setting(name)`.
        restart_wanted: AceDesk shall be started again.
        play_test_wanted: The test channel shall be played.
        said: One short sentence for the status line: "URL copied".
        unsaved_changed: `unsaved` has changed.

    Attributes:
        desk: The application behind the windows.
    """

    failed = Signal(object)
    page_wanted = Signal(str)
    setting_wanted = Signal(str)
    restart_wanted = Signal()
    play_test_wanted = Signal()
    said = Signal(str)
    unsaved_changed = Signal()

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.desk = desk
        self.setObjectName("page")

    def refresh(self, snapshot: Snapshot) -> None:
        """Show what holds now; called once a second, and only while the page is on screen."""

    def focus_filter(self) -> None:
        """Put the cursor into the page's filter field (Ctrl+F), where it has one."""

    def show_setting(self, name: str) -> None:
        """Bring the field of this setting into view, where the page has it."""

    @property
    def unsaved(self) -> Unsaved:
        """What a person has changed here and not saved."""
        return Unsaved()

    async def save_unsaved(self) -> None:
        """Save what has been changed.

        Raises:
            AceDeskError: It could not be saved, and is still changed.
        """

    def show_error(self, error: Exception) -> None:
        """Show what went wrong with this page."""
        self.failed.emit(error)

    def run(self, work: Coroutine[Any, Any, object], name: str) -> None:
        """Do `work`; an error is shown by the main window."""
        run_action(work, self.failed.emit, name=name)
