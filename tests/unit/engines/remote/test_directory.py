"""The list of the orchestrator: kept fresh, kept when it is down, and fresh again."""

import asyncio
from collections.abc import AsyncIterator, Callable

import pytest

from acedesk import tasks
from acedesk.engines.remote import directory as module
from acedesk.engines.remote import requests as requests_module
from acedesk.engines.remote.client import OrchestratorClient
from acedesk.engines.remote.directory import Directory
from acedesk.errors import Busy, OrchestratorTrouble
from acedesk.model.event import EventKind
from tests.fakes.notes import Notes
from tests.fakes.orchestrator import FakeOrchestrator, engine_row, stream_row


class Parts:
    """A directory that runs."""

    def __init__(self, orchestrator: FakeOrchestrator, client: OrchestratorClient) -> None:
        self.orchestrator = orchestrator
        self.notes = Notes()
        self.directory = Directory(client, note=self.notes)
        self.changes = 0
        self.changed = asyncio.Event()
        self.directory.changed.connect(self._count)
        self.task: asyncio.Task[None] | None = None

    def _count(self) -> None:
        self.changes += 1
        self.changed.set()

    def run(self) -> None:
        self.task = tasks.spawn(self.directory.run(), name="directory")

    async def until(self, holds: Callable[[], bool]) -> None:
        async with asyncio.timeout(20):
            while not holds():
                await self.changed.wait()
                self.changed.clear()


@pytest.fixture
async def parts(
    orchestrator: FakeOrchestrator,
    client: OrchestratorClient,
    monkeypatch: pytest.MonkeyPatch,
) -> AsyncIterator[Parts]:
    for name in ("FIRST_PAUSE", "LONGEST_PAUSE", "POLL_INTERVAL"):
        monkeypatch.setattr(module, name, 0.01)
    monkeypatch.setattr(requests_module, "FIRST_PAUSE", 0.001)
    orchestrator.engines = [engine_row("one", 1)]
    made = Parts(orchestrator, client)
    yield made
    await tasks.cancel(made.task)


def engines(parts: Parts) -> list[str]:
    return list(parts.directory.picture.engines)


async def test_changes_come_over_the_websocket(parts: Parts) -> None:
    parts.run()
    await parts.until(lambda: parts.directory.live)

    changed = {"changed": [engine_row("two", 2)], "removed": ["one"]}
    await parts.orchestrator.say(type="changes", revision="r-2", engines=changed)
    await parts.until(lambda: engines(parts) == ["two"])

    assert parts.directory.usable
    assert parts.orchestrator.count("/engines") == 0


async def test_one_of_the_python_era_is_asked_again_and_again(parts: Parts) -> None:
    parts.orchestrator.modern = False
    parts.run()
    await parts.until(lambda: engines(parts) == ["one"])

    parts.orchestrator.streams = [stream_row("first", "one")]
    await parts.until(lambda: "first" in parts.directory.picture.streams)

    assert (parts.directory.live, parts.directory.usable) == (False, True)
    assert parts.orchestrator.count("/ws/engines") == 1


async def test_the_last_list_stays_while_it_is_down_and_is_fresh_when_it_is_back(
    parts: Parts,
) -> None:
    parts.run()
    await parts.until(lambda: parts.directory.usable)
    port = parts.orchestrator.port
    await parts.orchestrator.stop()
    await parts.until(lambda: parts.directory.error is not None)

    assert parts.directory.error is not None
    assert parts.directory.error.trouble is OrchestratorTrouble.SILENT
    assert (engines(parts), parts.directory.usable, parts.directory.live) == (["one"], False, False)

    parts.orchestrator.engines = [engine_row("new", 3)]
    await parts.orchestrator.start(port)
    await parts.until(lambda: engines(parts) == ["new"])

    assert parts.directory.usable
    assert parts.orchestrator.sinces == ["", "r-1"]
    assert [data["after"] for *_, data in parts.notes.all] == ["ready", "silent", "ready"]
    assert set(parts.notes.kinds) == {EventKind.ORCHESTRATOR_CHANGED}


async def test_a_key_that_is_refused_is_told_and_tried_again(parts: Parts) -> None:
    parts.orchestrator.key = "other"
    parts.run()
    await parts.until(lambda: parts.directory.error is not None)

    assert parts.directory.error is not None
    assert parts.directory.error.trouble is OrchestratorTrouble.REFUSED
    assert not parts.directory.known

    parts.orchestrator.key = ""
    await parts.until(lambda: parts.directory.usable)


async def test_one_that_takes_the_connection_and_tells_nothing_is_silent(
    parts: Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "FIRST_MESSAGE", 0.02)
    monkeypatch.setattr(requests_module, "READ_TIMEOUT", 0.05)
    parts.orchestrator.silent["/ws/engines"] = 1000
    parts.run()
    await parts.until(lambda: parts.directory.error is not None)

    assert parts.directory.error is not None
    assert parts.directory.error.trouble is OrchestratorTrouble.SILENT


async def test_what_is_no_orchestrator_is_told_as_that(parts: Parts) -> None:
    parts.orchestrator.modern = False
    parts.orchestrator.bodies["/engines"] = "<html>welcome</html>"
    parts.run()
    await parts.until(lambda: parts.directory.error is not None)

    assert parts.directory.error is not None
    assert parts.directory.error.trouble is OrchestratorTrouble.INVALID


async def test_the_first_look_has_the_list_before_anybody_plays(parts: Parts) -> None:
    await parts.directory.open(5.0)

    assert engines(parts) == ["one"]


async def test_a_silent_one_does_not_keep_the_start(parts: Parts) -> None:
    parts.orchestrator.silent = {"/engines": 9, "/streams": 9}

    await parts.directory.open(0.02)

    assert not parts.directory.usable


async def test_the_same_list_again_is_no_change(parts: Parts) -> None:
    await parts.directory.refresh()
    before = parts.changes

    await parts.directory.refresh()

    assert parts.changes == before == 1
    assert parts.directory.find("one") is not None
    assert parts.directory.find("none") is None


async def test_an_engine_that_is_made_with_an_error_is_found_in_the_list(parts: Parts) -> None:
    """A server of the Python era answers 500 once the container runs."""
    await parts.directory.refresh()
    parts.orchestrator.modern = False
    parts.orchestrator.made = (500, {"detail": "Internal Server Error"})
    parts.orchestrator.joining = [engine_row("two", 2)]

    assert await parts.directory.provision() == "two"
    assert engines(parts) == ["one", "two"]

    parts.orchestrator.joining = []
    with pytest.raises(Busy):
        await parts.directory.provision()


async def test_an_engine_that_is_made_is_listed_at_once(parts: Parts) -> None:
    await parts.directory.refresh()
    parts.orchestrator.made = (200, {"container_id": "two"})
    parts.orchestrator.joining = [engine_row("two", 2)]

    assert await parts.directory.provision() == "two"
    assert engines(parts) == ["one", "two"]
