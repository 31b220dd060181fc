"""A proxy under a watch whose seconds pass when the test says so.

The bytes, sockets and answers are real; only the time between two looks is not waited for.
"""

import asyncio
import datetime
import socket

from acedesk import tasks
from acedesk.model.diagnosis import Diagnosis, MachineFacts
from acedesk.model.engine import EngineId, VpnMembership
from acedesk.model.snapshot import VpnState, VpnView
from acedesk.observe.diagnostics import Diagnostics
from acedesk.proxy.delivery.client import Client
from acedesk.proxy.streams.stream import Stream
from acedesk.settings import Settings
from acedesk.store.blacklist import Blacklist
from tests import transport
from tests.integration.proxy.conftest import CONTENT, Proxy

RATE = 25
SECOND = len(transport.broadcast(RATE))
BEGIN = datetime.datetime(2026, 3, 1, 12, 0, tzinfo=datetime.UTC)


def through_vpn(port: int | None = 4711, state: VpnState = VpnState.CONNECTED) -> VpnView:
    """Return a VPN that the first engine uses."""
    return VpnView(state=state, forwarded_port=port, engines=("engine-0",))


class Laboratory:
    """Looks at the streams of a proxy second by second.

    Attributes:
        pictures: How many pictures each engine has sent.
        vpn, machine: What the next look will find.
    """

    def __init__(self, proxy: Proxy, **values: object) -> None:
        self.proxy = proxy
        self.now = 1000.0
        self.vpn = VpnView()
        self.machine = MachineFacts(cpu=20.0, memory_free=50.0, disk_free=10**11)
        self.pictures: dict[int, float] = {}
        settings = Settings().changed(values)
        self.blacklist = Blacklist(None, lambda: settings.blacklist_minutes)
        self.diagnostics = Diagnostics(
            proxy.streams,
            proxy.pool,
            self.blacklist,
            lambda: settings,
            vpn=lambda: self.vpn,
            machine=lambda: self.machine,
            ahead=proxy.streams._shared.sessions.ahead,
        )

    @property
    def time(self) -> datetime.datetime:
        """The wall clock of the laboratory."""
        return BEGIN + datetime.timedelta(seconds=self.now - 1000.0)

    def stream(self, content: str = CONTENT) -> Stream:
        """Return the running stream of a content."""
        return self.proxy.streams.find_id(content)

    def diagnosis(self, content: str = CONTENT) -> Diagnosis:
        """Return the verdict on a stream."""
        verdict = self.stream(content).verdict
        assert verdict is not None
        return verdict.diagnosis

    def look(self, seconds: float = 1.0) -> None:
        """Let time pass, then look."""
        self.now += seconds
        inside = frozenset(map(EngineId, self.vpn.engines))
        self.proxy.pool.set_vpn(VpnMembership(container="gluetun", engines=inside))
        self.diagnostics.observe(self.now, self.time)

    async def live(
        self, seconds: int, *, supply: float = 1.0, session: int = 0, content: str = CONTENT
    ) -> None:
        """Let seconds pass in each of which the engine sends that share of a second's pictures."""
        for _ in range(seconds):
            await self.send(supply, session, content)
            self.look()

    async def send(self, supply: float, session: int, content: str = CONTENT) -> None:
        """Send a share of a second's pictures and wait until they are in the ring."""
        before = self.pictures.get(session, 0.0)
        after = self.pictures[session] = before + RATE * supply
        data = transport.broadcast(int(after) - int(before), first=int(before))
        await self.push(data, session, content)

    async def push(self, data: bytes, session: int = 0, content: str = CONTENT) -> None:
        """Send bytes and wait until they are in the ring."""
        stream = self.stream(content)
        wanted = stream.ring.total + len(data)
        if data:
            await self.proxy.engines[0].push(data, session)
        grown = asyncio.Event()
        disconnect = stream.grown.connect(grown.set)
        async with asyncio.timeout(10):
            while stream.ring.total < wanted:
                grown.clear()
                await grown.wait()
        disconnect()

    async def ask(self, content: str = CONTENT, **stat: object) -> None:
        """Let the stream ask its engine, which answers with these values."""
        self.proxy.engines[0].stat = {"status": "dl", **stat}
        stream = self.stream(content)
        assert stream.supply.session is not None
        await stream.stat_poller.ask(stream.supply.session)

    def ask_in_vain(self) -> asyncio.Task[None]:
        """Let the stream ask its engine, which does not answer."""
        self.proxy.engines[0].stat_silent = True
        stream = self.stream()
        assert stream.supply.session is not None
        return tasks.spawn(stream.stat_poller.ask(stream.supply.session), name="a question")


class SlowPlayer:
    """A player behind a narrow link: small buffers on both sides, reads when told."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock

    async def read(self, size: int) -> None:
        """Take so many bytes off the line."""
        loop = asyncio.get_running_loop()
        while size > 0:
            async with asyncio.timeout(10):
                size -= len(await loop.sock_recv(self._sock, size))

    def close(self) -> None:
        """Hang up."""
        self._sock.close()


async def play_slowly(laboratory: Laboratory, content: str = CONTENT) -> SlowPlayer:
    """Join a stream that runs as a player with a narrow link."""
    loop = asyncio.get_running_loop()
    stream = laboratory.stream(content)
    known = {client.id for client in stream.clients}
    sock = socket.socket()
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    sock.setblocking(False)
    await loop.sock_connect(sock, ("127.0.0.1", laboratory.proxy.listener.port))
    request = f"GET /ace/getstream?id={content} HTTP/1.0\r\nUser-Agent: VLC/3.0.21\r\n\r\n"
    await loop.sock_sendall(sock, request.encode())
    await laboratory.proxy.until(lambda: len(stream.clients) > len(known))
    client: Client = next(client for client in stream.clients if client.id not in known)
    while not client.attached:
        await laboratory.push(transport.broadcast(1, first=10**6))
    assert client._transport is not None
    served = client._transport.get_extra_info("socket")
    served.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
    return SlowPlayer(sock)
