"""The top line of a page: title, summary pills, actions on the right."""

from collections.abc import Sequence
from typing import NamedTuple

from PySide6.QtCore import QEvent, QSize
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QWidget

from acedesk.ui.look import tokens
from acedesk.ui.widgets.flow_layout import FlowLayout
from acedesk.ui.widgets.label import make_label
from acedesk.ui.widgets.pill import Pill


class PillText(NamedTuple):
    """What one summary pill says, its tone (see `pill.TONES`) and its icon."""

    text: str
    tone: str = "plain"
    icon: str = ""


class PageHeader(QWidget):
    """Title and pills on the left, actions on the right.

    Where it is narrow, pills give way, and then actions go on in a second line.
    """

    def __init__(self, title: str, *, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setMinimumHeight(tokens.BUTTON_HEIGHT)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(tokens.SPACE_M)
        self._title = make_label(title, "title")
        row.addWidget(self._title)
        row.addSpacing(tokens.SPACE_S)
        self._pills = _PillRow()
        row.addWidget(self._pills, 1)
        self._actions = FlowLayout(right=True, spacing=tokens.SPACE_M)
        row.addLayout(self._actions)

    def set_title(self, title: str) -> None:
        """Show another title."""
        self._title.setText(title)

    def set_pills(self, pills: Sequence[PillText]) -> None:
        """Show these summaries; widgets are reused, so this is cheap once a second."""
        self._pills.show_texts(pills)

    @property
    def pill_texts(self) -> tuple[str, ...]:
        """What the pills say, also those there is no room for."""
        return tuple(pill.text for pill in self._pills.pills)

    @property
    def pills_in_sight(self) -> tuple[str, ...]:
        """What the pills say that there is room for."""
        return tuple(pill.text for pill in self._pills.pills if not pill.isHidden())

    def add_action(self, widget: QWidget) -> None:
        """Put a button (or a field) at the right end."""
        self._actions.addWidget(widget)


class _PillRow(QWidget):
    """Pills beside each other, as many as fit: a layout would make the whole window wider."""

    def __init__(self) -> None:
        super().__init__()
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._made: list[Pill] = []
        self._count = 0
        self._height_told = 0

    @property
    def pills(self) -> list[Pill]:
        """Those that say something, whether there is room for them or not."""
        return self._made[: self._count]

    def show_texts(self, pills: Sequence[PillText]) -> None:
        while len(self._made) < len(pills):
            self._made.append(Pill(parent=self))
        self._count = len(pills)
        for pill, wanted in zip(self._made, pills, strict=False):
            pill.show_text(wanted.text, tone=wanted.tone, icon=wanted.icon)
        self._arrange()

    def sizeHint(self) -> QSize:
        sizes = [pill.sizeHint() for pill in self.pills]
        gaps = max(0, len(sizes) - 1) * tokens.SPACE_M
        height = max((size.height() for size in sizes), default=0)
        return QSize(sum(size.width() for size in sizes) + gaps, height)

    def minimumSizeHint(self) -> QSize:
        return QSize(0, self.sizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.LayoutRequest:  # a pill is wider or narrower now
            self._arrange()
        return super().event(event)

    def _arrange(self) -> None:
        height = self.sizeHint().height()
        if height != self._height_told:  # what is wanted in width nobody looks at
            self._height_told = height
            self.updateGeometry()
        left = 0
        for place, pill in enumerate(self._made):
            size = pill.sizeHint()
            fits = place < self._count and left + size.width() <= self.width()
            pill.setGeometry(left, (self.height() - size.height()) // 2 + 2, *size.toTuple())
            if pill.isHidden() is fits:
                pill.setVisible(fits)
            # The first one without room hides all behind it: their order says what counts more.
            left = left + size.width() + tokens.SPACE_M if fits else self.width() + 1
