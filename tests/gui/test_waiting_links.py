"""A link waits for the engine it needs, says for what, and plays by itself."""

import dataclasses

import pytest
from PySide6.QtWidgets import QApplication

from acedesk.errors import Busy, BusyReason, EngineUnreachable, RuntimeState
from acedesk.model.content import Link
from acedesk.model.engine import TEST_BACKEND, BackendKind, EngineHealth
from acedesk.model.snapshot import RuntimeView
from acedesk.ui.engines.page import EnginesPage
from acedesk.ui.play.link_player import LinkPlayer
from acedesk.ui.play.panel import PlayPanel
from acedesk.ui.shell.main_window import MainWindow
from acedesk.words.link_waiting import Way
from tests.gui.fake_desk import (
    FakeDesk,
    empty_snapshot,
    make_key,
    sample_engines,
    sample_provision,
    sample_streams,
)
from tests.gui.fake_engines import FakeEngines
from tests.gui.waiting import let_run, until

ID = "5" * 36 + "a9e1"
NONE = Busy(BusyReason.NO_ENGINE)


@pytest.fixture(autouse=True)
def no_engine(window: MainWindow, desk: FakeDesk) -> None:
    """Let there be no engine; play in mpv."""
    desk.settings.current = desk.settings.current.changed({"default_player": "mpv"})
    desk.streams.busy = NONE
    desk.edit(**{f.name: getattr(empty_snapshot(), f.name) for f in dataclasses.fields(desk.shown)})


def _opened(desk: FakeDesk) -> list[str]:
    return [call[2][-4:] for call in desk.calls if call[0] == "open_player"]


def _answer(desk: FakeDesk) -> None:
    """Let an engine answer."""
    desk.streams.busy = None
    desk.edit(engines=sample_engines()[:1])


async def test_without_an_engine_the_link_waits_and_the_ways_to_get_one_are_there(
    window: MainWindow, panel: PlayPanel, desk: FakeDesk
) -> None:
    window.show_page("Logs")
    window.omnibox.play_text(ID)

    await until(panel.waiting.isVisible)
    card = panel.waiting
    assert card.title.text() == "No engine yet"
    assert "Stream …a9e1 plays by itself as soon as an engine answers" in card.text.text()
    assert card.ways[Way.START].isVisible()
    assert card.ways[Way.ADDRESS].isVisible()
    assert card.cancel.text() == "Cancel"
    assert panel.bar.isHidden()
    assert not window.error_card.isVisible()
    assert window.omnibox.field.text() == ""


async def test_pages_that_offer_the_ways_are_not_said_after(
    window: MainWindow, panel: PlayPanel, desk: FakeDesk
) -> None:
    window.omnibox.play_text(ID)
    await until(panel.waiting.isVisible)
    assert panel.waiting.title.text() == "Waiting for an engine"
    assert panel.waiting.ways[Way.START].isHidden()

    window.show_page("Logs")

    assert panel.waiting.title.text() == "No engine yet"
    assert panel.waiting.ways[Way.START].isVisible()


async def test_beside_the_test_channel_the_ways_are_on_the_card_on_every_page(
    window: MainWindow, panel: PlayPanel, desk: FakeDesk
) -> None:
    channel = dataclasses.replace(sample_engines()[0], backend_id=TEST_BACKEND)
    desk.edit(streams=sample_streams()[1:2], engines=(channel,))
    window.omnibox.play_text(ID)

    await until(panel.waiting.isVisible)

    assert panel.waiting.title.text() == "No engine yet"
    assert panel.waiting.ways[Way.START].isVisible()


async def test_the_player_is_asked_about_while_the_link_waits(
    window: MainWindow, panel: PlayPanel, desk: FakeDesk
) -> None:
    await desk.settings.save({"default_player": ""})
    window.omnibox.play_text(ID)
    await until(panel.question.isVisible)

    panel.question.first.click()
    await until(lambda: desk.settings.current.default_player == "vlc")
    await let_run(20)
    before = _opened(desk)
    _answer(desk)

    await until(lambda: _opened(desk))
    await let_run(20)
    assert before == []
    assert _opened(desk) == ["a9e1"]
    assert panel.question.isHidden()


