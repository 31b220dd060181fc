"""The steps of one provision side by side: a bar each, what it does, how far it is."""

from typing import Final

from PySide6.QtCore import QRectF, QSize
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from acedesk.model.engine import BackendKind, Step, StepState
from acedesk.model.snapshot import ProvisionView
from acedesk.ui.engines import words
from acedesk.ui.look import tokens
from acedesk.ui.widgets.delegates import paint_bar
from acedesk.ui.widgets.glyph import Glyph
from acedesk.ui.widgets.label import ElidedLabel

# State -> mark, colour of the mark, tone of the bar.
_LOOKS: Final = {
    StepState.WAITING: ("hollow", "idle", "idle"),
    StepState.RUNNING: ("ring", "working", "working"),
    StepState.DONE: ("check-circle", "good", "good"),
    StepState.FAILED: ("cross", "bad", "bad"),
}

_STATE_WORDS: Final = {
    StepState.WAITING: "waiting",
    StepState.RUNNING: "running",
    StepState.DONE: "done",
    StepState.FAILED: "failed",
}


class StepRow(QWidget):
    """Shows the steps a backend reports, as many as it has."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(tokens.SPACE_L)
        self._cells: list[_StepCell] = []

    def show_steps(self, provision: ProvisionView) -> None:
        """Show how far each step is."""
        while len(self._cells) < len(provision.steps):
            cell = _StepCell()
            self._cells.append(cell)
            self._row.addWidget(cell, 1)
        for position, cell in enumerate(self._cells):
            cell.setVisible(position < len(provision.steps))
            if position < len(provision.steps):
                cell.show_step(provision.steps[position], provision.backend)

    @property
    def texts(self) -> tuple[str, ...]:
        """What the steps say: "Download the image, running, 126.0 MB of 318.0 MB"."""
        return tuple(cell.accessibleName() for cell in self._cells if not cell.isHidden())


class _StepCell(QWidget):
    def __init__(self) -> None:
        super().__init__()
        self._bar = _Bar()
        self._mark = Glyph("hollow", tokens.PILL_ICON, "idle")
        self._label = ElidedLabel("", "strong")
        self._fact = ElidedLabel("", "small")
        line = QHBoxLayout()
        line.setSpacing(tokens.SPACE_S)
        line.addWidget(self._mark)
        line.addWidget(self._label, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(tokens.SPACE_XS)
        column.addWidget(self._bar)
        column.addLayout(line)
        column.addWidget(self._fact)

    def show_step(self, step: Step, backend: BackendKind) -> None:
        mark, role, tone = _LOOKS[step.state]
        label, fact = words.step_label(step, backend), words.step_fact(step)
        self._mark.show_icon(mark, role)
        self._label.setText(label)
        self._fact.setText(fact or _STATE_WORDS[step.state])
        self._bar.show_share(words.step_share(step), tone)
        parts = (label, _STATE_WORDS[step.state], fact)
        self.setAccessibleName(", ".join(part for part in parts if part))


class _Bar(QWidget):
    def __init__(self) -> None:
        super().__init__()
        self._look = (0.0, "idle")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_share(self, share: float | None, tone: str) -> None:
        look = (share or 0.0, tone)
        if look != self._look:
            self._look = look
            self.update()

    def sizeHint(self) -> QSize:
        return QSize(tokens.SPACE_XL, tokens.BAR_HEIGHT)

    def paintEvent(self, event: QPaintEvent) -> None:
        paint_bar(QPainter(self), QRectF(self.rect()), *self._look)
