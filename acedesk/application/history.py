"""What may be asked about the past: how engines and streams did in the last day."""

import asyncio
import dataclasses
import datetime
import json
import pathlib
from collections.abc import Callable, Mapping
from typing import Final

from acedesk import __version__, clock
from acedesk.model.engine import BackendId, EngineId
from acedesk.model.event import EventKind
from acedesk.model.history import (
    DAY_STEP,
    ContainerUsage,
    DayCourse,
    HistoryTrouble,
    LinkTestResult,
    Series,
)
from acedesk.model.snapshot import Snapshot
from acedesk.observe.engine_usage import Engines, EngineUsage, StatsSource
from acedesk.observe.event_log import EventLog
from acedesk.observe.history_recorder import HistoryRecorder
from acedesk.observe.kept_events import KeptEvents
from acedesk.store.history.history_store import HistoryStore
from acedesk.words.errors import explain

DAY: Final = 24 * 3600


class HistoryControl:
    """The past for the windows and the API; see also `acedesk.ui.desk.HistoryDesk`.

    Args:
        folder: Where the history is kept.
        events: The log whose events are kept over restarts.
        snapshot: Returns a picture of everything now.
        runtimes: Which Docker runs the containers of a backend.

    Attributes:
        store: Where all is kept.

    Closes: the store, by `close`.
    """

    def __init__(
        self,
        folder: pathlib.Path,
        events: EventLog,
        snapshot: Callable[[], Snapshot],
        *,
        engines: Engines,
        runtimes: Mapping[BackendId, StatsSource],
    ) -> None:
        self._events = events
        self.store = HistoryStore(folder, self._tell)
        self._kept = KeptEvents(events, self.store, __version__)
        self._recorder = HistoryRecorder(snapshot, self.store.add_row)
        self._usage = EngineUsage(engines, runtimes)

    async def open(self) -> None:
        """Read back the last events; whatever is wrong with the file, this does not fail."""
        await self._kept.open()

    async def run(self) -> None:
        """Measure until cancelled; a service for `tasks.Supervisor`."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._recorder.run(), name="history recorder")
            group.create_task(self._usage.run(), name="engine usage")

    async def close(self) -> None:
        """Write what waits."""
        await self.store.close()

    def usage(self, engine_id: EngineId) -> ContainerUsage | None:
        """Return what an engine's container uses now, None while that is not known."""
        return self._usage.usage(engine_id)

    async def engine_day(self, engine_id: EngineId) -> DayCourse:
        """Return how an engine did in the last 24 hours; empty for one that was never seen."""
        return await self._day(Series.ENGINE, engine_id)

    async def stream_day(self, stream_id: str) -> DayCourse:
        """Return how a stream did in the last 24 hours."""
        return await self._day(Series.STREAM, stream_id)

    def add_link_test(self, result: LinkTestResult) -> None:
        """Keep the result of a tried link."""
        text = json.dumps(_plain(result))
        self.store.add_test(result.time.timestamp(), result.stream_id, text)

    async def link_tests(self, count: int) -> list[str]:
        """Return the results of the last tried links as JSON, newest first."""
        return await self.store.tests(count)

    async def _day(self, series: Series, subject: str) -> DayCourse:
        end = (int(clock.utc_now().timestamp()) // DAY_STEP + 1) * DAY_STEP
        begin = end - DAY
        found = dict(await self.store.course(series, subject, begin, end))
        nothing = (None,) * len(series.names)
        steps = [found.get(start, nothing) for start in range(begin, end, DAY_STEP)]
        return DayCourse(
            end_time=datetime.datetime.fromtimestamp(end, datetime.UTC),
            interval=DAY_STEP,
            values=dict(zip(series.names, zip(*steps, strict=True), strict=True)),
        )

    def _tell(self, trouble: HistoryTrouble, detail: str) -> None:
        self._events.note(EventKind.HISTORY_TROUBLE, "", cause=trouble.value, detail=detail)


def _plain(result: LinkTestResult) -> dict[str, object]:
    """Return a result as what JSON knows."""
    error = result.error
    told = {field.name: getattr(result, field.name) for field in dataclasses.fields(result)}
    told["time"] = result.time.isoformat().replace("+00:00", "Z")
    told["error"] = None if error is None else {"code": error.code, "message": explain(error).line}
    return {**told, "plays": result.plays}
