"""The Logs page: 50,000 rows, filters, pause, follow, copy and export."""

import datetime
import logging

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytestqt.qtbot import QtBot

from acedesk.log import RING_ROWS, LogRow
from acedesk.ui.logs.filter import LogFilter, PatternError, level_word
from acedesk.ui.logs.model import SLICE_ROWS, LogModel, format_row

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
