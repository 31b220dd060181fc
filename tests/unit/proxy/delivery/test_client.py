"""One player's connection: what it gets, what happens when it takes nothing, and how it ends."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from acedesk import tasks
from acedesk.formats.http_head import ChunkedBody
from acedesk.mpegts.packets import NULL_PACKET, PACKET
from acedesk.mpegts.scan import Entry
from acedesk.proxy.buffer.chunk_framing import LAST_CHUNK, frame
from acedesk.proxy.delivery.client import Client, EndReason
from acedesk.proxy.delivery.live_edge import LiveEdge
from tests.fakes.seated_client import TABLES, Seat, packet, viewer


@pytest.fixture
async def seat() -> AsyncIterator[Seat]:
    """Return an attached client that gets chunks."""
    made = Seat()
    await made.open()
    yield made
    made.close()


@pytest.fixture
async def plain() -> AsyncIterator[Seat]:
    """Return an attached client whose body has no frames."""
    made = Seat()
    await made.open(chunked=False)
    yield made
    made.close()


# ---------------------------------------------------------------------- before the head


def test_an_id_is_drawn_and_tells_nothing_of_the_player() -> None:
    made = [viewer() for _ in range(50)]

    assert len({client.id for client in made}) == 50
    assert all("10.0" not in client.id and "VLC" not in client.id for client in made)


def test_before_its_head_went_out_a_client_gets_nothing() -> None:
    client = viewer()

    client.write_available()
    client.send_null()
    client.send_tables(TABLES)

    assert not client.attached
    assert (client.position, client.first_at, client.reason) == (None, None, None)
    assert client.unsent_bytes == 0
    assert not client.is_stuck(1000.0, 1.0)


def test_one_that_never_got_a_head_only_gets_its_reason() -> None:
    client, told = viewer(), list[Client]()
    client.on_end = told.append

    client.close(EndReason.STREAM_ENDED)

    assert (client.reason, told) == (EndReason.STREAM_ENDED, [client])


# ---------------------------------------------------------------------- media


async def test_a_client_without_a_place_is_given_nothing(seat: Seat) -> None:
    seat.grow(packet(0))

    seat.client.write_available()

    assert (seat.take(), seat.client.first_at) == (b"", None)


async def test_it_begins_at_an_entry_with_the_tables(seat: Seat) -> None:
    seat.grow(packet(0), packet(1), packet(2), entries=(Entry(PACKET, TABLES),))
    seat.grow(packet(3))

    seat.client.join(0, Entry(PACKET, TABLES))

    begin = TABLES + packet(1) + packet(2)
    assert seat.take() == frame(begin) + frame(packet(3))
    assert seat.client.position == 2
    assert seat.client.sent_bytes == len(begin) + PACKET


async def test_without_frames_the_packets_come_as_they_are(plain: Seat) -> None:
    plain.grow(packet(0), packet(1), entries=(Entry(0, TABLES),))
    plain.client.join(0, Entry(0, TABLES))

    plain.grow(packet(2))
    plain.client.write_available()

    assert plain.take() == TABLES + packet(0) + packet(1) + packet(2)


async def test_it_may_begin_anywhere(seat: Seat) -> None:
    for number in range(3):
        seat.grow(packet(number))

    seat.client.join_live(1)

    assert seat.take() == frame(packet(1)) + frame(packet(2))
    assert seat.client.sent_bytes == 2 * PACKET


async def test_the_first_media_is_noted_once(seat: Seat) -> None:
    seat.grow(packet(0))
    seat.client.join_live(0)
    first_at = seat.client.first_at

    seat.client.join_live(0)

    assert first_at is not None
    assert seat.client.first_at == first_at


async def test_nothing_is_written_twice(seat: Seat) -> None:
    seat.grow(packet(0))
    seat.client.join_live(0)
    seat.take()

    seat.client.write_available()

    assert seat.take() == b""


async def test_who_waits_for_a_picture_gets_the_tables_once(seat: Seat) -> None:
    seat.client.send_tables(b"")
    seat.client.send_tables(TABLES)
    seat.client.send_tables(TABLES)

    assert seat.take() == frame(TABLES)
    assert seat.client.position is None


@pytest.mark.parametrize("chunked", [True, False])
async def test_null_packets_keep_a_connection_and_count_as_nothing(chunked: bool) -> None:
    seat = Seat()
    await seat.open(chunked=chunked)

    seat.client.send_null()

    assert seat.take() == (frame(NULL_PACKET) if chunked else NULL_PACKET)
    assert seat.client.sent_bytes == 0
    seat.close()


# ---------------------------------------------------------------------- falling behind


async def test_a_full_connection_is_waited_for(seat: Seat) -> None:
    seat.client.join_live(0)
    count = seat.fill()
    assert seat.client.unsent_bytes > 0
    assert seat.client.direct == -1

    seat.client.send_null()
    seat.grow(packet(count))
    seat.client.write_available()

    assert seat.client.position is not None
    assert seat.client.position < seat.ring.next


async def test_when_it_was_taken_all_goes_on_without_a_gap(seat: Seat) -> None:
    seat.client.join_live(0)
    count = seat.fill()
    seat.grow(*(packet(count + n) for n in range(50)))

    expected = b"".join(bytes(seat.ring.framed(n)) for n in range(seat.ring.next))
    assert await seat.take_all(len(expected)) == expected

    async with asyncio.timeout(5):
        await seat.progressed.wait()
    assert not seat.client.blocked
    assert seat.client.position == seat.ring.next
    assert seat.client.sent_bytes == seat.ring.total


@given(st.lists(st.tuples(st.integers(1, 400), st.integers(0, 100_000)), max_size=15))
@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_player_gets_one_row_of_packets(turns: list[tuple[int, int]]) -> None:
    asyncio.run(_play(turns))


async def _play(turns: list[tuple[int, int]]) -> None:
    seat = Seat()
    await seat.open()
    seat.client.join_live(0)
    taken, number = b"", 0
    for count, size in turns:
        seat.grow(*(packet(number + n) for n in range(count)))
        number += count
        if not seat.client.blocked:
            seat.client.write_available()
        if size:
            with contextlib.suppress(BlockingIOError):
                taken += seat.player.recv(size)
        await tasks.sleep(0)
    framed = sum(len(seat.ring.framed(n)) for n in range(seat.ring.next))
    taken += await seat.take_all(framed - len(taken))

    body = b"".join(ChunkedBody().feed(memoryview(taken)))
    assert body == b"".join(packet(n) for n in range(number))
    assert seat.client.sent_bytes == len(body)
    seat.close()


async def test_one_that_fell_off_the_ring_goes_on_at_the_newest_entry(seat: Seat) -> None:
    seat.client.join_live(0)
    for number in range(12):
        seat.grow(packet(number), entries=(Entry(0, TABLES),) if number == 9 else ())
    seat.ring.drop_oldest(8)

    seat.client.write_available()

    rest = b"".join(frame(packet(number)) for number in (10, 11))
    assert seat.take() == frame(TABLES + packet(9)) + rest
    assert seat.client.skips == 1


async def test_without_an_entry_it_goes_on_at_the_newest_packets(seat: Seat) -> None:
    seat.client.join_live(0)
    for number in range(12):
        seat.grow(packet(number))
    seat.ring.drop_oldest(8)

    seat.client.write_available()

    assert seat.take() == frame(packet(11))
    assert seat.client.skips == 1


async def test_a_player_that_takes_nothing_is_stuck_after_its_time(seat: Seat) -> None:
    seat.client.join_live(0)
    seat.fill()

    looks = [seat.client.is_stuck(now, 30.0) for now in (110.0, 139.0, 140.1)]

    assert looks == [False, False, True]


async def test_a_player_that_takes_a_little_is_not_stuck(seat: Seat) -> None:
    seat.client.join_live(0)
    seat.fill()
    assert not seat.client.is_stuck(110.0, 30.0)
    before = seat.client.unsent_bytes

    async with asyncio.timeout(5):
        while seat.client.unsent_bytes == before:
            seat.take()
            await tasks.sleep(0)

    assert not seat.client.is_stuck(140.1, 30.0)


async def test_a_player_with_room_is_never_stuck(seat: Seat) -> None:
    assert not any(seat.client.is_stuck(now, 1.0) for now in (110.0, 1000.0))


# ---------------------------------------------------------------------- at the live edge


async def test_at_the_live_edge_the_account_is_the_same(seat: Seat) -> None:
    seat.client.join_live(0)
    edge = LiveEdge(seat.ring)
    for number in range(4):
        seat.grow(packet(number))
        seat.client.write_available()
    edge.advance()

    assert edge.join(seat.client)
    seat.grow(packet(4), packet(5))
    edge.advance()

    accounts = [(seat.client.at_live_edge, seat.client.position, seat.client.sent_bytes)]
    seat.client.fall_back()
    accounts.append((seat.client.at_live_edge, seat.client.position, seat.client.sent_bytes))
    assert accounts == [(True, 5, 6 * PACKET), (False, 5, 6 * PACKET)]
    assert seat.take().count(packet(5)) == 1


async def test_what_the_kernel_did_not_take_is_not_lost(seat: Seat) -> None:
    seat.client.join_live(0)
    edge = LiveEdge(seat.ring)
    edge.join(seat.client)
    number = 0
    while seat.client.at_live_edge:
        seat.grow(*(packet(number + n) for n in range(20)))
        number += 20
        edge.advance()

    expected = b"".join(bytes(seat.ring.framed(n)) for n in range(seat.ring.next))
    assert await seat.take_all(len(expected)) == expected


# ---------------------------------------------------------------------- the end


async def test_a_body_in_chunks_ends_in_good_order(seat: Seat) -> None:
    seat.grow(packet(0))
    seat.client.join_live(0)

    seat.client.close(EndReason.STREAM_ENDED)

    assert await seat.rest() == frame(packet(0)) + LAST_CHUNK
    assert seat.client.reason is EndReason.STREAM_ENDED
    assert seat.client.position is None


async def test_a_body_without_frames_ends_with_the_connection(plain: Seat) -> None:
    plain.grow(packet(0))
    plain.client.join_live(0)

    plain.client.close(EndReason.CLOSED)

    assert await plain.rest() == packet(0)


async def test_the_first_reason_counts_and_is_told_once(seat: Seat) -> None:
    seat.client.close(EndReason.CLOSED)
    seat.client.close(EndReason.STREAM_ENDED)
    async with asyncio.timeout(5):
        await seat.former.lost.wait()

    assert seat.client.reason is EndReason.CLOSED
    assert seat.ended == [seat.client]


@pytest.mark.parametrize("reason", [EndReason.STREAM_ENDED, EndReason.STUCK, EndReason.ERROR])
async def test_a_full_connection_is_cut(seat: Seat, reason: EndReason) -> None:
    seat.client.join_live(0)
    seat.fill()

    seat.client.close(reason)
    async with asyncio.timeout(5):
        await seat.former.lost.wait()

    assert not seat.take().endswith(LAST_CHUNK)
    assert seat.client.unsent_bytes == 0


async def test_the_http_server_gets_its_connection_back(seat: Seat) -> None:
    assert seat.transport.get_protocol() is seat.client

    seat.player.close()
    async with asyncio.timeout(5):
        while seat.client.reason is None:
            seat.client.send_null()
            await tasks.sleep(0)
        await seat.former.lost.wait()

    assert seat.client.reason is EndReason.LEFT
    assert seat.ended == [seat.client]
    assert not seat.client.attached


async def test_who_waits_for_the_end_is_told(seat: Seat) -> None:
    waiting = tasks.spawn(seat.client.wait_ended(), name="wait")
    await tasks.sleep(0)
    before = waiting.done()

    seat.client.close(EndReason.CLOSED)
    async with asyncio.timeout(5):
        await waiting
        await seat.client.wait_ended()

    assert not before


async def test_after_the_end_nothing_is_held_or_written(seat: Seat) -> None:
    seat.grow(packet(0))
    seat.client.join_live(0)
    seat.client.close(EndReason.CLOSED)
    await seat.rest()

    seat.client.send_null()
    seat.client.write_available()
    seat.client.resume_writing()

    assert seat.client._ring is None
    assert seat.client.sent_bytes == PACKET
    assert not seat.progressed.is_set()


async def test_a_player_that_closed_its_half_still_gets_media(seat: Seat) -> None:
    seat.player.shutdown(socket.SHUT_WR)

    assert await seat.take_all(len(frame(NULL_PACKET))) == frame(NULL_PACKET)
    seat.grow(packet(0))
    seat.client.join_live(0)

    assert seat.client.reason is None
    assert frame(packet(0)) in seat.take()


async def test_what_a_player_says_behind_its_request_is_ignored(seat: Seat) -> None:
    seat.player.send(b"GET / HTTP/1.1\r\n\r\n")
    for _ in range(3):
        await tasks.sleep(0)

    assert seat.client.reason is None
    assert seat.take() == b""


@pytest.mark.expects_errors
async def test_a_fault_of_ours_ends_the_connection_and_is_logged(
    seat: Seat, caplog: pytest.LogCaptureFixture
) -> None:
    seat.client.fail(ZeroDivisionError("a bug"))

    assert seat.client.reason is EndReason.ERROR
    assert seat.client.id in caplog.text
    assert "a bug" in caplog.text


async def test_a_connection_that_was_lost_already_is_left_at_once() -> None:
    seat = Seat()
    loop = asyncio.get_running_loop()
    seat.transport, _ = await loop.create_connection(lambda: seat.former, sock=seat._ours)
    seat.transport.abort()

    seat.client.attach(seat.transport, seat.ring, chunked=True, now=100.0)

    assert seat.client.reason is EndReason.LEFT
    assert seat.ended == [seat.client]
    seat.close()
