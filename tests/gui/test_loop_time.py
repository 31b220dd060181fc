"""Opening pages holds the loop, which all streams share, for a moment only."""

import importlib
import time
from collections.abc import Callable

import pytest
from PySide6.QtCore import QEvent, QObject, QStandardPaths, QTimer
from PySide6.QtWidgets import QApplication, QFileDialog, QWidget
from pytestqt.qtbot import QtBot

from acedesk.settings import names, option
from acedesk.ui import pages as pages_module
from acedesk.ui.logs import export
from acedesk.ui.logs.page import LogsPage
from acedesk.ui.pages import PAGES, PageEntry, modules_of
from acedesk.ui.players import Players
from acedesk.ui.settings.page import SettingsPage
from acedesk.ui.shell.main_window import MainWindow
from acedesk.ui.tables.table_view import TableView
from acedesk.ui.widgets.delegates import CellDelegate
from acedesk.ui.widgets.page_header import PageHeader
from tests.gui.fake_desk import FakeDesk
from tests.gui.waiting import let_run, until

Measure = Callable[[Callable[[], object]], float]

# What is allowed is 0.05 s; the machines of tests are slower and shared, processor time is not.
LIMIT = 0.15


def _noted(done: list[str]) -> Callable[[str], object]:
    """Return what imports a module and notes its name."""
    real = importlib.import_module

    def note(name: str) -> object:
        done.append(name)
        return real(name)

    return note


