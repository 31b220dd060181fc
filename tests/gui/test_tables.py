"""Tables: sorting, several rows at once, columns, low rows, and where the bar stands."""

import dataclasses
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QItemSelectionModel, QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu
from pytestqt.qtbot import QtBot

from acedesk.model.snapshot import StreamState, StreamView
from acedesk.ui.dialogs import AskDialog
from acedesk.ui.players import Players
from acedesk.ui.streams.page import StreamsPage
from acedesk.ui.streams.table_model import COLUMNS, NAME, PEERS, RATE, SINCE, StreamModel
from acedesk.ui.tables.column_layout import ColumnChoice, drag_edge, fit_columns
from acedesk.ui.tables.remembered import read_table
from acedesk.ui.tables.row_table import natural
from acedesk.ui.tables.table_view import MOST_HIGH_ROWS, Column, row_height
from tests.gui.fake_desk import MEGA, NOW, FakeDesk, ago, make_client, make_stream
from tests.gui.streams_page import open_streams_page
from tests.gui.waiting import until

Measure = Callable[[Callable[[], object]], float]
UP, DOWN = Qt.SortOrder.AscendingOrder, Qt.SortOrder.DescendingOrder


@pytest.fixture
def page(desk: FakeDesk, qtbot: QtBot) -> StreamsPage:
    return open_streams_page(desk, qtbot)


def show(page: StreamsPage, desk: FakeDesk, streams: list[StreamView]) -> None:
    desk.shown = dataclasses.replace(desk.shown, streams=tuple(streams))
    page.refresh(desk.snapshot())


def names(model: StreamModel) -> list[str]:
    return [model.index(row, NAME).data() for row in range(model.rowCount())]


