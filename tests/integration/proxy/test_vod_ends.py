"""Players of files that end, pause or die: each session is stopped once, each place given back."""

import asyncio
import contextlib
import itertools
import socket
from collections.abc import AsyncIterator, Callable

import pytest

from acedesk.errors import Busy
from acedesk.formats.getstream import PlayRequest
from acedesk.model.content import KeyKind, StreamKey
from acedesk.proxy.files import file_reader, playback_table
from tests.fakes.file_engine import EndlessFilm
from tests.integration.proxy.conftest import FILM, Cinema, OpenCinema

OTHER = f"/ace/getstream?id={'c' * 40}"
LIVE = PlayRequest(key=StreamKey(KeyKind.CONTENT_ID, "d" * 40))
SOME = "bytes=0-99"


@contextlib.asynccontextmanager
async def paused_player(cinema: Cinema, path: str = FILM) -> AsyncIterator[socket.socket]:
    """Connect a player with small buffers that reads no more than the beginning of a film."""
    for engine in cinema.engines:
        engine.endless = EndlessFilm()
    loop = asyncio.get_running_loop()
    with socket.socket() as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        sock.setblocking(False)
        await loop.sock_connect(sock, ("127.0.0.1", cinema.proxy.listener.port))
        await loop.sock_sendall(sock, f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        assert (await loop.sock_recv(sock, 1000)).startswith(b"HTTP/1.1 200")
        yield sock


async def first_that_is_let_in(cinema: Cinema, path: str) -> int:
    """Ask until something else than 503 comes; return it."""
    async with asyncio.timeout(10):
        while (answer := await cinema.ask(path, Range=SOME)).status == 503:
            pass
    return answer.status


async def all_stopped_once(cinema: Cinema) -> None:
    """Wait until nothing is open, then see that each session was stopped once."""
    async with asyncio.timeout(10):
        for engine in cinema.engines:
            for session in engine.sessions:
                await session.stopped.wait()
    await cinema.proxy.streams.close()
    for engine in cinema.engines:
        assert sorted(engine.stops) == list(range(len(engine.sessions)))
    assert [engine.streams for engine in cinema.proxy.pool.views()] == [0] * len(cinema.engines)


async def test_a_player_that_takes_nothing_is_disconnected_and_its_place_is_free(
    open_cinema: OpenCinema,
) -> None:
    cinema = await open_cinema(paused_viewer_timeout=1.0, file_grace=600.0, max_streams=1)
    async with paused_player(cinema) as sock:
        await cinema.proxy.until(lambda: cinema.proxy.streams.files.views() == ())

        with pytest.raises(ConnectionResetError):
            while await asyncio.get_running_loop().sock_recv(sock, 1 << 20):
                pass
    assert (await cinema.ask(OTHER, Range=SOME)).status == 206
    cinema.proxy.streams.files.stop_all()
    await all_stopped_once(cinema)


async def test_a_paused_player_gives_way_to_another_file(
    open_cinema: OpenCinema, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(playback_table, "PAUSED", 0.5)
    cinema = await open_cinema(max_streams=1)
    async with paused_player(cinema):
        assert await first_that_is_let_in(cinema, OTHER) == 206

        (view,) = cinema.proxy.streams.files.views()
        assert view.key.value == "c" * 40
    cinema.proxy.streams.files.stop_all()
    await all_stopped_once(cinema)


async def test_a_paused_player_gives_way_to_a_broadcast(
    open_cinema: OpenCinema, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(playback_table, "PAUSED", 0.5)
    cinema = await open_cinema(max_streams=1)
    async with paused_player(cinema):
        cinema.engines[0].is_live = 1
        async with asyncio.timeout(10):
            while not is_let_in(cinema, LIVE):
                await cinema.ask("/ace/status")

        assert cinema.proxy.streams.files.views() == ()
    await cinema.proxy.streams.stop_all()
    await all_stopped_once(cinema)


def is_let_in(cinema: Cinema, play: PlayRequest) -> bool:
    """Start a broadcast and tell whether there was room for it."""
    try:
        cinema.proxy.streams.open(play).hold()
    except Busy:
        return False
    return True


async def test_a_paused_player_gives_its_engine_to_another_file(
    open_cinema: OpenCinema, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(playback_table, "PAUSED", 0.5)
    cinema = await open_cinema(max_streams_per_engine=1)
    await cinema.ask(OTHER, Range=SOME)  # known as a file from now on
    cinema.proxy.streams.files.stop_all()
    await cinema.proxy.streams._shared.sessions.drain(5)
    async with paused_player(cinema):
        assert await first_that_is_let_in(cinema, OTHER) == 206
    cinema.proxy.streams.files.stop_all()
    await all_stopped_once(cinema)


async def test_a_player_that_reads_gives_way_to_nobody(open_cinema: OpenCinema) -> None:
    cinema = await open_cinema(max_streams=1)
    async with paused_player(cinema):
        assert (await cinema.ask(OTHER, Range=SOME)).status == 503

        assert len(cinema.proxy.streams.files.playbacks) == 1


async def test_two_players_on_one_engine_have_both_sessions_stopped_at_the_end(
    open_cinema: OpenCinema,
) -> None:
    cinema = await open_cinema(file_grace=0.0)
    cinema.engines[0].endless = EndlessFilm()
    async with cinema.open(User_Agent="one") as one:
        await one.content.readexactly(1000)
        await cinema.ask(User_Agent="two", Range=SOME)
        assert cinema.engines[0].stops == []

    await all_stopped_once(cinema)
    assert len(cinema.engines[0].sessions) == 2


def after_steps(steps: int, act: Callable[[], None]) -> None:
    """Act after so many rounds of the event loop."""
    if steps:
        asyncio.get_running_loop().call_soon(after_steps, steps - 1, act)
    else:
        act()


@pytest.mark.parametrize("way", ["ended", "left"])
@pytest.mark.parametrize("engines", [1, 2])
async def test_a_playback_that_ends_at_any_step_of_a_move_leaves_no_session(
    open_cinema: OpenCinema, monkeypatch: pytest.MonkeyPatch, way: str, engines: int
) -> None:
    monkeypatch.setattr(file_reader, "warm_up_delay", lambda _: 0.0)
    cinema = await open_cinema(engines=engines, file_grace=0.0)
    for engine in cinema.engines:
        engine.endless = EndlessFilm()
    for steps in itertools.count():
        if await move_and_end(cinema, way, steps):
            break

    assert steps > 20
    await all_stopped_once(cinema)


async def move_and_end(cinema: Cinema, way: str, steps: int) -> bool:
    """End a playback so many steps after its engine failed; tell whether it had moved by then."""
    acted = asyncio.Event()
    moved = False
    # A content of its own: engines join a session that is opened again.
    content = f"{steps:040x}"
    player = await cinema.proxy.play(f"/ace/getstream?id={content}")

    def act() -> None:
        nonlocal moved
        sent = [
            request.sent
            for engine in cinema.engines
            for request in engine.requests
            if content in engine.sessions[request.session].query.values()
        ]
        moved = len(sent) > 1 and min(sent) > 0
        if way == "ended":
            cinema.proxy.streams.files.stop_all()
        else:
            player.writer.transport.abort()
        acted.set()

    def drop() -> None:
        for engine in cinema.engines:
            engine.drop_at = None
        after_steps(steps, act)

    for engine in cinema.engines:
        engine.drop_at, engine.on_drop = 100_000, drop
    await acted.wait()
    await cinema.proxy.until(lambda: not cinema.proxy.streams.files.playbacks)
    player.leave()
    return moved
