"""Every colour and every size of the windows, and the switch between light and dark.

Widgets read `colors()` while they paint and the constants for their geometry; there is no colour
and no size anywhere else. Light or dark follows the desktop live, or the setting.
"""

import dataclasses
import functools
import typing
from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontDatabase,
    QFontMetricsF,
    QGuiApplication,
    QPalette,
)
from PySide6.QtWidgets import QApplication

from acedesk.signals import Signal
from acedesk.ui.look import style_sheet
from acedesk.ui.look.tokens import DARK, LIGHT, Colors

SMALL_POINTS: Final = -1.5

changed: Final[Signal[()]] = Signal()
"""Fires after the colours changed; widgets that only paint need nothing, they are repainted."""


@dataclasses.dataclass(slots=True)
class _State:
    mode: str = "system"
    colors: Colors = LIGHT
    following: bool = False
    dressed: bool = False


_state = _State()


def colors() -> Colors:
    """Return the colours that hold now."""
    return _state.colors


def color(role: str) -> QColor:
    """Return the colour of one role ("text", "accent", "good_tint") as Qt wants it.

    It is everybody's, as are fonts and metrics: a painted cell asks for a dozen of them. Make a
    copy of what is to be changed.
    """
    return _color(role)


@functools.cache
def _color(role: str) -> QColor:
    return QColor(getattr(_state.colors, role))


def set_up(mode: str) -> None:
    """Dress the application: Fusion, palette and style sheet; follow the desktop from now on."""
    QApplication.setStyle("Fusion")
    if not _state.following:
        QGuiApplication.styleHints().colorSchemeChanged.connect(_follow)
        _state.following = True
    set_mode(mode)


def set_mode(mode: str) -> None:
    """Switch to "light", "dark" or "system" (the setting `theme`)."""
    _state.mode = mode
    _follow()


def _follow(scheme: Qt.ColorScheme | None = None) -> None:
    if scheme is None:
        scheme = QGuiApplication.styleHints().colorScheme()
    follows = _state.mode == "system" and scheme == Qt.ColorScheme.Dark
    dark = _state.mode == "dark" or follows
    wanted = DARK if dark else LIGHT
    if wanted is _state.colors and _state.dressed:
        return  # dressing every widget again takes a tenth of a second
    _state.colors, _state.dressed = wanted, True
    for cache in (_color, base_points, _font, _metrics):
        cache.cache_clear()
    application = typing.cast("QApplication", QApplication.instance())
    application.setPalette(_palette(_state.colors))
    application.setStyleSheet(style_sheet.build(_state.colors, base_points()))
    changed.emit()


def _palette(tokens: Colors) -> QPalette:
    roles = {
        QPalette.ColorRole.Window: tokens.background,
        QPalette.ColorRole.Base: tokens.panel,
        QPalette.ColorRole.AlternateBase: tokens.background,
        QPalette.ColorRole.Button: tokens.panel,
        QPalette.ColorRole.ToolTipBase: tokens.panel,
        QPalette.ColorRole.WindowText: tokens.text,
        QPalette.ColorRole.Text: tokens.text,
        QPalette.ColorRole.ButtonText: tokens.text,
        QPalette.ColorRole.ToolTipText: tokens.text,
        QPalette.ColorRole.PlaceholderText: tokens.muted,
        QPalette.ColorRole.Highlight: tokens.accent,
        QPalette.ColorRole.HighlightedText: tokens.on_accent,
        QPalette.ColorRole.Link: tokens.accent,
        QPalette.ColorRole.Mid: tokens.hairline,
        QPalette.ColorRole.Midlight: tokens.hairline,
        QPalette.ColorRole.Dark: tokens.hairline,
        QPalette.ColorRole.Accent: tokens.accent,
    }
    palette = QPalette()
    for role, value in roles.items():
        palette.setColor(role, QColor(value))
    for role in (QPalette.ColorRole.Text, QPalette.ColorRole.ButtonText):
        palette.setColor(QPalette.ColorGroup.Disabled, role, QColor(tokens.muted))
    return palette


@functools.cache
def base_points() -> float:
    """Return the size of the desktop's UI font, the base of all type."""
    points = QFontDatabase.systemFont(QFontDatabase.SystemFont.GeneralFont).pointSizeF()
    return points if points > 0 else 10.0


def font(step: float = 0.0, *, bold: bool = False) -> QFont:
    """Return the UI font, `step` points larger than the base; weights are 400 and 600 only."""
    return _font(QFontDatabase.SystemFont.GeneralFont, step, bold)


def mono_font(step: float = 0.0) -> QFont:
    """Return the monospace font, for addresses and logs."""
    return _font(QFontDatabase.SystemFont.FixedFont, step, None)


def metrics(step: float = 0.0, *, bold: bool = False) -> QFontMetricsF:
    """Return the metrics of `font`."""
    return _metrics(step, bold)


@functools.cache
def _font(family: QFontDatabase.SystemFont, step: float, bold: bool | None) -> QFont:
    chosen = QFontDatabase.systemFont(family)
    chosen.setPointSizeF(base_points() + step)
    if bold is not None:
        chosen.setWeight(QFont.Weight.DemiBold if bold else QFont.Weight.Normal)
    return chosen


@functools.cache
def _metrics(step: float, bold: bool) -> QFontMetricsF:
    return QFontMetricsF(font(step, bold=bold))