async def test_a_question_without_an_answer_does_not_keep_the_picture(
    window: MainWindow, panel: PlayPanel, desk: FakeDesk
) -> None:
    await desk.settings.save({"default_player": ""})
    window.omnibox.play_text(ID)
    await until(panel.question.isVisible)
    asked = panel.question.title.text()

    _answer(desk)

    await until(lambda: _opened(desk))
    await until(lambda: panel.question.title.text() == "Always play in VLC?")
    assert asked == "Play in VLC?"
    assert desk.settings.current.default_player == ""


async def test_it_plays_by_itself_exactly_once_when_an_engine_answers(
    window: MainWindow, panel: PlayPanel, desk: FakeDesk, qapp: QApplication
) -> None:
    qapp.clipboard().setText("mine")
    window.omnibox.play_text(ID)
    await until(panel.waiting.isVisible)
    desk.edit()
    await let_run(20)
    before = _opened(desk)

    _answer(desk)
    await until(lambda: _opened(desk))
    desk.edit()
    desk.edit()
    await until(panel.waiting.isHidden)
    await let_run(20)

    assert before == []
    assert _opened(desk) == ["a9e1"]
    assert qapp.clipboard().text() == "mine"


async def test_who_is_on_another_page_stays_there_when_it_plays(
    window: MainWindow, panel: PlayPanel, desk: FakeDesk
) -> None:
    window.omnibox.play_text(ID)
    await until(panel.waiting.isVisible)
    window.show_page("Settings")

    _answer(desk)
    await until(lambda: _opened(desk))

    assert window.page is window.stack.pages["Settings"]


async def test_several_links_wait_each_once_and_all_play(
    window: MainWindow, panel: PlayPanel, playing: LinkPlayer, desk: FakeDesk
) -> None:
    for tail in ("0001", "0002", "0001", "0003", "0004", "0005"):
        window.play(Link(key=make_key(tail), title=f"Channel {tail}"))
    await until(lambda: len(playing.waiting.links) == 5)

    assert [button.accessibleName() for button in panel.waiting.named] == [
        *("Cancel Channel 0001", "Cancel Channel 0002", "Cancel Channel 0003"),
    ]
    assert panel.waiting.cancel.text() == "Cancel all"
    assert "All 5 links play by themselves" in panel.waiting.text.text()
    panel.waiting.named[1].click()
    assert [link.key.value[-4:] for link in playing.waiting.links] == [
        *("0001", "0003", "0004", "0005"),
    ]

    _answer(desk)

    await until(lambda: len(_opened(desk)) == 4)
    assert sorted(_opened(desk)) == ["0001", "0003", "0004", "0005"]


async def test_a_cancelled_link_never_plays(
    window: MainWindow, panel: PlayPanel, desk: FakeDesk
) -> None:
    window.omnibox.play_text(ID)
    await until(panel.waiting.isVisible)

    panel.waiting.cancel.click()
    _answer(desk)
    await let_run(20)

    assert panel.waiting.isHidden()
    assert _opened(desk) == []
    assert [call[0] for call in desk.calls] == ["prepare"]


async def test_all_can_be_cancelled_at_once(
    window: MainWindow, panel: PlayPanel, playing: LinkPlayer
) -> None:
    for tail in ("0001", "0002"):
        window.play(Link(key=make_key(tail)))
    await until(lambda: len(playing.waiting.links) == 2)

    panel.waiting.cancel.click()

    assert playing.waiting.links == ()
    assert window.notices.isHidden()


async def test_an_engine_is_started_from_the_card(
    window: MainWindow, panel: PlayPanel, desk: FakeDesk
) -> None:
    window.show_page("Logs")
    window.omnibox.play_text(ID)
    await until(panel.waiting.isVisible)

    panel.waiting.ways[Way.START].setFocus()
    panel.waiting.ways[Way.START].click()
    await until(lambda: ("add_engine",) in desk.calls)
    assert panel.waiting.cancel.hasFocus()
    desk.edit(provisions=(sample_provision(),))

    await until(lambda: panel.waiting.title.text() == "Waiting for engine-3 to start")
    assert "Docker is downloading it (39 %)." in panel.waiting.text.text()
    assert panel.waiting.ways[Way.START].isHidden()


