"""The viewers of one stream, as the engine side sees them."""

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import NoReturn

import pytest

from acedesk import clock
from acedesk.mpegts.packets import PACKET
from acedesk.mpegts.scan import Entry, Scanner
from acedesk.proxy.buffer.chunk_framing import SlabWriter
from acedesk.proxy.buffer.ring import MemoryBudget, Ring
from acedesk.proxy.delivery.client import Client, EndReason
from acedesk.proxy.delivery.client_table import ClientTable
from acedesk.settings import Settings


def viewer(position: int | None) -> Client:
    """Return a viewer with this place in the ring."""
    client = Client(address="127.0.0.1", user_agent="", now=clock.monotonic(), time=clock.utc_now())
    client.position = position
    return client


def client_table(*positions: int | None) -> ClientTable:
    """Return viewers of a ring that holds ten packets, one a chunk."""
    ring = Ring(limit=1 << 20, seconds=60.0, budget=MemoryBudget(1 << 20))
    for _ in range(10):
        ring.append(SlabWriter().put(bytes(PACKET)), 0.0, (), None)
    made = ClientTable(ring)
    for position in positions:
        made.add(viewer(position), 0.0)
    return made


def test_the_fastest_viewer_sets_the_pace_however_far_the_others_are() -> None:
    assert client_table(2, 8, 0).least_behind() == 2 * PACKET
    assert client_table(0, 10).least_behind() == 0


def test_a_viewer_without_a_place_sets_no_pace() -> None:
    assert client_table(None, 5).least_behind() == 5 * PACKET
    assert client_table(None).least_behind() is None
    assert client_table().least_behind() is None


def test_of_a_viewer_that_left_only_the_note_stays() -> None:
    made = client_table(*range(5))

    for client in made:
        made.remove(client)

    assert len(made) == 0
    assert (made._clients, made._meters) == ({}, {})
    assert len(made.clients_that_left.views(clock.monotonic())) == 5


async def test_a_viewer_that_left_while_its_head_was_written_gets_no_place() -> None:
    table = client_table()
    table._ring.append(SlabWriter().put(bytes(PACKET)), 0.0, (Entry(0, b""),), None)
    gone = viewer(None)
    table.add(gone, 0.0)
    ours, theirs = socket.socketpair()
    ours.setblocking(False)
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_connection(asyncio.Protocol, sock=ours)
    transport.abort()
    theirs.close()

    gone.attach(transport, table._ring, chunked=True, now=0.0)
    table.start_client(gone, Scanner(), 0.0)

    assert gone.reason is EndReason.LEFT
    assert gone.position is None


class Faulty(Client):
    """A viewer whom a bug of ours meets wherever it is touched."""

    def write_available(self) -> NoReturn:
        """Fail as no memory does."""
        raise MemoryError

    def look(self, now: float) -> NoReturn:
        """Fail as a bug does."""
        raise ValueError(now)


class Bursting(Client):
    """A viewer whose end fails."""

    def close(self, reason: EndReason) -> None:
        """Fail, but for the reason that is a fault of ours."""
        if reason is not EndReason.ERROR:
            raise ValueError(reason)
        super().close(reason)


Attach = Callable[[Client, ClientTable], Awaitable[socket.socket]]


@pytest.fixture
async def attach() -> AsyncIterator[Attach]:
    """Return what puts a client at the live edge of a table, and returns its player's socket."""
    opened: list[tuple[asyncio.Transport, socket.socket]] = []

    async def attach(client: Client, table: ClientTable) -> socket.socket:
        ours, theirs = socket.socketpair()
        ours.setblocking(False)
        theirs.setblocking(False)
        loop = asyncio.get_running_loop()
        transport, _ = await loop.create_connection(asyncio.Protocol, sock=ours)
        opened.append((transport, theirs))
        client.on_end = table.remove
        table.add(client, 0.0)
        client.attach(transport, table._ring, chunked=True, now=0.0)
        client.position = table._ring.next
        return theirs

    yield attach
    for transport, theirs in opened:
        transport.abort()
        theirs.close()


