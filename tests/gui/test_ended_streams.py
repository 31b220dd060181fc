"""What is over has no numbers and no green sign, and begins again with one click."""

import dataclasses
from collections.abc import Coroutine
from typing import Any

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMenu
from pytestqt.qtbot import QtBot

from acedesk.errors import EngineStalled, NotFound
from acedesk.model.content import Link
from acedesk.model.engine import EngineHealth
from acedesk.model.snapshot import EngineView, StreamState
from acedesk.ui.engines import table_model as engines
from acedesk.ui.engines import words as engine_words
from acedesk.ui.engines.page import EnginesPage
from acedesk.ui.engines.table_model import EngineModel
from acedesk.ui.graphs.axis import usual_highest
from acedesk.ui.players import Players
from acedesk.ui.roles import Role
from acedesk.ui.streams import table_model as streams
from acedesk.ui.streams import words
from acedesk.ui.streams.graph import StreamGraph, describe
from acedesk.ui.streams.page import StreamsPage
from acedesk.ui.streams.stream_actions import StreamActions
from acedesk.ui.widgets.error_card import ErrorCard
from acedesk.words import numbers
from tests.gui.fake_desk import MEGA, NOW, FakeDesk, make_history, make_stream, sample_engines
from tests.gui.streams_page import open_streams_page
from tests.gui.waiting import until

OVER = [StreamState.FAILED, StreamState.STOPPED]
NOT_FED = [*OVER, StreamState.STARTING, StreamState.SWITCHING]
DEAD = [EngineHealth.STOPPED, EngineHealth.CRASHED, EngineHealth.UNREACHABLE, EngineHealth.HUNG]


@pytest.fixture
def page(qtbot: QtBot, desk: FakeDesk) -> StreamsPage:
    failed = make_stream(state=StreamState.FAILED, error=EngineStalled("6 s"), clients=())
    desk.shown = dataclasses.replace(desk.shown, streams=(failed, *desk.shown.streams[1:]))
    return open_streams_page(desk, qtbot)


def test_where_all_have_ended_nothing_is_counted_and_nothing_can_be_stopped(
    page: StreamsPage, desk: FakeDesk
) -> None:
    assert page.header.pill_texts
    assert not page.stop_all_button.isHidden()

    page.refresh(dataclasses.replace(desk.shown, streams=desk.shown.streams[:1]))

    assert page.header.pill_texts == ()
    assert page.stop_all_button.isHidden()


