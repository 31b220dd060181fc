"""The Streams page alone, as several test files want it."""

from pytestqt.qtbot import QtBot

from acedesk.ui.players import Players
from acedesk.ui.streams.page import StreamsPage
from tests.gui.fake_desk import FakeDesk


def open_streams_page(desk: FakeDesk, qtbot: QtBot) -> StreamsPage:
    """Return the page over `desk`, as wide as in a window of 1280 pixels; it ends with the test."""
    made = StreamsPage(desk, Players(desk))
    qtbot.addWidget(made)
    made.resize(1040, 700)
    made.show()
    made.refresh(desk.snapshot())
    return made