def head(page: StreamsPage, column: int) -> None:
    """Click the heading of a column."""
    header = page.table.horizontalHeader()
    place = QPoint(header.sectionViewportPosition(column) + 20, header.height() // 2)
    QTest.mouseClick(header.viewport(), Qt.MouseButton.LeftButton, pos=place)


def numbered(count: int) -> list[StreamView]:
    return [make_stream(f"{n:04}", name=f"Channel {n}", peers=n * 7 % 101) for n in range(count)]


# ---------------------------------------------------------------------- sorting


def test_a_click_on_a_heading_sorts_another_one_turns_it_a_third_takes_it_back(
    page: StreamsPage, desk: FakeDesk
) -> None:
    streams = [make_stream(f"{n:04}", name=f"TV {n}", peers=n) for n in (9, 100, 23)]
    show(page, desk, streams)

    orders = []
    for _ in range(3):
        head(page, PEERS)
        orders.append(names(page.model))

    assert orders == [["TV 9", "TV 23", "TV 100"], ["TV 100", "TV 23", "TV 9"], names_of(streams)]


def names_of(streams: list[StreamView]) -> list[str]:
    return [stream.name for stream in streams]


def test_numbers_in_names_count_as_numbers() -> None:
    model = StreamModel()
    model.update_from([make_stream(f"{n:04}", name=f"engine-{n}") for n in (10, 2, 1)], NOW, 30)

    model.sort(NAME, UP)

    assert names(model) == ["engine-1", "engine-2", "engine-10"]


@given(st.lists(st.text("aB1290- ", max_size=8), max_size=6))
def test_names_of_any_kind_can_be_compared(texts: list[str]) -> None:
    assert len(sorted(texts, key=natural)) == len(texts)


@pytest.mark.parametrize("order", [UP, DOWN])
def test_equal_rows_keep_their_order(order: Qt.SortOrder) -> None:
    model = StreamModel()
    streams = [make_stream(f"{n:04}", name=f"TV {n}", peers=n % 2) for n in range(9)]
    model.update_from(streams, NOW, 30)

    model.sort(PEERS, order)

    even, odd = [f"TV {n}" for n in range(0, 9, 2)], [f"TV {n}" for n in range(1, 9, 2)]
    assert names(model) == (even + odd if order is UP else odd + even)


def test_what_is_not_known_comes_before_every_number() -> None:
    model = StreamModel()
    streams = [make_stream("0001", peers=0), make_stream("0002", peers=None)]
    model.update_from(streams, NOW, 30)

    model.sort(PEERS, UP)

    assert [model.index(row, PEERS).data() for row in range(2)] == ["—", "0"]


def test_a_dead_stream_has_no_rate_to_sort_by() -> None:
    model = StreamModel()
    dead = make_stream("0001", name="dead", state=StreamState.FAILED, bit_rate=9 * MEGA)
    model.update_from([dead, make_stream("0002", name="slow", bit_rate=1 * MEGA)], NOW, 30)

    model.sort(RATE, DOWN)

    assert names(model) == ["slow", "dead"]


def test_since_is_sorted_by_the_time_that_is_shown() -> None:
    model = StreamModel()
    ages = (3600, 5, 70)
    model.update_from([make_stream(f"{n:04}", started_time=ago(n)) for n in ages], NOW, 30)

    model.sort(SINCE, UP)

    assert [model.index(row, SINCE).data() for row in range(3)] == ["0:05", "1:10", "1:00:00"]


@given(
    values=st.lists(st.integers(0, 5), min_size=1, max_size=12),
    later=st.lists(st.integers(0, 5), min_size=1, max_size=12),
    column=st.sampled_from([-1, *range(len(COLUMNS))]),
    order=st.sampled_from([UP, DOWN]),
)
def test_whatever_changes_the_table_holds_every_stream_once_in_its_order(
    values: list[int], later: list[int], column: int, order: Qt.SortOrder
) -> None:
    model = StreamModel()
    model.sort(column, order)
    for peers in (values, later, values):
        streams = [make_stream(f"{n:04}", peers=value) for n, value in enumerate(peers)]
        model.update_from(streams, NOW, 30)
        shown = [model.stream_at(row) for row in range(model.rowCount())]
        assert sorted(one.id for one in shown if one) == sorted(one.id for one in streams)
        if column == PEERS:
            told = [one.peers or 0 for one in shown if one]
            assert told == sorted(told, reverse=order is DOWN)
        if column < 0:
            assert [one.id for one in shown if one] == [one.id for one in streams]


def test_selection_and_current_row_stay_with_their_streams_when_the_order_changes(
    page: StreamsPage, desk: FakeDesk
) -> None:
    streams = numbered(30)
    show(page, desk, streams)
    flags = QItemSelectionModel.SelectionFlag
    for row in (2, 5):
        index = page.model.index(row, 0)
        page.table.selectionModel().select(index, flags.Select | flags.Rows)
    page.table.selectionModel().setCurrentIndex(page.model.index(5, 0), flags.NoUpdate)
    before = {stream.id for stream in page.selected()}

    page.table.sortByColumn(PEERS, DOWN)
    turned = [dataclasses.replace(s, peers=101 - (s.peers or 0)) for s in streams]
    show(page, desk, turned)

    assert {stream.id for stream in page.selected()} >= before
    current = page.model.stream_at(page.table.currentIndex().row())
    assert current is not None
    assert current.id == streams[5].id
    assert names(page.model) == names_of(sorted(turned, key=lambda s: -(s.peers or 0)))


def test_the_scroll_position_stays_when_rows_are_refreshed_and_sorted(
    page: StreamsPage, desk: FakeDesk
) -> None:
    streams = numbered(100)
    show(page, desk, streams)
    QApplication.processEvents()
    bar = page.table.verticalScrollBar()
    bar.setValue(900)

    head(page, PEERS)
    show(page, desk, [dataclasses.replace(s, peers=50 - (s.peers or 0) // 2) for s in streams])
    QApplication.processEvents()

    assert bar.value() == 900


def test_five_hundred_rows_are_sorted_and_kept_sorted_without_a_pause(
    page: StreamsPage, desk: FakeDesk, benchmark_seconds: Measure
) -> None:
    streams = numbered(500)
    show(page, desk, streams)

    clicked = benchmark_seconds(lambda: page.table.sortByColumn(PEERS, UP))
    later = [dataclasses.replace(s, peers=(s.peers or 0) * 3 % 101) for s in streams]
    renewed = benchmark_seconds(lambda: show(page, desk, later))

    assert clicked < 0.2
    assert renewed < 0.3


# ---------------------------------------------------------------------- several rows


async def test_several_streams_are_copied_and_stopped_at_once(
    page: StreamsPage, desk: FakeDesk, qapp: QApplication
) -> None:
    page.table.selectAll()
    assert page.selection.isVisible()
    assert page.selection.text == "3 streams selected"

    page.copy_selected.click()
    page.stop_selected.click()

    urls = [desk.streams.player_url(stream.key) for stream in desk.shown.streams]
    assert qapp.clipboard().text().split("\n") == urls
    await until(lambda: page.findChildren(AskDialog))
    dialog = page.findChildren(AskDialog)[0]
    assert desk.calls == []
    dialog.buttons["stop"].click()
    await until(lambda: len(desk.calls) == 3)
    assert desk.calls == [("stop_stream", stream.id) for stream in desk.shown.streams]


def test_one_selected_stream_needs_no_bar(page: StreamsPage) -> None:
    page.table.selectRow(1)

    assert not page.selection.isVisible()


def test_the_menu_of_several_rows_is_about_all_of_them(page: StreamsPage) -> None:
    page.table.selectAll()

    page.table.menu_wanted.emit(page.model.index(1, 0), QPoint(10, 10))

    (menu,) = page.findChildren(QMenu)
    texts = [action.text() for action in menu.actions() if action.text()]
    assert texts == ["Copy 3 URLs", "Stop 3 streams…"]
    menu.close()


@pytest.mark.parametrize(
    ("viewers", "said"), [(0, "Nobody is watching."), (1, "1 viewer"), (2, "2 viewers")]
)
async def test_delete_stops_the_selected_stream_after_asking(
    page: StreamsPage, desk: FakeDesk, viewers: int, said: str
) -> None:
    clients = tuple(make_client(n) for n in range(viewers))
    show(page, desk, [make_stream("0001", clients=clients)])
    page.table.setFocus()

    QTest.keyClick(page.table, Qt.Key.Key_Delete)

    await until(lambda: page.findChildren(AskDialog))
    dialog = page.findChildren(AskDialog)[0]
    assert any(label.text().startswith(said) for label in dialog.findChildren(type(page.no_match)))
    dialog.buttons["stop"].click()
    await until(lambda: desk.calls)
    assert desk.calls[0][0] == "stop_stream"


async def test_cancel_stops_nothing(page: StreamsPage, desk: FakeDesk) -> None:
    QTest.keyClick(page.table, Qt.Key.Key_Delete)
    await until(lambda: page.findChildren(AskDialog))

    page.findChildren(AskDialog)[0].buttons[""].click()

    await until(lambda: not page.findChildren(AskDialog))
    assert desk.calls == []


def test_home_end_and_pages_go_through_the_rows(page: StreamsPage, desk: FakeDesk) -> None:
    show(page, desk, numbered(60))
    keys = Qt.Key
    places = []
    for key in (keys.Key_End, keys.Key_PageUp, keys.Key_Home, keys.Key_PageDown):
        QTest.keyClick(page.table, key)
        places.append(page.table.currentIndex().row())

    assert places[0] == 59
    assert 0 < places[1] < 59
    assert places[2] == 0
    assert 0 < places[3] < 59


def test_shift_and_end_select_all_down_to_the_last(page: StreamsPage, desk: FakeDesk) -> None:
    show(page, desk, numbered(12))
    page.table.selectRow(3)

    QTest.keyClick(page.table, Qt.Key.Key_End, Qt.KeyboardModifier.ShiftModifier)

    assert page.table.selected_places() == list(range(3, 12))


# ---------------------------------------------------------------------- rows and filter


def test_more_than_eight_rows_are_low_and_fewer_are_high_again(
    page: StreamsPage, desk: FakeDesk
) -> None:
    heights = []
    for count in (MOST_HIGH_ROWS, MOST_HIGH_ROWS + 1, 2):
        show(page, desk, numbered(count))
        heights.append(page.table.rowHeight(0))

    assert heights == [row_height(), row_height(low=True), row_height()]
    assert heights[1] < heights[0]


def test_the_filter_says_how_many_match(page: StreamsPage, desk: FakeDesk) -> None:
    show(page, desk, numbered(12))
    page.focus_filter()

    QTest.keyClicks(page.filter.field, "channel 1")

    assert page.filter.matches.text() == "3 of 12"
    page.filter.close_field()
    assert not page.filter.matches.isVisible()


# ---------------------------------------------------------------------- columns


def test_a_column_is_left_out_and_comes_back(page: StreamsPage) -> None:
    menu = QMenu(page)
    page.table.fill_columns_menu(menu)
    by_text = {action.text(): action for action in menu.actions()}
    assert not by_text["Name"].isEnabled()

    by_text["Peers"].trigger()
    assert page.table.isColumnHidden(PEERS)
    by_text["Reset columns"].trigger()

    assert not page.table.isColumnHidden(PEERS)


def test_the_head_fills_the_table_whatever_edge_is_dragged(page: StreamsPage) -> None:
    header = page.table.horizontalHeader()
    before = header.sectionSize(PEERS)

    header.resizeSection(PEERS, before + 40)

    assert header.sectionSize(PEERS) == before + 40
    assert header.length() == page.table.viewport().width()
    page.resize(1200, 700)
    QApplication.processEvents()
    assert header.sectionSize(PEERS) == before + 40
    assert header.length() == page.table.viewport().width()


def test_what_was_chosen_is_remembered_by_heading(page: StreamsPage, desk: FakeDesk) -> None:
    page.table.sortByColumn(RATE, DOWN)
    page.table.horizontalHeader().resizeSection(PEERS, 140)
    menu = QMenu(page)
    page.table.fill_columns_menu(menu)
    next(action for action in menu.actions() if action.text() == "Since").trigger()
    kept = page.table.remembered()

    other = StreamsPage(desk, Players(desk))
    other.resize(1040, 700)
    other.refresh(desk.snapshot())
    other.table.restore(kept)

    assert kept["sort"] == "Bit rate"
    assert other.table.remembered() == kept
    assert other.table.isColumnHidden(SINCE)
    assert names(other.model) == names(page.model)
    other.deleteLater()


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**40), 2**40) | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["Name", "Peers", "widths", "sort", "x"]), inner, max_size=4
        )
    ),
    max_leaves=8,
)


