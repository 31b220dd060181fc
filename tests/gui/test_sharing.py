"""Several AceDesks over a Redis, on the Streams page: who the others are, and what is wrong."""

import dataclasses

import pytest
from pytestqt.qtbot import QtBot

from acedesk.model.engine import PROXY_BACKEND, EngineId
from acedesk.model.sharing.trouble import SharingTrouble, SharingUnavailable
from acedesk.model.sharing.view import OtherProxyView, SharingView
from acedesk.ui.players import Players
from acedesk.ui.streams import words
from acedesk.ui.streams.page import StreamsPage
from acedesk.ui.streams.table_model import ENGINE, build_cells
from tests.gui.fake_desk import FakeDesk

TV = OtherProxyView(id="a", name="tv", host="192.0.2.1", port=8080, streams=2, viewers=5, taken=1)
UP = SharingView(is_up=True, others=(TV,))


@pytest.fixture
def page(qtbot: QtBot, desk: FakeDesk) -> StreamsPage:
    made = StreamsPage(desk, Players(desk))
    qtbot.addWidget(made)
    made.resize(1024, 660)
    made.show()
    return made


def show(page: StreamsPage, desk: FakeDesk, view: SharingView | None) -> None:
    desk.edit(sharing=view)
    page.refresh(desk.snapshot())


def test_where_no_redis_is_set_nothing_is_said(page: StreamsPage, desk: FakeDesk) -> None:
    show(page, desk, None)

    assert page.sharing.isHidden()


def test_the_others_are_named_with_what_they_do(page: StreamsPage, desk: FakeDesk) -> None:
    show(page, desk, UP)

    assert page.sharing.title.text() == "Works together with 1 other AceDesk"
    assert page.sharing.text.text() == "tv:8080: 2 streams, 5 viewers"
    assert page.sharing.button.isHidden()


def test_what_is_wrong_is_said_with_what_acedesk_does_and_a_button(
    page: StreamsPage, desk: FakeDesk, qtbot: QtBot
) -> None:
    error = SharingUnavailable(SharingTrouble.UNREACHABLE, "Connection refused")
    show(page, desk, SharingView(error=error))
    assert page.sharing.title.text() == "Redis cannot be reached."
    assert "goes on alone" in page.sharing.text.text()
    assert "Connection refused." in page.sharing.text.text()

    with qtbot.waitSignal(page.setting_wanted) as wanted:
        page.sharing.button.click()
    assert wanted.args == ["redis_url"]

    show(page, desk, UP)
    assert page.sharing.button.isHidden()


def test_a_stream_that_another_carries_says_so(desk: FakeDesk) -> None:
    stream = desk.snapshot().streams[0]
    carried = dataclasses.replace(stream, engine_name="AceDesk tv:8080", carried_by="tv:8080")

    assert "carried by tv:8080" in words.detail(carried)
    cell = build_cells(carried, desk.snapshot().time, 30.0)[ENGINE]
    assert (cell.text, cell.icon) == ("tv:8080", "lan-connect")
    assert build_cells(stream, desk.snapshot().time, 30.0)[ENGINE].icon == "engine-outline"


def test_another_acedesk_is_no_engine_on_the_pages(desk: FakeDesk) -> None:
    engine = desk.snapshot().engines[0]
    other = dataclasses.replace(engine, id=EngineId("proxy-a"), backend_id=PROXY_BACKEND)
    desk.edit(engines=(engine, other))

    assert desk.snapshot().own_engines == (engine,)
