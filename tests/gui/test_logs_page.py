"""The Logs page: 50,000 rows, filters, pause, follow, copy and export."""

import asyncio
import datetime
import logging
import pathlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QItemSelectionModel, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from acedesk.errors import StorageError
from acedesk.log import RING_ROWS, LogRow
from acedesk.ui.logs.filter import LogFilter, PatternError, level_word
from acedesk.ui.logs.page import LOG, MOST_AT_ONCE, LogsPage
from acedesk.ui.logs.table_model import SLICE_ROWS, LogModel, format_row
from tests.gui.fake_desk import FakeDesk

NOON = datetime.datetime(2026, 1, 31, 12, 0, tzinfo=datetime.UTC)
LEVELS = (logging.DEBUG, logging.INFO, logging.WARNING, logging.ERROR)


def rows(first: int, count: int) -> list[LogRow]:
    return [
        LogRow(
            number,
            NOON + datetime.timedelta(milliseconds=number),
            LEVELS[number % 4],
            ("proxy.stream", "engines.pool", "vpn")[number % 3],
            f"line {number}",
        )
        for number in range(first, first + count)
    ]


def settled(model: LogModel, wanted: LogFilter) -> LogModel:
    model.set_filter(wanted)
    while model.refilter():
        pass
    return model


class Batches:
    """Counts what a model tells its views."""

    def __init__(self, model: LogModel) -> None:
        self.inserted: list[int] = []
        self.removed: list[int] = []
        self.resets = 0
        model.rowsInserted.connect(lambda _p, first, last: self.inserted.append(last - first + 1))
        model.rowsRemoved.connect(lambda _p, first, last: self.removed.append(last - first + 1))
        model.modelReset.connect(self._reset)

    def _reset(self) -> None:
        self.resets += 1


def test_keeps_the_newest_50_000_rows_and_drops_the_oldest_in_batches(qtbot: QtBot) -> None:
    model = LogModel()
    batches = Batches(model)

    for first in range(0, 60_000, 250):
        model.take(rows(first, 250))

    assert model.kept == model.rowCount() == RING_ROWS
    assert model.row(0).number == 10_000
    assert model.row(RING_ROWS - 1).number == 59_999
    assert batches.inserted == [250] * 240
    assert batches.removed == [250] * 40
    assert batches.resets == 0


def test_a_filter_hides_rows_without_forgetting_them(qtbot: QtBot) -> None:
    model = LogModel()
    model.take(rows(0, 1000))

    settled(model, LogFilter(level=logging.WARNING, source="vpn"))

    assert {row.source for row in model.shown()} == {"vpn"}
    assert min(row.level for row in model.shown()) == logging.WARNING
    assert settled(model, LogFilter()).rowCount() == 1000


def test_dropped_rows_leave_a_filtered_table_too(qtbot: QtBot) -> None:
    model = settled(LogModel(limit=100), LogFilter(text="line 1"))

    model.take(rows(0, 100))
    model.take(rows(100, 60))

    assert [row.number for row in model.shown()] == list(range(100, 160))


def test_rows_that_come_while_a_filter_is_worked_off_are_neither_lost_nor_doubled(
    qtbot: QtBot,
) -> None:
    model = LogModel(limit=3 * SLICE_ROWS)
    model.take(rows(0, 3 * SLICE_ROWS))
    model.set_filter(LogFilter(level=logging.ERROR))

    next_number = 3 * SLICE_ROWS
    while model.refilter():
        model.take(rows(next_number, 500))
        next_number += 500
    model.take(rows(next_number, 500))

    numbers = [row.number for row in model.shown()]
    last = next_number + 500
    assert numbers == [n for n in range(last - 3 * SLICE_ROWS, last) if n % 4 == 3]


def test_a_large_backlog_costs_one_insertion(qtbot: QtBot) -> None:
    model = LogModel()
    batches = Batches(model)

    model.take(rows(0, 70_000))

    assert model.rowCount() == RING_ROWS
    assert batches.inserted == [RING_ROWS]


@pytest.mark.parametrize(
    ("text", "number"), [("LINE 7", 7), ("/line 7$/", 7), ("engines.pool", 1), ("/^line 1$/", 1)]
)
def test_finds_plain_text_and_regular_expressions(text: str, number: int) -> None:
    matches = LogFilter(text=text).matcher()

    found = [row.number for row in rows(0, 10) if matches(row)]

    assert number in found