@pytest.mark.parametrize("engines", [0, 1])
async def test_the_address_of_an_engine_is_asked_for_on_the_page_of_engines(
    window: MainWindow, panel: PlayPanel, desk: FakeDesk, engines: int
) -> None:
    desk.edit(engines=sample_engines()[2:][:engines])
    await until(lambda: window.sidebar.buttons["Engines"].count == ("1" if engines else ""))
    window.omnibox.play_text(ID)
    await until(panel.waiting.isVisible)

    panel.waiting.ways[Way.ADDRESS].click()

    page = window.page
    assert isinstance(page, EnginesPage)
    assert panel.waiting.isVisible()
    field = page.address.field if engines else page.ways.address.field
    await until(field.hasFocus)


async def test_a_docker_that_is_off_is_started_from_the_card(
    window: MainWindow, panel: PlayPanel, desk: FakeDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(FakeEngines, "docker_name", "Docker Desktop")
    desk.edit(runtime=RuntimeView(state=RuntimeState.NOT_RUNNING))
    window.show_page("Logs")
    window.omnibox.play_text(ID)
    await until(panel.waiting.isVisible)
    button = panel.waiting.ways[Way.DOCKER]
    assert (button.text(), button.isVisible()) == ("Start Docker Desktop", True)

    button.click()

    await until(lambda: ("start_docker",) in desk.calls)


async def test_the_test_channel_is_played_meanwhile_and_the_link_goes_on_waiting(
    window: MainWindow, panel: PlayPanel, playing: LinkPlayer, desk: FakeDesk
) -> None:
    window.omnibox.play_text(ID)
    await until(panel.waiting.isVisible)
    desk.streams.busy = None

    panel.waiting.ways[Way.TEST].click()

    await until(lambda: _opened(desk))
    assert _opened(desk) == ["7e57"]
    assert len(playing.waiting.links) == 1


async def test_without_docker_the_card_says_so_and_offers_what_is_left(
    window: MainWindow, panel: PlayPanel, desk: FakeDesk
) -> None:
    desk.edit(runtime=RuntimeView(state=RuntimeState.NOT_INSTALLED))
    window.show_page("Logs")
    window.omnibox.play_text(ID)

    await until(panel.waiting.isVisible)

    assert "Docker is not installed on this computer." in panel.waiting.text.text()
    assert panel.waiting.ways[Way.START].isHidden()


async def test_an_only_engine_that_does_not_answer_is_told_at_once(
    window: MainWindow, panel: PlayPanel, desk: FakeDesk
) -> None:
    bad = dataclasses.replace(
        sample_engines()[2],
        health=EngineHealth.UNREACHABLE,
        backend=BackendKind.STATIC,
        error=EngineUnreachable("connection refused"),
    )
    desk.edit(engines=(bad,))

    window.omnibox.play_text(ID)

    await until(panel.waiting.isVisible)
    assert panel.waiting.title.text() == "192.168.1.5:6878 does not answer"
    assert "AceDesk keeps asking it." in panel.waiting.text.text()


async def test_a_limit_that_is_met_on_the_way_is_told_and_ends_the_waiting(
    window: MainWindow, panel: PlayPanel, playing: LinkPlayer, desk: FakeDesk
) -> None:
    window.omnibox.play_text(ID)
    await until(panel.waiting.isVisible)

    desk.streams.busy = Busy(BusyReason.MAX_STREAMS)
    desk.edit(engines=sample_engines()[:1])

    await until(lambda: panel.bar.pill.text == "Failed")
    assert panel.bar.text.text().startswith("As many streams play as are allowed.")
    assert playing.waiting.links == ()


async def test_it_plays_while_nobody_sees_the_window_and_says_so(
    window: MainWindow, panel: PlayPanel, playing: LinkPlayer, desk: FakeDesk
) -> None:
    told: list[str] = []
    playing.told.connect(told.append)
    window.omnibox.play_text(ID)
    await until(panel.waiting.isVisible)
    window.hide()

    _answer(desk)

    await until(lambda: _opened(desk))
    assert told == ["…a9e1 waits for an engine", "…a9e1 plays now"]
    assert not window.isVisible()


async def test_nothing_waits_after_the_end(
    window: MainWindow, panel: PlayPanel, playing: LinkPlayer, desk: FakeDesk
) -> None:
    window.omnibox.play_text(ID)
    await until(panel.waiting.isVisible)
    slots = len(desk.changed._slots)

    playing.close()
    _answer(desk)
    await let_run(20)

    assert _opened(desk) == []
    assert len(desk.changed._slots) == slots - 1
