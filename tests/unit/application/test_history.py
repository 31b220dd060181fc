"""The past as windows and the API ask for it."""

import asyncio
import json
import pathlib
from collections.abc import AsyncIterator

import pytest

from acedesk import clock
from acedesk.application.history import DAY, HistoryControl
from acedesk.engines.pool import EnginePool
from acedesk.errors import EngineRefused
from acedesk.model.engine import EngineId
from acedesk.model.event import EventKind
from acedesk.model.history import DAY_STEP, HistoryRow, LinkTestResult, Series
from acedesk.model.snapshot import Snapshot
from acedesk.observe.event_log import EventLog
from acedesk.settings import Settings
from acedesk.store.history.database import FILE_NAME


def make(folder: pathlib.Path) -> tuple[EventLog, HistoryControl]:
    log = EventLog()
    empty = Snapshot(time=clock.utc_now(), version="1", base_url="")
    control = HistoryControl(folder, log, lambda: empty, engines=EnginePool(Settings), runtimes={})
    return log, control


@pytest.fixture
async def control(tmp_path: pathlib.Path) -> AsyncIterator[HistoryControl]:
    _, control = make(tmp_path)
    await control.open()
    yield control
    await control.close()


async def test_a_day_has_a_value_for_each_step_up_to_now(control: HistoryControl) -> None:
    now = int(clock.utc_now().timestamp())
    for ago, cpu in ((0, 0.5), (3600, 0.25), (2 * DAY, 1.0)):
        control.store.add_row(
            HistoryRow(
                series=Series.ENGINE,
                subject="e",
                start=(now - ago) // 60 * 60,
                samples=6,
                values=(cpu, *(None,) * 8),
            )
        )

    day = await control.engine_day(EngineId("e"))

    cpu_course = day.values["cpu"]
    assert len(cpu_course) == DAY // DAY_STEP
    assert cpu_course[-1] == 0.5
    assert [value for value in cpu_course if value is not None] == [0.25, 0.5]
    assert 0 < day.end_time.timestamp() - now <= DAY_STEP
    assert not day.is_empty


async def test_of_what_was_never_seen_the_day_is_empty(control: HistoryControl) -> None:
    assert (await control.stream_day("s")).is_empty


async def test_events_are_there_after_a_restart(tmp_path: pathlib.Path) -> None:
    log, control = make(tmp_path)
    await control.open()
    log.note(EventKind.ENGINE_ADDED, "e", name="engine-1")
    await control.close()

    log, control = make(tmp_path)
    await control.open()
    await control.close()

    assert [event.kind for event in log.since(0)] == [
        EventKind.ENGINE_ADDED,
        EventKind.PROGRAM_STARTED,
    ]


async def test_a_damaged_file_is_an_event(tmp_path: pathlib.Path) -> None:
    await asyncio.to_thread((tmp_path / FILE_NAME).write_bytes, b"no database" * 200)
    log, control = make(tmp_path)

    await control.open()
    await log.wait(0, 10)
    await control.close()

    (event,) = log.since(0)
    assert (event.kind, event.cause) == (EventKind.HISTORY_TROUBLE, "damaged")
    assert f"{FILE_NAME}.bad" in str(event.data["detail"])


async def test_results_of_tried_links_are_kept_newest_first(control: HistoryControl) -> None:
    for name in ("one", "two"):
        control.add_link_test(
            LinkTestResult(
                stream_id="s",
                title=name,
                time=clock.utc_now(),
                engine_name="engine-1",
                error=EngineRefused("no"),
            )
        )

    kept = [json.loads(text) for text in await control.link_tests(5)]

    assert [one["title"] for one in kept] == ["two", "one"]
    assert kept[0]["error"]["code"] == "engine_refused"
    assert kept[0]["plays"] is False
