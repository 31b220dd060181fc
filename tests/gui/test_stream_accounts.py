"""What the Streams page tells of the past: courses, switches, the start, viewers that left."""

import dataclasses
import datetime

import pytest
from PySide6.QtCore import QPoint, QRect
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from acedesk.model.failover import SpliceMethod
from acedesk.model.history import Course, Gaps, LeftReason, StreamHistory
from acedesk.model.snapshot import ClientState
from acedesk.ui.graphs.axis import HOUR, MINUTES
from acedesk.ui.streams import history_words
from acedesk.ui.streams.graph import StreamGraph, choose_course, describe
from acedesk.ui.streams.page import StreamsPage
from acedesk.ui.streams.viewers import MOST_ROWS, ViewerList
from tests.gui.fake_desk import (
    MEGA,
    NOW,
    FakeDesk,
    ago,
    make_client,
    make_eventful,
    make_failover,
    make_history,
    make_left,
    make_stream,
)
from tests.gui.streams_page import open_streams_page


def _local(time: datetime.datetime, pattern: str = "%H:%M:%S") -> str:
    return time.astimezone().strftime(pattern)


@pytest.fixture
def page(desk: FakeDesk, qtbot: QtBot) -> StreamsPage:
    desk.shown = dataclasses.replace(desk.shown, streams=(make_eventful(), *desk.shown.streams[1:]))
    return open_streams_page(desk, qtbot)


@pytest.fixture
def graph(qtbot: QtBot) -> StreamGraph:
    made = StreamGraph()
    qtbot.addWidget(made)
    made.resize(600, 240)
    made.show()
    return made


def _picture(graph: StreamGraph) -> QImage:
    QApplication.processEvents()
    return graph.grab().toImage()


def test_the_switch_shows_the_hour_and_the_minutes_again(page: StreamsPage) -> None:
    graph = page.detail.graph
    before = _picture(graph)

    page.detail.spans.buttons[HOUR].click()

    assert graph.span is HOUR
    assert page.detail.spans.buttons[HOUR].isChecked()
    assert not page.detail.spans.buttons[MINUTES].isChecked()
    assert graph.accessibleName() == "Bit rate and buffer over the last hour"
    assert _picture(graph) != before
    page.detail.spans.buttons[MINUTES].click()
    assert _picture(graph) == before


def test_the_hour_stays_chosen_when_the_stream_goes_on(page: StreamsPage, desk: FakeDesk) -> None:
    page.detail.spans.buttons[HOUR].click()

    page.refresh(desk.snapshot())

    assert page.detail.graph.span is HOUR


def test_a_young_stream_shows_its_seconds_in_the_hour() -> None:
    full = make_history(5 * MEGA)
    young = dataclasses.replace(full.hour, rate=full.hour.rate[:24])

    assert choose_course(make_stream(history=full), HOUR) is full.hour
    assert choose_course(make_stream(history=full), MINUTES) is full.recent
    history = dataclasses.replace(full, hour=young)
    assert choose_course(make_stream(history=history), HOUR) is full.recent


def test_a_stream_without_a_buffer_course_still_shows_its_rate() -> None:
    stream = make_stream(history=StreamHistory())

    assert choose_course(stream, MINUTES).rate == stream.rate_history


def test_a_switch_is_a_tick_that_tells_of_itself(graph: StreamGraph) -> None:
    graph.show_stream(make_stream(history=make_history(5 * MEGA)), NOW)
    without = _picture(graph)
    failover = make_failover(150)
    graph.show_stream(make_stream(history=make_history(5 * MEGA), failovers=(failover,)), NOW)

    assert _picture(graph) != without
    told = {graph.told_at(QPoint(x, 100)) for x in range(graph.width())}
    line = f"{_local(failover.time)} engine-1 → engine-2, 0.6 s, nothing lost (byte-exact)"
    assert line in told
    assert graph.told_at(QPoint(3, 100)) == ""  # left of the axis


def test_a_switch_before_the_time_shown_has_no_tick(graph: StreamGraph) -> None:
    stream = make_stream(history=make_history(5 * MEGA), failovers=(make_failover(1500),))
    graph.show_stream(stream, NOW)
    line = history_words.failover_line(stream.failovers[0])
    assert line not in {graph.told_at(QPoint(x, 100)) for x in range(graph.width())}

    graph.set_span(HOUR)

    assert line in {graph.told_at(QPoint(x, 100)) for x in range(graph.width())}


