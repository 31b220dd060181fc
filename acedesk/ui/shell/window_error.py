"""The error card under the paste field: it stays with the page whose error it shows."""

from PySide6.QtCore import Signal

from acedesk.errors import RuntimeUnavailable
from acedesk.ui.widgets.error_card import ErrorCard


class WindowErrorCard(ErrorCard):
    """Shows what went wrong, without getting in the way.

    Signals:
        page_wanted: Its button was pressed: the name of a page.
    """

    page_wanted = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self._page = ""

    def tell(self, error: Exception, open_page: str, *, of_page: bool = False) -> None:
        """Show an error.

        Args:
            open_page: The page that is open.
            of_page: It is about that page, and nothing to be told on others.
        """
        self._page = open_page if of_page else ""
        if isinstance(error, RuntimeUnavailable) and open_page != "Engines":
            self.show_error(error, action=self.tr("Go to Engines"), do=self._go_to_engines)
        else:
            self.show_error(error)

    def turn_to(self, page: str) -> None:
        """Another page may be open now: what was told of the last one goes."""
        if self._page and page != self._page:
            self.clear()

    def _go_to_engines(self) -> None:
        self.clear()
        self.page_wanted.emit("Engines")