@given(
    st.fixed_dictionaries(
        {}, optional=dict.fromkeys(("sort", "descending", "widths", "hidden"), json_values)
    )
)
def test_whatever_stands_in_the_file_is_read_as_a_table(values: dict[str, object]) -> None:
    memory = read_table(values, COLUMNS)

    assert -1 <= memory.sorted_by < len(COLUMNS)
    assert all(24 <= width <= 8000 for width in memory.choice.widths.values())


columns_and_needs = st.lists(
    st.tuples(st.integers(40, 300), st.integers(0, 5), st.integers(0, 2)), min_size=1, max_size=8
)


@given(
    columns_and_needs,
    st.integers(0, 3000),
    st.dictionaries(st.integers(0, 7), st.integers(24, 900)),
)
def test_columns_fill_the_room_or_need_all_of_it(
    made: list[tuple[int, int, int]], room: int, widths: dict[int, int]
) -> None:
    columns = [Column(sample="", gives_way=way, stretch=share) for _need, way, share in made]
    choice = ColumnChoice({n: width for n, width in widths.items() if n < len(columns)})

    fitted = fit_columns(columns, [need for need, _way, _share in made], choice, room)

    assert sum(fitted.values()) <= room or all(columns[n].gives_way == 0 for n in fitted)
    if sum(fitted.values()) < room:
        assert not any(columns[n].stretch for n in fitted)


