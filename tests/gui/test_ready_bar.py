"""The bar under the paste field: what it says of the last link is true all the time."""

import pytest
from PySide6.QtWidgets import QApplication

from acedesk.errors import Busy, BusyReason, EngineTooSlow, LoopingStream
from acedesk.model.content import Link
from acedesk.model.snapshot import StreamState
from acedesk.ui import brief
from acedesk.ui.play.link_player import LinkPlayer
from acedesk.ui.play.panel import PlayPanel
from acedesk.ui.shell.main_window import MainWindow
from acedesk.ui.streams import words
from tests.gui.fake_desk import MPV, FakeDesk, empty_snapshot, make_client, make_key, make_stream
from tests.gui.playing import ID, URL, choose, opened
from tests.gui.waiting import let_run, until


@pytest.fixture(autouse=True)
def clipboard(qapp: QApplication) -> None:
    """Put away what another test has copied."""
    qapp.clipboard().setText("nothing of ours")


async def test_a_press_is_answered_at_once(
    window: MainWindow, panel: PlayPanel, desk: FakeDesk
) -> None:
    await choose(desk, default_player="mpv")

    window.play(Link(key=make_key("beef"), title="Sport HD"))

    assert panel.bar.isVisible()
    assert (panel.bar.pill.text, panel.bar.title.text()) == ("Starting", "Sport HD")


@pytest.mark.parametrize("title", ["", "Another name"])
async def test_the_bar_calls_a_stream_what_the_table_calls_it(
    window: MainWindow, panel: PlayPanel, desk: FakeDesk, title: str
) -> None:
    await choose(desk, default_player="mpv")

    window.play(Link(key=make_key("a9e1"), title=title))

    await until(lambda: panel.bar.pill.text == "Playing")
    assert panel.bar.title.text() == words.name(desk.shown.streams[0]) == "Test card"


async def test_the_bar_follows_the_stream_to_its_failure(
    panel: PlayPanel, playing: LinkPlayer, desk: FakeDesk
) -> None:
    await choose(desk, default_player="mpv")
    playing.copy(Link(key=make_key("a9e1")))
    await until(lambda: panel.bar.note.isVisible() and panel.bar.pill.text == "Playing")

    desk.edit_stream(0, state=StreamState.FAILED, error=EngineTooSlow("no media within 60 s"))
    await until(lambda: panel.bar.pill.text == "Failed")

    assert panel.bar.note.isHidden()
    assert panel.bar.copy.isHidden()
    assert panel.bar.text.text() == (
        "The stream did not start in time. No media within 60 s. Try again later, or another link."
    )
    desk.calls.clear()
    panel.bar.retry.click()
    await until(lambda: opened(desk))


async def test_the_bar_goes_with_its_stream(
    window: MainWindow, panel: PlayPanel, desk: FakeDesk
) -> None:
    await choose(desk, default_player="mpv")
    window.omnibox.play_text(ID)
    await until(lambda: panel.bar.pill.text == "Playing")

    desk.edit(streams=desk.shown.streams[1:])

    await until(panel.bar.isHidden)
    assert window.notices.isHidden()


async def test_copied_is_said_only_while_it_is_on_the_clipboard(
    window: MainWindow, panel: PlayPanel, playing: LinkPlayer, qapp: QApplication
) -> None:
    playing.copy(Link(key=make_key("a9e1")))
    await until(panel.bar.note.isVisible)

    qapp.clipboard().clear()

    await until(panel.bar.note.isHidden)
    panel.bar.copy.click()
    assert panel.bar.note.isVisible()
    assert window.status.message.text() == "URL copied"


async def test_copied_is_said_for_a_while_and_again_when_it_is_copied_again(
    panel: PlayPanel, playing: LinkPlayer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(brief, "BRIEF_MS", 50)
    playing.copy(Link(key=make_key("a9e1")))
    await until(panel.bar.note.isVisible)

    await until(panel.bar.note.isHidden)
    panel.show_now()
    assert panel.bar.note.isHidden()

    panel.bar.copy.click()
    assert panel.bar.note.isVisible()
    await until(panel.bar.note.isHidden)


async def test_a_link_that_is_refused_says_why_in_the_bar(
    window: MainWindow, panel: PlayPanel, desk: FakeDesk
) -> None:
    desk.streams.busy = LoopingStream("")
    window.omnibox.play_text(ID)

    await until(lambda: panel.bar.pill.text == "Failed")

    assert panel.bar.text.text() == "This broadcast repeats itself and is not played again."
    assert panel.bar.retry.isVisible()


async def test_a_copy_without_an_engine_is_a_copy_all_the_same(
    window: MainWindow, panel: PlayPanel, playing: LinkPlayer, desk: FakeDesk, qapp: QApplication
) -> None:
    desk.shown = empty_snapshot()
    desk.streams.busy = Busy(BusyReason.NO_ENGINE)

    playing.copy(Link(key=make_key("a9e1")))
    await let_run(20)

    assert qapp.clipboard().text() == URL
    assert panel.bar.note.isVisible()
    assert panel.bar.text.text() == "It plays as soon as an engine answers"
    assert panel.waiting.isHidden()


async def test_the_bar_can_be_closed(panel: PlayPanel, playing: LinkPlayer, desk: FakeDesk) -> None:
    playing.copy(Link(key=make_key("a9e1")))
    await until(panel.bar.isVisible)

    panel.bar.dismissed.emit()
    desk.changed.emit()
    await let_run()

    assert panel.bar.isHidden()


async def test_the_player_of_the_default_is_offered_first(
    window: MainWindow, panel: PlayPanel, desk: FakeDesk
) -> None:
    await choose(desk, default_player="mpv")

    assert [button.text() for button in panel.bar.buttons.buttons] == ["Open in mpv"]


async def test_a_stream_says_where_it_is_open(
    window: MainWindow, panel: PlayPanel, desk: FakeDesk
) -> None:
    await choose(desk, default_player="mpv")
    starting = make_stream("a9e1", state=StreamState.STARTING, clients=(), peers=None)
    desk.edit(streams=(starting,))
    window.omnibox.play_text(ID)
    await until(lambda: opened(desk))
    desk.players.running = (3.0, MPV, True)
    await until(lambda: panel.bar.text.text() == "Looking for peers · opens in mpv")

    desk.edit_stream(0, state=StreamState.IDLE)
    await until(lambda: panel.bar.text.text() == "Opens in mpv")
    desk.edit_stream(0, state=StreamState.PLAYING, clients=(make_client(1),))

    await until(lambda: panel.bar.text.text() == "Open in mpv")


async def test_without_a_player_the_bar_has_room_for_what_it_says(
    panel: PlayPanel, playing: LinkPlayer, desk: FakeDesk, window: MainWindow
) -> None:
    desk.players.found = ()
    window.omnibox.play_text(ID)
    await until(panel.bar.isVisible)
    await until(panel.question.isVisible)

    assert panel.bar.buttons.buttons == []
    assert panel.bar.buttons.hint.isHidden()


async def test_why_a_link_failed_is_read_to_its_end_in_the_smallest_window(
    window: MainWindow, panel: PlayPanel, desk: FakeDesk
) -> None:
    window.resize(960, 600)
    desk.streams.busy = Busy(BusyReason.MAX_STREAMS)

    window.omnibox.play_text(ID)
    await until(panel.bar.reason.isVisible)
    await let_run()

    reason = panel.bar.reason
    assert reason.text() == (
        "As many streams play as are allowed. Stop a stream or raise the limit in Settings."
    )
    assert not panel.bar.text.isVisible()
    assert reason.height() >= reason.heightForWidth(reason.width())
