"""Starts that cannot listen where they should: what the window offers, and what it does alone."""

import asyncio
import pathlib
from collections.abc import Iterator, Mapping

import pytest
from PySide6.QtWidgets import QApplication

from acedesk.errors import CannotListen, ListenProblem, PortInUse
from acedesk.settings import Settings
from acedesk.tasks import spawn
from acedesk.ui.shell import arrival
from acedesk.ui.shell import desktop as desktop_module
from acedesk.ui.shell.desktop import Desktop
from acedesk.ui.shell.main_window import MainWindow
from acedesk.ui.startable_desk import StartableDesk
from acedesk.ui.widgets.error_card import ErrorCard
from tests.gui.fake_desk import FakeDesk, empty_snapshot
from tests.gui.waiting import until


@pytest.fixture
def window(qapp: QApplication) -> Iterator[MainWindow]:
    made = MainWindow()
    yield made
    made.hide()
    made.deleteLater()


Refusal = PortInUse | CannotListen
LOST = CannotListen("192.168.1.77", 8080, ListenProblem.NO_ADDRESS)
TAKEN = PortInUse("127.0.0.1", 8080, holder="java (pid 1)", next_free=8081)


class Machine:
    """A computer on which starts are refused, one refusal after the other.

    Attributes:
        changes: What each start was to change.
        desks: The application of each start.
    """

    def __init__(self, window: MainWindow, folder: pathlib.Path, *refusals: Refusal) -> None:
        self.changes: list[Mapping[str, object]] = []
        self.desks: list[FakeDesk] = []
        self._refusals = list(refusals)
        self._window = window
        self._folder = folder

    def _make(self, changes: Mapping[str, object]) -> StartableDesk:
        self.changes.append(dict(changes))
        desk = FakeDesk(empty_snapshot())
        desk.settings.current = Settings().changed(changes)
        if self._refusals:
            refusal = self._refusals.pop(0)

            async def refuse() -> None:
                raise refusal

            desk.start = refuse  # type: ignore[method-assign]
        self.desks.append(desk)
        return desk

    def run(self, *, background: bool = False) -> tuple[Desktop, "asyncio.Task[int]"]:
        made = Desktop(
            self._window, self._make, link=None, background=background, data_dir=self._folder
        )
        return made, spawn(made.run(), name="desktop")


@pytest.fixture
def seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let somebody be in front of the screen."""
    monkeypatch.setattr(desktop_module, "UNSEEN_PLATFORMS", ())


@pytest.mark.usefixtures("seen")
async def test_a_lost_address_offers_this_computer_and_a_taken_port_the_next_and_both_are_kept(
    window: MainWindow, tmp_path: pathlib.Path
) -> None:
    machine = Machine(window, tmp_path, LOST, TAKEN)
    desktop, run = machine.run()
    page = window.starting
    await until(page.here_button.isVisible)
    assert "192.168.1.77" in page.error_card.text
    assert "file" not in page.error_card.text
    assert not page.port_button.isVisible()

    page.here_button.click()
    await until(page.port_button.isVisible)
    page.port_button.click()
    await until(lambda: window.page)

    assert machine.changes[-1] == {"host": "127.0.0.1", "port": 8081}
    await until(lambda: ("save_settings", dict(machine.changes[-1])) in machine.desks[-1].calls)
    desktop.quit_now()
    assert await run == 0


@pytest.mark.usefixtures("seen")
async def test_settings_can_be_opened_although_the_start_failed(
    window: MainWindow, tmp_path: pathlib.Path
) -> None:
    machine = Machine(window, tmp_path, LOST)
    desktop, run = machine.run()
    page = window.starting
    await until(page.settings_button.isVisible)

    page.settings_button.click()
    assert page.settings is not None
    assert page.settings.isVisible()
    await machine.desks[0].settings.save({"host": "0.0.0.0"})
    page.start_button.click()
    await until(lambda: window.page)

    assert machine.changes == [{}, {"host": "0.0.0.0"}]
    desktop.quit_now()
    assert await run == 0


@pytest.mark.usefixtures("seen")
async def test_in_the_background_it_listens_elsewhere_and_tells(
    window: MainWindow, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(arrival, "TRAY_WAIT_MS", 1)
    machine = Machine(window, tmp_path, LOST, TAKEN)
    desktop, run = machine.run(background=True)
    await until(lambda: window.page)

    assert machine.changes[-1] == {"host": "127.0.0.1", "port": 8081}
    assert not any(call[0] == "save_settings" for call in machine.desks[-1].calls)
    (card,) = window.notices.told
    assert isinstance(card, ErrorCard)
    for part in ("192.168.1.77", "in use by java", "8081", "this computer only"):
        assert part in card.text
    await until(window.isVisible)  # there is no tray that could tell
    assert not window.isMinimized()

    card.act.click()
    await until(lambda: machine.desks[-1].calls[-1][0] == "save_settings")
    assert not card.isVisible()
    desktop.quit_now()
    assert await run == 0


@pytest.mark.usefixtures("seen")
async def test_in_the_background_any_other_failure_opens_the_window(
    window: MainWindow, tmp_path: pathlib.Path
) -> None:
    low = CannotListen("127.0.0.1", 80, ListenProblem.OTHER)
    desktop, run = Machine(window, tmp_path, low).run(background=True)

    await until(window.starting.error_card.isVisible)

    assert window.isVisible()
    assert window.starting.settings_button.isVisible()
    desktop.quit_now()
    assert await run == 1