def test_under_the_pointer_are_the_values_of_then(graph: StreamGraph) -> None:
    history = StreamHistory(
        recent=Course(interval=1.0, rate=(4 * MEGA, 5 * MEGA), buffer=(17.0, 18.0))
    )
    graph.show_stream(make_stream(history=history), NOW)

    assert graph.told_at(QPoint(graph.width() - 2, 80)) == (
        f"{_local(ago(0.5))} 5.0 Mbit/s, buffer 18 s"
    )
    assert graph.told_at(QPoint(graph.width() // 2, 80)) == ""


def test_a_low_graph_tells_the_buffer_in_words(graph: StreamGraph) -> None:
    full = make_stream(history=make_history(5 * MEGA, buffer=18.0))
    fuller = make_stream(history=make_history(5 * MEGA, buffer=18.01))

    def differs() -> bool:
        graph.show_stream(full, NOW)
        first = _picture(graph)
        graph.show_stream(fuller, NOW)
        return _picture(graph) != first

    assert differs()
    graph.resize(600, 100)
    assert not differs()


def test_the_whole_graph_is_told_in_words() -> None:
    course = Course(interval=1.0, rate=(1 * MEGA, 2 * MEGA), buffer=(3.0, 18.0))
    failover = make_failover(70)

    assert describe(course, None, (failover,)) == (
        "Now 2.0 Mbit/s, lowest 1.0 Mbit/s, highest 2.0 Mbit/s. Buffer 18 s, lowest 3.0 s. "
        f"1 switch of engine: {history_words.failover_line(failover)}."
    )


def test_the_line_under_the_name_tells_switches_start_and_gaps(page: StreamsPage) -> None:
    time = _local(ago(70), "%H:%M")

    assert page.detail.story.text() == (
        f"2 switches, last {time}: engine-1 stopped sending; 0 packets lost"
        " · Picture after 1.4 s · No media came 2 times, longest 2.4 s"
    )
    lines = page.detail.story.toolTip().splitlines()
    assert lines[0] == (
        "Start: engine ready after 0.3 s, first byte after 1.2 s, first picture after 1.4 s"
    )
    assert lines[1] == "No media came 2 times, longest 2.4 s, 3.9 s in all"
    assert lines[3:] == [history_words.failover_line(f) for f in make_eventful().failovers]


def test_a_stream_that_starts_has_no_story() -> None:
    starting = make_stream(first_byte=None)

    assert history_words.story(starting) == history_words.whole_story(starting) == ""


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"method": SpliceMethod.KEYFRAME, "lost_packets": 412}, "412 packets lost (joined"),
        ({"method": SpliceMethod.KEYFRAME, "lost_packets": None}, "what was lost is not known"),
        ({"cause": "engine_unreachable"}, "engine-1 was lost; 0 packets lost"),
        ({"cause": "engine_removed"}, "engine-1 was removed; 0 packets lost"),
        (
            {"cause": "engine_removed", "detail": "you removed it"},
            "engine-1 was removed by you; 0 packets lost",
        ),
        (
            {"cause": "engine_removed", "to_engine": "engine-1"},
            "engine-1 was removed; 0 packets lost",
        ),
        ({"cause": "engine_ended"}, "engine-1 ended the stream; 0 packets lost"),
        (
            {"cause": "engine_ended", "to_engine": "engine-1"},
            "engine-1 ended the stream and was asked again; 0 packets lost",
        ),
        ({"cause": "engine_stopped"}, "engine-1 was stopped; 0 packets lost"),
        ({"cause": "engine_left"}, "engine-1 was left on request; 0 packets lost"),
        ({"cause": "something_new"}, "engine-1 failed; 0 packets lost"),
    ],
)
def test_every_way_to_switch_has_words(changes: dict[str, object], told: str) -> None:
    stream = make_stream(switches=1, failovers=(make_failover(70, **changes),))

    assert (
        told
        in f"{history_words.switches(stream)} {history_words.failover_line(stream.failovers[0])}"
    )


def test_a_single_switch_is_told_without_a_last() -> None:
    stream = make_stream(switches=1, failovers=(make_failover(70),))

    assert history_words.switches(stream).startswith(f"1 switch, {_local(ago(70), '%H:%M')}: ")