def faulty(kind: type[Client]) -> Client:
    """Return a client of this kind."""
    return kind(address="127.0.0.1", user_agent="", now=clock.monotonic(), time=clock.utc_now())


def grow(table: ClientTable) -> None:
    table._ring.append(SlabWriter().put(b"\x47" * PACKET), 0.0, (), None)


@pytest.mark.expects_errors
async def test_a_fault_met_at_one_viewer_ends_that_one_and_no_other(attach: Attach) -> None:
    table, broken, well = client_table(), faulty(Faulty), viewer(None)
    await attach(broken, table)
    player = await attach(well, table)
    grow(table)

    table.deliver(Scanner(), 0.0)

    assert b"\x47" * PACKET in player.recv(4096)
    assert list(table) == [well]
    assert broken.reason is EndReason.ERROR


@pytest.mark.expects_errors
async def test_a_fault_met_while_viewers_are_looked_at_ends_one_viewer(attach: Attach) -> None:
    table, broken, well = client_table(), faulty(Faulty), viewer(None)
    await attach(broken, table)
    player = await attach(well, table)
    well.position = None

    second(table, 1.0)

    assert player.recv(4096)  # a null packet
    assert list(table) == [well]
    assert broken.reason is EndReason.ERROR


def second(table: ClientTable, now: float) -> None:
    """Let a second be over, with the usual limits."""
    table.second(now, silent_for=0.0, settings=Settings())


def fill(table: ClientTable, client: Client) -> None:
    """Let media come until the client's connection is full."""
    while not client.blocked:
        grow(table)
        table.deliver(Scanner(), 0.0)


async def test_a_paused_viewer_stays_for_its_time_and_no_longer(attach: Attach) -> None:
    table, client = client_table(), viewer(None)
    await attach(client, table)
    fill(table, client)

    second(table, 100.0)
    second(table, 115.0)
    reasons = [(table.paused, client.reason)]
    for now in (700.0, 701.0):
        second(table, now)
        reasons.append((table.paused, client.reason))

    assert reasons == [([client], None), ([client], None), ([], EndReason.STUCK)]
    assert len(table) == 0


async def test_nothing_is_kept_in_the_ring_for_a_paused_viewer(attach: Attach) -> None:
    table, client = client_table(), viewer(None)
    await attach(client, table)
    fill(table, client)
    second(table, 100.0)
    assert client.position is not None
    grow(table)
    table.deliver(Scanner(), 0.0)
    assert table._ring.wanted == client.position < table._ring.next

    second(table, 115.0)
    table.deliver(Scanner(), 0.0)

    assert table._ring.wanted == table._ring.next


async def test_who_is_paused_for_longest_comes_first(attach: Attach) -> None:
    table, first, later = client_table(), viewer(None), viewer(None)
    await attach(later, table)
    await attach(first, table)
    fill(table, first)
    fill(table, later)
    for client, since in ((first, 100.0), (later, 110.0)):
        client.look(since)

    table.look(125.0)

    assert table.paused == [first, later]


@pytest.mark.expects_errors
async def test_a_viewer_whose_end_fails_keeps_no_other_from_its_end(attach: Attach) -> None:
    table, broken, well = client_table(), faulty(Bursting), viewer(None)
    await attach(broken, table)
    await attach(well, table)

    table.close(EndReason.STREAM_ENDED)

    assert (broken.reason, well.reason) == (EndReason.ERROR, EndReason.STREAM_ENDED)
    assert len(table) == 0


@pytest.mark.expects_errors
async def test_a_fault_while_a_player_catches_up_ends_that_viewer(attach: Attach) -> None:
    table, broken = client_table(), faulty(Faulty)
    await attach(broken, table)

    broken.resume_writing()

    assert len(table) == 0
    assert broken.reason is EndReason.ERROR
