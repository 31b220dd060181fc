"""The question which player opens a link: it names the link, and goes with it."""

import dataclasses

import pytest

from acedesk.errors import Busy, BusyReason, EngineRefused
from acedesk.model.content import Link
from acedesk.model.snapshot import StreamState
from acedesk.rules.player_choice import Answer
from acedesk.ui.play.link_player import LinkPlayer
from acedesk.ui.play.panel import PlayPanel
from acedesk.ui.play.player_words import LONGEST_NAME, describe_question
from acedesk.ui.shell.main_window import MainWindow
from tests.gui.fake_desk import VLC, FakeDesk, empty_snapshot, make_key
from tests.gui.playing import ID
from tests.gui.waiting import until

CLUB = Link(key=make_key("a9e1"), title="Club TV")
OTHER = Link(key=make_key("0002"), title="News")


def _words(answer: Answer, name: str, **values: object) -> str:
    given = {"suggested": VLC, "failed": None, "opened": False, "why": "", "platform": "linux"}
    return describe_question(answer, name, **{**given, **values}).text  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("answer", "values"),
    [
        (Answer.ASK, {}),
        (Answer.ASK, {"opened": True}),
        (Answer.MISSING, {}),
        (Answer.NONE, {"suggested": None}),
        (Answer.OPEN, {"failed": VLC, "why": "It is broken."}),
    ],
)
def test_every_question_names_its_link(answer: Answer, values: dict[str, object]) -> None:
    assert "Club TV" in _words(answer, "Club TV", **values)


def test_a_very_long_name_is_cut() -> None:
    assert f"{'x' * (LONGEST_NAME - 1)}… plays" in _words(Answer.ASK, "x" * 200)


async def _ask(window: MainWindow, panel: PlayPanel, desk: FakeDesk) -> None:
    """Let the stream of the sample snapshot be asked about."""
    desk.edit_stream(0, key=make_key("a9e1"))
    window.omnibox.play_text(ID)
    await until(panel.question.isVisible)


async def test_it_goes_when_the_stream_of_its_link_fails(
    window: MainWindow, panel: PlayPanel, desk: FakeDesk
) -> None:
    await _ask(window, panel, desk)

    desk.edit_stream(0, state=StreamState.FAILED, error=EngineRefused("no"))

    await until(panel.question.isHidden)


async def test_it_stays_while_the_stream_of_another_link_fails(
    window: MainWindow, panel: PlayPanel, desk: FakeDesk
) -> None:
    await _ask(window, panel, desk)

    desk.edit_stream(1, state=StreamState.FAILED, error=EngineRefused("no"))
    panel.show_now()

    assert panel.question.isVisible()


@pytest.mark.parametrize("all_of_them", [True, False])
async def test_it_goes_when_its_link_is_cancelled(
    window: MainWindow, panel: PlayPanel, playing: LinkPlayer, desk: FakeDesk, *, all_of_them: bool
) -> None:
    desk.streams.busy = Busy(BusyReason.NO_ENGINE)
    desk.edit(**{f.name: getattr(empty_snapshot(), f.name) for f in dataclasses.fields(desk.shown)})
    for link in (CLUB, OTHER):
        window.play(link)
        await until(panel.question.isVisible)
    await until(lambda: len(playing.waiting.links) == 2)
    assert panel.question.text.text().startswith("News plays in it, ")

    if all_of_them:
        panel.waiting.cancel.click()
    else:
        playing.cancel(CLUB.key)
        assert panel.question.isVisible(), "it is about the other one"
        playing.cancel(OTHER.key)

    assert panel.question.isHidden()
    assert playing.waiting.links == ()


async def test_it_goes_when_its_link_waited_in_vain(
    window: MainWindow, panel: PlayPanel, desk: FakeDesk
) -> None:
    desk.streams.busy = Busy(BusyReason.NO_ENGINE)
    desk.edit(**{f.name: getattr(empty_snapshot(), f.name) for f in dataclasses.fields(desk.shown)})
    window.play(CLUB)
    await until(panel.question.isVisible)

    desk.streams.busy = Busy(BusyReason.MAX_STREAMS)
    desk.edit()

    await until(panel.question.isHidden)
