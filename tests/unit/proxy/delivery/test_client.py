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
from acedesk.mpegts.unfinished import breaks_before
from acedesk.proxy.buffer.chunk_framing import LAST_CHUNK, frame
from acedesk.proxy.delivery.client import Client, EndReason
from acedesk.proxy.delivery.live_edge import LiveEdge
from tests.fakes.attached_client import TABLES, AttachedClient, packet, viewer


@pytest.fixture
async def attached() -> AsyncIterator[AttachedClient]:
    """Return an attached client that gets chunks."""
    made = AttachedClient()
    await made.open()
    yield made
    made.close()


@pytest.fixture
async def plain() -> AsyncIterator[AttachedClient]:
    """Return an attached client whose body has no frames."""
    made = AttachedClient()
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
    client.look(1000.0)
    assert client.still_for == 0.0


def test_one_that_never_got_a_head_only_gets_its_reason() -> None:
    client, told = viewer(), list[Client]()
    client.on_end = told.append

    client.close(EndReason.STREAM_ENDED)

    assert (client.reason, told) == (EndReason.STREAM_ENDED, [client])


# ---------------------------------------------------------------------- media


async def test_a_client_without_a_place_is_given_nothing(attached: AttachedClient) -> None:
    attached.grow(packet(0))

    attached.client.write_available()

    assert (attached.take(), attached.client.first_at) == (b"", None)


async def test_it_begins_at_an_entry_with_the_tables(attached: AttachedClient) -> None:
    attached.grow(packet(0), packet(1), packet(2), entries=(Entry(PACKET, TABLES),))
    attached.grow(packet(3))

    attached.client.join(0, Entry(PACKET, TABLES))

    begin = TABLES + packet(1) + packet(2)
    assert attached.take() == frame(begin) + frame(packet(3))
    assert attached.client.position == 2
    assert attached.client.sent_bytes == len(begin) + PACKET


async def test_without_frames_the_packets_come_as_they_are(plain: AttachedClient) -> None:
    plain.grow(packet(0), packet(1), entries=(Entry(0, TABLES),))
    plain.client.join(0, Entry(0, TABLES))

    plain.grow(packet(2))
    plain.client.write_available()

    assert plain.take() == TABLES + packet(0) + packet(1) + packet(2)


async def test_it_may_begin_anywhere(attached: AttachedClient) -> None:
    for number in range(3):
        attached.grow(packet(number))

    attached.client.join_live(1)

    assert attached.take() == frame(packet(1)) + frame(packet(2))
    assert attached.client.sent_bytes == 2 * PACKET


async def test_the_first_media_is_noted_once(attached: AttachedClient) -> None:
    attached.grow(packet(0))
    attached.client.join_live(0)
    first_at = attached.client.first_at

    attached.client.join_live(0)

    assert first_at is not None
    assert attached.client.first_at == first_at


async def test_nothing_is_written_twice(attached: AttachedClient) -> None:
    attached.grow(packet(0))
    attached.client.join_live(0)
    attached.take()

    attached.client.write_available()

    assert attached.take() == b""


async def test_who_waits_for_a_picture_gets_the_tables_once(attached: AttachedClient) -> None:
    attached.client.send_tables(b"")
    attached.client.send_tables(TABLES)
    attached.client.send_tables(TABLES)

    assert attached.take() == frame(TABLES)
    assert attached.client.position is None


@pytest.mark.parametrize("chunked", [True, False])
async def test_null_packets_keep_a_connection_and_count_as_nothing(chunked: bool) -> None:
    attached = AttachedClient()
    await attached.open(chunked=chunked)

    attached.client.send_null()

    assert attached.take() == (frame(NULL_PACKET) if chunked else NULL_PACKET)
    assert attached.client.sent_bytes == 0
    attached.close()


# ---------------------------------------------------------------------- falling behind


async def test_a_full_connection_is_waited_for(attached: AttachedClient) -> None:
    attached.client.join_live(0)
    count = attached.fill()
    assert attached.client.unsent_bytes > 0
    assert attached.client.direct == -1

    attached.client.send_null()
    attached.grow(packet(count))
    attached.client.write_available()

    assert attached.client.position is not None
    assert attached.client.position < attached.ring.next


async def test_when_it_was_taken_all_goes_on_without_a_gap(attached: AttachedClient) -> None:
    attached.client.join_live(0)
    count = attached.fill()
    attached.grow(*(packet(count + n) for n in range(50)))

    expected = b"".join(bytes(attached.ring.framed(n)) for n in range(attached.ring.next))
    assert await attached.take_all(len(expected)) == expected

    async with asyncio.timeout(5):
        await attached.progressed.wait()
    assert not attached.client.blocked
    assert attached.client.position == attached.ring.next
    assert attached.client.sent_bytes == attached.ring.total


