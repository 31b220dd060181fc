"""Three thousand zaps through the served program leave nothing behind in it."""

import asyncio
import contextlib
import pathlib
import urllib.parse
from collections.abc import AsyncIterator, Callable

import psutil
import pytest

from tests.e2e.program import Server, wait_until
from tests.integration.proxy.test_zapping import DEAD, LIVE, BusyEngine, address

AT_ONCE = 20
WARM_UP, ZAPS = 200, 3000
# What 2,800 further zaps may leave, in bytes; a client and its stream were 12 KB.
MOST_LEFT = 3_000_000


@pytest.fixture
async def engine() -> AsyncIterator[BusyEngine]:
    """Return an engine that plays live links and refuses dead ones."""
    made = BusyEngine()
    await made.start()
    yield made
    await made.close()


async def zap(port: int, number: int) -> None:
    """Ask for a live or a dead link; leave before the head, or after it."""
    kind = (LIVE, DEAD)[number % 2]
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    request = f"GET {address(kind, number)} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n"
    writer.write(request.encode())
    await writer.drain()
    if number % 4 < 2:
        async with asyncio.timeout(20):
            head = await reader.readuntil(b"\r\n\r\n")
        # The head of a dead link may be faster than what the engine answers.
        status = int(head.split(b" ", 2)[1])
        assert status == 200 or (status == 502 and kind is DEAD), head
    elif number % 3 == 0:
        writer.transport.abort()
    writer.close()
    with contextlib.suppress(OSError):
        await writer.wait_closed()


async def storm(port: int, numbers: range) -> None:
    """Zap, some at a time."""
    for first in numbers[::AT_ONCE]:
        async with asyncio.TaskGroup() as group:
            for number in range(first, min(first + AT_ONCE, numbers.stop)):
                group.create_task(zap(port, number))


def least(program: psutil.Process) -> tuple[int, int, int]:
    """Return the least memory, files and threads of some seconds: giving back takes a moment."""
    looks: list[tuple[int, int, int]] = []

    def look() -> int:
        looks.append((program.memory_info().rss, program.num_fds(), program.num_threads()))
        return len(looks)

    wait_until(look, lambda count: count == 100, "the last look")
    return min(a for a, _, _ in looks), min(b for _, b, _ in looks), min(c for _, _, c in looks)


@pytest.mark.timeout(240)
async def test_three_thousand_zaps_leave_nothing_behind(
    serve: Callable[..., Server], engine: BusyEngine, tmp_path: pathlib.Path
) -> None:
    server = await asyncio.to_thread(
        serve,
        *("--engine", f"127.0.0.1:{engine.port}"),
        demo=False,
        environ={
            "ACEDESK_GRACE": "0",
            "ACEDESK_STARTS_PER_ENGINE": "0",
            "ACEDESK_HEADER_WAIT": "0.2",  # dead links are refused sooner, live ones are not
        },
    )
    port = urllib.parse.urlsplit(server.base_url).port or 0
    program = psutil.Process(server.process.pid)

    async def rest() -> tuple[int, int, int]:
        """Return memory, files and threads when all streams are over and forgotten."""
        await asyncio.to_thread(
            server.wait_until,
            "/api/v2/snapshot",
            lambda found: not found["streams"] and not found["engines"][0]["streams"],
            "a rest",
            seconds=90.0,  # failed streams are shown for a minute
        )
        return await asyncio.to_thread(least, program)

    await asyncio.to_thread(
        server.wait_until, "/health/ready", lambda facts: facts["ready"], "an engine"
    )
    await storm(port, range(WARM_UP))
    before = await rest()

    await storm(port, range(WARM_UP, ZAPS))
    after = await rest()

    assert after[0] - before[0] <= MOST_LEFT
    assert after[1] <= before[1] + 2
    assert after[2] <= before[2] + 1
    assert "Traceback" not in server.stderr
    assert all(session.stopped.is_set() for session in engine.sessions)
