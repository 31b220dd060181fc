"""Streams of other programs: how long they count, and what is asked about them."""

import dataclasses

import pytest

from acedesk import tasks
from acedesk.engines.pool import EnginePool
from acedesk.engines.upkeep import claims as module
from acedesk.engines.upkeep.claims import EXPIRY, Claims
from acedesk.errors import EngineError, EngineRefused, EngineTooSlow, NotFound
from acedesk.model.content import KeyKind, StreamKey
from acedesk.model.engine import BackendKind, EngineHealth, EngineId, EngineSpec
from acedesk.model.engine_stat import EngineStat
from acedesk.settings import Settings
from tests.fakes.loop_steps import until

ONE, TWO = EngineId("one"), EngineId("two")
KEY = StreamKey(KeyKind.CONTENT_ID, "a" * 40)
STAT = "http://elsewhere:7000/ace/stat/abc/def?x=1"
UNKNOWN = EngineRefused("unknown playback session id")


class _Parts:
    """Claims on two engines; the engine's answer is what a test says."""

    def __init__(self) -> None:
        self.seconds = 100.0
        self.error: EngineError | None = None
        self.stat: EngineStat | None = None
        self.asked: list[tuple[str, int, str]] = []
        self.pool = EnginePool(Settings)
        for number, one in enumerate((ONE, TWO)):
            spec = EngineSpec(
                id=one,
                name=one,
                backend=BackendKind.DOCKER,
                host="127.0.0.1",
                port=9000 + number,
            )
            self.pool.add(spec, health=EngineHealth.READY)
        self.claims = Claims(self.pool, self._ask, now=lambda: self.seconds)

    async def _ask(self, host: str, port: int, path: str) -> EngineStat | None:
        self.asked.append((host, port, path))
        if self.error is not None:
            raise self.error
        return self.stat

    @property
    def loads(self) -> tuple[int, int]:
        return self.pool.load(ONE), self.pool.load(TWO)


@pytest.fixture
def parts() -> _Parts:
    return _Parts()


def test_a_stream_is_load_from_its_report_to_its_end(parts: _Parts) -> None:
    parts.claims.report("s", ONE, KEY, STAT)
    assert (parts.loads, "s" in parts.claims, len(parts.claims)) == ((1, 0), True, 1)

    assert parts.claims.end("s")
    assert not parts.claims.end("s"), "a second end changes nothing"
    assert parts.loads == (0, 0)


def test_reports_beyond_the_limit_are_taken_and_keep_others_out(parts: _Parts) -> None:
    for number in range(7):
        parts.claims.report(f"s{number}", ONE, StreamKey(KeyKind.CONTENT_ID, f"{number:040x}"))

    assert parts.loads == (7, 0)
    assert parts.pool.reserve(KEY).engine.id == TWO


def test_one_that_is_reported_again_counts_once_and_moves_with_its_engine(parts: _Parts) -> None:
    for engine in (ONE, ONE, TWO):
        parts.claims.report("s", engine, KEY)

    assert parts.loads == (0, 1)


def test_an_engine_that_is_not_there_is_not_found_and_nothing_is_lost(parts: _Parts) -> None:
    parts.claims.report("s", ONE, KEY)

    with pytest.raises(NotFound):
        parts.claims.report("s", EngineId("gone"), KEY)
    assert parts.loads == (1, 0)


async def test_the_engine_is_asked_at_its_own_address(parts: _Parts) -> None:
    parts.claims.report("s", TWO, KEY, STAT)
    await parts.claims.look()

    assert parts.asked == [("127.0.0.1", 9001, "/ace/stat/abc/def?x=1")]


@pytest.mark.parametrize(
    "stat_url",
    [
        "",
        "http://elsewhere/webui/api/service?method=restart",
        "http://elsewhere/ace/stat/../cmd",
        "http://[broken/ace/stat/a",
        "http://elsewhere/ace/stat/a b",
        "http://elsewhere/ace/stat/" + "a" * 600,
        "file:///etc/passwd",
    ],
)
async def test_nothing_else_is_ever_fetched(parts: _Parts, stat_url: str) -> None:
    parts.claims.report("s", ONE, KEY, stat_url)
    await parts.claims.look()

    assert parts.asked == []
    assert parts.loads == (1, 0)


