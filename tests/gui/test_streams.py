"""The Streams page: what it says, what it does, and how little it repaints."""

import dataclasses
from collections.abc import Callable

import pytest
from PySide6.QtCore import QModelIndex, QPoint, Qt
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu
from pytestqt.qtbot import QtBot

from acedesk.errors import EngineTooSlow
from acedesk.model.content import Link
from acedesk.model.snapshot import StreamState
from acedesk.ui.dialogs import AskDialog
from acedesk.ui.graphs.axis import choose_top
from acedesk.ui.players import Players
from acedesk.ui.roles import Role
from acedesk.ui.streams import words
from acedesk.ui.streams.graph import summary
from acedesk.ui.streams.page import StreamsPage
from acedesk.ui.streams.table_model import (
    BUFFER,
    COLUMNS,
    ENGINE,
    NAME,
    PEERS,
    SINCE,
    STATE,
    VIEWERS,
    StreamModel,
)
from acedesk.ui.widgets.sparkline import _spark_line, thin_out
from tests.gui.fake_desk import (
    MEGA,
    NOW,
    FakeDesk,
    empty_snapshot,
    make_client,
    make_key,
    make_stream,
    sample_engines,
    sample_streams,
)
from tests.gui.streams_page import open_streams_page
from tests.gui.waiting import until

Measure = Callable[[Callable[[], object]], float]


@pytest.fixture
def page(desk: FakeDesk, qtbot: QtBot) -> StreamsPage:
    return open_streams_page(desk, qtbot)


def _changes(model: StreamModel) -> list[tuple[int, int, int]]:
    seen: list[tuple[int, int, int]] = []
    model.dataChanged.connect(lambda a, b: seen.append((a.row(), a.column(), b.column())))
    model.modelReset.connect(lambda: pytest.fail("the model was reset"))
    model.layoutChanged.connect(lambda: pytest.fail("the layout was changed"))
    return seen


def test_a_row_shows_state_name_rate_and_engine(page: StreamsPage) -> None:
    texts = [page.model.index(0, n).data() for n in range(len(COLUMNS))]

    assert texts == ["Playing", "Test card", "5.4 Mbit/s", "3", "23", "18 s", "engine-1", "0:42"]
    assert page.model.index(0, NAME).data(Role.DETAIL) == "…a9e1 · H.264 · AAC"


def test_nothing_is_told_when_nothing_changed() -> None:
    model = StreamModel()
    model.update_from(sample_streams(), NOW, 30)
    seen = _changes(model)

    model.update_from(sample_streams(), NOW, 30)

    assert seen == []


def test_only_the_cells_that_changed_are_told() -> None:
    streams = sample_streams()
    model = StreamModel()
    model.update_from(streams, NOW, 30)
    seen = _changes(model)
    slower = dataclasses.replace(streams[1], clients=(), engine_name="engine-9")

    model.update_from((streams[0], slower, streams[2]), NOW, 30)

    assert seen == [(1, VIEWERS, VIEWERS), (1, ENGINE, ENGINE)]


def test_rows_come_go_and_move_without_a_reset() -> None:
    one, two, three = sample_streams()
    model = StreamModel()
    model.update_from((one, two, three), NOW, 30)
    _changes(model)

    model.update_from((three, one, make_stream("beef")), NOW, 30)

    shown = [model.stream_at(row) for row in range(model.rowCount())]
    assert [stream.id for stream in shown if stream] == [
        three.id,
        one.id,
        make_stream("beef").id,
    ]


def test_the_selection_stays_with_its_stream_when_rows_above_vanish(
    page: StreamsPage, desk: FakeDesk
) -> None:
    page.table.selectRow(2)
    chosen = desk.shown.streams[2]

    desk.shown = dataclasses.replace(desk.shown, streams=desk.shown.streams[1:])
    page.refresh(desk.snapshot())

    assert page.table.currentIndex().row() == 1
    assert page.detail._stream is not None
    assert page.detail._stream.id == chosen.id


def test_every_cell_has_words_for_a_screen_reader(page: StreamsPage) -> None:
    said = [
        page.model.index(2, n).data(Qt.ItemDataRole.AccessibleTextRole) for n in range(len(COLUMNS))
    ]

    assert said[STATE] == "State: Starting"
    assert said[BUFFER] == "Buffer: none"
    assert all(text.startswith(COLUMNS[n]) for n, text in enumerate(said))


def test_five_hundred_rows_are_updated_without_a_pause(
    qtbot: QtBot, benchmark_seconds: Measure
) -> None:
    streams = tuple(make_stream(f"{n:04}", rate_history=(5 * MEGA + n,) * 300) for n in range(500))
    model = StreamModel()
    model.update_from(streams, NOW, 30)
    later = tuple(dataclasses.replace(stream, peers=24) for stream in streams)

    seconds = benchmark_seconds(lambda: model.update_from(later, NOW, 30))

    assert seconds < 0.25  # once a second with room to spare, on a slow machine


