"""Where a window may stand so that all of it can be reached. Pure geometry, in device-free pixels.

Rectangles of screens are without their panels.
"""

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import QPoint, QRect, QSize

from acedesk.ui.look import tokens

# What a window manager puts around a window; it is not known before the window is shown. The
# largest title bars in use are 37 to 47 px (Breeze, Adwaita, Windows 11; 2026-11).
TITLE_BAR: Final = 48
BORDERS: Final = 8
# So much of a title bar must be on a screen for a hand to grasp it.
GRASP: Final = QSize(120, 24)


def room_on(screen: QRect) -> QSize:
    """Return the largest contents a window may have on this screen."""
    return QSize(max(1, screen.width() - BORDERS), max(1, screen.height() - TITLE_BAR))


def first_size(screen: QRect) -> QSize:
    """Return the size of a window that nobody has sized yet."""
    return QSize(tokens.WINDOW_WIDTH, tokens.WINDOW_HEIGHT).boundedTo(room_on(screen))


def minimum_size(screen: QRect) -> QSize:
    """Return the least size: what looks good, less where the screen has not even that."""
    return QSize(tokens.MINIMUM_WIDTH, tokens.MINIMUM_HEIGHT).boundedTo(room_on(screen))


def place_again(saved: QRect, screens: Sequence[QRect]) -> QRect | None:
    """Return where a window is put that stood at `saved` the last time.

    It is made smaller and moved into the screen that has most of its title bar. None when no
    screen has enough of it to be grasped: then only the size counts.
    """
    title = QRect(saved.topLeft(), QSize(max(1, saved.width()), GRASP.height()))
    seen = [(screen, screen.intersected(title)) for screen in screens]
    seen = [(screen, part) for screen, part in seen if _can_be_grasped(part)]
    if not seen:
        return None
    screen, _part = max(seen, key=lambda pair: pair[1].width() * pair[1].height())
    size = saved.size().boundedTo(room_on(screen))
    most = QPoint(
        screen.right() + 1 - size.width(), screen.bottom() + 1 - size.height() - TITLE_BAR
    )
    x = max(screen.left(), min(saved.left(), most.x()))
    y = max(screen.top(), min(saved.top(), most.y()))
    return QRect(QPoint(x, y), size)


def moved_inside(frame: QRect, screen: QRect) -> QPoint | None:
    """Return where the upper left corner of a whole window belongs, None when it is right."""
    x = max(screen.left(), min(frame.left(), screen.right() + 1 - frame.width()))
    y = max(screen.top(), min(frame.top(), screen.bottom() + 1 - frame.height()))
    wanted = QPoint(x, y)
    return wanted if wanted != frame.topLeft() else None


def _can_be_grasped(part: QRect) -> bool:
    return part.width() >= GRASP.width() and part.height() >= GRASP.height()
