"""Reports are sent in batches, and wait while the orchestrator is down."""

import json
import pathlib
from collections.abc import AsyncIterator

import pytest

from acedesk import tasks
from acedesk.engines.remote import report_sender as module
from acedesk.engines.remote.client import OrchestratorClient
from acedesk.engines.remote.report_sender import ReportSender
from acedesk.formats.orchestrator.reports import ENDED, STARTED
from acedesk.store.reports.report_file import FILE_NAME
from acedesk.store.reports.report_queue import ReportQueue
from tests.fakes.loop_steps import until
from tests.fakes.orchestrator import FakeOrchestrator


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("FIRST_PAUSE", "LONGEST_PAUSE", "LOOK_INTERVAL"):
        monkeypatch.setattr(module, name, 0.005)
    monkeypatch.setattr(module, "BATCH_SECONDS", 0.05)


@pytest.fixture
async def queue(tmp_path: pathlib.Path) -> AsyncIterator[ReportQueue]:
    made = ReportQueue(tmp_path)
    yield made
    await made.close()


@pytest.fixture
async def running(client: OrchestratorClient, queue: ReportQueue) -> AsyncIterator[ReportSender]:
    sender = ReportSender(client, queue)
    task = tasks.spawn(sender.run(), name="sender")
    yield sender
    await tasks.cancel(task)


def add(queue: ReportQueue, *names: str) -> None:
    for name in names:
        queue.add(STARTED, json.dumps({"labels": {"stream_id": name}}))


def arrived(orchestrator: FakeOrchestrator) -> list[str]:
    """Return the names of the streams in the order in which they came."""
    rows = [one for _, body in orchestrator.sent for one in body.get("started", [body])]
    return [one.get("labels", one).get("stream_id") for one in rows]


async def test_what_comes_within_a_moment_is_one_batch(
    orchestrator: FakeOrchestrator, queue: ReportQueue, running: ReportSender
) -> None:
    add(queue, "a", "b")
    queue.add(ENDED, '{"stream_id": "c"}')

    await until(lambda: not queue)

    assert [path for path, _ in orchestrator.sent] == ["/events/batch"]
    assert running is not None


async def test_a_hundred_do_not_wait_for_the_moment(
    orchestrator: FakeOrchestrator,
    queue: ReportQueue,
    running: ReportSender,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "BATCH_SECONDS", 3600.0)
    add(queue, *map(str, range(101)))

    await until(lambda: not queue)

    assert arrived(orchestrator) == [str(number) for number in range(101)]
    assert running is not None


@pytest.mark.parametrize("modern", [True, False])
async def test_an_outage_loses_nothing_and_keeps_the_order(
    orchestrator: FakeOrchestrator, queue: ReportQueue, running: ReportSender, modern: bool
) -> None:
    orchestrator.modern = modern
    port = orchestrator.port
    await orchestrator.stop()
    add(queue, "a", "b", "c")
    await until(lambda: queue._written == {1, 2, 3})

    await orchestrator.start(port)
    await until(lambda: not queue, seconds=30.0)

    told = [name for name in arrived(orchestrator) if name is not None]
    assert told[-3:] == ["a", "b", "c"]
    assert running is not None


async def test_what_waits_is_on_disk_while_it_is_down(
    orchestrator: FakeOrchestrator,
    queue: ReportQueue,
    running: ReportSender,
    tmp_path: pathlib.Path,
) -> None:
    orchestrator.statuses = dict.fromkeys(("/events/batch", "/events/stream_started"), 503)
    add(queue, "a")

    await until(lambda: (tmp_path / FILE_NAME).exists() and queue._written == {1})

    again = ReportQueue(tmp_path)
    await again.open()
    assert len(again) == 1
    await again.close()
    assert running is not None


async def test_one_that_is_never_taken_does_not_keep_those_behind_it(
    orchestrator: FakeOrchestrator, queue: ReportQueue, running: ReportSender
) -> None:
    orchestrator.statuses = {"/events/batch": 422}
    add(queue, "a", "b")

    await until(lambda: not queue)

    assert arrived(orchestrator) == ["a", "b", "a", "b"]  # together, then each alone
    assert running is not None


async def test_the_last_ones_are_sent_at_the_end(
    orchestrator: FakeOrchestrator, client: OrchestratorClient, queue: ReportQueue
) -> None:
    add(queue, "a", "b")

    await ReportSender(client, queue).close()

    assert arrived(orchestrator) == ["a", "b"]


async def test_a_silent_orchestrator_does_not_keep_the_end(
    orchestrator: FakeOrchestrator,
    client: OrchestratorClient,
    queue: ReportQueue,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "CLOSE_LIMIT", 0.02)
    orchestrator.silent["/events/stream_started"] = 9
    add(queue, "a")

    await ReportSender(client, queue).close()

    assert len(queue) == 1
