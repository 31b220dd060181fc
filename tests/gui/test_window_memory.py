"""Size, place, page and tables are what they were; the window is never out of reach."""

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QPoint, QRect, QSize
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication

from acedesk.ui.look import tokens
from acedesk.ui.players import Players
from acedesk.ui.shell.main_window import MainWindow
from acedesk.ui.shell.snapshot_refresh import SnapshotRefresh
from acedesk.ui.window_state.screen_fit import (
    TITLE_BAR,
    first_size,
    minimum_size,
    moved_inside,
    place_again,
)
from acedesk.ui.window_state.window_memory import Values, WindowMemory
from tests.gui.fake_desk import FakeDesk
from tests.gui.waiting import let_run, until

FULL_HD = QRect(0, 0, 1920, 1040)


def remember(window: MainWindow, values: Values, kept: list[Values]) -> WindowMemory:
    return WindowMemory(window, window.stack, values, show_page=window.show_page, keep=kept.append)


@pytest.fixture
def windows(qapp: QApplication) -> Iterator[list[MainWindow]]:
    made: list[MainWindow] = []
    yield made
    for window in made:
        window.hide()
        window.deleteLater()


def attached(windows: list[MainWindow], desk: FakeDesk, values: Values) -> WindowMemory:
    window = MainWindow()
    windows.append(window)
    memory = remember(window, values, [])
    window.show()
    refresh = SnapshotRefresh(desk)
    window.attach(desk, Players(desk), refresh)
    refresh.stop()
    return memory


@pytest.mark.parametrize(
    ("screen", "size"),
    [
        (FULL_HD, QSize(1280, 800)),
        (QRect(0, 28, 1366, 700), QSize(1280, 700 - TITLE_BAR)),  # 1366x768 with two panels
        (QRect(0, 0, 1280, 720), QSize(1272, 720 - TITLE_BAR)),
        (QRect(0, 0, 640, 400), QSize(632, 400 - TITLE_BAR)),  # 1280x800 at 200 %
        (QRect(0, 24, 1024, 552), QSize(1016, 552 - TITLE_BAR)),  # 1024x600
    ],
)
def test_the_first_window_fits_its_screen(screen: QRect, size: QSize) -> None:
    assert first_size(screen) == size
    assert minimum_size(screen).boundedTo(size) == minimum_size(screen)


screens = st.lists(
    st.builds(
        QRect,
        st.integers(-4000, 4000),
        st.integers(-2000, 2000),
        st.integers(320, 4000),
        st.integers(240, 2200),
    ),
    min_size=1,
    max_size=3,
)
windows_saved = st.builds(
    QRect,
    st.integers(-9000, 9000),
    st.integers(-9000, 9000),
    st.integers(1, 9000),
    st.integers(1, 9000),
)


@given(windows_saved, screens)
def test_a_window_comes_back_where_all_of_it_can_be_reached_or_only_with_its_size(
    saved: QRect, there: list[QRect]
) -> None:
    place = place_again(saved, there)

    if place is not None:
        framed = place.adjusted(0, 0, 0, TITLE_BAR)
        assert any(screen.contains(framed) for screen in there)


def test_a_window_in_sight_keeps_its_place() -> None:
    saved = QRect(300, 100, 1000, 700)

    assert place_again(saved, [FULL_HD]) == saved


def test_a_window_of_a_screen_that_is_gone_has_no_place() -> None:
    assert place_again(QRect(2500, 100, 1000, 700), [FULL_HD]) is None


def test_a_window_that_hangs_over_the_edge_is_moved_inside() -> None:
    assert moved_inside(QRect(1500, 900, 600, 400), FULL_HD) == QPoint(1320, 640)
    assert moved_inside(QRect(10, 10, 600, 400), FULL_HD) is None


async def test_size_page_and_tables_come_back(windows: list[MainWindow], desk: FakeDesk) -> None:
    first = attached(windows, desk, {})
    window = windows[0]
    window.resize(window.minimumSize())
    window.show_page("Logs")
    window.show_page("Streams")
    streams: Any = window.page
    streams.table.sortByColumn(4, streams.table.horizontalHeader().sortIndicatorOrder())
    window.show_page("Engines")
    kept = first.values()

    again = attached(windows, desk, kept)

    assert windows[1].size() == window.size()
    assert windows[1].stack.current == "Engines"
    windows[1].show_page("Streams")
    assert again.values()["tables"]["Streams"] == kept["tables"]["Streams"]
    assert kept["tables"]["Streams"]["sort"] == "Peers"
    assert kept["tables"]["Log rows"]["sort"] == ""  # it has no order but that of time


async def test_a_page_that_was_not_opened_keeps_what_is_remembered_of_it(
    windows: list[MainWindow], desk: FakeDesk
) -> None:
    kept = {"tables": {"Engines": {"hidden": ["Port"]}}, "splitters": {"Engines": 300}}

    memory = attached(windows, desk, kept)

    assert memory.values()["tables"]["Engines"] == {"hidden": ["Port"]}
    assert memory.values()["splitters"]["Engines"] == 300


async def test_a_change_is_told_once_when_it_is_over(
    windows: list[MainWindow], desk: FakeDesk
) -> None:
    kept: list[Values] = []
    window = MainWindow()
    windows.append(window)
    memory = remember(window, {}, kept)
    memory._soon.setInterval(50)
    window.show()
    await let_run()

    for width in (970, 980, 990):
        window.resize(min(width, window.width()), window.height() - 1)
    await until(lambda: kept)

    assert len(kept) == 1
    memory.keep_now()
    assert len(kept) == 1


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["x", "y", "width", "height", "maximized", "Streams"]),
            inner,
            max_size=5,
        )
    ),
    max_leaves=10,
)


@given(
    st.fixed_dictionaries(
        {}, optional=dict.fromkeys(("window", "page", "tables", "splitters", "views"), json_values)
    )
)
def test_whatever_the_file_says_a_window_that_fits_comes(values: Values) -> None:
    window = MainWindow()
    memory = remember(window, values, [])

    size, room = window.size(), QGuiApplication.primaryScreen().availableGeometry().size()
    window.deleteLater()

    assert size.boundedTo(room) == size
    assert memory.values()["page"] in ("Streams", "Engines", "VPN", "Logs", "Settings")


async def test_what_does_not_fit_a_small_window_is_scrolled_and_not_cut_off(
    window: MainWindow,
) -> None:
    window.setMinimumSize(400, 300)
    window.resize(632, 352)
    await let_run()

    assert window.size() == QSize(632, 352)
    status = window.status.mapTo(window, QPoint(0, window.status.height()))
    assert status.y() <= window.height()
    assert window.sidebar.width() <= tokens.NARROW_SIDEBAR
    page = window.page
    assert page is not None
    assert page.height() >= page.minimumSizeHint().height()


async def test_the_log_stays_chosen(windows: list[MainWindow], desk: FakeDesk) -> None:
    first = attached(windows, desk, {"page": "Logs"})
    page: Any = windows[0].page
    page.switch.buttons[1].click()

    attached(windows, desk, first.values())

    again: Any = windows[1].page
    assert again.switch.chosen == 1
    assert (again.events.isVisible(), again.bar.isVisible()) == (False, True)


async def test_a_view_that_is_none_is_left_aside(windows: list[MainWindow], desk: FakeDesk) -> None:
    for number, view in enumerate((2, -1, True, "1", None)):
        attached(windows, desk, {"page": "Logs", "views": {"Logs": view}})

        page: Any = windows[number].page
        assert page.switch.chosen == 0