def test_one_id_is_one_row() -> None:
    one, two, three = sample_streams()
    model = StreamModel()
    model.update_from((one, two, three), NOW, 30)

    model.update_from((one, two, one, three, two), NOW, 30)

    assert model.rowCount() == 3


def test_of_rows_out_of_sight_nothing_is_told() -> None:
    streams = tuple(make_stream(f"{n:04}") for n in range(20))
    model = StreamModel()
    model.sight = lambda: range(5, 8)
    model.update_from(streams, NOW, 30)
    seen = _changes(model)
    later = tuple(dataclasses.replace(stream, peers=99) for stream in streams)

    model.update_from(later, NOW, 30)

    assert [row for row, _, _ in seen] == [5, 6, 7]
    assert [model.index(row, PEERS).data() for row in range(20)] == ["99"] * 20


def test_a_row_that_is_scrolled_into_sight_is_as_it_is_now(
    page: StreamsPage, desk: FakeDesk
) -> None:
    streams = tuple(make_stream(f"{n:04}") for n in range(60))
    for peers in (21, 22):
        changed = tuple(dataclasses.replace(stream, peers=peers) for stream in streams)
        desk.shown = dataclasses.replace(desk.shown, streams=changed)
        page.refresh(desk.snapshot())
        page.grab()
    assert 59 not in page.table.rows_in_sight()

    page.table.scrollToBottom()
    page.grab()

    assert page.table.rows_in_sight()[-1] == 59
    assert page.model.index(59, PEERS).data() == "22"


def test_copy_puts_the_url_of_the_selected_stream_on_the_clipboard(
    page: StreamsPage, desk: FakeDesk, qapp: QApplication, qtbot: QtBot
) -> None:
    page.table.selectRow(1)

    with qtbot.waitSignal(page.said) as said:
        page.detail.url.button.click()

    assert qapp.clipboard().text() == desk.streams.player_url(desk.shown.streams[1].key)
    assert said.args == ["URL of Local club TV copied"]


def test_the_hls_url_is_copied_by_keyboard_from_the_menu_of_a_stream(
    page: StreamsPage, desk: FakeDesk, qapp: QApplication, qtbot: QtBot
) -> None:
    page.table.selectRow(1)
    page.table.setFocus()
    place = page.table.visualRect(page.table.currentIndex()).center()
    asked = QContextMenuEvent(
        QContextMenuEvent.Reason.Keyboard, place, page.table.viewport().mapToGlobal(place)
    )
    QApplication.sendEvent(page.table.viewport(), asked)
    (menu,) = page.findChildren(QMenu)
    qtbot.waitUntil(menu.isVisible)

    with qtbot.waitSignal(page.said) as said:
        for key in (*(Qt.Key.Key_Down,) * 3, Qt.Key.Key_Return):
            QTest.keyClick(menu, key)

    wanted = desk.shown.streams[1].key.value
    assert qapp.clipboard().text().endswith(f"/ace/manifest.m3u8?id={wanted}")
    assert said.args == ["HLS URL of Local club TV copied"]


async def test_stop_stops_the_selected_stream(page: StreamsPage, desk: FakeDesk) -> None:
    page.table.selectRow(1)

    page.detail.stop_button.click()

    await until(lambda: desk.calls)
    assert desk.calls == [("stop_stream", desk.shown.streams[1].id)]


async def test_players_appear_when_they_are_found_and_open_the_stream(
    desk: FakeDesk, qtbot: QtBot
) -> None:
    players = Players(desk)
    page = StreamsPage(desk, players)
    qtbot.addWidget(page)
    page.refresh(desk.snapshot())
    assert not page.detail.player_buttons.hint.isHidden()

    await players.look()
    first = page.detail.player_buttons.buttons[0]
    first.click()

    assert page.detail.player_buttons.hint.isHidden()
    assert first.text() == "Open in VLC"
    await until(lambda: desk.calls)
    stream = desk.shown.streams[0]
    assert desk.calls == [
        ("open_player", desk.players.found[0], desk.streams.player_url(stream.key), "Test card")
    ]


async def test_the_cross_disconnects_that_viewer(page: StreamsPage, desk: FakeDesk) -> None:
    page.detail.viewers.rows["client-3"].close_button.click()

    await until(lambda: desk.calls)
    assert desk.calls == [("close_client", "client-3")]


