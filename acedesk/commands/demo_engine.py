"""`acedesk demo-engine`: the simulated engine as a process of its own."""

import asyncio

from acedesk import log
from acedesk.commands.arguments import Arguments
from acedesk.commands.loop import run_until_stopped, until_stopped
from acedesk.demo import command


def run(wanted: Arguments) -> int:
    """List the demo ids, or serve them until SIGINT or SIGTERM.

    Raises:
        PortInUse: The port is taken.
    """
    if wanted.list:
        print(command.list_channels().rstrip("\n"))
        return 0
    log.set_up("info")

    async def serve(stopping: asyncio.Event) -> int:
        await until_stopped(command.serve(wanted.host, wanted.port), stopping)
        return 0

    return run_until_stopped(serve)