@pytest.fixture
def prepared(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Let pages be prepared at once; return what was imported for them, as it comes."""
    done: list[str] = []
    monkeypatch.setattr(pages_module, "PREPARE_AFTER_MS", 10)
    monkeypatch.setattr(pages_module, "STEP_MS", 10)
    monkeypatch.setattr(importlib, "import_module", _noted(done))
    return done


async def test_what_pages_are_made_of_is_there_before_anybody_opens_them(
    prepared: list[str], window: MainWindow
) -> None:
    await until(lambda: {entry.module for entry in PAGES} <= set(prepared))

    # A page that nobody opens takes no memory.
    assert set(window.stack.pages) == {"Streams"}
    assert window.page is window.stack.currentWidget()


async def test_nothing_is_prepared_while_the_window_is_hidden(
    prepared: list[str], desk: FakeDesk, qtbot: QtBot
) -> None:
    stack = pages_module.PageStack(QWidget())
    qtbot.addWidget(stack)
    loop_rounds = [False]
    QTimer.singleShot(300, lambda: loop_rounds.__setitem__(0, True))

    stack.attach(desk, Players(desk))
    await until(lambda: loop_rounds[0])

    assert prepared == []


async def test_each_step_imports_one_module(
    window: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[str] = []
    monkeypatch.setattr(pages_module, "modules_of", lambda entry: [entry.module])
    monkeypatch.setattr(importlib, "import_module", _noted(done))
    preparation = pages_module.PagePreparation(window)
    preparation._begin_steps()

    counts = []
    for _ in range(len(PAGES) + 1):
        preparation._step()
        counts.append(len(done))

    assert counts == [*range(1, len(PAGES) + 1), len(PAGES)]
    assert done == [entry.module for entry in PAGES]
    assert not preparation._steps.isActive()


async def test_a_page_opened_early_is_imported_in_steps_and_then_shown(
    window: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[str] = []
    monkeypatch.setattr(pages_module, "missing_modules", lambda _entry: ["one", "two"])
    monkeypatch.setattr(importlib, "import_module", done.append)

    window.show_page("Logs")
    began_with = list(done)
    await until(lambda: window.page is not None and window.page.isVisible())

    assert began_with == []
    assert done == ["one", "two"]
    assert isinstance(window.stack.currentWidget(), LogsPage)


async def test_a_page_that_is_left_before_it_is_there_is_not_shown(
    window: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages_module, "missing_modules", lambda _entry: ["os"])

    window.show_page("Logs")
    window.show_page("Streams")
    await let_run(20)

    assert window.stack.currentWidget() is window.stack.pages["Streams"]
    assert "Logs" not in window.stack.pages


@pytest.mark.parametrize("shown", [1.0, 2.0])
async def test_a_new_size_paints_each_cell_once(
    window: MainWindow, monkeypatch: pytest.MonkeyPatch, shown: float
) -> None:
    table = window.stack.pages["Streams"].findChildren(TableView)[0]
    await let_run(20)
    painted: list[tuple[int, int]] = []
    monkeypatch.setattr(
        CellDelegate,
        "paint_contents",
        lambda _self, _painter, _room, index: painted.append((index.row(), index.column())),
    )
    for delegate in set(map(type, table._delegates)):
        monkeypatch.setattr(delegate, "paint_contents", CellDelegate.paint_contents)

    for timer in window.findChildren(QTimer):  # what comes by time paints cells, too
        timer.stop()
    size = window.width() + round(40 * shown), window.height() - 20
    # From a timer: what is posted in one goes before what the screen asks for.
    QTimer.singleShot(1, lambda: window.resize(*size))
    await until(lambda: painted)
    await let_run(40)

    assert len(painted) == len(set(painted))


class LayoutsAsked(QObject):
    """Writes down which widgets Qt was told to lay out again."""

    def __init__(self) -> None:
        super().__init__()
        self.widgets: list[str] = []

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        """Qt calls it for each event."""
        if event.type() == QEvent.Type.LayoutRequest:
            self.widgets.append(type(watched).__name__)
        return False


async def test_new_figures_do_not_lay_out_the_window(
    window: MainWindow, desk: FakeDesk, qapp: QApplication
) -> None:
    asked = LayoutsAsked()
    desk.edit(rate_in=18e6)
    await until(lambda: "18" in window.status.rates.text())
    await let_run(40)
    header = window.stack.pages["Streams"].findChildren(PageHeader)[0]
    pills = header.pill_texts
    qapp.installEventFilter(asked)

    desk.edit(rate_in=11e6, rate_out=11e6)
    await until(lambda: "11" in window.status.rates.text() and header.pill_texts != pills)
    await let_run(40)
    qapp.removeEventFilter(asked)

    assert not {"MainWindow", "StatusLine", "PageHeader", "PageStack"} & set(asked.widgets)


@pytest.mark.parametrize("entry", PAGES, ids=lambda entry: entry.name)
def test_the_page_itself_is_imported_after_its_parts(entry: PageEntry) -> None:
    modules = modules_of(entry)

    assert modules[-1] == entry.module
    assert len(modules) == len(set(modules)) > 1


@pytest.mark.parametrize("name", [entry.name for entry in PAGES])
async def test_opening_a_page_takes_a_moment(
    window: MainWindow, benchmark_seconds: Measure, name: str
) -> None:
    for entry in PAGES:
        importlib.import_module(entry.module)
    await let_run()

    opened = benchmark_seconds(lambda: window.show_page(name))
    before = time.process_time()
    await let_run()

    assert opened < LIMIT
    assert time.process_time() - before < LIMIT


def test_rows_of_settings_are_made_one_by_one_once_somebody_looks(
    desk: FakeDesk, qtbot: QtBot
) -> None:
    page = SettingsPage(desk)
    qtbot.addWidget(page)
    first = next(option(name).page for name in names())
    begun = set(page._rows)
    assert not page._steps.isActive()

    page.show()
    qtbot.waitUntil(lambda: len(page._rows) == len(names()), timeout=10_000)

    assert {option(name).page for name in begun} == {first}
    assert not page._steps.isActive() or not page._waiting


def test_a_row_that_is_asked_for_is_there_at_once_and_at_its_place(
    desk: FakeDesk, qtbot: QtBot
) -> None:
    page = SettingsPage(desk)
    qtbot.addWidget(page)
    page.show_setting("engine_port")
    asked = page._rows["engine_port"]

    rows = page.rows

    assert rows["engine_port"] is asked
    for section in page._sections.values():
        order = [row.name for row in section.rows]
        assert order == [name for name in names() if option(name).page == section.title]
        places = [section.body.indexOf(row) for row in section.rows]
        assert places == sorted(places)


def test_a_search_finds_rows_that_were_not_made_yet(desk: FakeDesk, qtbot: QtBot) -> None:
    page = SettingsPage(desk)
    qtbot.addWidget(page)
    page.show()

    page.search.setText("gluetun")

    assert page._rows["gluetun_api_key"].isVisible()


def test_export_begins_where_people_keep_files(
    desk: FakeDesk,
    qtbot: QtBot,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    documents = str(tmp_path_factory.mktemp("Documents"))
    monkeypatch.setattr(QStandardPaths, "writableLocation", lambda _place: documents)
    page = LogsPage(desk)
    qtbot.addWidget(page)

    page._choose_file()

    dialog = page.findChildren(QFileDialog)[0]
    assert dialog.directory().absolutePath() == documents
    assert dialog.selectedFiles() == [f"{documents}/acedesk.log"]
    dialog.close()


@pytest.mark.parametrize("missing", [0, 1, 2])
def test_export_goes_to_a_folder_that_is_there(
    missing: int, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    places = [str(tmp_path_factory.mktemp(f"place{n}")) for n in range(3)]
    answers = iter(["/nowhere/at/all"] * missing + places[missing:])
    monkeypatch.setattr(QStandardPaths, "writableLocation", lambda _place: next(answers))

    assert export.export_folder() == places[missing]
