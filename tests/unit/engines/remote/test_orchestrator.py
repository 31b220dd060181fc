"""An orchestrator in one piece: joined to a pool, opened, kept running, closed."""

import os
import pathlib
import statistics
import time
from collections.abc import AsyncIterator

import pytest

from acedesk import tasks
from acedesk.engines.pool import EnginePool
from acedesk.engines.remote.orchestrator import Orchestrator
from acedesk.errors import Busy
from acedesk.formats.engine_reply import Session
from acedesk.model.content import KeyKind, StreamKey
from acedesk.model.engine import BackendKind, EngineHealth, EngineId, EngineSpec
from acedesk.settings import Settings
from tests.fakes.loop_steps import until
from tests.fakes.orchestrator import ID, FakeOrchestrator, engine_row, stream_row

KEY = StreamKey(KeyKind.CONTENT_ID, ID)
OTHER = StreamKey(KeyKind.CONTENT_ID, "c" * 40)
STATIC = EngineSpec(
    id=EngineId("static-x"), name="x", backend=BackendKind.STATIC, host="10.0.0.1", port=6878
)
SESSION = Session(
    playback_url="",
    stat_url="http://127.0.0.1:1/ace/stat/x/y",
    command_url="",
    event_url="",
    infohash=None,
    playback_session_id="y",
    is_live=True,
    is_encrypted=False,
    player_id="p",
)


class Parts:
    """A pool that one static engine and those of the orchestrator are in."""

    def __init__(self, folder: pathlib.Path, url: str, key: str = "") -> None:
        self.looks = 0
        values = {"orchestrator_url": url, "orchestrator_api_key": key}
        self.settings = Settings().changed(values)
        self.pool = EnginePool(lambda: self.settings)
        self.orchestrator = Orchestrator(lambda: self.settings, folder)
        self.orchestrator.join(self.pool, self._look_again)
        self.pool.add(STATIC, health=EngineHealth.READY)

    def _look_again(self) -> None:
        self.looks += 1

    async def open(self) -> None:
        """Open it and take its engines into the pool, as the manager does."""
        await self.orchestrator.open()
        for backend in self.orchestrator.backends:
            for spec in await backend.adopt():
                self.pool.add(spec, health=EngineHealth.READY)


@pytest.fixture
async def there() -> AsyncIterator[FakeOrchestrator]:
    made = FakeOrchestrator()
    made.engines = [engine_row("one", 1)]
    await made.start()
    yield made
    await made.stop()


@pytest.fixture
async def parts(tmp_path: pathlib.Path, there: FakeOrchestrator) -> AsyncIterator[Parts]:
    made = Parts(tmp_path, there.url + "/")
    await made.open()
    yield made
    await made.orchestrator.close()


async def test_without_an_address_there_is_nothing(tmp_path: pathlib.Path) -> None:
    none = Parts(tmp_path, "")

    await none.open()

    assert (none.orchestrator.backends, none.orchestrator.view()) == ((), None)
    assert (none.orchestrator.services(), none.orchestrator.listener) == ((), None)
    assert none.orchestrator.figures() is None
    await none.orchestrator.close()
    assert os.listdir(tmp_path) == []  # noqa: PTH208 - a folder of this test


async def test_its_engines_come_first_and_ours_stand_in(parts: Parts) -> None:
    assert parts.pool.reserve(KEY).engine.id == "remote-one"
    assert parts.pool.reserve(KEY).engine.id == STATIC.id


async def test_while_it_is_down_ours_come_first_and_its_engines_stand_in(
    parts: Parts, there: FakeOrchestrator
) -> None:
    services = [tasks.spawn(run(), name=name) for name, run in parts.orchestrator.services()]
    await there.stop()
    await until(lambda: (view := parts.orchestrator.view()) is not None and view.error is not None)

    chosen = [parts.pool.reserve(key).engine.id for key in (KEY, KEY)]

    assert chosen == [STATIC.id, "remote-one"]
    await tasks.cancel(*services)


