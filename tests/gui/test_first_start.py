"""The first start as a whole: no Docker, no engine, no --demo; the real application behind it."""

import contextlib
import pathlib
from collections.abc import AsyncGenerator

import pytest
from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from acedesk.compose import App, RunOptions, build
from acedesk.model.engine import TEST_BACKEND
from acedesk.settings import Settings
from acedesk.ui.pages import PAGES
from acedesk.ui.players import Players
from acedesk.ui.shell.main_window import MainWindow
from acedesk.ui.shell.snapshot_refresh import SnapshotRefresh
from acedesk.ui.shell.window_playback import WindowPlayback
from acedesk.ui.streams.page import StreamsPage
from tests.gui.fake_desk import FakeDesk
from tests.gui.waiting import let_run, until


@contextlib.asynccontextmanager
async def running(folder: pathlib.Path) -> AsyncGenerator[tuple[App, MainWindow]]:
    """Run AceDesk and its window. No fixture: between fixtures no loop runs, and services stop."""
    options = RunOptions(demo=False, data_dir=folder, config_file=folder / "settings.toml")
    app = build(Settings(port=0), options=options)
    window = MainWindow()
    await app.start()
    window.show()
    refresh = SnapshotRefresh(app)
    players = Players(app)
    playback = WindowPlayback(window, app, players)
    window.attach(app, players, refresh)
    try:
        yield app, window
    finally:
        refresh.stop()
        playback.close()
        window.hide()
        window.deleteLater()
        await app.stop()


async def test_the_first_page_says_what_is_missing_and_one_click_brings_a_stream(
    qapp: QApplication, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/docker.sock")
    async with running(tmp_path) as (app, window):
        page = window.page
        assert isinstance(page, StreamsPage)
        await until(page.ways.isVisible)
        await until(lambda: "nothing answers" in page.ways.text)
        assert "No engine yet" in page.ways.text

        page.ways.test.act.click()
        await until(lambda: any(stream.bit_rate for stream in app.snapshot().streams))

        [engine] = app.snapshot().engines
        assert (engine.name, engine.backend_id) == ("Test engine", TEST_BACKEND)
        assert app.settings.current.engines == ()


class OwnWindows(QObject):
    """Notes what is shown as a window of its own."""

    def __init__(self) -> None:
        super().__init__()
        self.shown: list[str] = []

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's own name
        if event.type() == QEvent.Type.Show and isinstance(watched, QWidget) and watched.isWindow():
            self.shown.append(type(watched).__name__)
        return False


async def test_no_part_of_a_page_is_a_window_of_its_own(qapp: QApplication, desk: FakeDesk) -> None:
    windows = OwnWindows()
    qapp.installEventFilter(windows)
    around = QWidget()
    made = [entry.make(desk, Players(desk), around) for entry in PAGES]
    for page in made:
        page.refresh(desk.snapshot())
    await let_run()

    qapp.removeEventFilter(windows)
    around.deleteLater()

    assert windows.shown == []


async def test_a_link_that_comes_before_the_start_is_over_plays_then(
    qapp: QApplication, desk: FakeDesk
) -> None:
    window = MainWindow()
    window.show()
    window.omnibox.field.setText("1" * 40)
    QTest.keyClick(window.omnibox.field, Qt.Key.Key_Return)
    window.omnibox.field.setText("2" * 40)
    QTest.keyClick(window.omnibox.field, Qt.Key.Key_Return)
    before = list(desk.calls)

    refresh = SnapshotRefresh(desk)
    players = Players(desk)
    playback = WindowPlayback(window, desk, players)
    window.attach(desk, players, refresh)
    await until(lambda: desk.calls)

    assert before == []
    assert [name for name, *_ in desk.calls].count("prepare") == 1
    assert desk.calls[0][1].key.value == "2" * 40
    refresh.stop()
    playback.close()
    window.hide()
    window.deleteLater()
