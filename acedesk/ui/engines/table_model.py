"""The rows of the engine table, changed by difference so that selection and readers keep calm."""

import datetime
from collections.abc import Sequence
from typing import Any, Final

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt

from acedesk.model.engine import EngineId
from acedesk.model.snapshot import EngineView
from acedesk.ui.engines import words
from acedesk.ui.roles import Role
from acedesk.words import numbers
from acedesk.words.errors import explain

STATE, NAME, VERSION, STREAMS, ANSWER, PORT, SINCE = range(7)
COLUMNS: Final = ("State", "Engine", "Version", "Streams", "Answers in", "Port", "Since")

_Index = QModelIndex | QPersistentModelIndex


class EngineModel(QAbstractTableModel):
    """One row for each engine of the last snapshot, in the snapshot's order."""

    def __init__(self) -> None:
        super().__init__()
        self._engines: list[EngineView] = []
        self._now = datetime.datetime.now(datetime.UTC)

    def show(self, engines: Sequence[EngineView], now: datetime.datetime) -> None:
        """Become `engines`: rows leave and come one by one, changed cells are repainted."""
        self._now = now
        wanted = {engine.id: engine for engine in engines}
        for position in reversed(range(len(self._engines))):
            if self._engines[position].id not in wanted:
                self.beginRemoveRows(QModelIndex(), position, position)
                del self._engines[position]
                self.endRemoveRows()
        for position, engine in enumerate(engines):
            self._put(position, engine)
        if self._engines:  # the time runs in every row
            last = len(self._engines) - 1
            self.dataChanged.emit(self.index(0, SINCE), self.index(last, SINCE))

    def engine(self, row: int) -> EngineView:
        """Return the engine in a row."""
        return self._engines[row]

    def row_of(self, engine_id: EngineId | None) -> int:
        """Return the row of an engine, -1 when it is not there."""
        ids = [engine.id for engine in self._engines]
        return ids.index(engine_id) if engine_id in ids else -1

    def rowCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008 - Qt's signature
        """Return the number of engines."""
        return 0 if parent.isValid() else len(self._engines)

    def columnCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008 - Qt's signature
        """Return the number of columns."""
        return 0 if parent.isValid() else len(COLUMNS)

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        """Return the column's name."""
        if orientation is Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return self.tr(COLUMNS[section])
        return None

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return what the delegates paint, the whole engine, or a sentence for screen readers."""
        engine, column = self._engines[index.row()], index.column()
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return self._text(engine, column)
            case Role.ROW:
                return engine
            case Qt.ItemDataRole.AccessibleTextRole:
                return words.sentence(engine, self._now)
            case Qt.ItemDataRole.ToolTipRole if column == STATE and engine.error is not None:
                return explain(engine.error).line
            case _:
                return _paint(engine, column, role)

    def _put(self, position: int, engine: EngineView) -> None:
        old = self.row_of(engine.id)
        if old < 0:
            self.beginInsertRows(QModelIndex(), position, position)
            self._engines.insert(position, engine)
            self.endInsertRows()
            return
        if old != position:  # rows before `position` are settled, so it can only move up
            self.beginMoveRows(QModelIndex(), old, old, QModelIndex(), position)
            self._engines.insert(position, self._engines.pop(old))
            self.endMoveRows()
        if self._engines[position] != engine:
            self._engines[position] = engine
            self.dataChanged.emit(self.index(position, 0), self.index(position, SINCE))

    def _text(self, engine: EngineView, column: int) -> str:
        match column:
            case 0:
                return words.STATES[engine.state][0]
            case 1:
                return engine.name
            case 2:
                return engine.version or numbers.NOTHING
            case 3:
                return words.places(engine)
            case 4:
                return words.answer_time(engine)
            case 5:
                return str(engine.port)
            case _:
                return numbers.format_since(engine.started_time, self._now)


def _paint(engine: EngineView, column: int, role: int) -> Any:
    if column == STATE and role in (Role.TONE, Role.SHAPE):
        _word, tone, shape = words.STATES[engine.state]
        return tone if role == Role.TONE else shape
    if column == NAME and role == Role.DETAIL:
        return words.origin(engine)
    if column == STREAMS and engine.max_streams:
        share = engine.streams / engine.max_streams
        if role == Role.FRACTION:
            return share
        if role == Role.TONE:
            return "warn" if share >= 1 else "accent"
    return None
