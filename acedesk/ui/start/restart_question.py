"""Ending to begin again, as some settings need it."""

from collections.abc import Callable

from PySide6.QtCore import QCoreApplication

from acedesk.ui.widgets.error_card import ErrorCard
from acedesk.words import numbers


class Restarting:
    """Asks in a card where somebody watches, else ends at once.

    Args:
        leave: Calls what it is given where nothing would be lost by an end of AceDesk, or who is
            asked agrees; gets the number of viewers who are known to lose their streams.
        quit_now: Ends AceDesk.

    Attributes:
        wanted: AceDesk shall begin again when it has ended.
    """

    def __init__(
        self,
        card: ErrorCard,
        leave: Callable[[Callable[[], None], int], object],
        quit_now: Callable[[], object],
    ) -> None:
        self.wanted = False
        self._card = card
        self._leave = leave
        self._quit_now = quit_now

    def ask(self, viewers: int) -> None:
        """End, or ask first when there are viewers."""
        if not viewers:
            self._do(0)
            return
        self._card.show_text(
            _tr("{0} would be disconnected.").format(numbers.count(viewers, "viewer")),
            _tr("Streams end with AceDesk; players have to be opened again."),
            action=_tr("Restart now"),
            do=lambda: self._do(viewers),
        )

    def _do(self, viewers: int) -> None:
        self._leave(self._end, viewers)

    def _end(self) -> None:
        self.wanted = True
        self._quit_now()


def _tr(text: str) -> str:
    return QCoreApplication.translate("Restarting", text)
