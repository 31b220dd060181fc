"""Colours, icons and the parts of pages."""

import dataclasses
import pathlib
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPalette
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from acedesk.errors import EngineRefused, PortInUse, RuntimeState, RuntimeUnavailable
from acedesk.store.paths import resources_dir
from acedesk.ui.look import icons, shapes, style_sheet, theme
from acedesk.ui.look.resources import drawn_icon, icon_file
from acedesk.ui.look.tokens import DARK, LIGHT, SMALLEST_TARGET, Colors
from acedesk.ui.pages import PAGES
from acedesk.ui.streams import words
from acedesk.ui.tables.table_view import Column, choose_columns
from acedesk.ui.widgets.buttons import IconButton, PrimaryButton
from acedesk.ui.widgets.error_card import ErrorCard
from acedesk.ui.widgets.pill import TONES
from acedesk.ui.widgets.sparkline import PIECE, course, paint_line


def _luminance(color: str) -> float:
    parts = [int(color[n : n + 2], 16) / 255 for n in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _contrast(one: str, other: str) -> float:
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


STATES = ("good", "working", "warn", "bad", "idle")
# Every text on every ground it stands on: pills, then what stands on panels, pages and tints.
PAIRS = sorted(
    {*TONES.values()}
    | {(ink, "panel") for ink in ("text", "muted", "accent", "accent_text", *STATES)}
    | {(ink, ground) for ink in ("text", "muted") for ground in ("background", "sidebar", "pill")}
    | {("text", ground) for ground in ("hover", "pressed", "warn_tint", "bad_tint", "accent_tint")}
    | {("muted", ground) for ground in ("hover", "accent_tint", "warn_tint", "bad_tint")}
    | {(ink, "accent_tint") for ink in ("accent_text",)}
    | {("accent_text", ground) for ground in ("warn_tint", "bad_tint", "background")}
    | {("on_accent", ground) for ground in ("accent", "accent_hover", "accent_pressed")}
    | {("bad", "hover"), ("warn", "background"), ("good", "background"), ("bad", "background")}
)


@pytest.mark.parametrize("colors", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize(("ink", "ground"), PAIRS)
def test_every_text_can_be_read_on_its_ground(colors: Colors, ink: str, ground: str) -> None:
    assert _contrast(getattr(colors, ink), getattr(colors, ground)) >= 4.5


@pytest.mark.parametrize("colors", [LIGHT, DARK])
def test_the_style_sheet_has_no_colour_of_its_own(colors: Colors) -> None:
    sheet = style_sheet.build(colors, 10)

    assert set(re.findall(r"#[0-9A-Fa-f]{6}\b", sheet)) <= set(dataclasses.astuple(colors))


def test_switching_to_dark_changes_palette_and_painted_icons_at_once(
    qapp: QApplication, qtbot: QtBot
) -> None:
    button = PrimaryButton("Play", "play")
    qtbot.addWidget(button)
    before = button.icon().cacheKey()

    theme.set_mode("dark")

    assert qapp.palette().color(QPalette.ColorRole.Window).name() == DARK.background.lower()
    assert button.icon().cacheKey() != before
    theme.set_mode("light")
    assert theme.colors() is LIGHT


def test_every_icon_the_windows_name_exists() -> None:
    names = {entry.icon for entry in PAGES} | {icon for _sign, icon in words._PLAYER_ICONS}
    names |= {"link-variant", "content-copy", "magnify", "stop", "play", "close", "check-circle"}

    assert [name for name in sorted(names) if name not in icons._glyphs()] == []


def test_every_text_that_can_only_be_an_icon_is_in_the_font() -> None:
    program = (pathlib.Path(__file__).parents[2] / "acedesk").rglob("*.py")
    texts = {
        text
        for path in program
        for text in re.findall(r'"([a-z0-9]+(?:-[a-z0-9]+)*-outline)"', path.read_text("utf-8"))
    }

    assert len(texts) > 20
    assert [name for name in sorted(texts) if name not in icons._glyphs()] == []


@pytest.mark.expects_errors
def test_an_icon_that_does_not_exist_is_told(
    qapp: QApplication, caplog: pytest.LogCaptureFixture
) -> None:
    icons.pixmap("no-such-icon", 16)

    assert "no-such-icon" in caplog.text


def test_the_font_and_the_names_are_files_of_our_own() -> None:
    assert {path.parent for path in (icons._font_file(".ttf"), icons._font_file(".json"))} == {
        resources_dir() / "fonts"
    }
    assert icons._family() == "Material Design Icons"
    assert "Apache License" in (resources_dir() / "fonts" / "LICENSE").read_text("utf-8")


@pytest.mark.parametrize("shape", shapes.NAMES)
def test_every_state_shape_paints_something(qapp: QApplication, shape: str) -> None:
    image = QImage(20, 20, QImage.Format.Format_ARGB32)
    image.fill(0)
    painter = QPainter(image)

    shapes.paint(painter, shape, QRectF(0, 0, 20, 20), theme.color("text"))
    painter.end()

    assert any(image.pixelColor(x, y).alpha() for x in range(20) for y in range(20))


@pytest.mark.parametrize("state", ["idle", "active", "working", "attention", "blocked"])
@pytest.mark.parametrize("variant", ["color", "light", "dark"])
def test_the_tray_drawings_are_there_in_all_sizes(
    qapp: QApplication, state: str, variant: str
) -> None:
    sizes = {size.width() for size in drawn_icon(f"tray-{state}-{variant}").availableSizes()}

    assert {16, 22, 24, 32, 48, 64} <= sizes
    assert icon_file(f"tray-{state}-{variant}.svg").is_file()


def test_an_icon_button_has_a_name_and_can_be_hit(qtbot: QtBot) -> None:
    button = IconButton("close", "Dismiss")
    qtbot.addWidget(button)

    assert button.accessibleName() == "Dismiss"
    assert min(button.sizeHint().width(), button.sizeHint().height()) >= SMALLEST_TARGET


def test_an_error_card_says_what_why_and_what_to_do(qtbot: QtBot) -> None:
    card = ErrorCard()
    qtbot.addWidget(card)

    card.show_error(PortInUse("127.0.0.1", 8080, holder="java (pid 7)", next_free=8081))

    assert "in use by java (pid 7)" in card.text
    assert "8081" in card.text


def test_technical_text_is_folded_and_copied_without_secrets(
    qtbot: QtBot, qapp: QApplication
) -> None:
    card = ErrorCard()
    qtbot.addWidget(card)
    card.show_error(EngineRefused("token=abcdef refused"))
    assert card._details.isHidden()

    card._fold.click()
    card._copy.click()

    assert not card._details.isHidden()
    assert "engine_refused" in qapp.clipboard().text()
    assert "abcdef" not in card._details.text()


def test_a_command_that_helps_stands_behind_details(qtbot: QtBot, qapp: QApplication) -> None:
    card = ErrorCard()
    qtbot.addWidget(card)

    card.show_error(RuntimeUnavailable(RuntimeState.NO_PERMISSION))
    card._fold.click()

    assert "sudo" not in card.text
    assert card._details.text().splitlines()[0] == "sudo usermod -aG docker $USER"
    card.show_error(EngineRefused("no"))
    assert card._details.isHidden()


def test_hidden_parts_never_become_windows_of_their_own(qtbot: QtBot, qapp: QApplication) -> None:
    before = {id(widget) for widget in qapp.topLevelWidgets() if widget.isVisible()}
    card = ErrorCard()
    qtbot.addWidget(card)

    parent = QWidget()
    qtbot.addWidget(parent)
    card.setParent(parent)
    card.show_error(EngineRefused("no"))

    assert {id(w) for w in qapp.topLevelWidgets() if w.isVisible()} == before


@given(
    needs=st.lists(st.integers(20, 300), min_size=1, max_size=8),
    ways=st.lists(st.integers(0, 5), min_size=8, max_size=8),
    room=st.integers(0, 3000),
)
def test_columns_give_way_in_their_order_and_only_when_they_must(
    needs: list[int], ways: list[int], room: int
) -> None:
    columns = [Column(sample="x", gives_way=ways[n]) for n in range(len(needs))]

    shown = choose_columns(columns, needs, room)

    assert {n for n in range(len(needs)) if not ways[n]} <= set(shown)
    gone = [ways[n] for n in range(len(needs)) if n not in shown]
    left = [ways[n] for n in shown if ways[n]]
    assert not gone or not left or max(gone) <= min(left)
    assert sum(needs[n] for n in shown) <= room or not left


def test_the_colours_follow_the_desktop_while_the_program_runs(qapp: QApplication) -> None:
    theme.set_mode("system")
    hints = qapp.styleHints()

    # What a desktop's own platform plug-in does; those of tests have no appearance to change.
    hints.colorSchemeChanged.emit(Qt.ColorScheme.Dark)
    followed = theme.colors() is DARK
    hints.colorSchemeChanged.emit(Qt.ColorScheme.Light)

    assert followed
    assert theme.colors() is LIGHT


def test_a_fixed_appearance_does_not_follow(qapp: QApplication) -> None:
    theme.set_mode("light")

    qapp.styleHints().colorSchemeChanged.emit(Qt.ColorScheme.Dark)

    assert theme.colors() is LIGHT


@pytest.mark.parametrize("points", [PIECE, 5 * PIECE])
def test_a_level_course_is_painted_evenly(qapp: QApplication, points: int) -> None:
    image = QImage(points * 2, 20, QImage.Format.Format_RGB32)
    image.fill(Qt.GlobalColor.white)
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    box = QRectF(-2, 0.3, points * 2 + 4, 10)

    paint_line(painter, course([1.0] * points, box, 2.0), QColor("blue"), 1.5)
    painter.end()

    for y in range(20):
        assert len({image.pixel(x, y) for x in range(image.width())}) == 1
