"""A client with a real connection and a ring of its own, and the player at the other end."""

import asyncio
import socket

from acedesk import clock
from acedesk.mpegts.scan import Entry
from acedesk.proxy.buffer.chunk_framing import SlabWriter
from acedesk.proxy.buffer.ring import MemoryBudget, Ring
from acedesk.proxy.delivery.client import Client
from tests import transport

TABLES = transport.pat() + transport.pmt()


def packet(number: int) -> bytes:
    """Return the packet with this number."""
    return transport.filler(number, number.to_bytes(4, "big"))


def viewer() -> Client:
    """Return a player that has just asked."""
    return Client(address="10.0.0.2", user_agent="VLC", now=100.0, time=clock.utc_now())


class AttachedClient:
    """A client with a real connection, and the player at the other end.

    Attributes:
        ended: The clients whose end was reported.
        progressed: Set when the player has taken all.
    """

    def __init__(self) -> None:
        self.ring = Ring(limit=1 << 28, seconds=1e9, budget=MemoryBudget(1 << 30))
        self.client = viewer()
        self.ended: list[Client] = []
        self.progressed = asyncio.Event()
        self.client.on_end = self.ended.append
        self.client.on_progress = self.progressed.set
        self.former = Former()
        ours, self.player = socket.socketpair()
        for sock in (ours, self.player):
            sock.setblocking(False)
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 8192)
        self._ours = ours

    async def open(self, *, chunked: bool = True) -> None:
        """Attach the client."""
        loop = asyncio.get_running_loop()
        self.transport, _ = await loop.create_connection(lambda: self.former, sock=self._ours)
        self.client.attach(self.transport, self.ring, chunked=chunked, now=100.0)

    def grow(self, *packets: bytes, entries: tuple[Entry, ...] = ()) -> None:
        """Let a chunk come into the ring."""
        self.ring.append(SlabWriter().put(b"".join(packets)), 0.0, entries, None)

    def fill(self) -> int:
        """Let packets come until the player's connection is full; return how many."""
        count = 0
        while not self.client.blocked:
            self.grow(*(packet(count + n) for n in range(50)))
            count += 50
            self.client.write_available()
        return count

    def take(self) -> bytes:
        """Return what has come to the player so far."""
        found = b""
        while True:
            try:
                data = self.player.recv(1 << 20)
            except BlockingIOError:
                return found
            if not data:
                return found
            found += data

    async def take_all(self, size: int) -> bytes:
        """Return the next `size` bytes."""
        loop, found = asyncio.get_running_loop(), b""
        async with asyncio.timeout(10):
            while len(found) < size:
                data = await loop.sock_recv(self.player, size - len(found))
                assert data
                found += data
        return found

    async def rest(self) -> bytes:
        """Return what comes until the connection ends."""
        loop, found = asyncio.get_running_loop(), b""
        async with asyncio.timeout(10):
            while data := await loop.sock_recv(self.player, 1 << 16):
                found += data
        return found

    def close(self) -> None:
        """Close both ends."""
        if hasattr(self, "transport"):
            self.transport.abort()
        self._ours.close()
        self.player.close()


class Former(asyncio.Protocol):
    """The HTTP server's protocol, which gets its connection back at the end."""

    def __init__(self) -> None:
        self.lost = asyncio.Event()

    def connection_lost(self, exc: Exception | None) -> None:
        """Note it."""
        self.lost.set()