def test_viewers_are_updated_in_place(page: StreamsPage, desk: FakeDesk) -> None:
    before = page.detail.viewers.rows["client-1"]
    kodi, _vlc, phone = desk.shown.streams[0].clients

    page.detail.viewers.show_clients((dataclasses.replace(kodi, rate=2 * MEGA), phone))

    rows = page.detail.viewers.rows
    assert set(rows) == {"client-1", "client-3"}
    assert rows["client-1"] is before
    assert rows["client-1"].texts == ("Kodi", "192.168.1.31 · 2.0 Mbit/s · 1.2 s behind")


async def test_a_failed_action_is_told_and_not_lost(page: StreamsPage, desk: FakeDesk) -> None:
    desk.error = EngineTooSlow("no answer")
    failures: list[object] = []
    page.failed.connect(failures.append)

    page.detail.stop_button.click()

    await until(lambda: failures)
    assert failures == [desk.error]


async def test_stop_all_asks_first(page: StreamsPage, desk: FakeDesk, qapp: QApplication) -> None:
    page.stop_all_button.click()
    await until(lambda: page.findChildren(AskDialog))
    dialog = page.findChildren(AskDialog)[0]
    assert desk.calls == []

    dialog.buttons["stop"].click()

    await until(lambda: desk.calls)
    assert desk.calls == [("stop_all",)]


def test_the_filter_narrows_and_escape_brings_everything_back(
    page: StreamsPage, qtbot: QtBot
) -> None:
    page.focus_filter()
    QTest.keyClicks(page.filter.field, "club")
    assert page.model.rowCount() == 1
    assert page.detail._stream is not None
    assert page.detail._stream.name == "Local club TV"

    QTest.keyClick(page.filter.field, Qt.Key.Key_Escape)

    assert page.model.rowCount() == 3


def test_a_filter_without_a_match_says_so(page: StreamsPage, qtbot: QtBot) -> None:
    page.focus_filter()

    QTest.keyClicks(page.filter.field, "zzz")

    assert page.no_match.isVisible()
    assert not page.detail.isVisible()


def test_the_menu_of_a_row_offers_copy_and_stop(page: StreamsPage, qtbot: QtBot) -> None:
    page.table.menu_wanted.emit(page.model.index(0, 0), QPoint(10, 10))

    menu = page.findChildren(QMenu)[0]
    texts = [action.text() for action in menu.actions() if action.text()]
    assert texts == ["Play", "Copy URL", "Copy HLS URL", "Stop"]
    menu.close()


def test_enter_and_double_click_on_a_row_play_it(
    page: StreamsPage, desk: FakeDesk, qapp: QApplication
) -> None:
    wanted: list[Link] = []
    page.play_wanted.connect(wanted.append)
    qapp.clipboard().setText("mine")
    page.table.selectRow(2)

    QTest.keyClick(page.table, Qt.Key.Key_Return)
    page.table.doubleClicked.emit(page.model.index(1, 0))

    assert [link.key for link in wanted] == [
        desk.shown.streams[2].key,
        desk.shown.streams[1].key,
    ]
    assert [link.title for link in wanted] == ["City council live", "Local club TV"]
    assert qapp.clipboard().text() == "mine"


def test_ctrl_enter_on_a_row_copies_its_url(
    page: StreamsPage, desk: FakeDesk, qapp: QApplication
) -> None:
    wanted: list[Link] = []
    page.play_wanted.connect(wanted.append)
    page.table.selectRow(2)

    QTest.keyClick(page.table, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)

    assert wanted == []
    assert qapp.clipboard().text() == desk.streams.player_url(desk.shown.streams[2].key)


def test_an_empty_page_asks_for_a_link_and_offers_the_test_channel(qtbot: QtBot) -> None:
    desk = FakeDesk(dataclasses.replace(empty_snapshot(), engines=sample_engines()))
    page = StreamsPage(desk, Players(desk))
    qtbot.addWidget(page)
    page.show()
    page.refresh(desk.snapshot())
    assert page.empty.isVisible()
    assert page.empty.address.url == f"{desk.access.player_address}/ace/getstream?id="
    assert "/t/shared/" in page.empty.address.url

    with qtbot.waitSignal(page.paste_wanted):
        page.empty.primary.click()
    with qtbot.waitSignal(page.play_test_wanted):
        page.empty.secondary.click()


def test_columns_leave_before_anything_scrolls_sideways(page: StreamsPage) -> None:
    page.resize(720, 500)
    QApplication.processEvents()

    assert page.table.isColumnHidden(SINCE)
    assert not page.table.isColumnHidden(STATE)
    assert not page.table.isColumnHidden(NAME)
    assert page.table.horizontalHeader().length() <= page.table.viewport().width()


