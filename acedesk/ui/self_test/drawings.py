"""Whether everything that is drawn is there: icon font, program icon, SVG."""

from collections.abc import Callable
from typing import Final

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QImage, QImageReader

from acedesk.doctor.finding import Finding, Level
from acedesk.ui.look import icons
from acedesk.ui.look.resources import drawn_icon, icon_file

GLYPHS: Final = ("play-circle-outline", "engine-outline", "cog-outline")
# As `packaging/make-icons` draws them, and desktops ask for them.
ICON_SIZES: Final = (16, 20, 22, 24, 32, 48, 64, 128, 256)
TRAY_SIZES: Final = (16, 20, 22, 24, 32, 48, 64)
_TRAY_STATES: Final = ("active", "attention", "blocked", "idle", "working")
_GLYPH_SIZE: Final = 32


def check_icon_font() -> Finding:
    """Paint three glyphs: each must be there, and none like another."""
    name = "Icon font"
    painted = {_pixels(icons.pixmap(glyph, _GLYPH_SIZE).toImage()) for glyph in GLYPHS}
    if b"" in painted:
        return Finding(name, Level.FAIL, "A glyph is empty: the font cannot be read.")
    if len(painted) < len(GLYPHS):
        return Finding(name, Level.FAIL, "Two glyphs look the same: it is another font.")
    return Finding(name, Level.PASS, f"{', '.join(GLYPHS)} are painted.")


def check_program_icon() -> Finding:
    """Look at the icon of the program and those of the tray in all their sizes."""
    tray = [f"tray-{state}-color" for state in _TRAY_STATES]
    wanted = [("acedesk", size) for size in ICON_SIZES]
    wanted += [(icon, size) for icon in tray for size in TRAY_SIZES]
    missing = [f"{icon} in {size}" for icon, size in wanted if _lacks(icon, size)]
    if missing:
        return Finding("Program icon", Level.FAIL, f"Missing or empty: {', '.join(missing)}")
    sizes = ", ".join(map(str, ICON_SIZES))
    return Finding("Program icon", Level.PASS, f"In {sizes}, and {len(tray)} for the tray.")


def check_svg(read: Callable[[str], QImage] | None = None) -> Finding:
    """Draw the icon of the program out of its SVG, as desktops do.

    Args:
        read: Returns the picture in a file, by default with Qt's own reader.
    """
    picture = (read or _read)(str(icon_file("acedesk.svg")))
    if not _pixels(picture):
        known = b", ".join(bytes(one.data()) for one in QImageReader.supportedImageFormats())
        return Finding("SVG", Level.FAIL, f"It cannot be drawn; what can: {known.decode()}.")
    return Finding("SVG", Level.PASS, f"acedesk.svg is drawn, {picture.width()} pixels wide.")


def _read(path: str) -> QImage:
    reader = QImageReader(path)
    reader.setScaledSize(QSize(64, 64))
    return reader.read()


def _lacks(icon: str, size: int) -> bool:
    there = QSize(size, size) in drawn_icon(icon).availableSizes()
    return not there or not _pixels(drawn_icon(icon).pixmap(size, size).toImage())


def _pixels(picture: QImage) -> bytes:
    """Return all pixels, b"" when they are transparent."""
    image = picture.convertToFormat(QImage.Format.Format_RGBA8888)
    mask = image.createAlphaMask(Qt.ImageConversionFlag.AvoidDither)
    if image.isNull() or not any(bytes(mask.constBits())):
        return b""
    return bytes(image.constBits())
