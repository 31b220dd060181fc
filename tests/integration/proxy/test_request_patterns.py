"""The ways real players ask, request by request: each gets its picture, none an extra session."""

import asyncio
import json
import pathlib
import subprocess

import pytest

from acedesk import tasks
from acedesk.mpegts.packets import PACKET
from acedesk.proxy.http import hls
from tests import transport
from tests.integration.proxy.conftest import CONTENT, MakeProxy, Proxy, RawPlayer
from tests.needs import need_program

TARGET = f"/ace/getstream?id={CONTENT}"
PROGRAMME = transport.programme(40, gop=10)
GOP = len(transport.programme(10, gop=10))

VLC = "User-Agent: VLC/3.0.21 LibVLC/3.0.21\r\nRange: bytes=0-\r\nIcy-MetaData: 1\r\n"
KODI = (
    "User-Agent: Kodi/21.1 (X11; Linux x86_64)\r\nAccept: */*\r\nAccept-Charset: UTF-8,*;q=0.8\r\n"
)
EXOPLAYER = (
    "User-Agent: TiviMate/5.1.6 (Linux; Android 12)\r\nAccept-Encoding: gzip\r\n"
    "Connection: Keep-Alive\r\n"
)
TVHEADEND = "User-Agent: TVHeadend/4.3-2372\r\nConnection: close\r\n"
FFMPEG = (
    "User-Agent: Lavf/61.7.100\r\nAccept: */*\r\nRange: bytes=0-\r\nConnection: close\r\n"
    "Icy-MetaData: 1\r\n"
)
JELLYFIN = "User-Agent: Jellyfin-Server/10.10.3\r\nAccept-Encoding: identity\r\n"


async def playing(proxy: Proxy) -> RawPlayer:
    """Return the first viewer of a stream that runs."""
    player = await proxy.play()
    await proxy.engines[0].push(PROGRAMME)
    assert await player.head() == 200
    await player.expect(PROGRAMME)
    return player


async def expect_picture(player: RawPlayer) -> None:
    """Read the head and the first packets."""
    async with asyncio.timeout(10):
        assert await player.head() == 200
        assert player.headers["content-type"] == "video/mp2t"
        assert player.headers["connection"] == "close"
        assert not {"content-length", "content-range", "content-encoding"} & set(player.headers)
        got = await player.media(3 * PACKET)
    assert got[1:3] == b"\x40\x00"
    assert b"\x00\x00\x01\x65" in got[2 * PACKET :]


def sessions(proxy: Proxy) -> int:
    """Return how many sessions the engines were asked for."""
    return sum(len(engine.sessions) for engine in proxy.engines)


async def gone(proxy: Proxy, *players: RawPlayer) -> None:
    """Hang up, and wait until nobody watches."""
    for player in players:
        player.leave()
    await proxy.until(lambda: all(len(stream.clients) == 0 for stream in proxy.streams))


@pytest.mark.parametrize(
    "headers", [VLC, KODI, EXOPLAYER, TVHEADEND, FFMPEG, JELLYFIN], ids=lambda text: text[12:18]
)
@pytest.mark.parametrize("version", ["1.1", "1.0"])
async def test_every_player_begins_with_a_picture_of_the_shared_session(
    make_proxy: MakeProxy, headers: str, version: str
) -> None:
    proxy = await make_proxy(grace=30.0)
    await playing(proxy)

    player = await proxy.play(version=version, headers=headers)
    await expect_picture(player)

    assert ("transfer-encoding" in player.headers) is (
        version == "1.1" and "Connection: close" not in headers
    )
    assert sessions(proxy) == 1


async def test_kodi_asks_for_the_head_twice_on_one_connection_then_plays(
    make_proxy: MakeProxy,
) -> None:
    proxy = await make_proxy()
    player = await proxy.connect()
    for _ in range(2):
        await player.ask(TARGET, method="HEAD", headers=KODI)
        assert await player.head() == 200
        assert player.headers["content-type"] == "video/mp2t"
    assert sessions(proxy) == 0

    await player.ask(TARGET, headers=KODI)
    await proxy.engines[0].push(PROGRAMME)

    await expect_picture(player)
    assert sessions(proxy) == 1


async def test_kodi_asks_for_the_head_on_other_connections_then_plays(
    make_proxy: MakeProxy,
) -> None:
    proxy = await make_proxy()
    for _ in range(2):
        asking = await proxy.play(method="HEAD", headers=KODI + "Connection: close\r\n")
        assert await asking.head() == 200
        assert await asking.reader.read() == b""

    player = await proxy.play(headers=KODI)
    await proxy.engines[0].push(PROGRAMME)

    await expect_picture(player)
    assert sessions(proxy) == 1


async def test_exoplayer_closes_and_opens_again_within_the_same_session(
    make_proxy: MakeProxy,
) -> None:
    proxy = await make_proxy(grace=30.0)
    await gone(proxy, await playing(proxy))

    for _ in range(5):
        player = await proxy.play(headers=EXOPLAYER)
        await expect_picture(player)
        await gone(proxy, player)

    assert sessions(proxy) == 1


