"""Playing while nobody sees the window: what waits is told in the tray, a question shows itself."""

import asyncio
import pathlib
from collections.abc import AsyncIterator

import pytest

from acedesk.errors import Busy, BusyReason
from acedesk.model.content import Link
from acedesk.tasks import spawn
from acedesk.ui.shell.desktop import Desktop
from acedesk.ui.shell.main_window import MainWindow
from acedesk.ui.shell.tray import Tray, tooltip
from tests.gui.fake_desk import FakeDesk, empty_snapshot, make_key, sample_engines
from tests.gui.waiting import let_run, until

LINK = Link(key=make_key("a9e1"), title="Sport HD")


@pytest.fixture
def desk() -> FakeDesk:
    """Return an application without an engine, whose user has chosen mpv."""
    made = FakeDesk(empty_snapshot())
    made.settings.current = made.settings.current.changed({"default_player": "mpv"})
    made.streams.busy = Busy(BusyReason.NO_ENGINE)
    return made


@pytest.fixture
async def desktop(desk: FakeDesk, tmp_path: pathlib.Path) -> AsyncIterator[Desktop]:
    """Return a desktop whose window was closed into the tray."""
    window = MainWindow()
    made = Desktop(window, lambda _changes: desk, link=None, background=False, data_dir=tmp_path)
    run: asyncio.Task[int] = spawn(made.run(), name="desktop")
    await until(lambda: made.tray)
    window.hide()
    yield made
    made.quit_now()
    assert await run == 0
    window.deleteLater()


@pytest.fixture
def told(desktop: Desktop, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return what the tray has said."""
    said: list[str] = []
    monkeypatch.setattr(Tray, "tell", lambda _tray, sentence: said.append(sentence))
    return said


def _opened(desk: FakeDesk) -> list[str]:
    return [call[1].id for call in desk.calls if call[0] == "open_player"]


def _tray(desktop: Desktop) -> Tray:
    assert desktop.tray is not None
    return desktop.tray


async def test_a_link_from_the_tray_waits_and_plays_without_the_window(
    desktop: Desktop, desk: FakeDesk, told: list[str]
) -> None:
    tray = _tray(desktop)
    tray.play_wanted.emit(LINK)
    await until(lambda: told)
    tray.refresh(desk.snapshot())
    waiting = tray.icon.toolTip(), tray.state

    desk.streams.busy = None
    desk.edit(engines=sample_engines()[:1])

    await until(lambda: _opened(desk))
    tray.refresh(desk.snapshot())
    assert waiting == ("AceDesk: 1 link waits for an engine", "working")
    assert told == ["Sport HD waits for an engine", "Sport HD plays now"]
    assert tray.icon.toolTip() == "AceDesk: nothing is playing"
    assert not desktop.window.isVisible()


async def test_a_copy_from_the_tray_is_told(
    desktop: Desktop, desk: FakeDesk, told: list[str]
) -> None:
    desk.streams.busy = None
    desk.settings.current = desk.settings.current.changed({"play_action": "copy"})

    _tray(desktop).play_wanted.emit(LINK)

    await until(lambda: told)
    assert told == ["URL of Sport HD copied"]


async def test_a_question_shows_the_window(desktop: Desktop, desk: FakeDesk) -> None:
    desk.streams.busy = None
    desk.settings.current = desk.settings.current.changed({"default_player": ""})

    _tray(desktop).play_wanted.emit(LINK)

    await until(desktop.window.isVisible)
    assert desktop.playback is not None
    assert desktop.playback.panel.question.title.text() == "Play in VLC?"


async def test_who_sees_the_window_is_told_there_only(
    desktop: Desktop, desk: FakeDesk, told: list[str]
) -> None:
    desktop.window.show()

    desktop.window.play(LINK)
    await let_run(20)

    assert desktop.playback is not None
    assert desktop.playback.panel.waiting.isVisible()
    assert told == []


async def test_quitting_ends_the_waiting(desktop: Desktop, desk: FakeDesk) -> None:
    desktop.window.play(LINK)
    await let_run(20)

    desktop.quit_now()
    await let_run(20)
    desk.streams.busy = None
    desk.changed.emit()
    await let_run(20)

    assert _opened(desk) == []


def test_the_tooltip_counts_the_links_that_wait() -> None:
    assert tooltip(empty_snapshot(), 2) == "AceDesk: 2 links wait for an engine"
