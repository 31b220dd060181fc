"""The card beside a stream says why it buffers, and helps with one click where it can."""

import dataclasses
from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from acedesk.errors import RuntimeState
from acedesk.model.diagnosis import Action, Cause, Diagnosis, Severity
from acedesk.model.snapshot import RuntimeView, StreamState
from acedesk.ui.streams import words
from acedesk.ui.streams.detail import UNIT
from acedesk.ui.streams.page import StreamsPage
from tests.gui.fake_desk import MEGA, NOW, FakeDesk, make_stream, sample_provision
from tests.gui.streams_page import open_streams_page
from tests.gui.waiting import until

SLOW = Diagnosis(
    cause=Cause.SWARM_TOO_SLOW,
    severity=Severity.WARN,
    action=Action.SWITCH_ENGINE,
    delivered=3.1 * MEGA,
    needed=5.4 * MEGA,
)
AWAY = Diagnosis(
    cause=Cause.VIEWER_STUCK,
    severity=Severity.NOTICE,
    action=Action.CLOSE_VIEWER,
    who="Kodi on 192.168.1.31",
    target="client-1",
    seconds=9.0,
)


@pytest.fixture
def page(qtbot: QtBot, desk: FakeDesk) -> StreamsPage:
    return open_streams_page(desk, qtbot)


def show(page: StreamsPage, desk: FakeDesk, found: Diagnosis | None, **changes: Any) -> None:
    stream = dataclasses.replace(make_stream(**changes), diagnosis=found)
    desk.shown = dataclasses.replace(desk.shown, streams=(stream,))
    page.refresh(desk.snapshot())


def test_the_card_says_the_cause_with_its_numbers(page: StreamsPage, desk: FakeDesk) -> None:
    show(page, desk, SLOW, state=StreamState.SLOW)

    card = page.detail.sentence
    assert card.title.text() == "Too slow for this picture"
    plain = card.text.text().replace(UNIT, " Mbit/s")
    assert plain == "Peers deliver 3.1 Mbit/s, the picture needs 5.4."
    assert UNIT in card.text.text()  # no line ends between a number and its unit
    assert card.button.text() == "Try another engine"
    assert card.button.isVisible()


def test_a_good_stream_does_not_seem_to_get_too_little_for_a_moment() -> None:
    said = words.sentence(make_stream(speed_down=4.9e6), NOW, 15)

    assert said.title == "Everything keeps up"
    assert said.text.startswith("23 peers deliver what the picture needs, 5.4 Mbit/s.")


async def test_the_button_lets_another_engine_try(page: StreamsPage, desk: FakeDesk) -> None:
    show(page, desk, SLOW, state=StreamState.SLOW)

    page.detail.sentence.button.click()

    await until(lambda: desk.calls)
    assert desk.calls == [("switch_engine", desk.shown.streams[0].id)]


REMOVED = Diagnosis(
    cause=Cause.ENGINE_REMOVED, severity=Severity.WORKING, action=Action.ADD_ENGINE, who="engine-1"
)
READY = RuntimeView(state=RuntimeState.READY)


async def test_a_stream_whose_engine_was_removed_offers_another_one(
    page: StreamsPage, desk: FakeDesk
) -> None:
    desk.shown = dataclasses.replace(desk.shown, runtime=READY, provisions=())
    show(page, desk, REMOVED, state=StreamState.SWITCHING)
    card = page.detail.sentence
    assert card.title.text() == "The engine was removed"
    assert "log" not in card.text.text()
    assert card.button.text() == "Start an engine"

    card.button.click()

    await until(lambda: desk.calls)
    assert desk.calls == [("add_engine",)]


@pytest.mark.parametrize("making", [True, False])
def test_where_none_can_be_made_with_a_click_there_is_no_button_for_it(
    page: StreamsPage, desk: FakeDesk, *, making: bool
) -> None:
    provisions = (sample_provision(),) if making else ()
    runtime = READY if making else RuntimeView(state=RuntimeState.NOT_INSTALLED)
    desk.shown = dataclasses.replace(desk.shown, runtime=runtime, provisions=provisions)

    show(page, desk, REMOVED, state=StreamState.SWITCHING)

    assert not page.detail.sentence.button.isVisible()
    assert "Engines page" in page.detail.sentence.text.text()