def test_viewers_that_left_are_below_the_others_the_last_one_first(page: StreamsPage) -> None:
    viewers = page.detail.viewers
    QApplication.processEvents()

    rows = viewers.left_rows
    assert set(rows) == {"left-1", "left-2"}
    assert rows["left-2"].y() < rows["left-1"].y()
    assert max(row.y() for row in viewers.rows.values()) < rows["left-2"].y()
    assert rows["left-2"].detail == "left 2 min ago · watched 12:05 · 489.0 MB"
    assert rows["left-1"].detail == (
        "paused for too long, 31 min ago · watched 12:05 · 489.0 MB · skipped 3 times"
    )


def test_viewers_that_left_are_updated_in_place(page: StreamsPage) -> None:
    viewers = page.detail.viewers
    before = viewers.left_rows["left-2"]
    later = NOW + datetime.timedelta(minutes=5)

    viewers.show_left((make_left(2), make_left(3, left_time=later)), later)

    assert set(viewers.left_rows) == {"left-2", "left-3"}
    assert viewers.left_rows["left-2"] is before
    assert before.detail.startswith("left 7 min ago")
    assert viewers.left_rows["left-3"].detail.startswith("left just now")


@pytest.mark.parametrize("reason", list(LeftReason))
def test_every_reason_to_leave_has_words(reason: LeftReason) -> None:
    assert "just now" in history_words.left_detail(make_left(1, reason=reason, left_time=NOW), NOW)


def test_who_left_before_the_picture_is_told_so() -> None:
    left = make_left(1, first_byte=None, sent_bytes=0, duration=4.0)

    assert history_words.left_detail(left, NOW) == "left 2 min ago · no picture 0:04"


def test_trouble_of_a_viewer_is_a_line_of_its_own(page: StreamsPage) -> None:
    rows = page.detail.viewers.rows

    assert rows["client-1"].trouble.isHidden()
    assert rows["client-2"].trouble.text() == "skipped 2 times · paused 3 times, up to 4 s"
    assert "Took nothing 3 times, 7 s in all" in rows["client-2"].toolTip()


def test_one_pause_is_told_by_its_length() -> None:
    client = make_client(1, gaps=Gaps(count=1, longest=3.0, total=3.0))

    assert history_words.trouble(client) == "paused 3 s"


def test_nobody_left_needs_no_heading(page: StreamsPage, desk: FakeDesk) -> None:
    desk.edit_stream(0, left=())
    page.refresh(desk.snapshot())

    assert page.detail.viewers.left_rows == {}
    assert page.detail.viewers._left_title.isHidden()


def test_of_a_crowd_the_first_viewers_are_shown_and_the_rest_counted(qtbot: QtBot) -> None:
    crowd = [make_client(number) for number in range(1000)]
    viewers = ViewerList()
    qtbot.addWidget(viewers)

    viewers.show_clients(crowd)

    assert len(viewers.rows) == MOST_ROWS
    assert viewers._more.text() == f"and {1000 - MOST_ROWS} more"


def test_a_paused_viewer_says_so_and_until_it_goes_on(page: StreamsPage) -> None:
    viewers = page.detail.viewers
    row = viewers.rows["client-1"]
    assert row.state.isHidden()

    paused = make_client(1, state=ClientState.PAUSED, still_for=185.0)
    viewers.show_clients((paused,))

    assert (row.state.text, row.state.tone, row.state.isHidden()) == ("Paused", "idle", False)
    assert row.texts[1] == "192.168.1.31 · paused for 3 min · goes on live"
    viewers.show_clients((make_client(1),))
    assert row.state.isHidden()


@pytest.mark.parametrize(("width", "height"), [(1024, 600), (1110, 640)])
def test_the_line_over_the_graph_is_not_cut(
    page: StreamsPage, monkeypatch: pytest.MonkeyPatch, width: int, height: int
) -> None:
    story = page.detail.story
    page.resize(width, height)
    QApplication.processEvents()
    areas: list[QRect] = []
    monkeypatch.setattr(story, "paint_line", lambda _painter, area, _text: areas.append(area))

    story.grab()

    lines = story.lines(story.width())
    assert " ".join(lines).replace("· ", "") == story.text().replace("· ", "")
    assert all(story.fontMetrics().horizontalAdvance(line) <= story.width() for line in lines)
    assert len(areas) == len(lines)
    assert all(story.rect().contains(area) for area in areas)
    assert {area.height() for area in areas} == {story.fontMetrics().height()}
