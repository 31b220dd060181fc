"""Players that stop reading: nobody else notices, they go on cleanly or are cut off."""

import asyncio
import socket

import pytest

from acedesk import clock, tasks
from acedesk.model.snapshot import ClientState, ClientView
from acedesk.mpegts.keyframes import is_keyframe
from acedesk.mpegts.packets import NULL_PACKET, PACKET, PAT_PID, pid_of
from acedesk.mpegts.psi import H264
from acedesk.mpegts.unfinished import breaks_before
from acedesk.proxy.delivery import player_connection
from acedesk.proxy.delivery.client import Client, EndReason
from acedesk.proxy.delivery.stuck_connection import is_unanswered
from acedesk.proxy.streams.stream import Stream
from acedesk.proxy.views import stream_view
from tests import transport
from tests.integration.proxy.conftest import CONTENT, MakeProxy, Proxy, RawPlayer

# The smallest ring there is, turned over four times.
RING_MIB = 2
GOP = 10
PICTURES = 1100
PER_PICTURE = 40
MEDIA = transport.broadcast(PICTURES, gop=GOP, per_picture=PER_PICTURE)
FIRST = len(transport.broadcast(GOP, gop=GOP, per_picture=PER_PICTURE))


class StoppingPlayer:
    """A player with small buffers on both sides of its connection, which reads when told."""

    def __init__(self, sock: socket.socket, client: Client) -> None:
        self._sock = sock
        self.client = client
        self._media = b""

    async def read(self, most: int = 65536) -> bytes:
        """Return what comes next, b"" at the end."""
        async with asyncio.timeout(10):
            return await asyncio.get_running_loop().sock_recv(self._sock, most)

    async def media_to(self, last: bytes) -> bytes:
        """Read on to the packet `last` and return all media there was."""
        while not self._media.endswith(last):
            self._media += await self.read()
        packets = (self._media[at : at + PACKET] for at in range(0, len(self._media), PACKET))
        return b"".join(packet for packet in packets if packet != NULL_PACKET)

    async def head(self) -> None:
        """Read the answer's head."""
        data = b""
        while b"\r\n\r\n" not in data:
            data += await self.read()
        self._media = data.partition(b"\r\n\r\n")[2]

    async def is_reset(self) -> bool:
        """Read to the end; tell whether it is a reset instead of a normal end."""
        try:
            while await self.read():
                pass
        except ConnectionResetError:
            return True
        return False

    def close(self) -> None:
        """Hang up."""
        self._sock.close()


async def stopping_player(proxy: Proxy) -> StoppingPlayer:
    """Connect a player that reads nothing yet."""
    (stream,) = proxy.streams
    known = set(stream.clients)
    sock = socket.socket()
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    sock.setblocking(False)
    loop = asyncio.get_running_loop()
    await loop.sock_connect(sock, ("127.0.0.1", proxy.listener.port))
    await loop.sock_sendall(sock, f"GET /ace/getstream?id={CONTENT} HTTP/1.0\r\n\r\n".encode())
    await proxy.until(lambda: len(stream.clients) > len(known))
    (client,) = set(stream.clients) - known
    player = StoppingPlayer(sock, client)
    await player.head()
    assert client._transport is not None
    client._transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
    return player


async def crowd(
    proxy: Proxy, readers: int, stopping: int
) -> tuple[list[RawPlayer], list[StoppingPlayer]]:
    """Return viewers of a stream that has not begun."""
    reading = [await proxy.play(version="1.0") for _ in range(readers)]
    for player in reading:
        assert await player.head() == 200
    return reading, [await stopping_player(proxy) for _ in range(stopping)]


async def send(proxy: Proxy, readers: list[RawPlayer], media: bytes, size: int = FIRST) -> None:
    """Send `media` in pieces of this size; each reader must get every byte of each."""
    for at in range(0, len(media), size):
        piece = media[at : at + size]
        await proxy.engines[0].push(piece)
        async with asyncio.timeout(20):
            await asyncio.gather(*(player.expect(piece) for player in readers))


async def pass_time(proxy: Proxy, player: StoppingPlayer, now: float, *seconds: float) -> None:
    """Let these seconds after `now` be over, each when the player's system owes no answer."""
    for second in seconds:
        async with asyncio.timeout(20):
            while (sink := player.client._transport) is not None and is_unanswered(sink):
                await tasks.sleep(0)
        only_stream(proxy)._second(now + second)


def only_stream(proxy: Proxy) -> Stream:
    """Return the stream that runs."""
    (stream,) = proxy.streams
    return stream


