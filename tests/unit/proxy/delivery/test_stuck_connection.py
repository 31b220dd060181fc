"""What is written and not taken is counted, in the transport and in the kernel."""

import asyncio
import contextlib
import shutil
import socket
import subprocess
import sys
from collections.abc import AsyncIterator

import pytest

from acedesk.proxy.delivery.stuck_connection import AnswerWatch, ask_often, waiting_bytes
from tests.needs import need


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


async def test_a_player_that_reads_nothing_still_answers(
    connection: tuple[asyncio.StreamWriter, socket.socket],
) -> None:
    writer, silent = connection
    silent.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    ask_often(writer.transport)
    watch = AnswerWatch()

    for _ in range(64):
        writer.write(bytes(65536))

    assert waiting_bytes(writer.transport) > 0
    assert [watch.look(writer.transport, now) for now in (0.0, 40.0)] == [0.0, 0.0]
    assert not watch.waits


async def test_what_is_no_internet_connection_has_nothing_to_answer() -> None:
    ours, theirs = socket.socketpair()
    with theirs:
        _, writer = await asyncio.open_connection(sock=ours)
        ask_often(writer.transport)

        assert AnswerWatch().look(writer.transport, 0.0) == 0.0
        writer.close()
        await writer.wait_closed()
        assert AnswerWatch().look(writer.transport, 0.0) == 0.0


# In a network of its own: two ends of a connection; the other one stops reading, then it is gone.
_LOST = """
import asyncio, fcntl, socket, struct, sys, time
from acedesk.proxy.delivery.stuck_connection import AnswerWatch, ask_often

def set_up(up):
    with socket.socket() as any_socket:
        fcntl.ioctl(any_socket, 0x8914, struct.pack("16sH14x", b"lo", up))  # SIOCSIFFLAGS

async def main():
    set_up(1)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setblocking(False)
        _, writer = await asyncio.open_connection(*listener.getsockname())
        other, _ = await asyncio.get_running_loop().sock_accept(listener)
    other.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    ask_often(writer.transport)
    data = bytes(int(sys.argv[1]))
    writer.write(data)
    watch, until, longest = AnswerWatch(), time.monotonic() + 3, 0.0
    while time.monotonic() < until:
        longest = max(longest, watch.look(writer.transport, time.monotonic()))
        await asyncio.sleep(0.02)
    set_up(0)
    writer.write(b"x")
    until = time.monotonic() + 20
    while watch.look(writer.transport, time.monotonic()) < 2 and time.monotonic() < until:
        await asyncio.sleep(0.02)
    print(longest < 0.5, watch.look(writer.transport, time.monotonic()) >= 2)

asyncio.run(main())
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells")
@pytest.mark.parametrize("waiting", [10_000_000, 0])
async def test_a_device_that_is_gone_is_noticed_whether_bytes_wait_for_it_or_not(
    waiting: int,
) -> None:
    need(can_unshare(), "no network namespaces for users")
    process = await asyncio.create_subprocess_exec(
        "unshare", "-rn", sys.executable, "-c", _LOST, str(waiting), stdout=subprocess.PIPE
    )

    out, _ = await asyncio.wait_for(process.communicate(), 60)

    assert out.decode().split() == ["True", "True"]


def can_unshare() -> bool:
    """Tell whether a process may have a network of its own."""
    path = shutil.which("unshare")
    return path is not None and not subprocess.run([path, "-rn", "true"], check=False).returncode
