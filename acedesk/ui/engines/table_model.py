"""The rows of the engine table, changed by difference.

So selection and screen readers stay where they are.
"""

import datetime
from collections.abc import Sequence
from typing import Any, Final

from PySide6.QtCore import QCoreApplication, Qt

from acedesk.model.engine import EngineState
from acedesk.model.snapshot import EngineView
from acedesk.ui.engines import words
from acedesk.ui.roles import Role
from acedesk.ui.tables.row_table import RowTable, natural
from acedesk.ui.tables.shown_rows import Index
from acedesk.words import numbers
from acedesk.words.errors import explain

STATE, NAME, VERSION, STREAMS, ANSWER, PORT, SINCE = range(7)
COLUMNS: Final = ("State", "Engine", "Version", "Streams", "Answers in", "Port", "Since")

_STATE_ORDER: Final = {state: number for number, state in enumerate(EngineState)}


class EngineModel(RowTable):
    """One row for each engine of the last snapshot, in the snapshot's order or sorted."""

    def __init__(self) -> None:
        super().__init__(
            [QCoreApplication.translate("EngineModel", heading) for heading in COLUMNS],
            id_of=lambda engine: engine.id,
            sort_value=sort_value,
        )
        self._now = datetime.datetime.now(datetime.UTC)
        self._engines: Sequence[EngineView] = ()
        self._filter = ""

    def set_filter(self, text: str) -> None:
        """Show only engines with `text` in their name, origin, version, port or state."""
        self._filter = text.strip().lower()
        self.show(self._engines, self._now)

    def show(self, engines: Sequence[EngineView], now: datetime.datetime) -> None:
        """Become `engines`: rows leave and come one by one, changed cells are repainted."""
        self._now, self._engines = now, engines
        before = {engine.id: engine for engine in self._shown}
        self.put([engine for engine in engines if self._matches(engine)])
        for place, engine in enumerate(self._shown):
            if before.get(engine.id, engine) != engine:
                self.dataChanged.emit(self.index(place, 0), self.index(place, SINCE))
        if self._shown:  # the time runs in every row
            last = len(self._shown) - 1
            self.dataChanged.emit(self.index(0, SINCE), self.index(last, SINCE))

    def _matches(self, engine: EngineView) -> bool:
        texts = (engine.name, words.origin(engine), engine.version, words.port(engine))
        searched = (*texts, words.state_words(engine)[0])
        return not self._filter or any(self._filter in text.lower() for text in searched)

    def engine(self, row: int) -> EngineView:
        """Return the engine in a row."""
        found: EngineView = self._shown[row]
        return found

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return what the delegates paint, the whole engine, or a sentence for screen readers."""
        engine, column = self._shown[index.row()], index.column()
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return self._text(engine, column)
            case Role.ROW:
                return engine
            case Qt.ItemDataRole.AccessibleTextRole:
                return words.sentence(engine, self._now)
            case Qt.ItemDataRole.ToolTipRole if column == STATE and engine.error is not None:
                return explain(engine.error).sentences
            case Qt.ItemDataRole.ToolTipRole if column == STATE and engine.is_alive:
                return words.score_line(engine)
            case _:
                return _paint(engine, column, role)

    def _text(self, engine: EngineView, column: int) -> str:
        match column:
            case 0:
                return words.state_words(engine)[0]
            case 1:
                return engine.name
            case 2:
                return engine.version or numbers.NOTHING
            case 3:
                return words.places(engine)
            case 4:
                return words.answer_time(engine)
            case 5:
                return words.port(engine)
            case _:
                return words.since(engine, self._now)


def sort_value(engine: EngineView, column: int) -> Any:
    """Return what a column is sorted by: numbers as numbers, those that are not there first."""
    match column:
        case 0:
            return _STATE_ORDER[engine.state]
        case 1:
            return natural(engine.name)
        case 2:
            return natural(engine.version) if engine.version else None
        case 3:
            return engine.streams if engine.is_alive else None
        case 4:
            return engine.answer_time if engine.is_alive else None
        case 5:
            return engine.port if engine.is_alive else None
        case _:
            started = engine.started_time
            return -started.timestamp() if started is not None and engine.is_alive else None


def _paint(engine: EngineView, column: int, role: int) -> Any:
    if column == STATE and role in (Role.TONE, Role.SHAPE):
        _word, tone, shape = words.state_words(engine)
        return tone if role == Role.TONE else shape
    if column == NAME and role == Role.DETAIL:
        return words.detail(engine)
    if column == STREAMS and engine.max_streams and engine.is_alive:
        share = engine.streams / engine.max_streams
        if role == Role.FRACTION:
            return share
        if role == Role.TONE:
            return "warn" if share >= 1 else "accent"
    return None
