"""Which playbacks count, which give way, and with which one a request goes on."""

import datetime
import socket

import pytest
from aiohttp import web
from aiohttp.test_utils import make_mocked_request

from acedesk import clock
from acedesk.engines.pool import EnginePool
from acedesk.formats.getstream import PlayRequest
from acedesk.model.content import KeyKind, StreamKey
from acedesk.model.engine import BackendKind, EngineHealth, EngineId, EngineSpec
from acedesk.proxy.delivery.client import Client
from acedesk.proxy.files import playback_table as module
from acedesk.proxy.files.file_engines import FileSession
from acedesk.proxy.files.file_playback import FilePlayback, Reading
from acedesk.proxy.files.playback_table import PlaybackTable
from acedesk.settings import Settings
from tests.fakes.engine_session import make_session

KEY = StreamKey(KeyKind.CONTENT_ID, "a" * 40, 0)
OTHER = StreamKey(KeyKind.CONTENT_ID, "c" * 40, 0)


class Cinema:
    """Seats with players whose clock is moved by hand."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.playbacks = PlaybackTable()
        self._pool = EnginePool(Settings)
        spec = EngineSpec(
            id=EngineId("one"), name="one", backend=BackendKind.STATIC, host="127.0.0.1", port=1
        )
        self._pool.add(spec, health=EngineHealth.READY)

    def add(self, key: StreamKey = KEY, *, agent: str = "player") -> FilePlayback:
        """Add a player that nobody serves yet."""
        viewer = Client(
            address="", user_agent=agent, now=self.now, time=datetime.datetime.now(datetime.UTC)
        )
        session = make_session(is_live=False)
        place = self._pool.reserve(key, may_share=True)
        playback = FilePlayback(PlayRequest(key=key), viewer, FileSession(session, place))
        self.playbacks.add(playback)
        return playback

    async def find(self, *, seek: bool = True, agent: str = "player") -> FilePlayback | None:
        """Ask with which playback a request goes on."""
        return await self.playbacks.find_free(
            PlayRequest(key=KEY), request_of(agent), may_take_over=seek
        )


@pytest.fixture
def cinema(monkeypatch: pytest.MonkeyPatch) -> Cinema:
    """Return players and playbacks; waiting moves their clock."""
    made = Cinema()

    async def sleep(seconds: float) -> None:
        made.now += seconds

    monkeypatch.setattr(clock, "monotonic", lambda: made.now)
    monkeypatch.setattr("acedesk.tasks.sleep", sleep)
    return made


def request_of(agent: str) -> web.Request:
    request = make_mocked_request("GET", "/ace/getstream", headers={"User-Agent": agent})
    return request.clone(remote="")


class Offered:
    """A player's connection that holds bytes; some go away whenever it is looked at."""

    def __init__(self, taken: int) -> None:
        self._left, self._taken = 1 << 30, taken

    def is_closing(self) -> bool:
        return False

    def get_write_buffer_size(self) -> int:
        self._left -= self._taken
        return self._left

    def get_extra_info(self, name: str) -> socket.socket | None:
        return None


def read(playback: FilePlayback, *, taken: int) -> Reading:
    """Let a player be served that takes so many bytes between two looks."""
    reading = playback.take(None)
    reading.transport = Offered(taken)  # type: ignore[assignment]
    reading.look(clock.monotonic())
    reading.writing = True
    reading.look(clock.monotonic())
    return reading


async def test_a_request_goes_on_with_what_its_player_does_not_read(cinema: Cinema) -> None:
    playback = cinema.add()
    cinema.add(OTHER)

    assert await cinema.find(seek=False) is playback
    assert await cinema.find(agent="another") is None


async def test_a_seek_goes_on_with_what_was_read_until_now_and_no_more(cinema: Cinema) -> None:
    playback = cinema.add()
    read(playback, taken=0)

    assert await cinema.find() is playback
    assert cinema.now - 1000 == pytest.approx(module.STILL, abs=0.11)


async def test_what_is_being_read_is_taken_by_nobody(cinema: Cinema) -> None:
    read(cinema.add(), taken=1)

    assert await cinema.find() is None
    assert cinema.now - 1000 == pytest.approx(module.WATCH, abs=0.11)


async def test_a_player_that_reads_in_steps_is_not_mistaken_for_one_that_seeks(
    cinema: Cinema,
) -> None:
    reading = read(cinema.add(), taken=1)
    cinema.now += 1.6
    reading.look(cinema.now)
    reading.transport = Offered(0)  # type: ignore[assignment]

    assert await cinema.find() is None
    assert cinema.now == 1001.6


async def test_a_request_for_all_takes_nothing_over(cinema: Cinema) -> None:
    read(cinema.add(), taken=0)

    assert await cinema.find(seek=False) is None
    assert cinema.now == 1000


async def test_without_room_a_request_waits_for_a_player_that_stands_still(
    cinema: Cinema,
) -> None:
    playback = cinema.add()
    read(playback, taken=0)
    cinema.now += 2.0

    found = await cinema.playbacks.find_still(PlayRequest(key=KEY), request_of("player"))

    assert found is playback
    assert cinema.now - 1000 == pytest.approx(module.STILL_AT_LIMIT, abs=0.11)


async def test_without_room_a_player_that_reads_is_left_alone(cinema: Cinema) -> None:
    read(cinema.add(), taken=1)

    found = await cinema.playbacks.find_still(PlayRequest(key=KEY), request_of("player"))

    assert found is None
    assert cinema.now - 1000 == pytest.approx(module.SEEKING, abs=0.11)


async def test_those_who_are_gone_give_way_before_those_who_pause(cinema: Cinema) -> None:
    paused, gone, _reads = cinema.add(), cinema.add(), read(cinema.add(OTHER), taken=1)
    read(paused, taken=0)
    cinema.now += module.PAUSED
    _reads.look(cinema.now)

    assert cinema.playbacks.spare() == [gone, paused]
    assert cinema.playbacks.busy() == {OTHER}
    assert cinema.playbacks.clients(KEY) == 0
    assert cinema.playbacks.clients(OTHER) == 1


async def test_who_pauses_for_a_moment_keeps_the_place(cinema: Cinema) -> None:
    read(cinema.add(), taken=0)
    cinema.now += module.PAUSED / 2

    assert cinema.playbacks.spare() == []


def test_a_player_whose_engine_is_asked_counts(cinema: Cinema) -> None:
    with cinema.playbacks.starting(KEY):
        assert cinema.playbacks.clients(KEY) == 1
        assert cinema.playbacks.files() == cinema.playbacks.busy() == {KEY}

    assert cinema.playbacks.files() == set()
