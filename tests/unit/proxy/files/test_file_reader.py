"""A file goes on at the same byte on another engine, and nothing is opened for nobody."""

import datetime
from collections.abc import Mapping

import pytest

from acedesk import tasks
from acedesk.errors import (
    EngineAnswerInvalid,
    EngineError,
    EngineStalled,
    EngineUnreachable,
    NotFound,
)
from acedesk.formats.engine_reply import Session
from acedesk.proxy.delivery.client import Client
from acedesk.proxy.files import file_reader
from acedesk.proxy.files.file_body import FileBody
from acedesk.proxy.files.file_engines import TRIES, FileEngines
from acedesk.proxy.files.file_playback import FilePlayback
from acedesk.proxy.files.file_reader import FileReader
from tests.fakes.file_answers import body_of
from tests.fakes.file_sessions import PLAY, Bench


def part(first: int, data: bytes, size: int = 10) -> FileBody:
    """Return the answer that promises all from `first` on and ends after `data`."""
    return body_of(
        f"HTTP/1.1 206 Part\r\nContent-Range: bytes {first}-{size - 1}/{size}\r\n"
        f"Content-Length: {size - first}",
        data,
    )


class Answers(FileEngines):
    """Engines that answer requests for bytes with what was laid down for them.

    Attributes:
        laid: Answers and failures, in their order.
        asked: The session and range of each request.
    """

    laid: list[FileBody | EngineError]
    asked: list[tuple[str, str]]

    async def open_body(self, session: Session, headers: Mapping[str, str]) -> FileBody:
        self.asked.append((session.playback_session_id, headers.get("Range", "")))
        found = self.laid.pop(0)
        if isinstance(found, EngineError):
            raise found
        return found


class Film:
    """A player that reads a file from engines that answer as they are told to."""

    def __init__(self, bench: Bench, playback: FilePlayback, engines: Answers) -> None:
        self.bench = bench
        self.playback = playback
        self.engines = engines
        self.reader = FileReader(engines, lambda: None)
        self.reading = playback.take(None)

    async def open(self) -> None:
        """Open the file."""
        self.reading.body = await self.reader.open(self.playback, self.reading, {})

    async def read_all(self) -> bytes:
        """Read to the end."""
        data = b""
        while more := await self.reader.read(self.playback, self.reading):
            data += more
            self.playback.progress(len(more))
        return data


async def open_film(engines: int, *laid: FileBody | EngineError, places: int = 0) -> Film:
    bench = Bench(engines, places)
    answers = Answers(bench.pool, bench.sessions, lambda: bench.settings)
    answers.laid, answers.asked = list(laid), []
    viewer = Client(address="", user_agent="", now=0.0, time=datetime.datetime.now(datetime.UTC))
    return Film(bench, FilePlayback(PLAY, viewer, await answers.start(PLAY)), answers)


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits between two tries."""
    monkeypatch.setattr(file_reader, "warm_up_delay", lambda _: 0.0)


@pytest.mark.parametrize("engines", [1, 2])
async def test_a_file_goes_on_at_the_same_byte(engines: int) -> None:
    film = await open_film(engines, part(0, b"0123"), part(4, b"456789"))

    await film.open()

    assert await film.read_all() == b"0123456789"
    assert film.engines.asked == [("0", ""), ("1", "bytes=4-9")]
    await film.bench.sessions.drain(5)
    assert film.bench.client.stops == [1, 0]


async def test_another_file_under_the_same_name_is_no_continuation() -> None:
    film = await open_film(2, part(0, b"0123"), part(4, b"45678", size=9))

    await film.open()

    with pytest.raises(EngineAnswerInvalid):
        await film.read_all()


async def test_engines_that_fail_in_a_row_are_asked_no_more() -> None:
    film = await open_film(9, *[EngineStalled() for _ in range(9)])

    with pytest.raises(EngineStalled):
        await film.open()

    assert len(film.engines.asked) == TRIES


async def test_who_was_given_no_session_is_given_one_at_the_next_request() -> None:
    film = await open_film(1, part(0, b"0123456789"))
    film.engines.retire(film.playback.session)

    await film.open()

    assert await film.read_all() == b"0123456789"
    assert not film.playback.session.retired


@pytest.mark.parametrize("engines", [1, 2])
async def test_a_session_that_opens_for_a_stopped_playback_is_stopped(engines: int) -> None:
    film = await open_film(engines, EngineStalled(), places=1)
    film.bench.client.gate.clear()
    film.bench.client.asked.clear()
    opening = tasks.spawn(expect_stopped(film), name="opening")
    await film.bench.client.asked.wait()

    film.reading.stop()
    film.engines.retire(film.playback.session)
    film.bench.client.gate.set()

    await opening
    await film.bench.sessions.drain(5)
    assert (film.bench.client.stops, film.bench.loads) == ([1, 1], [0] * engines)


async def expect_stopped(film: Film) -> None:
    with pytest.raises(NotFound):
        await film.open()


async def test_an_answer_that_comes_after_the_stop_is_closed() -> None:
    body = part(0, b"0123456789")
    film = await open_film(1, body)
    film.reading.over = True

    await expect_stopped(film)

    with pytest.raises(EngineUnreachable):
        await body.read(1.0)


async def test_a_failure_after_the_stop_is_not_blamed_on_an_engine() -> None:
    film = await open_film(1, part(0, b"0123"))
    await film.open()
    film.reading.over = True

    await film.reader.read(film.playback, film.reading)
    with pytest.raises(NotFound):
        await film.reader.read(film.playback, film.reading)

    assert not film.playback.avoid
