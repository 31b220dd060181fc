"""What is written and not taken is counted, in the transport and in the kernel."""

import asyncio
import contextlib
import socket
import sys
from collections.abc import AsyncIterator

import pytest

from acedesk.proxy.delivery.client_socket import waiting_bytes


@pytest.fixture
async def connection() -> AsyncIterator[tuple[asyncio.StreamWriter, socket.socket]]:
    """Return a writer and the socket at its other end."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setblocking(False)
        _, writer = await asyncio.open_connection(*listener.getsockname())
        other, _ = await asyncio.get_running_loop().sock_accept(listener)
    with other:
        yield writer, other
    writer.transport.abort()
    with contextlib.suppress(OSError):
        await writer.wait_closed()


async def test_bytes_the_other_side_does_not_read_are_counted(
    connection: tuple[asyncio.StreamWriter, socket.socket],
) -> None:
    writer, silent = connection
    silent.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    assert waiting_bytes(writer.transport) == 0

    for _ in range(64):
        writer.write(bytes(65536))

    buffered = writer.transport.get_write_buffer_size()
    waiting = waiting_bytes(writer.transport)
    assert buffered > 0
    assert waiting > buffered if sys.platform == "linux" else waiting >= buffered


async def test_a_closed_connection_has_nothing_waiting(
    connection: tuple[asyncio.StreamWriter, socket.socket],
) -> None:
    writer, _ = connection
    writer.close()
    await writer.wait_closed()

    assert waiting_bytes(writer.transport) == 0