async def test_a_session_that_the_engine_does_not_know_twice_is_over(parts: _Parts) -> None:
    parts.claims.report("s", ONE, KEY, STAT)
    parts.error = UNKNOWN
    await parts.claims.look()
    assert parts.loads == (1, 0)

    await parts.claims.look()
    assert parts.loads == (0, 0)


async def test_one_good_answer_between_begins_anew(parts: _Parts) -> None:
    parts.claims.report("s", ONE, KEY, STAT)
    for error in (UNKNOWN, None, UNKNOWN, EngineRefused("another reason"), UNKNOWN):
        parts.error = error
        await parts.claims.look()

    assert parts.loads == (1, 0)


async def test_an_engine_that_does_not_answer_says_nothing_of_its_sessions(parts: _Parts) -> None:
    parts.claims.report("s", ONE, KEY, STAT)
    parts.error = EngineTooSlow("no answer within 5 s")
    for _ in range(5):
        await parts.claims.look()
    assert parts.loads == (1, 0)

    parts.pool.set_health(ONE, EngineHealth.HUNG)
    parts.asked.clear()
    await parts.claims.look()
    assert parts.asked == []


@pytest.mark.parametrize("stat_url", ["", STAT])
async def test_one_of_which_nothing_is_heard_is_over_after_hours(
    parts: _Parts, stat_url: str
) -> None:
    parts.claims.report("s", ONE, KEY, stat_url)
    parts.error = EngineTooSlow("no answer within 5 s")
    parts.seconds += EXPIRY - 1
    await parts.claims.look()
    assert parts.loads == (1, 0)

    parts.seconds += 1
    await parts.claims.look()
    assert parts.loads == (0, 0)


async def test_one_that_the_engine_knows_goes_on_for_days(parts: _Parts) -> None:
    parts.claims.report("s", ONE, KEY, STAT)
    for _ in range(10):
        parts.seconds += EXPIRY - 1
        await parts.claims.look()

    assert parts.loads == (1, 0)


async def test_a_stream_goes_with_its_engine(parts: _Parts) -> None:
    parts.claims.report("s", ONE, KEY, STAT)
    parts.pool.forget(ONE)
    await parts.claims.look()

    assert "s" not in parts.claims


async def test_it_looks_by_itself(parts: _Parts, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "INTERVAL", 0.0)
    parts.claims.report("s", ONE, KEY, STAT)
    parts.error = UNKNOWN
    running = tasks.spawn(parts.claims.run(), name="claims")
    await until(lambda: parts.loads == (0, 0))
    await tasks.cancel(running)


def _stat(**told: int) -> EngineStat:
    return dataclasses.replace(
        EngineStat(
            status="dl",
            peers=5,
            speed_down=8192.0,
            speed_up=0.0,
            progress=None,
            live_last=None,
            pos=None,
            is_live=True,
        ),
        **told,  # type: ignore[arg-type]
    )


async def test_what_an_engine_tells_is_kept_and_summed(parts: _Parts) -> None:
    parts.claims.report("s", ONE, KEY, STAT)
    assert (list(parts.claims.answers("s")), parts.claims.stats()) == ([], [])

    for downloaded, uploaded in ((1000, 500), (2000, 1000), (1500, 1000), (1600, 1000)):
        parts.stat = _stat(downloaded=downloaded, uploaded=uploaded)
        await parts.claims.look()

    # The first number in full, then what it has grown by; an engine that counts anew takes nothing.
    assert (parts.claims.downloaded_bytes, parts.claims.uploaded_bytes) == (2100, 1000)
    assert [one.stat.downloaded for one in parts.claims.answers("s")] == [1000, 2000, 1500, 1600]
    assert parts.claims.stats() == [parts.stat]

    parts.claims.end("s")

    assert (list(parts.claims.answers("s")), parts.claims.stats()) == ([], [])
    assert parts.claims.downloaded_bytes == 2100


async def test_no_more_than_some_minutes_of_answers_are_kept(parts: _Parts) -> None:
    parts.claims.report("s", ONE, KEY, STAT)

    for number in range(100):
        parts.stat = _stat(downloaded=number)
        await parts.claims.look()

    assert len(parts.claims.answers("s")) == 60