async def test_a_scan_of_tvheadend_leaves_no_session_open(make_proxy: MakeProxy) -> None:
    proxy = await make_proxy()
    (engine,) = proxy.engines

    for number in range(10):
        player = await proxy.play(f"/ace/getstream?id={number:040x}", headers=TVHEADEND)
        await engine.push(PROGRAMME, number)
        await expect_picture(player)
        await gone(proxy, player)

    async with asyncio.timeout(5):
        for session in engine.sessions:
            await session.stopped.wait()
    assert sessions(proxy) == 10
    assert len(proxy.streams) == 0


async def test_jellyfin_probes_and_plays_in_parallel(make_proxy: MakeProxy) -> None:
    proxy = await make_proxy()
    asking = await proxy.play(method="HEAD", headers=JELLYFIN)
    assert await asking.head() == 200

    players = [await proxy.play(headers=FFMPEG) for _ in range(3)]
    await proxy.until(lambda: sum(len(stream.clients) for stream in proxy.streams) == 3)
    await proxy.engines[0].push(PROGRAMME)

    await asyncio.gather(*(expect_picture(player) for player in players))
    assert sessions(proxy) == 1


async def test_a_body_without_a_length_ends_with_the_connection(make_proxy: MakeProxy) -> None:
    proxy = await make_proxy()
    player = await proxy.play(version="1.0")
    await proxy.engines[0].push(PROGRAMME)
    assert await player.head() == 200
    await player.expect(PROGRAMME)

    await proxy.streams.stop_all()

    assert await player.rest() == b""
    assert player.reader.at_eof()


async def test_a_player_that_says_nothing_disturbs_nobody(make_proxy: MakeProxy) -> None:
    proxy = await make_proxy()
    silent = [await proxy.connect() for _ in range(20)]
    half = await proxy.connect()
    half.writer.write(b"GET /ace/getstream?id=")

    await playing(proxy)

    assert sessions(proxy) == 1
    async with asyncio.timeout(5):
        await proxy.listener.close()
        assert [await player.reader.read() for player in silent] == [b""] * 20


@pytest.mark.parametrize("version", ["1.0", "1.1"])
async def test_a_player_that_closes_its_half_behind_the_request_gets_the_picture(
    make_proxy: MakeProxy, version: str
) -> None:
    proxy = await make_proxy()
    player = await proxy.play(version=version)
    player.writer.write_eof()

    assert await player.reader.readexactly(3) == b"HTT"  # it was looked whether it is there
    for _ in range(3):
        await proxy.engines[0].push(PROGRAMME)
        if not player.status:
            assert await player.head(begun="HTT") == 200
        await player.expect(PROGRAMME)

    (stream,) = proxy.streams
    assert (len(stream.clients), sessions(proxy)) == (1, 1)


async def test_a_second_player_that_closes_its_half_behind_the_request_gets_the_picture(
    make_proxy: MakeProxy,
) -> None:
    proxy = await make_proxy()
    await playing(proxy)

    player = await proxy.play()
    player.writer.write_eof()

    await expect_picture(player)


@pytest.mark.parametrize("closes_half", [True, False])
@pytest.mark.parametrize("silent", [True, False], ids=["asked", "accepted"])
@pytest.mark.parametrize("path", ["getstream", "manifest.m3u8"])
async def test_a_player_that_leaves_while_it_waits_is_no_leak(
    make_proxy: MakeProxy,
    monkeypatch: pytest.MonkeyPatch,
    path: str,
    silent: bool,
    *,
    closes_half: bool,
) -> None:
    monkeypatch.setattr(hls, "UNSERVED", 0.1)
    proxy = await make_proxy()
    proxy.engines[0].silent = silent
    player = await proxy.play(f"/ace/{path}?id={CONTENT}")
    if closes_half:
        player.writer.write_eof()
    await (proxy.engines[0].asked.wait() if silent else proxy.engines[0].body_of(0))

    player.leave()

    async with asyncio.timeout(2):  # less than a head is waited for
        await proxy.until(lambda: len(proxy.streams) == 0)
    async with asyncio.timeout(5):
        for session in proxy.engines[0].sessions:
            await session.stopped.wait()


async def test_a_playlist_that_is_waited_for_comes_though_the_half_is_closed(
    make_proxy: MakeProxy,
) -> None:
    proxy = await make_proxy()
    player = await proxy.play(f"/ace/manifest.m3u8?id={CONTENT}")
    player.writer.write_eof()
    await proxy.engines[0].push(transport.programme(4000, gop=50))

    assert await player.head() == 200
    assert (await player.reader.read()).startswith(b"#EXTM3U")


@pytest.mark.parametrize("path", ["getstream", "manifest.m3u8"])
async def test_an_error_is_read_though_the_half_is_closed(make_proxy: MakeProxy, path: str) -> None:
    proxy = await make_proxy()
    player = await proxy.play(f"/ace/{path}?id=nothing")
    player.writer.write_eof()

    assert await player.head() == 400
    assert json.loads(await player.reader.read())["error"]


