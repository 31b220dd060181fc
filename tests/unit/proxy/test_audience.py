"""The viewers of one stream, as the engine side sees them."""

import asyncio
import socket

from acedesk import clock
from acedesk.mpegts.packets import PACKET
from acedesk.mpegts.scan import Entry, Scanner
from acedesk.proxy.audience import Audience
from acedesk.proxy.client import Client, EndReason
from acedesk.proxy.framing import Tray
from acedesk.proxy.ring import MemoryBudget, Ring


def viewer(position: int | None) -> Client:
    """Return a viewer with this place in the ring."""
    client = Client(address="127.0.0.1", user_agent="", now=clock.monotonic(), time=clock.utc_now())
    client.position = position
    return client


def audience(*positions: int | None) -> Audience:
    """Return viewers of a ring that holds ten packets, one a chunk."""
    ring = Ring(limit=1 << 20, seconds=60.0, budget=MemoryBudget(1 << 20))
    for _ in range(10):
        ring.append(Tray().put(bytes(PACKET)), 0.0, (), None)
    made = Audience(ring)
    for position in positions:
        made.add(viewer(position), 0.0)
    return made


def test_the_fastest_viewer_sets_the_pace_however_far_the_others_are() -> None:
    assert audience(2, 8, 0).least_behind() == 2 * PACKET
    assert audience(0, 10).least_behind() == 0


def test_a_viewer_without_a_place_sets_no_pace() -> None:
    assert audience(None, 5).least_behind() == 5 * PACKET
    assert audience(None).least_behind() is None
    assert audience().least_behind() is None


def test_of_a_viewer_that_left_only_the_note_stays() -> None:
    made = audience(*range(5))

    for client in made:
        made.remove(client)

    assert len(made) == 0
    assert (made._clients, made._meters) == ({}, {})
    assert len(made.departures.views(clock.monotonic())) == 5


async def test_a_viewer_that_left_while_its_head_was_written_gets_no_place() -> None:
    watched = audience()
    watched._ring.append(Tray().put(bytes(PACKET)), 0.0, (Entry(0, b""),), None)
    gone = viewer(None)
    watched.add(gone, 0.0)
    ours, theirs = socket.socketpair()
    ours.setblocking(False)
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_connection(asyncio.Protocol, sock=ours)
    transport.abort()
    theirs.close()

    gone.attach(transport, watched._ring, chunked=True, now=0.0)
    watched.seat(gone, Scanner(), 0.0)

    assert gone.reason is EndReason.LEFT
    assert gone.position is None
