"""A player's connection: what the kernel does not take waits in the transport, and how it ends."""

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from acedesk.mpegts.packets import NULL_PACKET
from acedesk.proxy.buffer.chunk_framing import LAST_CHUNK, frame
from acedesk.proxy.delivery.player_connection import PlayerConnection


class Connection(PlayerConnection):
    """Notes what it is told."""

    def __init__(self) -> None:
        super().__init__(0.0)
        self.told: list[str] = []
        self.free = asyncio.Event()
        self.lost = asyncio.Event()

    def handle_full(self) -> None:
        self.told.append("full")

    def handle_free(self) -> None:
        self.told.append("free")
        self.check_direct()
        self.free.set()

    def handle_lost(self) -> None:
        self.told.append("lost")
        self.lost.set()


class HttpServer(asyncio.Protocol):
    """Who had the connection before."""

    def __init__(self) -> None:
        self.lost = asyncio.Event()

    def connection_lost(self, exc: Exception | None) -> None:
        self.lost.set()


Pair = tuple[Connection, HttpServer, socket.socket]
Connect = Callable[..., Awaitable[Pair]]


@pytest.fixture
async def connect() -> AsyncIterator[Connect]:
    """Return what makes a connection and the player's end of it."""
    opened: list[tuple[asyncio.Transport, socket.socket]] = []

    async def connect(*, chunked: bool = True) -> Pair:
        ours, theirs = socket.socketpair()
        for end in (ours, theirs):
            end.setblocking(False)
            end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 8192)
        loop = asyncio.get_running_loop()
        transport, server = await loop.create_connection(HttpServer, sock=ours)
        opened.append((transport, theirs))
        connection = Connection()
        connection.take_over(transport, chunked=chunked, now=0.0)
        return connection, server, theirs

    yield connect
    for transport, theirs in opened:
        transport.abort()
        theirs.close()


async def read(player: socket.socket, size: int) -> bytes:
    """Read so many bytes, or to the end."""
    data = b""
    async with asyncio.timeout(5):
        while len(data) < size:
            piece = await asyncio.get_running_loop().sock_recv(player, 1 << 16)
            if not piece:
                break
            data += piece
    return data


async def test_before_the_head_is_out_nothing_can_be_sent() -> None:
    connection = Connection()

    connection.send(b"media")
    connection.send_null()

    assert (connection.attached, connection.unsent_bytes, connection.direct) == (False, 0, -1)


async def test_while_the_transport_is_empty_the_socket_is_written_to(connect: Connect) -> None:
    connection, _, player = await connect()

    connection.send(b"media")

    assert player.recv(100) == b"media"
    assert connection.direct >= 0
    assert connection.told == []


async def test_what_the_kernel_does_not_take_comes_later_in_order(connect: Connect) -> None:
    connection, _, player = await connect()
    data = bytes(range(256)) * 4096

    connection.send(data)
    connection.send(b"the end")
    full = connection.blocked, connection.direct, connection.told[:1]
    received = await read(player, len(data) + len(b"the end"))
    async with asyncio.timeout(5):
        await connection.free.wait()

    assert full == (True, -1, ["full"])
    assert received == data + b"the end"
    assert connection.direct >= 0


async def test_the_rest_of_several_chunks_is_what_was_not_taken(connect: Connect) -> None:
    connection, _, player = await connect()

    connection.send_rest([memoryview(b"abcd"), memoryview(b"efgh"), memoryview(b"ij")], 6)

    assert await read(player, 4) == b"ghij"


@pytest.mark.parametrize("chunked", [True, False])
async def test_a_null_packet_is_framed_as_the_body_is(connect: Connect, chunked: bool) -> None:
    connection, _, player = await connect(chunked=chunked)

    connection.send_null()

    assert player.recv(1000) == (frame(NULL_PACKET) if chunked else NULL_PACKET)


async def test_a_chunked_body_ends_with_its_last_chunk(connect: Connect) -> None:
    connection, server, player = await connect()

    connection.end_body()

    assert await read(player, 1000) == LAST_CHUNK
    async with asyncio.timeout(5):
        await asyncio.gather(connection.lost.wait(), server.lost.wait())
    assert not connection.attached


async def test_a_body_that_waits_for_its_player_is_cut(connect: Connect) -> None:
    connection, _, player = await connect()
    data = bytes(1 << 20)
    connection.send(data)

    connection.end_body()

    assert len(await read(player, len(data))) < len(data)


@pytest.mark.parametrize("at_once", [True, False])
async def test_a_connection_is_cut_once(connect: Connect, at_once: bool) -> None:
    connection, _, _ = await connect()

    connection.cut(at_once=at_once)
    connection.cut(at_once=at_once)
    connection.end_body()

    async with asyncio.timeout(5):
        await connection.lost.wait()
    assert connection.told.count("lost") == 1


def still(connection: Connection, now: float) -> float:
    """Look now; return for how long nothing was taken."""
    connection.look(now)
    return connection.still_for


async def test_a_player_that_takes_something_is_not_still(connect: Connect) -> None:
    connection, _, player = await connect()
    connection.send(bytes(1 << 20))
    looks = [still(connection, 0.0), still(connection, 9.0)]
    player.recv(4096)
    while connection.unsent_bytes == connection._unsent:
        await asyncio.wait_for(asyncio.get_running_loop().sock_recv(player, 4096), 5)

    looks += [still(connection, 11.0), still(connection, 20.0)]

    assert looks == [0.0, 9.0, 0.0, 9.0]
    assert not connection.is_paused
    assert (still(connection, 21.0), connection.is_paused) == (10.0, True)


async def test_a_player_that_has_everything_is_never_still(connect: Connect) -> None:
    connection, _, _ = await connect()

    assert (still(connection, 1e6), connection.unanswered_for) == (0.0, 0.0)


async def test_half_a_close_is_asked_with_two_null_packets(connect: Connect) -> None:
    connection, _, player = await connect(chunked=False)

    player.shutdown(socket.SHUT_WR)

    assert await read(player, 2 * len(NULL_PACKET)) == NULL_PACKET * 2
    assert connection.attached


async def test_a_player_that_is_gone_is_noticed(connect: Connect) -> None:
    connection, server, player = await connect()

    player.close()

    async with asyncio.timeout(5):
        await asyncio.gather(connection.lost.wait(), server.lost.wait())
    assert (connection.attached, connection.direct) == (False, -1)


async def test_what_is_closing_already_is_lost_at_once() -> None:
    ours, theirs = socket.socketpair()
    ours.setblocking(False)
    with theirs:
        transport, _ = await asyncio.get_running_loop().create_connection(HttpServer, sock=ours)
        transport.close()
        connection = Connection()

        connection.take_over(transport, chunked=True, now=0.0)

        assert connection.told[-1] == "lost"
        async with asyncio.timeout(5):
            await connection.lost.wait()
