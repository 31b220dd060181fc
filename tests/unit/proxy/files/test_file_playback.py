"""A player of a file: what counts as taking bytes, and what is shown of it."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator

import pytest

from acedesk.proxy.files.file_playback import PAUSE, STEADY, Reading


@pytest.fixture
async def connection() -> AsyncIterator[tuple[asyncio.Transport, socket.socket]]:
    """Return a transport and the socket at its other end."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setblocking(False)
        _, writer = await asyncio.open_connection(*listener.getsockname())
        other, _ = await asyncio.get_running_loop().sock_accept(listener)
    assert isinstance(writer.transport, asyncio.Transport)
    with other:
        yield writer.transport, other
    writer.transport.abort()
    with contextlib.suppress(OSError):
        await writer.wait_closed()


async def test_a_player_takes_something_when_less_waits_for_it(
    connection: tuple[asyncio.Transport, socket.socket],
) -> None:
    transport, player = connection
    reading = Reading(transport, moved_at=0.0)
    transport.write(bytes(32 << 20))
    reading.writing = True
    reading.look(1.0)
    while reading.still_for(2.0) == 0.0:  # the kernel on the other side fills first
        reading.look(2.0)

    reading.look(30.0)
    still = reading.still_for(30.0)
    taken = 0
    while taken < 16 << 20:
        taken += len(await asyncio.get_running_loop().sock_recv(player, 1 << 20))
    reading.look(31.0)

    assert still >= 28.0
    assert reading.still_for(31.0) == 0.0


def test_a_player_that_is_offered_nothing_does_not_stand_still() -> None:
    reading = Reading(None, moved_at=0.0)

    reading.look(100.0)

    assert reading.still_for(100.0) == 0.0


def test_a_pause_is_remembered_for_a_while() -> None:
    reading = Reading(None, moved_at=0.0)
    reading.look(PAUSE / 2)
    before = reading.is_steady(PAUSE)

    reading.look(2 * PAUSE)
    after = reading.is_steady(2 * PAUSE)
    for tenths in range(round(10 * (STEADY + 1))):
        reading.look(2 * PAUSE + tenths / 10)

    assert before
    assert not after
    assert reading.is_steady(2 * PAUSE + STEADY + 1)


async def test_a_reading_that_is_ended_resets_its_player(
    connection: tuple[asyncio.Transport, socket.socket],
) -> None:
    transport, player = connection
    reading = Reading(transport, moved_at=0.0)

    reading.stop()

    assert reading.over
    with pytest.raises(ConnectionResetError):
        await asyncio.get_running_loop().sock_recv(player, 1)
