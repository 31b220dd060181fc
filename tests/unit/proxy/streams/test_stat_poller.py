"""Questions to a stream's engine: when they go out, what an answer and a refusal count."""

import asyncio
import json
from collections.abc import Iterator

import pytest

from acedesk.acestream_api.engine_client import EngineClient
from acedesk.errors import AceDeskError, EngineRefused, EngineTooSlow
from acedesk.formats.engine_reply import Session, parse_stat
from acedesk.model.content import Infohash
from acedesk.model.engine import BackendKind, EngineId, EngineSpec
from acedesk.model.engine_stat import EngineStat
from acedesk.proxy.streams.stat_poller import StatPoller
from acedesk.proxy.streams.stream import Stream
from tests.fakes.idle_stream import make_stream

SESSION = Session(
    playback_url="http://127.0.0.1:6878/ace/r/a/b",
    stat_url="http://127.0.0.1:6878/ace/stat/a/b",
    command_url="http://127.0.0.1:6878/ace/cmd/a/b",
    event_url="",
    infohash=Infohash("b" * 40),
    playback_session_id="b",
    is_live=True,
    is_encrypted=False,
    player_id="1",
)
ENGINE = EngineSpec(
    id=EngineId("engine-0"),
    name="engine-0",
    backend=BackendKind.STATIC,
    host="127.0.0.1",
    port=6878,
)


class Answers(EngineClient):
    """Answers without an engine; raises `error` when there is one."""

    def __init__(self) -> None:
        super().__init__()
        self.error: AceDeskError | None = None
        self.names_asked = 0
        self.downloaded = 0
        self.answered = asyncio.Event()

    async def fetch_stat(self, session: Session, *, timeout: float = 5.0) -> EngineStat:
        self.answered.set()
        if self.error is not None:
            raise self.error
        told = {"status": "dl", "peers": 7, "downloaded": self.downloaded, "uploaded": 3}
        return parse_stat(json.dumps({"response": told, "error": None}).encode())

    async def fetch_name(
        self, host: str, port: int, infohash: Infohash, *, timeout: float = 5.0
    ) -> str:
        self.names_asked += 1
        return "Channel 5"


class Laboratory:
    """A stream that was not started, with a session all the same, and its poller."""

    def __init__(self) -> None:
        self.client = Answers()
        self.changes = 0
        self.stream = make_stream(client=self.client, changed=self._count)
        self.stream.supply.session, self.stream.supply.engine = SESSION, ENGINE
        self.poller: StatPoller = self.stream.stat_poller

    def _count(self, _stream: Stream) -> None:
        self.changes += 1


@pytest.fixture
async def lab() -> Laboratory:
    return Laboratory()


@pytest.fixture(autouse=True)
def _closed(lab: Laboratory) -> Iterator[None]:
    yield
    lab.poller.close()


async def test_the_first_question_goes_out_at_once(lab: Laboratory) -> None:
    lab.poller.second(100.0)

    async with asyncio.timeout(5):
        await lab.client.answered.wait()

    assert lab.poller.queries.asked == 1


async def test_nothing_is_asked_without_a_session(lab: Laboratory) -> None:
    lab.stream.supply.session = None

    lab.poller.second(100.0)

    assert lab.poller._timer is None


async def test_a_session_that_went_meanwhile_is_not_asked(lab: Laboratory) -> None:
    lab.poller.second(100.0)
    lab.stream.supply.session = None

    lab.poller._ask()

    assert lab.poller.queries.asked == 0


async def test_the_question_that_is_due_is_dropped_at_the_end(lab: Laboratory) -> None:
    lab.poller.second(100.0)
    timer = lab.poller._timer
    assert timer is not None

    lab.poller.close()

    assert timer.cancelled()


async def test_an_answer_is_kept_and_counted(lab: Laboratory) -> None:
    await lab.poller.ask(SESSION)

    assert lab.poller.stat is not None
    assert lab.poller.stat.peers == 7
    assert (lab.poller.queries.asked, lab.poller.queries.answered) == (1, 1)


async def test_the_name_is_asked_for_once_and_becomes_the_title(lab: Laboratory) -> None:
    await lab.poller.ask(SESSION)
    await lab.poller.ask(SESSION)

    assert lab.client.names_asked == 1
    assert lab.stream.title == "Channel 5"
    assert lab.changes == 1


async def test_a_title_that_the_player_gave_stays(lab: Laboratory) -> None:
    lab.stream.title = "Mine"

    await lab.poller.ask(SESSION)

    assert lab.stream.title == "Mine"


async def test_a_refusal_is_an_answer(lab: Laboratory) -> None:
    lab.client.error = EngineRefused("unknown playback session id")

    await lab.poller.ask(SESSION)

    assert (lab.poller.queries.asked, lab.poller.queries.answered) == (1, 1)


async def test_silence_is_no_answer(lab: Laboratory) -> None:
    lab.client.error = EngineTooSlow("no answer within 5 s")

    await lab.poller.ask(SESSION)

    assert (lab.poller.queries.asked, lab.poller.queries.answered) == (1, 0)


async def test_what_engines_had_from_the_swarm_is_added_to_the_totals(lab: Laboratory) -> None:
    for lab.client.downloaded in (100, 250):
        await lab.poller.ask(SESSION)

    totals = lab.stream._shared.totals
    assert (totals.downloaded_bytes, totals.uploaded_bytes) == (250, 3)