@given(st.lists(st.tuples(st.integers(1, 400), st.integers(0, 100_000)), max_size=15))
@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_player_gets_one_row_of_packets(turns: list[tuple[int, int]]) -> None:
    asyncio.run(_play(turns))


async def _play(turns: list[tuple[int, int]]) -> None:
    attached = AttachedClient()
    await attached.open()
    attached.client.join_live(0)
    taken, number = b"", 0
    for count, size in turns:
        attached.grow(*(packet(number + n) for n in range(count)))
        number += count
        if not attached.client.blocked:
            attached.client.write_available()
        if size:
            with contextlib.suppress(BlockingIOError):
                taken += attached.player.recv(size)
        await tasks.sleep(0)
    framed = sum(len(attached.ring.framed(n)) for n in range(attached.ring.next))
    taken += await attached.take_all(framed - len(taken))

    body = b"".join(ChunkedBody().feed(memoryview(taken)))
    assert body == b"".join(packet(n) for n in range(number))
    assert attached.client.sent_bytes == len(body)
    attached.close()


async def test_one_that_fell_off_the_ring_goes_on_at_the_newest_entry(
    attached: AttachedClient,
) -> None:
    attached.client.join_live(0)
    for number in range(12):
        attached.grow(packet(number), entries=(Entry(0, TABLES),) if number == 9 else ())
    attached.ring.drop_oldest(8)

    attached.client.write_available()

    rest = b"".join(frame(packet(number)) for number in (10, 11))
    coming = b"".join((TABLES, packet(9), packet(10), packet(11)))
    assert attached.take() == frame(breaks_before(coming) + TABLES + packet(9)) + rest
    assert attached.client.skips == 1


async def test_without_an_entry_it_goes_on_at_the_newest_packets(attached: AttachedClient) -> None:
    attached.client.join_live(0)
    for number in range(12):
        attached.grow(packet(number))
    attached.ring.drop_oldest(8)

    attached.client.write_available()

    assert attached.take() == frame(breaks_before(packet(11))) + frame(packet(11))
    assert attached.client.skips == 1


def still(client: Client, *times: float) -> list[float]:
    """Look at these times; return for how long nothing had been taken."""
    found = []
    for now in times:
        client.look(now)
        found.append(client.still_for)
    return found


async def test_a_player_that_takes_nothing_is_paused_after_a_while(
    attached: AttachedClient,
) -> None:
    attached.client.join_live(0)
    attached.fill()

    looks = still(attached.client, 110.0, 119.0)
    assert (looks, attached.client.is_paused) == ([0.0, 9.0], False)
    looks = still(attached.client, 120.0, 700.0)
    assert (looks, attached.client.is_paused) == ([10.0, 590.0], True)


async def test_a_player_that_takes_a_little_is_not_paused(attached: AttachedClient) -> None:
    attached.client.join_live(0)
    attached.fill()
    still(attached.client, 110.0)
    before = attached.client.unsent_bytes

    async with asyncio.timeout(5):
        while attached.client.unsent_bytes == before:
            attached.take()
            await tasks.sleep(0)

    assert still(attached.client, 140.1) == [0.0]
    assert not attached.client.is_paused


async def test_a_player_that_goes_on_is_paused_no_more_at_once(attached: AttachedClient) -> None:
    attached.client.join_live(0)
    attached.fill()
    still(attached.client, 110.0, 200.0)
    assert attached.client.is_paused

    async with asyncio.timeout(5):
        while attached.client.blocked:
            attached.take()
            await tasks.sleep(0)

    assert not attached.client.is_paused


async def test_a_player_with_room_is_never_paused(attached: AttachedClient) -> None:
    assert still(attached.client, 110.0, 1000.0) == [0.0, 0.0]


# ---------------------------------------------------------------------- at the live edge


async def test_at_the_live_edge_the_account_is_the_same(attached: AttachedClient) -> None:
    attached.client.join_live(0)
    edge = LiveEdge(attached.ring)
    for number in range(4):
        attached.grow(packet(number))
        attached.client.write_available()
    edge.advance()

    assert edge.join(attached.client)
    attached.grow(packet(4), packet(5))
    edge.advance()

    accounts = [
        (attached.client.at_live_edge, attached.client.position, attached.client.sent_bytes)
    ]
    attached.client.fall_back()
    accounts.append(
        (attached.client.at_live_edge, attached.client.position, attached.client.sent_bytes)
    )
    assert accounts == [(True, 5, 6 * PACKET), (False, 5, 6 * PACKET)]
    assert attached.take().count(packet(5)) == 1