@given(
    st.dictionaries(st.integers(0, 7), st.integers(40, 400), min_size=1, max_size=8),
    st.integers(0, 7),
    st.integers(-1000, 1000),
)
def test_an_edge_takes_from_its_neighbour_what_it_gives(
    widths: dict[int, int], number: int, wider: int
) -> None:
    widths = dict(sorted(widths.items()))
    if number not in widths:
        return

    dragged = drag_edge(widths, number, wider, lambda _n: 40)

    assert sum(dragged.values()) == sum(widths.values())
    assert min(dragged.values()) >= 40


# ---------------------------------------------------------------------- the bar below


def test_the_bar_between_table_and_detail_stays_where_it_was_put(
    page: StreamsPage, desk: FakeDesk
) -> None:
    show(page, desk, numbered(40))
    QApplication.processEvents()
    splitter = page._splitter
    splitter.moveSplitter(200, 1)
    QApplication.processEvents()
    put = splitter.sizes()[0]

    show(page, desk, numbered(41))
    QApplication.processEvents()

    assert abs(splitter.sizes()[0] - put) <= 2
    other = StreamsPage(desk, Players(desk))
    other.resize(page.size())
    other.show()
    other._splitter.restore(splitter.permille)
    other.refresh(desk.snapshot())
    QApplication.processEvents()
    assert abs(other._splitter.sizes()[0] - put) <= 4
    other.close()


def test_a_short_table_takes_no_more_than_its_rows(page: StreamsPage) -> None:
    QApplication.processEvents()

    assert page._splitter.sizes()[0] <= page.table.content_height() + 6
    assert page.detail.isVisible()


def test_a_stream_that_is_selected_while_ctrl_is_held_is_selected_alone(
    page: StreamsPage, desk: FakeDesk
) -> None:
    page.table.selectRow(0)
    QTest.keyPress(page.table, Qt.Key.Key_Control, Qt.KeyboardModifier.ControlModifier)

    page.select(desk.shown.streams[2].id)

    QTest.keyRelease(page.table, Qt.Key.Key_Control)
    assert [stream.id for stream in page.selected()] == [desk.shown.streams[2].id]
