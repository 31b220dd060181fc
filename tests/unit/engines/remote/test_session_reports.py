"""Our sessions as the orchestrator is told of them."""

import json
import pathlib
from collections.abc import AsyncIterator
from typing import Any

import pytest

from acedesk import tasks
from acedesk.engines.remote import session_reports as module
from acedesk.engines.remote.client import OrchestratorClient
from acedesk.engines.remote.directory import Directory
from acedesk.engines.remote.session_reports import LEFT_OVER, TELL_AGAIN, SessionReports
from acedesk.formats.engine_reply import Session
from acedesk.formats.orchestrator.replies import RemoteEngine
from acedesk.formats.orchestrator.reports import ENDED, STARTED
from acedesk.model.content import KeyKind, StreamKey
from acedesk.model.engine import BackendKind, EngineId, EngineSpec
from acedesk.store.reports.report_queue import ReportQueue
from tests.fakes.loop_steps import until
from tests.fakes.orchestrator import ID, FakeOrchestrator, stream_row

KEY = StreamKey(KeyKind.CONTENT_ID, ID)
LISTED = RemoteEngine(id="one", name="one", host="127.0.0.1", port=6878)


def engine(name: str, kind: BackendKind, host: str = "10.0.0.7") -> EngineSpec:
    return EngineSpec(id=EngineId(name), name=name, backend=kind, host=host, port=6878)


REMOTE = engine("remote-one", BackendKind.REMOTE)
STATIC = engine("static-x", BackendKind.STATIC)
LOOPBACK = engine("static-y", BackendKind.STATIC, "127.0.0.1")


def session(player: str) -> Session:
    return Session(
        playback_url="http://10.0.0.7:6878/ace/r/x",
        stat_url="http://10.0.0.7:6878/ace/stat/x",
        command_url="",
        event_url="",
        infohash=None,
        playback_session_id=f"session-{player}",
        is_live=True,
        is_encrypted=False,
        player_id=player,
    )


class Engines:
    """One engine is the orchestrator's."""

    def listed(self, engine_id: EngineId) -> RemoteEngine | None:
        return LISTED if engine_id == REMOTE.id else None


class Parts:
    """Reports into a queue, told by a directory that a test fills."""

    def __init__(
        self, folder: pathlib.Path, client: OrchestratorClient, *, far: bool = True
    ) -> None:
        self.seconds = 100.0
        self.queue = ReportQueue(folder)
        self.directory = Directory(client)
        self.reports = SessionReports(
            self.queue, self.directory, Engines(), far=far, now=lambda: self.seconds
        )

    def told(self) -> list[tuple[str, Any]]:
        """Return what waits and take it out, as if it had been sent."""
        waiting = self.queue.first(1000, 10**9)
        self.queue.remove(waiting)
        return [(one.kind, json.loads(one.body)) for one in waiting]


@pytest.fixture
async def parts(tmp_path: pathlib.Path, client: OrchestratorClient) -> AsyncIterator[Parts]:
    made = Parts(tmp_path, client)
    yield made
    await made.queue.close()


def test_a_session_is_told_with_its_engine_as_the_orchestrator_lists_it(parts: Parts) -> None:
    parts.reports.opened(REMOTE, KEY, session("p"))

    [(kind, body)] = parts.told()

    assert kind == STARTED
    assert body["engine"] == {"host": "127.0.0.1", "port": 6878}
    assert body["container_id"] == "one"
    assert body["labels"] == {"stream_id": f"{ID}|session-p"}


def test_its_end_is_told_once(parts: Parts) -> None:
    parts.reports.opened(REMOTE, KEY, session("p"))
    parts.told()

    for _ in range(2):
        parts.reports.ended(REMOTE, session("p"))

    assert parts.told() == [
        (
            ENDED,
            {"stream_id": f"{ID}|session-p", "reason": "completed", "container_id": "one"},
        )
    ]


def test_an_engine_of_our_own_is_told_where_its_address_means_the_same_there(
    parts: Parts,
) -> None:
    for spec in (STATIC, LOOPBACK, engine("demo", BackendKind.DEMO, "127.0.0.1")):
        parts.reports.opened(spec, KEY, session(spec.name))

    assert [body["engine"]["host"] for _, body in parts.told()] == ["10.0.0.7"]


async def test_on_one_computer_the_loopback_means_the_same(
    tmp_path: pathlib.Path, client: OrchestratorClient
) -> None:
    near = Parts(tmp_path, client, far=False)

    near.reports.opened(LOOPBACK, KEY, session("p"))

    assert len(near.told()) == 1


def test_streams_of_ours_are_known_as_ours_when_they_have_ended_too(parts: Parts) -> None:
    name = f"{ID}|session-p"
    assert not parts.reports.is_own(name)

    parts.reports.opened(REMOTE, KEY, session("p"))
    assert parts.reports.is_own(name)
    parts.reports.ended(REMOTE, session("p"))

    assert parts.reports.is_own(name)


async def test_an_orchestrator_that_has_forgotten_a_stream_is_told_again(
    parts: Parts, orchestrator: FakeOrchestrator
) -> None:
    for player in ("forgotten", "known"):
        parts.reports.opened(REMOTE, KEY, session(player))
    parts.told()
    orchestrator.streams = [stream_row(f"{ID}|session-known", "one")]
    await parts.directory.refresh()

    parts.reports.look()
    assert parts.told() == []  # it may just not have taken it in yet
    parts.seconds += TELL_AGAIN
    parts.reports.look()
    parts.reports.look()

    again = parts.told()
    assert [body["labels"]["stream_id"] for _, body in again] == [f"{ID}|session-forgotten"]


async def test_one_that_forgot_a_moment_after_it_was_told_is_told_without_any_change(
    parts: Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    parts.reports.opened(REMOTE, KEY, session("p"))
    parts.told()
    await parts.directory.refresh()
    parts.reports.look()
    parts.seconds += TELL_AGAIN
    monkeypatch.setattr(module, "TELL_AGAIN", 0.01)

    running = tasks.spawn(parts.reports.run(), name="reports")
    await until(lambda: len(parts.queue) == 1)

    await tasks.cancel(running)


def test_while_it_is_down_nothing_is_told_twice(parts: Parts) -> None:
    parts.reports.opened(REMOTE, KEY, session("p"))
    parts.told()
    parts.seconds += TELL_AGAIN

    parts.reports.look()

    assert parts.told() == []


def test_what_a_crash_left_is_ended(parts: Parts) -> None:
    parts.reports.open({"left": "one", "other": ""})

    assert parts.told() == [
        (ENDED, {"stream_id": "left", "reason": LEFT_OVER, "container_id": "one"}),
        (ENDED, {"stream_id": "other", "reason": LEFT_OVER}),
    ]
