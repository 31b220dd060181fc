"""How the selected engine did in the last 24 hours: processor, memory, streams, speed."""

import asyncio
from typing import Final

from PySide6.QtCore import QCoreApplication, QTimer, Signal
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QGridLayout, QWidget

from acedesk.model.history import DayCourse
from acedesk.model.snapshot import EngineView
from acedesk.ui.actions import run_action
from acedesk.ui.desk import Desk
from acedesk.ui.graphs.day_graph import DayGraph, Quantity
from acedesk.ui.look import tokens
from acedesk.ui.widgets.card import Card
from acedesk.ui.widgets.label import make_label
from acedesk.words import numbers

# A value is added every five minutes; what is new is there within one.
REFRESH_MS: Final = 60_000


def _quantities() -> dict[str, Quantity]:
    def tr(text: str) -> str:
        return QCoreApplication.translate("EngineDay", text)

    return {
        "cpu": Quantity(
            title=tr("Processor, % of a core"),
            color="accent",
            scale=100.0,
            words=lambda share: f"{100 * share:.0f} %",
            least=10.0,
        ),
        "memory": Quantity(
            title=tr("Memory, MB"),
            color="good",
            scale=1e-6,
            words=numbers.format_bytes,
            least=100.0,
        ),
        "streams": Quantity(
            title=tr("Streams"),
            color="working",
            scale=1.0,
            words=lambda count: f"{count:.1f}".removesuffix(".0"),
            least=2.0,
        ),
        "speed_down": Quantity(
            title=tr("Download, Mbit/s"),
            color="accent",
            scale=1e-6,
            words=numbers.format_rate,
            least=2.0,
        ),
    }


class EngineDay(Card):
    """Four graphs of one engine.

    Signals:
        failed: A bug while reading.
    """

    failed = Signal(object)

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent=parent)
        self._desk = desk
        self._engine: EngineView | None = None
        self._reading: asyncio.Task[None] | None = None
        self.note = make_label("", "muted", wrap=True)
        self.graphs = {name: DayGraph(quantity) for name, quantity in _quantities().items()}
        self._timer = QTimer(self, interval=REFRESH_MS)
        self._timer.timeout.connect(self.read)
        grid = QGridLayout()
        grid.setSpacing(tokens.SPACE_M)
        for place, graph in enumerate(self.graphs.values()):
            grid.addWidget(graph, place // 2, place % 2)
        self.body.addWidget(self.note)
        self.body.addLayout(grid, 1)
        self.note.setVisible(False)

    def show_engine(self, engine: EngineView | None) -> None:
        """Show another engine's day; the same engine goes on as it is."""
        old, self._engine = self._engine, engine
        if (old.id if old else None) != (engine.id if engine else None):
            if self._reading is not None:
                self._reading.cancel()
                self._reading = None
            self.read()

    def read(self) -> None:
        """Ask for the day, unless it is asked already or nobody looks."""
        engine = self._engine
        if engine is None or not self.isVisible() or self._reading is not None:
            return
        self._reading = run_action(
            self._read(engine), self.failed.emit, name=f"read the day of {engine.name}"
        )
        self._reading.add_done_callback(self._forget)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._timer.start()
        self.read()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._timer.stop()

    async def _read(self, engine: EngineView) -> None:
        self._show(await self._desk.history.engine_day(engine.id))

    def _show(self, day: DayCourse) -> None:
        for name, graph in self.graphs.items():
            graph.show_values(day.values.get(name, ()), day.end_time)
        text = ""
        if day.is_empty:
            text = self.tr("The first values come within a few minutes.")
        elif all(value is None for value in day.values.get("cpu", ())):
            text = self.tr("What it uses is known of engines in Docker only.")
        self.note.setText(text)
        self.note.setVisible(bool(text))

    def _forget(self, task: "asyncio.Task[None]") -> None:
        if self._reading is task:
            self._reading = None