async def test_what_a_player_says_behind_its_request_changes_nothing(
    make_proxy: MakeProxy,
) -> None:
    proxy = await make_proxy()
    player = await playing(proxy)

    for _ in range(3):
        player.writer.write(f"GET {TARGET} HTTP/1.1\r\n\r\n".encode() + bytes(1000))
        await player.writer.drain()
        await proxy.engines[0].push(PROGRAMME)
        await player.expect(PROGRAMME)

    (stream,) = proxy.streams
    assert (len(stream.clients), sessions(proxy)) == (1, 1)


async def test_two_requests_for_the_picture_in_one_packet_are_one_viewer(
    make_proxy: MakeProxy,
) -> None:
    proxy = await make_proxy()
    player = await proxy.connect()
    player.writer.write(f"GET {TARGET} HTTP/1.1\r\nHost: desk\r\n\r\n".encode() * 2)
    await proxy.engines[0].push(PROGRAMME)

    assert await player.head() == 200
    await player.expect(PROGRAMME)
    await proxy.engines[0].push(PROGRAMME)
    await player.expect(PROGRAMME)
    (stream,) = proxy.streams
    assert (len(stream.clients), sessions(proxy)) == (1, 1)
    await proxy.streams.stop_all()
    assert await player.rest() == b""
    assert player.reader.at_eof()
    assert sessions(proxy) == 1


async def test_head_and_the_picture_may_come_in_one_packet(make_proxy: MakeProxy) -> None:
    proxy = await make_proxy()
    player = await proxy.connect()
    requests = (f"{method} {TARGET} HTTP/1.1\r\nHost: desk\r\n\r\n" for method in ("HEAD", "GET"))
    player.writer.write("".join(requests).encode())
    assert await player.head() == 200
    await proxy.engines[0].push(PROGRAMME)

    await expect_picture(player)
    assert sessions(proxy) == 1


@pytest.mark.parametrize(
    ("target", "status"),
    [
        ("/ace/getstream", 400),
        (f"{TARGET}&infohash={CONTENT}", 400),
        (f"/ace/status?id={CONTENT}", 404),
        ("/nothing/here", 404),
    ],
)
async def test_the_connection_serves_on_after_an_error(
    make_proxy: MakeProxy, target: str, status: int
) -> None:
    proxy = await make_proxy()
    player = await proxy.play(target)
    assert await player.head() == status
    body = await player.reader.readexactly(int(player.headers["content-length"]))
    assert json.loads(body)["error"]

    await player.ask(TARGET, method="HEAD")
    assert await player.head() == 200
    await player.ask(TARGET)
    await proxy.engines[0].push(PROGRAMME)

    await expect_picture(player)
    assert sessions(proxy) == 1


async def test_the_connection_serves_on_after_a_start_that_failed(make_proxy: MakeProxy) -> None:
    proxy = await make_proxy()
    proxy.engines[0].refusal = "failed to load content"
    player = await proxy.play()
    assert await player.head() == 502
    await player.reader.readexactly(int(player.headers["content-length"]))

    proxy.engines[0].refusal = None
    await player.ask(TARGET)
    await proxy.engines[0].push(PROGRAMME)

    await expect_picture(player)


async def feed(proxy: Proxy, media: bytes) -> None:
    """Send media as fast as the proxy takes it, half a second of a minute at a time."""
    session = await proxy.engines[0].body_of()
    (stream,) = proxy.streams
    grown = asyncio.Event()
    disconnect = stream.grown.connect(grown.set)
    piece = len(media) // 120
    for at in range(0, len(media), piece):
        grown.clear()
        await proxy.engines[0].push(media[at : at + piece], session.number)
        await grown.wait()
    disconnect()


@pytest.mark.players
async def test_ffprobe_probes_and_comes_back_within_the_same_session(
    make_proxy: MakeProxy, tmp_path: pathlib.Path
) -> None:
    file = tmp_path / "minute.ts"
    await run(
        *(need_program("ffmpeg"), "-nostdin", "-v", "error"),
        *("-f", "lavfi", "-i", "testsrc2=s=160x90:r=25:d=60", "-f", "lavfi", "-i", "sine=d=60"),
        *("-c:v", "libx264", "-preset", "ultrafast", "-g", "25", "-threads", "1"),
        *("-c:a", "aac", "-f", "mpegts", str(file)),
    )
    proxy = await make_proxy(grace=30.0)
    feeding = tasks.spawn(feed(proxy, file.read_bytes()), name="feed")

    for _ in range(3):
        told = await run(
            *(need_program("ffprobe"), "-v", "error", "-show_streams", "-of", "json"),
            f"http://127.0.0.1:{proxy.listener.port}{TARGET}",
        )
        kinds = [stream["codec_name"] for stream in json.loads(told)["streams"]]
        assert kinds == ["h264", "aac"]
    await tasks.cancel(feeding)

    assert sessions(proxy) == 1


async def run(*arguments: str) -> str:
    """Run a program, fail if it complains, and return what it printed."""
    program = await asyncio.create_subprocess_exec(
        *arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    async with asyncio.timeout(60):
        out, said = await program.communicate()
    assert (program.returncode, said.decode()) == (0, "")
    return out.decode()
