"""Links that waited when AceDesk ended are offered again at the next start."""

import asyncio
import pathlib
from collections.abc import AsyncIterator, Callable

import pytest
from PySide6.QtWidgets import QApplication

from acedesk.errors import Busy, BusyReason
from acedesk.model.content import Link
from acedesk.store.links.waiting_file import WaitingFile
from acedesk.tasks import spawn
from acedesk.ui.play.kept_links import KeptLinks, KeptLinksCard
from acedesk.ui.play.link_player import LinkPlayer
from acedesk.ui.shell.desktop import Desktop
from acedesk.ui.shell.main_window import MainWindow
from tests.gui.fake_desk import FakeDesk, make_key
from tests.gui.waiting import let_run, until

FIRST, SECOND = (Link(key=make_key(tail), title=f"Channel {tail}") for tail in ("0001", "0002"))
NONE = Busy(BusyReason.NO_ENGINE)


@pytest.fixture(autouse=True)
def no_engine(desk: FakeDesk) -> None:
    desk.settings.current = desk.settings.current.changed({"default_player": "mpv"})
    desk.streams.busy = NONE


def _kept(folder: pathlib.Path) -> list[str]:
    return [link.title for link in WaitingFile(folder).load().links]


def _leave(folder: pathlib.Path, *links: Link) -> None:
    file = WaitingFile(folder)
    file.keep(links)
    file.write()


Open = Callable[[], KeptLinks]


@pytest.fixture
async def open_kept(
    window: MainWindow, playing: LinkPlayer, tmp_path: pathlib.Path
) -> AsyncIterator[Open]:
    """Return what opens the links of the data folder; all is written before the test ends."""
    made: list[KeptLinks] = []

    def open_them() -> KeptLinks:
        made.append(KeptLinks(WaitingFile(tmp_path).load(), playing, window.notices))
        return made[-1]

    yield open_them
    for one in made:
        await one.close()


def _opened(desk: FakeDesk) -> list[str]:
    return [call[2][-4:] for call in desk.calls if call[0] == "open_player"]


async def test_links_that_wait_when_acedesk_ends_are_offered_by_the_next_one(
    qapp: QApplication, desk: FakeDesk, tmp_path: pathlib.Path
) -> None:
    async def run(link: str | None) -> tuple[Desktop, asyncio.Task[int], MainWindow]:
        window = MainWindow()
        window.show()
        made = Desktop(window, lambda _: desk, link=link, background=False, data_dir=tmp_path)
        task = spawn(made.run(), name="desktop")
        await until(lambda: made.playback)
        return made, task, window

    desktop, ended, window = await run(f"acestream://{FIRST.key.value}")
    playback = desktop.playback
    assert playback is not None
    await until(lambda: playback.playing.waiting.links)
    desktop.quit_now()
    await ended
    window.deleteLater()

    desktop, ended, window = await run(None)
    (card,) = window.notices.findChildren(KeptLinksCard)
    await until(card.isVisible)

    assert card.title.text() == "Stream …0001 still waited for an engine when AceDesk ended"
    assert desktop.playback is not None
    assert desktop.playback.playing.waiting.links == ()
    desktop.quit_now()
    await ended
    window.deleteLater()
    assert len(_kept(tmp_path)) == 1


async def test_a_link_that_begins_to_wait_is_kept_at_once(
    window: MainWindow, playing: LinkPlayer, open_kept: Open, tmp_path: pathlib.Path
) -> None:
    open_kept()

    window.play(FIRST)

    await until(lambda: _kept(tmp_path) == ["Channel 0001"])


async def test_a_link_that_plays_or_is_cancelled_is_kept_no_longer(
    window: MainWindow,
    playing: LinkPlayer,
    open_kept: Open,
    desk: FakeDesk,
    tmp_path: pathlib.Path,
) -> None:
    open_kept()
    window.play(FIRST)
    window.play(SECOND)
    await until(lambda: len(_kept(tmp_path)) == 2)

    playing.cancel(FIRST.key)
    await until(lambda: _kept(tmp_path) == ["Channel 0002"])
    desk.streams.busy = None
    desk.edit()

    await until(lambda: not _kept(tmp_path))


async def test_play_plays_what_is_offered_or_lets_it_wait(
    window: MainWindow,
    playing: LinkPlayer,
    open_kept: Open,
    desk: FakeDesk,
    tmp_path: pathlib.Path,
) -> None:
    _leave(tmp_path, FIRST, SECOND)
    kept = open_kept()
    assert kept.card.title.text() == "2 links still waited for an engine when AceDesk ended"
    assert kept.card.text.text() == "Channel 0001, Channel 0002. Play them now?"
    await let_run()
    assert desk.calls == []

    kept.card.play.click()

    await until(lambda: len(playing.waiting.links) == 2)
    assert kept.card.isHidden()
    await until(lambda: _kept(tmp_path) == ["Channel 0001", "Channel 0002"])
    desk.streams.busy = None
    desk.edit()
    await until(lambda: sorted(_opened(desk)) == ["0001", "0002"])


async def test_what_is_forgotten_is_not_offered_again(
    window: MainWindow,
    playing: LinkPlayer,
    open_kept: Open,
    desk: FakeDesk,
    tmp_path: pathlib.Path,
) -> None:
    _leave(tmp_path, FIRST)
    kept = open_kept()

    kept.card.forget.click()

    assert kept.card.isHidden()
    assert desk.calls == []
    await until(lambda: not _kept(tmp_path))


async def test_an_offer_without_an_answer_is_kept_beside_what_waits(
    window: MainWindow, playing: LinkPlayer, open_kept: Open, tmp_path: pathlib.Path
) -> None:
    _leave(tmp_path, FIRST)
    kept = open_kept()
    window.play(SECOND)
    await until(lambda: playing.waiting.links)

    await kept.close()
    playing.close()

    assert _kept(tmp_path) == ["Channel 0001", "Channel 0002"]


async def test_a_link_that_is_given_again_is_not_offered_any_more(
    window: MainWindow, playing: LinkPlayer, open_kept: Open, tmp_path: pathlib.Path
) -> None:
    _leave(tmp_path, FIRST)
    kept = open_kept()

    window.play(FIRST)

    assert kept.card.isHidden()
    await until(lambda: playing.waiting.links)
    await until(lambda: _kept(tmp_path) == ["Channel 0001"])
