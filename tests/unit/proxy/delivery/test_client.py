"""A client's place in the ring: where it begins, what it is given, what it is told at its end."""

import asyncio
import socket
from collections.abc import AsyncIterator

import pytest

from acedesk import clock, tasks
from acedesk.mpegts.packets import PACKET
from acedesk.mpegts.scan import Entry
from acedesk.proxy.buffer.chunk_framing import SlabWriter
from acedesk.proxy.buffer.ring import MemoryBudget, Ring
from acedesk.proxy.delivery.client import Client, EndReason

TABLES = b"T" * PACKET


class Seat:
    """A client of a ring of small chunks, and its player's socket."""

    def __init__(self) -> None:
        self.ring = Ring(limit=1 << 20, seconds=60.0, budget=MemoryBudget(1 << 24))
        self.client = Client(
            address="10.0.0.2", user_agent="", now=clock.monotonic(), time=clock.utc_now()
        )
        self.player, self._ours = socket.socketpair()
        self._transport: asyncio.Transport | None = None

    async def attach(self) -> None:
        """Join the client to its player; the body is not chunked."""
        for end in (self.player, self._ours):
            end.setblocking(False)
        loop = asyncio.get_running_loop()
        self._transport, _ = await loop.create_connection(asyncio.Protocol, sock=self._ours)
        self.client.attach(self._transport, self.ring, chunked=False, now=clock.monotonic())

    def close(self) -> None:
        """Let go of both ends."""
        if self._transport is not None:
            self._transport.abort()
        self._ours.close()
        self.player.close()

    def grow(self, letters: str, *, keyframe: bool = False) -> None:
        """Let chunks of one packet come, each filled with its letter."""
        for letter in letters:
            entries = (Entry(0, TABLES),) if keyframe else ()
            block = SlabWriter().put(letter.encode() * PACKET)
            self.ring.append(block, 100.0 + self.ring.next, entries, None)

    def received(self) -> str:
        """Return one letter for each packet that the player got."""
        try:
            data = self.player.recv(1 << 20)
        except BlockingIOError:
            return ""
        return "".join(chr(data[at]) for at in range(0, len(data), PACKET))


@pytest.fixture
async def seat() -> AsyncIterator[Seat]:
    made = Seat()
    await made.attach()
    yield made
    made.close()


async def test_a_client_without_a_place_is_given_nothing(seat: Seat) -> None:
    seat.grow("abc")

    seat.client.write_available()

    assert (seat.received(), seat.client.first_at) == ("", None)


async def test_it_begins_with_the_tables_at_an_entry_and_goes_on(seat: Seat) -> None:
    seat.grow("a")
    seat.grow("b", keyframe=True)
    seat.grow("c")

    seat.client.join(1, Entry(0, TABLES))
    seat.grow("d")
    seat.client.write_available()

    assert seat.received() == "Tbcd"
    assert seat.client.sent_bytes == 4 * PACKET
    assert seat.client.first_at is not None


async def test_it_may_begin_anywhere(seat: Seat) -> None:
    seat.grow("abc")

    seat.client.join_live(1)

    assert (seat.received(), seat.client.position) == ("bc", 3)


async def test_tables_are_given_once_while_it_waits(seat: Seat) -> None:
    seat.client.send_tables(b"")
    seat.client.send_tables(TABLES)
    seat.client.send_tables(TABLES)

    assert seat.received() == "T"


async def test_what_fell_out_of_the_ring_is_skipped_to_the_newest_keyframe(seat: Seat) -> None:
    seat.grow("abcde")
    seat.client.position = 0
    seat.grow("f", keyframe=True)
    seat.grow("g")
    seat.ring.drop_oldest(2)

    seat.client.write_available()

    assert (seat.received(), seat.client.skips) == ("Tfg", 1)


async def test_without_a_keyframe_it_goes_on_with_the_newest_chunk(seat: Seat) -> None:
    seat.grow("abcde")
    seat.client.position = 0
    seat.ring.drop_oldest(2)

    seat.client.write_available()

    assert (seat.received(), seat.client.skips) == ("e", 1)


async def test_the_first_reason_counts(seat: Seat) -> None:
    seat.client.close(EndReason.CLOSED)
    seat.client.close(EndReason.STREAM_ENDED)

    assert seat.client.reason is EndReason.CLOSED
    assert seat.client.position is None


async def test_who_waits_for_its_end_is_told(seat: Seat) -> None:
    waiting = tasks.spawn(seat.client.wait_ended(), name="the end")
    await asyncio.wait({waiting}, timeout=0)

    seat.player.close()

    async with asyncio.timeout(5):
        await waiting
        await seat.client.wait_ended()
    assert seat.client.reason is EndReason.LEFT


async def test_at_its_end_it_lets_go_of_its_stream(seat: Seat) -> None:
    ended: list[Client] = []
    seat.client.on_end = ended.append

    seat.client.close(EndReason.STREAM_ENDED)
    seat.grow("a")
    seat.client.write_available()

    assert ended == [seat.client]
    assert seat.client.on_end is not ended.append
    assert seat.client._ring is None


@pytest.mark.expects_errors
async def test_a_fault_of_ours_ends_it(seat: Seat) -> None:
    seat.client.fail(ValueError("a fault"))

    assert seat.client.reason is EndReason.ERROR
