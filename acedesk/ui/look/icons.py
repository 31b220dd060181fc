"""The line icons of the windows: glyphs of Material Design Icons 6, painted in theme colours.

Font and names are our own resources (`packaging/make-icon-font`), so that they are there wherever
the program is: in a checkout, a wheel, and a frozen build, where no package can be looked up.
"""

import functools
import json
import logging
import pathlib

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontDatabase, QGuiApplication, QIcon, QPainter, QPixmap

from acedesk.store.paths import resources_dir
from acedesk.ui.look import theme

logger = logging.getLogger(__name__)


def _font_file(suffix: str) -> pathlib.Path:
    return resources_dir() / "fonts" / f"icons{suffix}"


@functools.cache
def _family() -> str:
    number = QFontDatabase.addApplicationFont(str(_font_file(".ttf")))
    families = QFontDatabase.applicationFontFamilies(number)
    if not families:
        logger.error("the icon font %s cannot be read; icons stay empty", _font_file(".ttf"))
        return ""
    return families[0]


@functools.cache
def _glyphs() -> dict[str, str]:
    points: dict[str, str] = json.loads(_font_file(".json").read_text(encoding="utf-8"))
    return {name: chr(int(point, 16)) for name, point in points.items()}


@functools.cache
def _glyph(name: str) -> str:
    if name not in _glyphs():
        logger.error("there is no icon “%s”", name)
    return _glyphs().get(name, "")


@functools.cache
def _font(pixels: int) -> QFont:
    font = QFont(_family())
    font.setPixelSize(pixels)
    return font


def paint(painter: QPainter, name: str, rect: QRectF, color: QColor) -> None:
    """Paint the icon `name` ("play-circle-outline") centred into `rect`, as large as it fits."""
    if not _family():
        return
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.TextAntialiasing)
    painter.setFont(_font(max(1, round(min(rect.width(), rect.height())))))
    painter.setPen(color)
    painter.drawText(rect, int(Qt.AlignmentFlag.AlignCenter), _glyph(name))
    painter.restore()


def pixmap(name: str, size: int, role: str = "text", *, gap: int = 0) -> QPixmap:
    """Return the icon as a pixmap of `size` pixels, sharp on every screen, in a theme colour."""
    ratio = max((screen.devicePixelRatio() for screen in QGuiApplication.screens()), default=1.0)
    return _pixmap(name, size, theme.color(role).name(), ratio, gap)


@functools.lru_cache(maxsize=512)
def _pixmap(name: str, size: int, color: str, ratio: float, gap: int) -> QPixmap:
    drawn = QPixmap(round((size + gap) * ratio), round(size * ratio))
    drawn.setDevicePixelRatio(ratio)
    drawn.fill(Qt.GlobalColor.transparent)
    painter = QPainter(drawn)
    paint(painter, name, QRectF(0, 0, size, size), QColor(color))
    painter.end()
    return drawn


def icon(name: str, size: int = 16, role: str = "text", *, gap: int = 0) -> QIcon:
    """Return the icon for a button or menu; make it anew after `theme.changed`.

    Args:
        gap: Empty pixels to the right, where Qt leaves too little room before the text.
    """
    made = QIcon(pixmap(name, size, role, gap=gap))
    made.addPixmap(pixmap(name, size, "muted", gap=gap), QIcon.Mode.Disabled)
    return made
