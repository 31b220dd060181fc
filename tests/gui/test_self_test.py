"""The self-test of the windows: what is whole passes, what is damaged is named."""

import dataclasses
import json
import pathlib
import shutil
import sys
from collections.abc import Iterator

import pytest
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication, QWidget

from acedesk.doctor.finding import Level
from acedesk.errors import StorageError
from acedesk.store.paths import resources_dir
from acedesk.ui import pages
from acedesk.ui.desk import Desk
from acedesk.ui.look import icons, resources
from acedesk.ui.page import Page
from acedesk.ui.players import Players
from acedesk.ui.self_test.drawings import check_icon_font, check_program_icon, check_svg
from acedesk.ui.self_test.pages import check_pages, count_colours
from acedesk.ui.self_test.run import SlotErrors
from tests.gui.fake_desk import FakeDesk

CACHES = (icons._family, icons._glyphs, icons._glyph, icons._pixmap, resources.drawn_icon)


@pytest.fixture
def damaged(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch, qapp: QApplication
) -> Iterator[pathlib.Path]:
    """Give a copy of the resources that the program uses for this test."""
    copy = tmp_path / "resources"
    for name in ("icons", "fonts"):
        shutil.copytree(resources_dir() / name, copy / name)
    monkeypatch.setattr(icons, "resources_dir", lambda: copy)
    monkeypatch.setattr(resources, "resources_dir", lambda: copy)
    for cached in CACHES:
        cached.cache_clear()
    yield copy
    for cached in CACHES:
        cached.cache_clear()


def test_what_is_drawn_is_there(qapp: QApplication) -> None:
    levels = [check().level for check in (check_icon_font, check_program_icon, check_svg)]

    assert levels == [Level.PASS] * 3


@pytest.mark.expects_errors
@pytest.mark.parametrize("data", [b"", b"no font"])
def test_a_font_that_cannot_be_read_is_told(damaged: pathlib.Path, data: bytes) -> None:
    (damaged / "fonts" / "icons.ttf").write_bytes(data)

    assert check_icon_font().level is Level.FAIL


def test_names_that_mean_other_glyphs_are_told(damaged: pathlib.Path) -> None:
    names = damaged / "fonts" / "icons.json"
    points = json.loads(names.read_text())
    names.write_text(json.dumps(dict.fromkeys(points, points["close"])))

    finding = check_icon_font()

    assert finding.level is Level.FAIL
    assert "look the same" in finding.text


def test_a_missing_size_and_an_empty_drawing_are_named(damaged: pathlib.Path) -> None:
    (damaged / "icons" / "acedesk-48.png").unlink()
    empty = QImage(22, 22, QImage.Format.Format_ARGB32)
    empty.fill(0)
    empty.save(str(damaged / "icons" / "tray-idle-color-22.png"))

    finding = check_program_icon()

    assert finding.level is Level.FAIL
    assert "acedesk in 48" in finding.text
    assert "tray-idle-color in 22" in finding.text


def test_an_svg_that_cannot_be_drawn_is_told(damaged: pathlib.Path) -> None:
    finding = check_svg(lambda _path: QImage())

    assert finding.level is Level.FAIL
    assert "png" in finding.text


async def test_all_pages_open_over_an_acedesk_that_is_stopped_again(desk: FakeDesk) -> None:
    finding = await check_pages(lambda: desk)

    assert finding.level is Level.PASS
    assert "Streams, Engines, VPN, Logs, Programs, Settings" in finding.text
    assert [call[0] for call in desk.calls if call[0] in ("start", "stop")] == ["start", "stop"]


async def test_an_empty_page_is_named(desk: FakeDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    def make(desk: Desk, _players: Players, parent: QWidget) -> Page:
        return Page(desk, parent)

    entries = tuple(
        dataclasses.replace(entry, make=make) if entry.name == "VPN" else entry
        for entry in pages.PAGES
    )
    monkeypatch.setattr(pages, "PAGES", entries)

    finding = await check_pages(lambda: desk)

    assert finding.level is Level.FAIL
    assert finding.text == "VPN is empty"


async def test_an_acedesk_that_does_not_start_is_told(desk: FakeDesk) -> None:
    async def refuse() -> None:
        raise StorageError("/tmp/x: disk full")

    desk.start = refuse  # type: ignore[method-assign]

    finding = await check_pages(lambda: desk)

    assert finding.level is Level.FAIL
    assert "disk full" in finding.text


def test_colours_are_counted_up_to_what_is_enough(qapp: QApplication) -> None:
    picture = QImage(64, 64, QImage.Format.Format_RGB32)
    picture.fill(0)
    assert count_colours(picture) == 1

    for x in range(64):
        picture.setPixel(x, 0, x)

    assert count_colours(picture) == 16


def test_what_a_slot_raises_is_a_finding() -> None:
    before = sys.excepthook
    with SlotErrors() as bugs:
        sys.excepthook(ValueError, ValueError("in a slot"), None)

    assert sys.excepthook is before
    (finding,) = bugs.findings
    assert "in a slot" in finding.text
