"""A link is tried from the paste field, and the result stands below it."""

import dataclasses

import pytest
from pytestqt.qtbot import QtBot

from acedesk.errors import EngineTooSlow, NoSpareEngine
from acedesk.model.content import Link
from acedesk.model.history import LinkTestResult
from acedesk.ui.play.test_card import LinkTestCard
from acedesk.ui.shell.omnibox import Omnibox
from tests.gui.fake_desk import NOW, FakeDesk, make_key
from tests.gui.waiting import until

LINK = Link(key=make_key("a9e1"), title="Local TV")
PLAYS = LinkTestResult(
    stream_id=LINK.key.stream_id,
    title="Local TV",
    time=NOW,
    engine_name="engine-2",
    seconds=8.2,
    first_byte=2.3,
    peers=14,
    bit_rate=4.1e6,
    codecs="H.264 · AAC",
    width=1920,
    height=1080,
    measured=5.0,
)


@pytest.fixture
def played() -> list[Link]:
    return []


@pytest.fixture
def card(qtbot: QtBot, desk: FakeDesk, played: list[Link]) -> LinkTestCard:
    made = LinkTestCard(desk, played.append, lambda _error: None)
    qtbot.addWidget(made)
    return made


async def test_a_link_that_plays_can_be_played(
    card: LinkTestCard, desk: FakeDesk, played: list[Link]
) -> None:
    desk.streams.tested = PLAYS

    card.begin(LINK)
    assert card.text == "Trying Local TV on a free engine …"
    await until(lambda: card.text == "Local TV: It plays.")

    assert "Peers 14 · First byte after 2.3 s" in card.learned
    assert "Picture 1920 × 1080" in card.learned
    card.play.click()
    assert played == [LINK]
    assert card.isHidden()


async def test_a_link_that_does_not_play_says_why(card: LinkTestCard, desk: FakeDesk) -> None:
    desk.streams.tested = dataclasses.replace(
        PLAYS, first_byte=None, measured=0.0, error=EngineTooSlow("no media came in time")
    )

    card.begin(LINK)
    await until(lambda: card.text.startswith("Local TV: It does not play."))

    assert card.play.isHidden()
    assert not card.again.isHidden()


async def test_without_a_free_engine_it_says_so(card: LinkTestCard, desk: FakeDesk) -> None:
    desk.error = NoSpareEngine(2)

    card.begin(LINK)

    await until(lambda: card.text.startswith("No engine is free for a test."))
    assert card.learned == ""


async def test_a_test_can_be_given_up(card: LinkTestCard, desk: FakeDesk) -> None:
    card.begin(LINK)
    await until(lambda: ("test", LINK) in desk.calls)

    card.cancel.click()

    assert card.isHidden()


def test_the_button_beside_play_tries_the_link(qtbot: QtBot) -> None:
    omnibox = Omnibox()
    qtbot.addWidget(omnibox)
    tried: list[Link] = []
    entered: list[Link] = []
    omnibox.test_wanted.connect(tried.append)
    omnibox.link_entered.connect(entered.append)
    omnibox.field.setText(LINK.key.value)

    omnibox.test_button.click()
    assert ([link.key for link in tried], entered) == ([LINK.key], [])

    omnibox.play_button.click()
    assert [link.key for link in entered] == [LINK.key]