async def test_two_players_that_stop_reading_cost_the_other_eighteen_nothing(
    make_proxy: MakeProxy,
) -> None:
    proxy = await make_proxy(header_wait=0.0, ring_mib=RING_MIB)
    readers, stopping = await crowd(proxy, 18, 2)

    await send(proxy, readers, MEDIA)

    stream = only_stream(proxy)
    assert stream.ring.total == len(MEDIA) > 4 * RING_MIB << 20
    assert all(player.client.blocked for player in stopping)
    assert all(client.skips == 0 for client in stream.clients)
    for player in stopping:
        player.close()


async def test_a_player_that_reads_again_goes_on_at_a_keyframe(make_proxy: MakeProxy) -> None:
    proxy = await make_proxy(header_wait=0.0, ring_mib=RING_MIB)
    readers, (player,) = await crowd(proxy, 1, 1)
    await send(proxy, readers, MEDIA)

    got = await player.media_to(MEDIA[-PACKET:])

    assert len(got) % PACKET == 0
    assert got[::PACKET].count(b"\x47") == len(got) // PACKET
    before, number = continued(got)
    assert 0 < before < number * len(MEDIA) // PICTURES
    (view,) = (v for v in stream_view(only_stream(proxy)).clients if v.id == player.client.id)
    assert view.skips == 1
    player.close()


def continued(got: bytes) -> tuple[int, int]:
    """Return where `got` leaves the media, and the picture with which it goes on.

    Fails unless it then begins with tables and a keyframe and follows the media to its end.
    """
    same = range(0, min(len(got), len(MEDIA)), PACKET)
    left = next(at for at in same if got[at : at + PACKET] != MEDIA[at : at + PACKET])
    rest = got[left:]
    breaks = next(at for at in range(0, len(rest), PACKET) if rest[at + 3] >> 4 != 2)
    assert rest == breaks_before(rest[breaks:]) + rest[breaks:]
    rest = rest[breaks:]
    assert (pid_of(rest, 0), pid_of(rest, PACKET)) == (PAT_PID, transport.PMT_PID)
    assert is_keyframe(rest, 2 * PACKET, H264)
    again = MEDIA.index(rest[2 * PACKET : 3 * PACKET])
    assert rest[2 * PACKET :] == MEDIA[again:]
    unit = MEDIA.index(b"\x00\x00\x01\x65", again)
    return left, int.from_bytes(MEDIA[unit + 4 : unit + 8], "big")