async def test_a_stopped_engine_is_started_again_with_one_click(
    page: StreamsPage, desk: FakeDesk
) -> None:
    stopped = dataclasses.replace(
        REMOVED, cause=Cause.ENGINE_STOPPED, action=Action.START_ENGINE, target="engine-1"
    )
    show(page, desk, stopped, state=StreamState.SWITCHING)

    page.detail.sentence.button.click()

    await until(lambda: desk.calls)
    assert desk.calls == [("restart_engine", "engine-1")]


async def test_the_button_disconnects_the_viewer_that_is_out_of_reach(
    page: StreamsPage, desk: FakeDesk
) -> None:
    show(page, desk, AWAY)
    card = page.detail.sentence
    assert card.text.text().startswith("Kodi on 192.168.1.31 has not answered for 9 s")

    card.button.click()

    await until(lambda: desk.calls)
    assert desk.calls == [("close_client", "client-1")]


@pytest.mark.parametrize("action", set(Action) - set(words.BUTTONS), ids=lambda a: a.value)
def test_what_acedesk_cannot_do_has_words_and_no_button(
    page: StreamsPage, desk: FakeDesk, action: Action
) -> None:
    show(page, desk, dataclasses.replace(SLOW, action=action))

    assert not page.detail.sentence.button.isVisible()


def test_a_stream_that_recovers_is_told_so_and_needs_no_button(
    page: StreamsPage, desk: FakeDesk
) -> None:
    show(page, desk, SLOW, state=StreamState.SLOW)

    show(page, desk, Diagnosis(cause=Cause.FINE, severity=Severity.GOOD))

    assert page.detail.sentence.title.text() == "Everything keeps up"
    assert not page.detail.sentence.button.isVisible()


@pytest.mark.parametrize("cause", list(Cause), ids=lambda cause: cause.value)
def test_every_cause_has_a_title_a_text_and_a_mark(cause: Cause) -> None:
    stream = make_stream(diagnosis=dataclasses.replace(SLOW, cause=cause))

    said = words.sentence(stream, NOW, 15)

    assert said.title
    assert said.text
    assert said.icon


def test_a_stream_nobody_watches_waits_whatever_its_diagnosis() -> None:
    stream = make_stream(state=StreamState.IDLE, clients=(), diagnosis=SLOW)

    assert words.sentence(stream, NOW, 15).title == "Nobody is watching"


@pytest.mark.parametrize("cause", [Cause.STARTING, Cause.WAITING_TURN])
def test_a_stream_that_plays_does_not_say_that_it_starts(cause: Cause) -> None:
    found = Diagnosis(cause=cause, severity=Severity.WORKING, action=Action.WAIT)

    assert words.sentence(make_stream(diagnosis=found), NOW, 15).title == "Everything keeps up"


def test_a_start_in_line_says_who_is_busy_and_how_many_go_first(
    page: StreamsPage, desk: FakeDesk
) -> None:
    found = Diagnosis(
        cause=Cause.WAITING_TURN,
        severity=Severity.WORKING,
        action=Action.WAIT,
        who="engine-1",
        count=2,
    )
    show(page, desk, found, state=StreamState.STARTING)

    card = page.detail.sentence
    assert card.title.text() == "Waiting for its turn"
    assert card.text.text() == (
        "engine-1 is starting other streams, 2 more before this one. It goes on by itself."
    )
    assert not card.button.isVisible()


def test_a_change_of_engine_that_is_over_is_not_told_any_more(
    page: StreamsPage, desk: FakeDesk
) -> None:
    found = Diagnosis(cause=Cause.SWITCHING, severity=Severity.WORKING)
    titles = []
    for state in (StreamState.SWITCHING, StreamState.PLAYING):
        show(page, desk, found, state=state)
        titles.append(page.detail.sentence.title.text())

    assert titles == ["Changing the engine", "Everything keeps up"]