def test_a_broken_regular_expression_is_told_and_changes_nothing(qtbot: QtBot) -> None:
    model = LogModel()
    model.take(rows(0, 10))

    with pytest.raises(PatternError, match="unterminated"):
        model.set_filter(LogFilter(text="/[/"))

    assert model.rowCount() == 10


@given(st.text())
def test_whatever_is_typed_filters_or_raises_only_the_pattern_error(text: str) -> None:
    try:
        matches = LogFilter(text=text).matcher()
    except PatternError:
        return

    assert matches(rows(0, 1)[0]) in (True, False)


@pytest.mark.parametrize(
    ("level", "word"), [(5, "DEBUG"), (20, "INFO"), (25, "INFO"), (30, "WARN"), (50, "ERROR")]
)
def test_every_level_has_a_word(level: int, word: str) -> None:
    assert level_word(level) == word


def test_a_copied_row_has_date_level_source_and_text() -> None:
    text = format_row(rows(3, 1)[0])

    assert text.endswith("ERROR proxy.stream  line 3")
    assert text.startswith(("2026-01-31", "2026-02-01"))


@pytest.fixture
def page(qtbot: QtBot, desk: FakeDesk) -> LogsPage:
    for number in range(100):
        level = (logging.INFO, logging.ERROR)[number % 2]
        desk.log(f"line {number}", level=level, source=("proxy.stream", "vpn")[number % 2])
    made = LogsPage(desk)
    qtbot.addWidget(made)
    made.resize(1000, 400)
    made.show_view(LOG)
    made.show()
    return made


def filtered(qtbot: QtBot, page: LogsPage, count: int) -> None:
    qtbot.waitUntil(lambda: page.model.rowCount() == count)


def test_shows_what_was_logged_before_and_after_it_was_opened(
    page: LogsPage, desk: FakeDesk
) -> None:
    desk.log("one more")

    page.pull()

    assert page.model.rowCount() == 101
    assert page.model.row(100).text == "one more"


def test_takes_nothing_while_it_is_hidden_and_catches_up_when_shown(
    page: LogsPage, desk: FakeDesk, qtbot: QtBot
) -> None:
    page.hide()
    desk.log("while hidden")

    hidden = page.is_pulling
    page.show()

    assert (hidden, page.is_pulling) == (False, True)
    assert page.model.row(100).text == "while hidden"


def test_paused_it_counts_what_is_waiting_and_resumes_without_a_gap(
    page: LogsPage, desk: FakeDesk
) -> None:
    page.pause.click()
    for number in range(7):
        desk.log(f"new {number}")
    page.refresh(desk.snapshot())

    assert not page.is_pulling
    assert page.model.rowCount() == 100
    assert "paused, 7 new" in page.header.pill_texts

    page.pause.click()
    assert page.model.rowCount() == 107


def test_level_source_and_text_work_together(page: LogsPage, qtbot: QtBot) -> None:
    page.bar.level.setCurrentIndex(page.bar.level.findData(logging.ERROR))
    page.bar.source.setCurrentIndex(page.bar.source.findData("vpn"))

    page.bar.text.setText("/line 9\\d/")

    filtered(qtbot, page, 5)
    assert {row.text for row in page.model.shown()} == {f"line {n}" for n in range(91, 100, 2)}
    assert "5 shown" in page.header.pill_texts


def test_a_broken_expression_is_told_under_the_field_and_keeps_the_rows(page: LogsPage) -> None:
    page.bar.text.setText("/(/")

    assert "regular expression" in page.bar.reason
    assert page.model.rowCount() == 100

    page.bar.text.setText("/(1)/")
    assert page.bar.reason == ""


def test_a_filter_without_a_match_offers_to_show_all_again(page: LogsPage, qtbot: QtBot) -> None:
    page.bar.text.setText("nowhere")
    filtered(qtbot, page, 0)

    page.empty.primary.click()

    filtered(qtbot, page, 100)


def test_follows_the_end_until_somebody_scrolls_up(page: LogsPage, desk: FakeDesk) -> None:
    assert page.table.is_at_end()

    page.table.verticalScrollBar().setValue(0)
    desk.log("unseen")
    page.pull()

    assert not page.follow.isChecked()
    assert not page.table.is_at_end()
    page.follow.click()
    assert page.table.is_at_end()