def test_a_stream_asked_for_is_selected_as_soon_as_it_comes(
    page: StreamsPage, desk: FakeDesk
) -> None:
    coming = make_stream("cafe", name="Coming")
    page.select(coming.id)

    desk.shown = dataclasses.replace(desk.shown, streams=(*desk.shown.streams, coming))
    page.refresh(desk.snapshot())

    assert page.table.currentIndex().row() == 3


def test_a_good_stream_is_said_to_keep_up() -> None:
    said = words.sentence(make_stream(clients=(make_client(1), make_client(2))), NOW, 15)

    assert said.title == "Everything keeps up"
    assert said.text == (
        "23 peers deliver 6.1 Mbit/s, the picture needs 5.4. Both viewers read in time."
    )


def test_a_slow_stream_says_what_is_delivered_and_what_is_needed() -> None:
    slow = sample_streams()[1]

    said = words.sentence(slow, NOW, 15)

    assert said.tone == "warn"
    assert "deliver 3.1 Mbit/s, the picture needs 5.4." in said.text


def test_a_viewer_that_skips_is_named() -> None:
    said = words.sentence(make_stream(clients=(make_client(1, player="Kodi", skips=2),)), NOW, 15)

    assert said.title == "One viewer cannot keep up"
    assert "Kodi read too slowly and skipped ahead 2 times" in said.text


@pytest.mark.parametrize("state", list(StreamState))
def test_every_state_has_a_word_a_shape_and_a_sentence(state: StreamState) -> None:
    stream = make_stream(state=state, error=EngineTooSlow("no picture within 60 s"))

    said = words.sentence(stream, NOW, 15)

    assert all(words.STATES[state])
    assert said.title
    assert said.text


def test_an_idle_stream_says_how_long_it_waits() -> None:
    said = words.sentence(make_stream(state=StreamState.IDLE, clients=()), NOW, 15)

    assert said.text.startswith("Waits 15 s for a viewer")


async def test_a_file_waits_as_long_as_files_do(page: StreamsPage, desk: FakeDesk) -> None:
    await desk.settings.save({"grace": 15.0, "file_grace": 600.0})
    film = make_stream(state=StreamState.IDLE, clients=(), is_file=True)
    desk.shown = dataclasses.replace(desk.shown, streams=(film,))

    page.refresh(desk.snapshot())

    assert "Waits 600 s for a viewer" in page.detail.sentence.text.text()


def test_a_prepared_stream_says_how_long_it_waits_for_its_first_viewer() -> None:
    stream = make_stream(state=StreamState.IDLE, clients=(), hold=60.0)

    assert words.sentence(stream, NOW, 15).text.startswith("Waits up to 60 s for a viewer")
    assert words.sentence(stream, NOW, 90).text.startswith("Waits 90 s for a viewer")


def test_a_stream_without_a_title_is_called_by_the_end_of_its_id() -> None:
    key = make_key("a9e1")

    assert words.name(make_stream(name=key.short)) == "Stream …a9e1"
    assert words.detail(make_stream(name=key.short)) == "H.264 · AAC"


def test_the_graph_is_told_in_words() -> None:
    assert summary((1 * MEGA, 3 * MEGA, 2 * MEGA), 2.5 * MEGA) == (
        "Now 2.0 Mbit/s, lowest 1.0 Mbit/s, highest 3.0 Mbit/s. The picture needs 2.5 Mbit/s."
    )


@pytest.mark.parametrize("highest", [0, 0.3, 0.41, 1, 2.2, 5.4, 6.7, 9.9, 10, 47, 99.9, 640])
@pytest.mark.parametrize("most", [2, 4])
def test_the_axis_ends_on_a_round_number_above_the_course(highest: float, most: int) -> None:
    top, step = choose_top(highest, most)

    assert top >= highest
    assert 2 <= round(top / step) <= most


def test_a_small_course_moves_to_the_left_and_stays_as_it_is() -> None:
    history = [5.0] * 40 + [1.0] + [5.0] * 40

    def heights(now: int) -> list[float]:
        return [point.y() for point in _spark_line(tuple(history[now : now + 60]), 72.0, 22.0)]

    for now in range(20):
        assert heights(now)[1:] == heights(now + 1)[:-1]


def test_a_long_course_is_thinned_out_and_keeps_its_level() -> None:
    thinned = thin_out([2.0] * 297 + [4.0] * 3, 30)

    assert len(thinned) == 30
    assert min(thinned) == 2.0
    assert sum(thinned) / 30 == pytest.approx(2.02)


def test_no_row_means_an_invalid_index_is_harmless(page: StreamsPage) -> None:
    page._choose(QModelIndex())

    assert page.detail._stream is not None
