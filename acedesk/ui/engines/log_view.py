"""What the selected engine wrote, read again every few seconds while it is on screen."""

import asyncio
from typing import Final

from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QPlainTextEdit, QWidget

from acedesk.errors import AceDeskError
from acedesk.model.engine import FOREIGN
from acedesk.model.snapshot import EngineView
from acedesk.ui.actions import run_action
from acedesk.ui.clipboard import clipboard
from acedesk.ui.desk import Desk
from acedesk.ui.look import theme
from acedesk.ui.widgets.buttons import SecondaryButton
from acedesk.ui.widgets.card import Card
from acedesk.ui.widgets.label import make_label
from acedesk.words.errors import explain

LINES: Final = 500  # what `docker logs` shows in a few screens; more is for a terminal
REFRESH_MS: Final = 3_000  # a person reads along, and Docker is asked once in that time


class EngineLog(Card):
    """A read-only, monospace view of one engine's log.

    Signals:
        failed: A bug while reading; expected errors are shown in place.
        copied: The text was copied.
    """

    failed = Signal(object)
    copied = Signal()

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent=parent)
        self._desk = desk
        self._engine: EngineView | None = None
        self._reading: asyncio.Task[None] | None = None
        self._note = make_label("", "muted", wrap=True)
        self.copy = SecondaryButton(self.tr("Copy"), "content-copy", small=True)
        self.text = QPlainTextEdit()
        self.text.setAccessibleName(self.tr("Log of the engine"))
        self.text.setReadOnly(True)
        self.text.setFont(theme.mono_font(theme.SMALL_POINTS))
        self.text.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self._timer = QTimer(self, interval=REFRESH_MS)
        self._timer.timeout.connect(self.read)
        self.copy.clicked.connect(self._copy)
        head = QHBoxLayout()
        head.addWidget(make_label(self.tr("Log"), "strong"))
        head.addWidget(self._note, 1)
        head.addWidget(self.copy)
        self.body.addLayout(head)
        self.body.addWidget(self.text, 1)

    def show_engine(self, engine: EngineView | None) -> None:
        """Show another engine's log; the same engine goes on as it is."""
        old, self._engine = self._engine, engine
        if (old.id if old else None) == (engine.id if engine else None):
            return
        if self._reading is not None:
            self._reading.cancel()
            self._reading = None
        self._put("", "")
        self.read()

    def read(self) -> None:
        """Ask for the log, unless it is asked already or nobody looks."""
        engine = self._engine
        if engine is None or not self.isVisible() or self._reading is not None:
            return
        if self.text.textCursor().hasSelection():  # new text would take it away
            return
        if engine.backend in FOREIGN:
            self._put("", self.tr("An engine on another address keeps its log to itself."))
            return
        self._reading = run_action(
            self._read(engine), self.failed.emit, name=f"read the log of {engine.name}"
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
        try:
            text = await self._desk.engines.read_log(engine.id, LINES)
        except AceDeskError as exc:  # shown in place: it may fail every few seconds
            self._put(self.text.toPlainText(), explain(exc).sentences)
            return
        self._put(text.rstrip("\n"), "" if text.strip() else self.tr("Nothing written yet."))

    def _forget(self, task: "asyncio.Task[None]") -> None:
        if self._reading is task:
            self._reading = None

    def _put(self, text: str, note: str) -> None:
        self._note.setText(note)
        self.copy.setEnabled(bool(text))
        if text == self.text.toPlainText():
            return
        bar = self.text.verticalScrollBar()
        at_end, place = bar.value() >= bar.maximum() - 1, bar.value()
        self.text.setPlainText(text)
        bar.setValue(bar.maximum() if at_end else place)

    def _copy(self) -> None:
        clipboard().copy(self.text.toPlainText(), self.copied.emit)

    @property
    def note(self) -> str:
        """What is said beside the text."""
        return self._note.text()
