"""The data roles our delegates read; a model returns these beside the text."""

import enum

from PySide6.QtCore import Qt

_FIRST = int(Qt.ItemDataRole.UserRole)


class Role(enum.IntEnum):
    """Roles of a cell.

    DETAIL: the second, small line.  TONE: see `widgets.pill.TONES`.  SHAPE: see `shapes.NAMES`.
    ICON: an icon's name.  HISTORY: a tuple of numbers for the sparkline.
    FRACTION: 0.0 to 1.0 for the bar, None for none.  ROW: the whole value behind the row.
    CONTENTS: All of a cell's roles as one value that can be hashed: what has equal ones looks the
    same, so that its picture is kept. None where that is not told.
    """

    DETAIL = _FIRST + 1
    TONE = _FIRST + 2
    SHAPE = _FIRST + 3
    ICON = _FIRST + 4
    HISTORY = _FIRST + 5
    FRACTION = _FIRST + 6
    ROW = _FIRST + 7
    CONTENTS = _FIRST + 8
