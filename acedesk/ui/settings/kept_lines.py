"""Says at secret settings where their values are kept."""

from PySide6.QtCore import QObject

from acedesk.settings import option
from acedesk.ui.desk import Desk
from acedesk.ui.settings.row import SettingRow
from acedesk.words.secrets import kept_line


class KeptLines(QObject):
    """Keeps the lines under the fields of secrets right, for as long as the page lives.

    Args:
        page: Whose rows these are.
    """

    def __init__(self, desk: Desk, page: QObject) -> None:
        super().__init__(page)
        self._desk = desk
        self._rows: list[SettingRow] = []
        for leave in (
            desk.settings.secrets.changed.connect(self.look),
            desk.settings.changed.connect(lambda _: self.look()),
        ):
            self.destroyed.connect(lambda _=None, leave=leave: leave())

    def add(self, row: SettingRow) -> None:
        """Take in a row; those of other settings are passed over."""
        if option(row.name).secret:
            self._rows.append(row)
            self.look()

    def look(self) -> None:
        """Say what holds now."""
        settings = self._desk.settings
        for row in self._rows:
            is_set = bool(getattr(settings.current, row.name))
            row.show_kept(kept_line(settings.secrets.view, row.name) if is_set else "")
