"""Playing links in the window: those that are given to it, and what stands there about them."""

from PySide6.QtCore import QObject

from acedesk.ui.desk import Desk
from acedesk.ui.page import Page
from acedesk.ui.play.link_player import LinkPlayer
from acedesk.ui.play.panel import PlayPanel
from acedesk.ui.players import Players
from acedesk.ui.shell.main_window import MainWindow
from acedesk.ui.streams.page import StreamsPage


class WindowPlayback(QObject):
    """Plays the links that the window is given; lives as long as the window.

    Not a part of the window: a window is on the screen before the modules of all this are
    imported. It has to be there before the window is attached.

    Attributes:
        playing: Plays links.
        panel: Shows below the paste field what became of them.
    """

    def __init__(self, window: MainWindow, desk: Desk, players: Players) -> None:
        super().__init__(window)
        self._window = window
        self.playing = LinkPlayer(desk, players, window.show_error)
        self.playing.begun.connect(self._take_in)
        self.playing.played.connect(self._show_played)
        self.panel = PlayPanel(desk, players, self.playing, window.stack, window.show_error)
        self._connect_panel()
        window.play_wanted.connect(self.playing.play)
        window.test_wanted.connect(self.playing.play_test)
        window.refreshed.connect(self.panel.refresh)
        window.omnibox.copy_wanted.connect(self.playing.copy)
        window.omnibox.test_wanted.connect(self.panel.test.begin)
        window.stack.made.connect(self._connect_page)

    def close(self) -> None:
        """Let go of the links that wait."""
        self.playing.close()

    def _connect_panel(self) -> None:
        window, panel = self._window, self.panel
        panel.add_to(window.notices)
        panel.said.connect(window.status.say)
        panel.question.left.connect(window.focus_omnibox)
        panel.address_wanted.connect(lambda: window.show_setting("engines", "Engines"))
        panel.play_test_wanted.connect(self.playing.play_test)

    def _connect_page(self, page: Page) -> None:
        if isinstance(page, StreamsPage):
            page.paste_wanted.connect(self._window.focus_omnibox)
            page.play_wanted.connect(self._window.play)

    def _take_in(self) -> None:
        self._window.error_card.clear()
        self._window.omnibox.clear()

    def _show_played(self, stream_id: str, waited: bool) -> None:
        if not waited:  # whoever waited may be busy with another page by now
            self._window.show_page("Streams", at_once=True)
        page = self._window.page
        if isinstance(page, StreamsPage):
            page.select(stream_id)
