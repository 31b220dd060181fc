"""The row of buttons that open a stream in a player of this computer."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from acedesk.model.player import Player
from acedesk.ui.look import tokens
from acedesk.ui.players import Players, icon_of
from acedesk.ui.widgets.buttons import Button
from acedesk.ui.widgets.label import ElidedLabel

# More than three do not fit beside Stop at 960 px; the menu of a row offers all.
MOST_BUTTONS = 3


class PlayerButtons(QWidget):
    """Offers VLC, mpv and the next best players; a hint when there is none.

    Args:
        most: As many as there is room for; where there is room for one, there is none for a hint.

    Signals:
        chosen: With the `Player`.
    """

    chosen = Signal(object)

    def __init__(
        self,
        players: Players,
        *,
        primary: bool,
        most: int = MOST_BUTTONS,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._players = players
        self._primary = primary
        self._most = most
        self.buttons: list[Button] = []
        hint = self.tr("Copy the URL into any player: VLC, mpv, Kodi ...")
        self.hint = ElidedLabel(hint, "muted")
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(tokens.SPACE_S)
        self._row.addWidget(self.hint)
        disconnect = players.changed.connect(self._rebuild)
        self.destroyed.connect(disconnect)
        self._rebuild()

    def _rebuild(self) -> None:
        for button in self.buttons:
            self._row.removeWidget(button)
            button.deleteLater()
        shown = self._players.found[: self._most]
        self.buttons = [self._make(player, first=not n) for n, player in enumerate(shown)]
        for button in self.buttons:
            self._row.addWidget(button)
        self.hint.setVisible(not self.buttons and self._most > 1)

    def _make(self, player: Player, *, first: bool) -> Button:
        title = self.tr("Open in {player}").format(player=player.name)
        kind = "primary" if first and self._primary else "secondary"
        button = Button(title if first else player.name, icon_of(player), kind=kind)
        button.setAccessibleName(title)
        button.clicked.connect(lambda _=False, chosen=player: self.chosen.emit(chosen))
        return button