async def test_stopping_what_has_ended_meanwhile_is_no_error(
    desk: FakeDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    works: list[Coroutine[Any, Any, object]] = []

    async def not_there(name: str) -> None:
        asked.append(name)
        raise NotFound(name)

    monkeypatch.setattr(desk.streams, "stop", not_there)
    monkeypatch.setattr(desk.streams, "close_client", not_there)
    actions = StreamActions(
        desk, Players(desk), lambda work, _name: works.append(work), lambda _said: None
    )
    stream = desk.shown.streams[1]

    actions.stop(stream)
    actions.close_client("viewer")
    for work in works:
        await work

    assert asked == [stream.id, "viewer"]


@pytest.mark.parametrize("state", OVER)
def test_an_ended_stream_has_no_number(state: StreamState) -> None:
    cells = streams.build_cells(make_stream(state=state, clients=()), NOW, 10.0)

    wanted = (streams.VIEWERS, streams.PEERS, streams.BUFFER, streams.SINCE)
    assert [cells[column].text for column in wanted] == [numbers.NOTHING] * 4
    assert cells[streams.ENGINE].text == ""
    assert not any(character.isdigit() for character in cells[streams.RATE].text)
    assert [cell.fraction for cell in cells] == [None] * len(cells)
    assert not any(cell.history for cell in cells)
    assert "good" not in [cell.tone for cell in cells]


@pytest.mark.parametrize("state", NOT_FED)
def test_where_no_engine_delivers_there_is_no_rate_and_no_buffer(state: StreamState) -> None:
    stream = make_stream(state=state)
    cells = streams.build_cells(stream, NOW, 10.0)

    assert cells[streams.BUFFER].text == numbers.NOTHING
    assert "bit/s" not in cells[streams.RATE].text
    assert "bit/s" not in words.rate(stream)


@pytest.mark.parametrize("state", list(StreamState))
def test_green_is_only_what_plays(state: StreamState) -> None:
    cells = streams.build_cells(make_stream(state=state), NOW, 10.0)

    assert ("good" in [cell.tone for cell in cells]) == (state is StreamState.PLAYING)


@pytest.mark.parametrize("health", DEAD)
def test_a_dead_engine_has_no_port_no_streams_and_no_times(health: EngineHealth) -> None:
    model = EngineModel()
    dead = dataclasses.replace(sample_engines()[0], health=health)
    model.show((dead,), NOW)

    wanted = (engines.STREAMS, engines.ANSWER, engines.PORT, engines.SINCE)
    assert [model.index(0, column).data() for column in wanted] == [numbers.NOTHING] * 4
    assert model.index(0, engines.STREAMS).data(Role.FRACTION) is None
    said = model.index(0, 0).data(Qt.ItemDataRole.AccessibleTextRole)
    assert "port" not in said
    assert "runs" not in said


def test_an_engine_that_has_no_port_yet_shows_none() -> None:
    assert engine_words.port(engine(health=EngineHealth.STARTING, port=0)) == numbers.NOTHING
    assert engine_words.port(engine(port=6878)) == "6878"


def engine(**changes: Any) -> EngineView:
    return dataclasses.replace(sample_engines()[0], **changes)


def test_the_detail_of_a_dead_engine_has_no_address_but_that_a_person_gave(
    qtbot: QtBot, desk: FakeDesk
) -> None:
    page = EnginesPage(desk)
    qtbot.addWidget(page)
    crashed = engine(health=EngineHealth.CRASHED, port=0)
    desk.shown = dataclasses.replace(desk.shown, engines=(crashed, sample_engines()[2]))
    page.refresh(desk.snapshot())
    first = dict(page.detail.facts.texts)
    page.table.selectRow(1)

    assert (first["Address"], first["Started"]) == ("", "")
    assert page.detail.facts.texts["Address"] == "192.168.1.5:6878"


def test_the_graph_of_an_ended_stream_says_that_it_is_over(qtbot: QtBot) -> None:
    course = make_history(5 * MEGA).recent

    assert describe(course, None, (), over=True).startswith("At the end ")
    assert "Buffer" not in describe(course, None, (), over=True)
    assert describe(course, None, ()).startswith("Now ")


@pytest.mark.parametrize("state", [StreamState.PLAYING, StreamState.SLOW, StreamState.IDLE])
def test_a_stream_that_plays_is_not_said_to_have_no_picture(
    qtbot: QtBot, state: StreamState, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn = texts_of(make_stream(state=state, rate_history=()), qtbot, monkeypatch)

    assert "No picture yet" not in drawn
    assert "The course appears in a moment" in drawn


def texts_of(stream: Any, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, height: int = 200) -> str:
    """Return what the graph writes."""
    from PySide6.QtGui import QPainter

    written: list[str] = []
    real = QPainter.drawText

    def draw(painter: QPainter, *rest: Any) -> Any:
        written.extend(part for part in rest if isinstance(part, str))
        return real(painter, *rest)

    graph = StreamGraph()
    qtbot.addWidget(graph)
    graph.resize(400, height)
    graph.show_stream(stream, NOW)
    monkeypatch.setattr(QPainter, "drawText", draw)
    graph.grab()
    monkeypatch.undo()
    return "\n".join(written)


def test_where_the_buffer_has_no_room_for_a_course_it_is_told(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    stream = make_stream(history=make_history(5 * MEGA, buffer=18.0))

    assert "Buffer, seconds" in texts_of(stream, qtbot, monkeypatch, height=220)
    assert "Buffer 1" in texts_of(stream, qtbot, monkeypatch, height=100)


@pytest.mark.parametrize("burst", [1, 5, 14])
@pytest.mark.parametrize("place", [0, 150, 280])
def test_a_short_burst_does_not_set_the_axis(burst: int, place: int) -> None:
    values = [5 * MEGA] * 300
    values[place : place + burst] = [90 * MEGA] * burst

    assert usual_highest(values, 5 * MEGA) <= 10 * MEGA


def test_the_axis_shows_what_lasts_and_what_is_needed() -> None:
    assert usual_highest([5 * MEGA] * 200 + [20 * MEGA] * 100, None) == 20 * MEGA
    assert usual_highest([1 * MEGA] * 300, 8 * MEGA) == 8 * MEGA
    assert usual_highest([], 8 * MEGA) == 8 * MEGA
    assert usual_highest([], None) == 0.0
    assert usual_highest([3 * MEGA, 4 * MEGA], None) == 4 * MEGA


# ---------------------------------------------------------------------- beginning again


def played(page: StreamsPage) -> list[Link]:
    links: list[Link] = []
    page.play_wanted.connect(links.append)
    return links


def test_the_detail_of_a_failed_stream_offers_another_try(
    page: StreamsPage, desk: FakeDesk
) -> None:
    links = played(page)
    assert page.detail.again.isVisible()
    assert page.detail.stop_button.text() == "Remove"

    page.detail.again.click()

    assert [link.key for link in links] == [desk.shown.streams[0].key]
    assert links[0].title == "Test card"


def test_a_stream_that_plays_offers_none(page: StreamsPage) -> None:
    page.table.selectRow(1)

    assert not page.detail.again.isVisible()
    assert not page.detail.other.isVisible()
    assert page.detail.stop_button.text() == "Stop"


async def test_another_engine_is_asked_and_the_link_played(
    page: StreamsPage, desk: FakeDesk
) -> None:
    links = played(page)

    page.detail.other.click()

    await until(lambda: links)
    assert desk.calls == [("start_elsewhere", desk.shown.streams[0].id)]


def test_without_a_second_engine_none_is_offered(page: StreamsPage, desk: FakeDesk) -> None:
    desk.shown = dataclasses.replace(desk.shown, engines=desk.shown.engines[:1])
    page.refresh(desk.snapshot())

    assert page.detail.again.isVisible()
    assert not page.detail.other.isVisible()


def test_the_row_of_a_failed_stream_begins_it_again(page: StreamsPage) -> None:
    links = played(page)
    cell = page.table.visualRect(page.model.index(0, streams.RATE)).center()
    running = page.table.visualRect(page.model.index(1, streams.RATE)).center()

    for place in (running, cell):
        QTest.mouseClick(page.table.viewport(), Qt.MouseButton.LeftButton, pos=place)

    assert page.model.index(0, streams.RATE).data() == "Try again"
    assert len(links) == 1


def test_the_menu_of_a_failed_stream_begins_with_another_try(page: StreamsPage) -> None:
    page.table.menu_wanted.emit(page.model.index(0, 0), QPoint(10, 10))

    menu = page.findChildren(QMenu)[0]
    texts = [action.text() for action in menu.actions() if action.text()]
    assert texts[:2] == ["Try again", "Other engine"]
    assert texts[-1] == "Remove"
    menu.close()


def test_the_mark_of_a_warning_has_the_colour_of_its_card(qtbot: QtBot) -> None:
    card = ErrorCard()
    qtbot.addWidget(card)

    card.set_tone("warn")

    assert card._mark._role == "warn"


@pytest.mark.parametrize("peers", [None, 0, 1, 5])
@pytest.mark.parametrize("name", ["", "engine-1"])
def test_what_a_start_says_are_whole_sentences(peers: int | None, name: str) -> None:
    stream = make_stream(state=StreamState.STARTING, peers=peers, engine_name=name)

    text = words.sentence(stream, NOW, 15).text

    assert not text.startswith("For ")
    assert text.endswith(".")


@pytest.mark.parametrize(
    ("viewers", "said"),
    [
        (0, "Nobody is watching."),
        (1, "1 viewer will be disconnected."),
        (3, "3 viewers will be disconnected."),
    ],
)
def test_who_is_disconnected_is_counted_in_words(viewers: int, said: str) -> None:
    assert words.disconnected(viewers) == said


def test_a_failed_stream_offers_no_player_and_another_try_first(page: StreamsPage) -> None:
    shown = (page.detail.player_buttons.isVisible(), page.detail.again.property("kind"))

    page.table.selectRow(1)

    assert shown == (False, "primary")
    assert page.detail.player_buttons.isVisible()