async def test_the_keyframe_it_goes_on_at_is_the_newest(make_proxy: MakeProxy) -> None:
    proxy = await make_proxy(header_wait=0.0, ring_mib=RING_MIB)
    readers, (player,) = await crowd(proxy, 1, 1)
    # Pieces that end within a picture: a keyframe is seldom where one begins.
    await send(proxy, readers, MEDIA, FIRST // PACKET * 3 // 2 * PACKET)

    got = await player.media_to(MEDIA[-PACKET:])

    assert continued(got)[1] == PICTURES - GOP
    player.close()


async def test_a_player_may_stop_and_go_on_many_times(make_proxy: MakeProxy) -> None:
    proxy = await make_proxy(header_wait=0.0, ring_mib=RING_MIB)
    readers, (player,) = await crowd(proxy, 1, 1)
    turn = -(-(RING_MIB << 20) * 3 // 2 // FIRST) * FIRST  # more than the ring holds

    for number, at in enumerate(range(0, 2 * turn, turn), start=1):
        piece = MEDIA[at : at + turn]
        await send(proxy, readers, piece)
        got = await player.media_to(piece[-PACKET:])
        assert got[::PACKET].count(b"\x47") * PACKET == len(got)
        assert player.client.skips == number
    player.close()


async def test_a_player_that_takes_nothing_for_too_long_is_cut_off(make_proxy: MakeProxy) -> None:
    proxy = await make_proxy(header_wait=0.0, ring_mib=RING_MIB)
    readers, (player,) = await crowd(proxy, 2, 1)
    await send(proxy, readers, MEDIA[: 20 * FIRST])
    stream, now = only_stream(proxy), clock.monotonic()
    assert player.client._transport is not None
    served = player.client._transport.get_extra_info("socket")

    await pass_time(proxy, player, now, 0.0, 599.0)
    assert len(stream.clients) == 3
    await pass_time(proxy, player, now, 601.0)

    assert player.client.reason is EndReason.STUCK
    assert await player.is_reset()
    assert served.fileno() == -1
    assert len(stream.clients) == 2
    await send(proxy, readers, MEDIA[20 * FIRST : 22 * FIRST])
    player.close()


async def test_a_player_that_paused_for_minutes_goes_on_at_a_keyframe_and_is_shown_as_paused(
    make_proxy: MakeProxy,
) -> None:
    proxy = await make_proxy(header_wait=0.0, ring_mib=RING_MIB)
    readers, (player,) = await crowd(proxy, 1, 1)
    await send(proxy, readers, MEDIA[: 20 * FIRST])
    stream, now = only_stream(proxy), clock.monotonic()
    await pass_time(proxy, player, now, *range(0, 590, 5))
    shown = seen(stream, player)
    assert shown.state is ClientState.PAUSED
    assert shown.still_for == pytest.approx(585.0, abs=5.0)
    await send(proxy, readers, MEDIA[20 * FIRST :])

    got = await player.media_to(MEDIA[-PACKET:])

    continued(got)
    await pass_time(proxy, player, now, 595.0)
    assert seen(stream, player).state is ClientState.PLAYING
    player.close()


def seen(stream: Stream, player: StoppingPlayer) -> ClientView:
    """Return what is shown of a player."""
    (view,) = (one for one in stream_view(stream).clients if one.id == player.client.id)
    return view


async def test_a_stream_whose_only_viewer_is_paused_runs_on(make_proxy: MakeProxy) -> None:
    proxy = await make_proxy(header_wait=0.0, ring_mib=RING_MIB, grace=0.0)
    (reader,), (player,) = await crowd(proxy, 1, 1)
    await send(proxy, [reader], MEDIA[: 20 * FIRST])
    stream, now = only_stream(proxy), clock.monotonic()
    reader.leave()
    await proxy.until(lambda: len(stream.clients) == 1)
    await pass_time(proxy, player, now, 0.0, 100.0, 500.0)

    await proxy.engines[0].push(MEDIA[20 * FIRST :])

    # It falls off the small ring again and again: nobody else reads.
    assert (await player.media_to(MEDIA[-PACKET:])).endswith(MEDIA[-GOP * PACKET :])
    assert not stream.leaving
    player.close()


async def test_a_paused_viewer_makes_room_for_another(
    make_proxy: MakeProxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(player_connection, "PAUSED_AFTER", 0.5)
    proxy = await make_proxy(header_wait=0.0, ring_mib=RING_MIB, max_viewers_per_stream=2)
    readers, (player,) = await crowd(proxy, 1, 1)
    await send(proxy, readers, MEDIA[: 20 * FIRST])
    stream = only_stream(proxy)
    async with asyncio.timeout(20):
        while not player.client.is_paused:
            stream.clients.look(clock.monotonic())
            await tasks.sleep(0)

    newcomer = await proxy.play(version="1.0")

    assert await newcomer.head() == 200
    assert player.client.reason is EndReason.GAVE_WAY
    assert await player.is_reset()
    assert len(stream.clients) == 2
    player.close()


async def test_a_player_that_takes_little_is_not_cut_off(make_proxy: MakeProxy) -> None:
    proxy = await make_proxy(header_wait=0.0, ring_mib=RING_MIB, paused_viewer_timeout=30.0)
    readers, (player,) = await crowd(proxy, 1, 1)
    await send(proxy, readers, MEDIA[: 20 * FIRST])
    now = clock.monotonic()

    for at in (0.0, 20.0, 40.0, 60.0):
        await pass_time(proxy, player, now, at)
        left = player.client.unsent_bytes
        while player.client.unsent_bytes == left:
            await player.read()

    assert player.client.reason is None
    player.close()


async def test_a_paused_stream_gives_its_engine_to_another_content(
    make_proxy: MakeProxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(player_connection, "PAUSED_AFTER", 0.5)
    proxy = await make_proxy(header_wait=0.0, ring_mib=RING_MIB, max_streams_per_engine=1)
    (reader,), (player,) = await crowd(proxy, 1, 1)
    await send(proxy, [reader], MEDIA[: 20 * FIRST])
    stream = only_stream(proxy)
    reader.leave()
    await proxy.until(lambda: len(stream.clients) == 1)
    async with asyncio.timeout(20):
        while not player.client.is_paused:
            stream.clients.look(clock.monotonic())
            await tasks.sleep(0)

    newcomer = await proxy.play(f"/ace/getstream?id={'e' * 40}", version="1.0")

    assert await newcomer.head() == 200
    await proxy.engines[0].push(MEDIA[:FIRST], 1)
    await newcomer.expect(MEDIA[:FIRST])
    assert player.client.reason is EndReason.GAVE_WAY
    player.close()
