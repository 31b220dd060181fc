"""Streams and engines that come and go leave nothing behind in the windows."""

import collections
import dataclasses
import gc
from collections.abc import Iterator

import pytest
import shiboken6
from PySide6.QtCore import QCoreApplication, QEvent, QObject
from PySide6.QtWidgets import QApplication, QSystemTrayIcon

from acedesk.model.engine import EngineId
from acedesk.model.snapshot import Snapshot, StreamState
from acedesk.ui.pages import PAGES
from acedesk.ui.players import Players
from acedesk.ui.settings.page import SettingsPage
from acedesk.ui.shell.main_window import MainWindow
from acedesk.ui.shell.snapshot_refresh import SnapshotRefresh
from acedesk.ui.shell.tray import Tray
from acedesk.ui.start.autostart_action import AutostartAction
from acedesk.ui.streams.stream_actions import StreamActions
from acedesk.ui.tables.table_view import TableView
from tests.gui.fake_desk import FakeDesk, make_stream, sample_engines
from tests.gui.waiting import let_run, until

STATES = tuple(StreamState)
# All that is made once has been made by then.
WARM, ROUNDS = 8, 24


@pytest.fixture
def tray(desk: FakeDesk, window: MainWindow, monkeypatch: pytest.MonkeyPatch) -> Iterator[Tray]:
    """Return a tray whose icon a panel shows."""
    monkeypatch.setattr(QSystemTrayIcon, "isVisible", lambda _self: True)
    players, refresh = Players(desk), SnapshotRefresh(desk)
    actions = StreamActions(desk, players, lambda work, _name: work.close(), lambda _text: None)
    made = Tray(players, actions, refresh, AutostartAction(desk, lambda _error: None))
    yield made
    made.hide()
    refresh.stop()


def _changed(base: Snapshot, turn: int) -> Snapshot:
    """Return other streams in other states, and other engines."""
    streams = [
        make_stream(
            f"{turn:02x}{n:02x}", name=f"{turn}-{n}", state=STATES[(turn + n) % len(STATES)]
        )
        for n in range(3 + turn % 3)
    ]
    engines = [
        dataclasses.replace(one, id=EngineId(f"{one.id}-{turn}"), name=f"{one.name}-{turn}")
        for one in sample_engines()[: 1 + turn % 3]
    ]
    return dataclasses.replace(base, streams=tuple(streams), engines=tuple(engines))


def _widgets() -> collections.Counter[str]:
    """Count the widgets there are, and what Python holds of those and others that are gone."""
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    gc.collect()
    found = collections.Counter(type(one).__name__ for one in QApplication.allWidgets())
    gone = (one for one in gc.get_objects() if isinstance(one, QObject))
    found.update(f"gone {type(one).__name__}" for one in gone if not shiboken6.isValid(one))
    return found


@pytest.mark.parametrize("name", [entry.name for entry in PAGES])
async def test_what_has_gone_leaves_no_widget(
    name: str, window: MainWindow, tray: Tray, desk: FakeDesk
) -> None:
    window.show_page(name, at_once=True)
    await until(lambda: window.page is window.stack.currentWidget())
    if isinstance(window.page, SettingsPage):
        assert window.page.rows  # made now, and not one by one meanwhile
    base, counts = desk.shown, []
    for turn in range(ROUNDS + 1):
        desk.shown = _changed(base, turn)
        desk.changed.emit()
        window.refresh(desk.shown)
        tray.refresh(desk.shown)
        for table in window.stack.findChildren(TableView):
            if table.isVisible():
                table.selectRow(turn % 3)
        await let_run(4)
        if turn in (WARM, ROUNDS):
            desk.shown = base
            window.refresh(base)
            tray.refresh(base)
            await let_run(10)
            counts.append(_widgets())

    assert counts[1] - counts[0] == {}
