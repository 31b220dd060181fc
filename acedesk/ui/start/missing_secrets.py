"""Tells of secret settings that the keyring does not give out, and asks for them again."""

from collections.abc import Callable

from PySide6.QtCore import QObject

from acedesk.settings import option
from acedesk.ui.desk import Desk
from acedesk.ui.notices.area import NoticeArea
from acedesk.words import secrets as words


class MissingSecrets(QObject):
    """Shows what is missing for as long as it is, and what came after the start.

    Args:
        notices: Where it is told, by a card with a button that leads to the setting, or restarts.
        open_setting: Shows the field of a setting.
        restart: Begins again, after asking where somebody watches.
    """

    def __init__(
        self,
        desk: Desk,
        notices: NoticeArea,
        open_setting: Callable[[str], object],
        restart: Callable[[], object],
    ) -> None:
        super().__init__(notices)
        self._secrets = secrets = desk.settings.secrets
        self._card = notices.new_note()
        self._open_setting = open_setting
        self._restart = restart
        disconnect = secrets.changed.connect(self.look)
        self.destroyed.connect(lambda: disconnect())  # noqa: PLW0108 - Qt hands over an argument
        self.look()

    def look(self) -> None:
        """Tell what holds now."""
        view = self._secrets.view
        what, rest = words.missing_lines(view, _label)
        if what and view.waiting:
            self._card.show_text(what, rest)
        elif what:
            first = view.missing[0]
            self._card.show_text(
                what, rest, action=self.tr("Enter it"), do=lambda: self._open_setting(first)
            )
        elif (late := words.late_lines(view, _label))[0]:
            self._card.show_text(*late, action=self.tr("Restart"), do=self._restart)
        else:
            self._card.clear()


def _label(name: str) -> str:
    return option(name).label