async def test_what_the_kernel_did_not_take_is_not_lost(attached: AttachedClient) -> None:
    attached.client.join_live(0)
    edge = LiveEdge(attached.ring)
    edge.join(attached.client)
    number = 0
    while attached.client.at_live_edge:
        attached.grow(*(packet(number + n) for n in range(20)))
        number += 20
        edge.advance()

    expected = b"".join(bytes(attached.ring.framed(n)) for n in range(attached.ring.next))
    assert await attached.take_all(len(expected)) == expected


# ---------------------------------------------------------------------- the end


async def test_a_body_in_chunks_ends_in_good_order(attached: AttachedClient) -> None:
    attached.grow(packet(0))
    attached.client.join_live(0)

    attached.client.close(EndReason.STREAM_ENDED)

    assert await attached.rest() == frame(packet(0)) + LAST_CHUNK
    assert attached.client.reason is EndReason.STREAM_ENDED
    assert attached.client.position is None


async def test_a_body_without_frames_ends_with_the_connection(plain: AttachedClient) -> None:
    plain.grow(packet(0))
    plain.client.join_live(0)

    plain.client.close(EndReason.CLOSED)

    assert await plain.rest() == packet(0)


async def test_the_first_reason_counts_and_is_told_once(attached: AttachedClient) -> None:
    attached.client.close(EndReason.CLOSED)
    attached.client.close(EndReason.STREAM_ENDED)
    async with asyncio.timeout(5):
        await attached.former.lost.wait()

    assert attached.client.reason is EndReason.CLOSED
    assert attached.ended == [attached.client]


@pytest.mark.parametrize("reason", [EndReason.STREAM_ENDED, EndReason.STUCK, EndReason.ERROR])
async def test_a_full_connection_is_cut(attached: AttachedClient, reason: EndReason) -> None:
    attached.client.join_live(0)
    attached.fill()

    attached.client.close(reason)
    async with asyncio.timeout(5):
        await attached.former.lost.wait()

    assert not attached.take().endswith(LAST_CHUNK)
    assert attached.client.unsent_bytes == 0


async def test_the_http_server_gets_its_connection_back(attached: AttachedClient) -> None:
    assert attached.transport.get_protocol() is attached.client

    attached.player.close()
    async with asyncio.timeout(5):
        while attached.client.reason is None:
            attached.client.send_null()
            await tasks.sleep(0)
        await attached.former.lost.wait()

    assert attached.client.reason is EndReason.LEFT
    assert attached.ended == [attached.client]
    assert not attached.client.attached


async def test_who_waits_for_the_end_is_told(attached: AttachedClient) -> None:
    waiting = tasks.spawn(attached.client.wait_ended(), name="wait")
    await tasks.sleep(0)
    before = waiting.done()

    attached.client.close(EndReason.CLOSED)
    async with asyncio.timeout(5):
        await waiting
        await attached.client.wait_ended()

    assert not before


async def test_after_the_end_nothing_is_held_or_written(attached: AttachedClient) -> None:
    attached.grow(packet(0))
    attached.client.join_live(0)
    attached.client.close(EndReason.CLOSED)
    await attached.rest()

    attached.client.send_null()
    attached.client.write_available()
    attached.client.resume_writing()

    assert attached.client._ring is None
    assert attached.client.sent_bytes == PACKET
    assert not attached.progressed.is_set()


async def test_a_player_that_closed_its_half_still_gets_media(attached: AttachedClient) -> None:
    attached.player.shutdown(socket.SHUT_WR)

    assert await attached.take_all(len(frame(NULL_PACKET))) == frame(NULL_PACKET)
    attached.grow(packet(0))
    attached.client.join_live(0)

    assert attached.client.reason is None
    assert frame(packet(0)) in attached.take()


async def test_what_a_player_says_behind_its_request_is_ignored(attached: AttachedClient) -> None:
    attached.player.send(b"GET / HTTP/1.1\r\n\r\n")
    for _ in range(3):
        await tasks.sleep(0)

    assert attached.client.reason is None
    assert attached.take() == b""


@pytest.mark.expects_errors
async def test_a_fault_of_ours_ends_the_connection_and_is_logged(
    attached: AttachedClient, caplog: pytest.LogCaptureFixture
) -> None:
    attached.client.fail(ZeroDivisionError("a bug"))

    assert attached.client.reason is EndReason.ERROR
    assert attached.client.id in caplog.text
    assert "a bug" in caplog.text


async def test_a_connection_that_was_lost_already_is_left_at_once() -> None:
    attached = AttachedClient()
    loop = asyncio.get_running_loop()
    attached.transport, _ = await loop.create_connection(
        lambda: attached.former, sock=attached._ours
    )
    attached.transport.abort()

    attached.client.attach(attached.transport, attached.ring, chunked=True, now=100.0)

    assert attached.client.reason is EndReason.LEFT
    assert attached.ended == [attached.client]
    attached.close()
