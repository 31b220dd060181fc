"""What `acedesk demo-engine` does. Light to import: the server comes in when it is needed."""

import asyncio
import json
import sys
from collections.abc import Callable

from acedesk.demo.channels import channels
from acedesk.model.host import http_url
from acedesk.process.ending_signals import handle_ending_signals


def list_channels() -> str:
    """Return the demo channels, one JSON object per line, the normal one first."""
    return "".join(
        json.dumps({"id": channel.id, "name": channel.name, "what": channel.what}) + "\n"
        for channel in channels()
    )


async def serve(
    host: str,
    port: int,
    *,
    stopping: asyncio.Event | None = None,
    tell: Callable[[str], None] | None = None,
) -> None:
    """Run an engine until cancelled or told; says one line on stdout when it is ready.

    Args:
        stopping: Ends it when set.
        tell: Handed that line instead of stdout.

    Raises:
        PortInUse: The port is taken.
        StorageError: The address cannot be listened on.

    On cancel: everything is closed.
    """
    from acedesk.demo.engine import DemoEngine

    engine = DemoEngine()
    try:
        bound = await engine.start(host, port)
        (tell or _say)(f"Demo engine listening on {http_url(host, bound)}")
        await (stopping or asyncio.Event()).wait()
    finally:
        await engine.close()


def run(port: int, host: str, *, list_only: bool) -> int:
    """List the channels, or serve them until a signal ends it; return the exit code.

    Raises:
        PortInUse, StorageError: As `serve`.
    """
    if list_only:
        sys.stdout.write(list_channels())
        return 0
    asyncio.run(_until_signal(host, port))
    return 0


async def _until_signal(host: str, port: int) -> None:
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    handle_ending_signals(loop, stopping.set)
    await serve(host, port, stopping=stopping)


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()
