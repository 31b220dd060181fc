"""The line icons of the windows: glyphs of Material Design Icons 6, painted in theme colours.

The font comes with qtawesome. Only its file is used: importing the package would cost 0.14 s and
30 MB at start (measured 2026 on the reference machine) for one font of the eight it loads.
"""

import functools
import importlib.util
import json
import logging
import pathlib

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontDatabase, QGuiApplication, QIcon, QPainter, QPixmap

from acedesk.ui.look import theme

logger = logging.getLogger(__name__)


@functools.cache
def _font_folder() -> pathlib.Path | None:
    spec = importlib.util.find_spec("qtawesome")
    return pathlib.Path(spec.origin).parent / "fonts" if spec and spec.origin else None


@functools.cache
def _family() -> str:
    folder = _font_folder()
    for path in sorted(folder.glob("materialdesignicons6-webfont-*.ttf")) if folder else ():
        families = QFontDatabase.applicationFontFamilies(
            QFontDatabase.addApplicationFont(str(path))
        )
        if families:
            return families[0]
    logger.warning("the icon font was not found; icons stay empty")
    return ""


@functools.cache
def _glyphs() -> dict[str, str]:
    folder = _font_folder()
    for path in sorted(folder.glob("materialdesignicons6-*charmap*.json")) if folder else ():
        points: dict[str, str] = json.loads(path.read_text(encoding="utf-8"))
        return {name: chr(int(point, 16)) for name, point in points.items()}
    return {}


def paint(painter: QPainter, name: str, rect: QRectF, color: QColor) -> None:
    """Paint the icon `name` ("play-circle-outline") centred into `rect`, as large as it fits."""
    family = _family()
    if not family:
        return
    font = QFont(family)
    font.setPixelSize(max(1, round(min(rect.width(), rect.height()))))
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.TextAntialiasing)
    painter.setFont(font)
    painter.setPen(color)
    painter.drawText(rect, int(Qt.AlignmentFlag.AlignCenter), _glyphs().get(name, ""))
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
