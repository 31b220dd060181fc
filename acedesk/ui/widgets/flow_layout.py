"""A row that goes on in the next line where there is no room, as words of a text do."""

from typing import Final

from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtWidgets import QLayout, QLayoutItem, QWidget

from acedesk.ui.look import tokens

_NOTHING: Final = Qt.Orientation(0)


class FlowLayout(QLayout):
    """Lays out buttons, each as wide as it wants to be.

    Args:
        right: Lines end at the right side instead of beginning at the left one.
    """

    def __init__(
        self,
        parent: QWidget | None = None,
        *,
        right: bool = False,
        spacing: int = tokens.SPACE_S,
    ) -> None:
        super().__init__()
        self._items: list[QLayoutItem] = []
        self._right = right
        # Qt asks for the height many times in one layout; after a change it calls `invalidate`.
        self._hints: list[tuple[QLayoutItem, QSize]] | None = None
        if parent is not None:
            parent.setLayout(self)
        self.setContentsMargins(0, 0, 0, 0)
        self.setSpacing(spacing)

    def addItem(self, item: QLayoutItem) -> None:
        self._items.append(item)
        self.invalidate()

    def count(self) -> int:
        return len(self._items)

    def itemAt(self, index: int) -> QLayoutItem | None:
        return self._items[index] if 0 <= index < len(self._items) else None

    def takeAt(self, index: int) -> QLayoutItem | None:
        self._hints = None
        return self._items.pop(index) if 0 <= index < len(self._items) else None

    def insert(self, index: int, widget: QWidget) -> None:
        """Put a widget before the one at `index`."""
        self.addWidget(widget)
        self._items.insert(index, self._items.pop())

    def expandingDirections(self) -> Qt.Orientation:
        return _NOTHING

    def hasHeightForWidth(self) -> bool:
        return True

    def invalidate(self) -> None:
        self._hints = None
        super().invalidate()

    def heightForWidth(self, width: int) -> int:
        lines = self._lines(width)
        heights = [max(hint.height() for _, hint in line) for line in lines]
        return sum(heights) + self.spacing() * max(0, len(lines) - 1)

    def minimumSize(self) -> QSize:
        size = QSize()
        for item, _ in self._shown():
            size = size.expandedTo(item.minimumSize())
        return size

    def sizeHint(self) -> QSize:
        hints = [hint for _, hint in self._shown()]
        width = sum(hint.width() for hint in hints) + self.spacing() * max(0, len(hints) - 1)
        return QSize(width, max((hint.height() for hint in hints), default=0))

    def setGeometry(self, area: QRect) -> None:
        super().setGeometry(area)
        top = area.top()
        for line in self._lines(area.width()):
            height = max(hint.height() for _, hint in line)
            widths = [min(hint.width(), area.width()) for _, hint in line]
            left = area.left()
            if self._right:
                left += area.width() - sum(widths) - self.spacing() * (len(line) - 1)
            for (item, hint), width in zip(line, widths, strict=True):
                high = min(hint.height(), height)
                place = QPoint(left, top + (height - high) // 2)
                item.setGeometry(QRect(place, QSize(width, high)))
                left += width + self.spacing()
            top += height + self.spacing()

    def _shown(self) -> list[tuple[QLayoutItem, QSize]]:
        if self._hints is None:
            self._hints = [(item, item.sizeHint()) for item in self._items if not item.isEmpty()]
        return self._hints

    def _lines(self, width: int) -> list[list[tuple[QLayoutItem, QSize]]]:
        lines: list[list[tuple[QLayoutItem, QSize]]] = []
        left = 0
        for item, hint in self._shown():
            if not lines or left + hint.width() > width:
                lines.append([])
                left = 0
            lines[-1].append((item, hint))
            left += hint.width() + self.spacing()
        return lines
