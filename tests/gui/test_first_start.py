"""The first start as a whole: no Docker, no engine, no --demo; the real application behind it."""

import contextlib
import pathlib
from collections.abc import AsyncGenerator

import pytest
from PySide6.QtWidgets import QApplication

from acedesk.compose import App, RunOptions, build
from acedesk.model.engine import TEST_BACKEND
from acedesk.settings import Settings
from acedesk.ui.players import Players
from acedesk.ui.shell.main_window import MainWindow
from acedesk.ui.shell.snapshot_refresh import SnapshotRefresh
from acedesk.ui.streams.page import StreamsPage
from tests.gui.waiting import until


@contextlib.asynccontextmanager
async def running(folder: pathlib.Path) -> AsyncGenerator[tuple[App, MainWindow]]:
    """Run AceDesk and its window. No fixture: between fixtures no loop runs, and services stop."""
    options = RunOptions(demo=False, data_dir=folder, config_file=folder / "settings.toml")
    app = build(Settings(port=0), options=options)
    window = MainWindow()
    await app.start()
    window.show()
    refresh = SnapshotRefresh(app)
    window.attach(app, Players(app), refresh)
    try:
        yield app, window
    finally:
        refresh.stop()
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
