"""Clients at the live edge are written to together, and fail one by one."""

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import NoReturn

import pytest

from acedesk import clock
from acedesk.mpegts.packets import PACKET
from acedesk.proxy.buffer.chunk_framing import SlabWriter
from acedesk.proxy.buffer.ring import MemoryBudget, Ring
from acedesk.proxy.delivery import socket_writes
from acedesk.proxy.delivery.client import Client, EndReason
from acedesk.proxy.delivery.live_edge import MOST_CHUNKS, LiveEdge


class FlakyRing(Ring):
    """A ring that cannot make a view as often as `faults` says."""

    faults = 0

    def framed(self, number: int) -> memoryview:
        """Fail as no memory does, or return the chunk."""
        if self.faults:
            self.faults -= 1
            raise MemoryError
        return super().framed(number)


class Faulty(Client):
    """A client that fails when it leaves the front."""

    def spill(self, chunks: list[memoryview], sent: int) -> NoReturn:
        """Fail as a bug does."""
        raise ValueError(chunks, sent)

    def fall_back(self) -> NoReturn:
        """Fail as a bug does."""
        raise ValueError


class Edge:
    """A front, its ring, and the players behind it."""

    def __init__(self) -> None:
        self.ring = FlakyRing(limit=1 << 20, seconds=60.0, budget=MemoryBudget(1 << 20))
        self.live_edge = LiveEdge(self.ring)
        self._grown = 0

    def grow(self, chunks: int = 1) -> None:
        """Let chunks of one packet come, each with its number in it."""
        for _ in range(chunks):
            self._grown += 1
            packet = bytes([0x47, self._grown % 256]) * (PACKET // 2)
            self.ring.append(SlabWriter().put(packet), 0.0, (), None)


Join = Callable[[Edge, type[Client]], Awaitable[tuple[Client, socket.socket]]]


@pytest.fixture
async def join() -> AsyncIterator[Join]:
    """Return what puts a new client at the front."""
    opened: list[tuple[asyncio.Transport, socket.socket]] = []

    async def join(edge: Edge, kind: type[Client]) -> tuple[Client, socket.socket]:
        ours, theirs = socket.socketpair()
        ours.setblocking(False)
        theirs.setblocking(False)
        loop = asyncio.get_running_loop()
        transport, _ = await loop.create_connection(asyncio.Protocol, sock=ours)
        opened.append((transport, theirs))
        client = kind(address="", user_agent="", now=clock.monotonic(), time=clock.utc_now())
        client.attach(transport, edge.ring, chunked=True, now=0.0)
        client.position = edge.ring.next
        assert edge.live_edge.join(client)
        return client, theirs

    yield join
    for transport, theirs in opened:
        transport.abort()
        theirs.close()


def received(player: socket.socket, count: int = 1) -> list[int]:
    """Return the numbers of the chunks that the player got, which are so many at least."""
    size = len(b"bc\r\n") + PACKET + len(b"\r\n")
    data = player.recv(1 << 20)
    while len(data) < count * size:  # a system may hand on each piece alone
        data += player.recv(1 << 20)
    return [data[at + len(b"bc\r\n") + 1] for at in range(0, len(data), size)]


async def test_what_could_not_be_handed_on_is_handed_on_the_next_time(join: Join) -> None:
    edge = Edge()
    client, player = await join(edge, Client)
    edge.grow()
    edge.ring.faults = 1

    with pytest.raises(MemoryError):
        edge.live_edge.advance()
    edge.grow()
    edge.live_edge.advance()

    assert received(player) == [1, 2]
    assert client.sent_bytes == 2 * PACKET


@pytest.mark.expects_errors
async def test_a_fault_of_one_client_ends_that_one_while_all_are_written_to(
    join: Join, monkeypatch: pytest.MonkeyPatch
) -> None:
    edge = Edge()
    broken, _ = await join(edge, Client)
    full, _ = await join(edge, Faulty)
    well, player = await join(edge, Client)
    write = socket_writes.write

    def flaky_write(number: int, data: bytes) -> int:
        if number == broken_number:
            raise MemoryError
        return 0 if number == full_number else write(number, data)

    broken_number, full_number = broken.direct, full.direct
    monkeypatch.setattr(socket_writes, "write", flaky_write)
    edge.grow()
    edge.live_edge.advance()

    assert received(player) == [1]
    assert (broken.reason, full.reason) == (EndReason.ERROR, EndReason.ERROR)
    assert (well.reason, len(edge.live_edge)) == (None, 1)


@pytest.mark.expects_errors
async def test_a_fault_of_one_client_that_is_far_behind_ends_that_one(join: Join) -> None:
    edge = Edge()
    broken, _ = await join(edge, Faulty)
    well, player = await join(edge, Client)
    edge.grow(MOST_CHUNKS + 1)

    edge.live_edge.advance()

    assert received(player, MOST_CHUNKS + 1) == list(range(1, MOST_CHUNKS + 2))
    assert (broken.reason, well.reason) == (EndReason.ERROR, None)