async def test_a_change_there_is_looked_at_here(parts: Parts, there: FakeOrchestrator) -> None:
    before = parts.looks
    services = [tasks.spawn(run(), name=name) for name, run in parts.orchestrator.services()]
    await until(lambda: (view := parts.orchestrator.view()) is not None and view.live)

    added = {"changed": [stream_row("theirs", "one")], "removed": []}
    await there.say(type="changes", revision="r-2", streams=added)
    await until(lambda: parts.pool.load(EngineId("remote-one")) == 1)

    assert parts.looks > before
    await tasks.cancel(*services)


async def test_our_sessions_are_told_and_are_no_load_of_others(
    parts: Parts, there: FakeOrchestrator
) -> None:
    services = [tasks.spawn(run(), name=name) for name, run in parts.orchestrator.services()]
    place = parts.pool.reserve(KEY)
    assert parts.orchestrator.listener is not None
    parts.orchestrator.listener.opened(place.engine, KEY, SESSION)
    await until(lambda: bool(there.sent))
    added = {"changed": [stream_row(f"{ID}|y", "one")], "removed": []}
    await until(lambda: (view := parts.orchestrator.view()) is not None and view.live)

    await there.say(type="changes", revision="r-2", streams=added)
    view = parts.orchestrator.view()

    assert parts.pool.load(EngineId("remote-one")) == 1
    assert view is not None
    assert (view.known, view.engines) == (True, 1)
    figures = parts.orchestrator.figures()
    assert figures is not None
    assert (figures.usable, figures.live, figures.engines) == (True, True, 1)
    assert figures.waiting_reports == view.unsent
    assert figures.requests.outcomes["ok"] > 0
    await tasks.cancel(*services)


async def test_what_was_not_told_is_kept_for_the_next_run(
    tmp_path: pathlib.Path, there: FakeOrchestrator
) -> None:
    first = Parts(tmp_path, there.url)
    await first.open()
    await there.stop()
    assert first.orchestrator.listener is not None
    first.orchestrator.listener.opened(first.pool.get(EngineId("remote-one")), KEY, SESSION)
    first.orchestrator.listener.ended(first.pool.get(EngineId("remote-one")), SESSION)
    await first.orchestrator.close()

    second = Parts(tmp_path, there.url)
    await second.orchestrator.open()
    view = second.orchestrator.view()

    assert view is not None
    assert view.unsent == 2
    await second.orchestrator.close()


async def test_a_stream_without_a_place_has_one_more_engine_asked_for(
    parts: Parts, there: FakeOrchestrator
) -> None:
    parts.settings = parts.settings.changed({"max_streams_per_engine": 1})
    for _ in range(2):
        parts.pool.reserve(KEY)

    with pytest.raises(Busy, match="one more engine"):
        parts.pool.reserve(OTHER)

    await until(lambda: there.count("/provision/acestream") == 1)


async def test_the_view_tells_the_address_and_never_the_key(
    tmp_path: pathlib.Path, there: FakeOrchestrator
) -> None:
    secret = Parts(tmp_path, there.url, key="s3cret")
    await secret.open()

    assert "s3cret" not in repr(secret.orchestrator.view()) + repr(secret.settings)
    await secret.orchestrator.close()


async def test_a_place_is_found_within_milliseconds_and_nobody_is_asked(
    tmp_path: pathlib.Path, there: FakeOrchestrator
) -> None:
    there.engines = [engine_row(f"e{n}", 1 + n) for n in range(50)]
    there.streams = [stream_row(f"s{n}", f"e{n % 50}", key=f"{n:040x}") for n in range(100)]
    parts = Parts(tmp_path, there.url)
    await parts.open()
    asked = len(there.asked)
    seconds = []
    for number in range(40):
        began_at = time.perf_counter()
        parts.pool.reserve(StreamKey(KeyKind.CONTENT_ID, f"{number + 5000:040x}"))
        seconds.append(time.perf_counter() - began_at)

    assert statistics.median(seconds) < 0.005
    assert len(there.asked) == asked
    assert parts.pool.load(EngineId("remote-e0")) >= 2
    await parts.orchestrator.close()