def test_scrolling_back_to_the_end_follows_again(page: LogsPage) -> None:
    page.table.verticalScrollBar().setValue(0)

    page.table.scrollToBottom()

    assert page.follow.isChecked()


def test_a_reader_who_scrolled_up_keeps_the_same_rows_when_old_ones_leave(qtbot: QtBot) -> None:
    desk = FakeDesk()
    page = LogsPage(desk, rows=200)
    qtbot.addWidget(page)
    page.resize(1000, 300)
    page.show_view(LOG)
    page.show()
    for number in range(200):
        desk.log(f"line {number}")
    page.pull()
    page.table.verticalScrollBar().setValue(100 * page.table.rowHeight(0))
    seen = page.model.row(page.table.rowAt(0)).text

    for number in range(50):
        desk.log(f"more {number}")
    page.pull()

    assert page.model.rowCount() == 200
    assert page.model.row(page.table.rowAt(0)).text == seen


def test_copies_the_selected_rows_as_lines(page: LogsPage, qtbot: QtBot) -> None:
    assert not page.copy.isEnabled()
    page.table.selectRow(3)
    page.table.selectionModel().select(
        page.model.index(5, 0),
        QItemSelectionModel.SelectionFlag.Select | QItemSelectionModel.SelectionFlag.Rows,
    )

    page.copy.click()

    lines = QGuiApplication.clipboard().text().splitlines()
    assert [line.split("  ")[1] for line in lines] == ["line 3", "line 5"]


async def test_copies_everything_without_holding_up_the_loop(
    page: LogsPage, desk: FakeDesk
) -> None:
    for number in range(MOST_AT_ONCE):
        desk.log(f"more {number}")
    page.pull()
    said: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    page.said.connect(said.set_result)

    page.table.selectAll()
    page.copy.click()

    assert await said == "2,100 rows copied"
    assert len(QGuiApplication.clipboard().text().splitlines()) == 2_100


def test_control_c_copies_rows_not_a_cell(page: LogsPage) -> None:
    page.table.selectRow(3)

    QTest.keyClick(page.table, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)

    assert QGuiApplication.clipboard().text().endswith("ERROR vpn  line 3")


async def test_exports_the_rows_that_are_shown(
    page: LogsPage, qtbot: QtBot, tmp_path: pathlib.Path
) -> None:
    page.bar.level.setCurrentIndex(page.bar.level.findData(logging.ERROR))
    page.bar.level.activated.emit(0)
    filtered(qtbot, page, 50)
    said: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    page.said.connect(said.set_result)

    page.export_to(str(tmp_path / "out.log"))

    assert await said == "50 rows written to out.log"
    lines = (tmp_path / "out.log").read_text(encoding="utf-8").splitlines()
    assert len(lines) == 50
    assert lines[0].endswith("ERROR vpn  line 1")


async def test_a_file_that_cannot_be_written_is_an_error_for_the_window(
    page: LogsPage, tmp_path: pathlib.Path
) -> None:
    failed: asyncio.Future[Exception] = asyncio.get_running_loop().create_future()
    page.failed.connect(failed.set_result)

    page.export_to(str(tmp_path / "missing" / "out.log"))

    error = await failed
    assert isinstance(error, StorageError)
    assert "out.log" in error.detail


def test_clear_empties_the_view_and_goes_on(page: LogsPage, desk: FakeDesk) -> None:
    page.clear.click()
    assert page.model.rowCount() == 0

    desk.log("after")
    page.pull()

    assert [row.text for row in page.model.shown()] == ["after"]


def test_a_message_of_several_lines_is_shown_whole_when_selected(
    page: LogsPage, desk: FakeDesk
) -> None:
    desk.log("it failed\nTraceback: here")
    page.pull()

    page.table.selectRow(100)
    assert page.message.isVisible()
    assert page.message.text.toPlainText() == "it failed\nTraceback: here"

    page.table.selectRow(0)
    assert not page.message.isVisible()


def test_the_export_button_opens_a_dialog_without_blocking(page: LogsPage, qtbot: QtBot) -> None:
    page.export.click()

    dialog = page.findChild(QFileDialog)
    assert dialog is not None
    dialog.reject()
