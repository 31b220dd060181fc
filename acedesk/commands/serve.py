"""`acedesk serve`: everything but the window, until a signal ends it."""

import asyncio
import os
import sys
from typing import TextIO

from acedesk.commands.arguments import Arguments
from acedesk.commands.loop import run_until_stopped, until_stopped
from acedesk.commands.options import run_options
from acedesk.commands.start import Start, prepare
from acedesk.compose import build
from acedesk.process import gc_tuning, heap_trim


def run(wanted: Arguments) -> int:
    """Serve until stopped; print one line on stdout when players can connect.

    Raises:
        AceDeskError: It could not start: the port is taken, the data folder is in use, ...
    """
    heap_trim.share_one_heap()
    start = prepare(wanted, os.environ)

    async def serve(stopping: asyncio.Event) -> int:
        return await _serve(start, stopping)

    return run_until_stopped(serve)


async def _serve(start: Start, stopping: asyncio.Event) -> int:
    app = build(start.settings, options=run_options(start))
    try:
        if await until_stopped(app.start(), stopping):
            gc_tuning.settle()
            heap_trim.give_back_now()
            _announce(f"AceDesk listening on {app.base_url}")
            await stopping.wait()
    finally:
        await app.stop()
    return 0


def _announce(line: str) -> None:
    try:
        print(line, flush=True)
    except OSError:
        # Whoever started us reads no more. Without this the interpreter tries to flush the
        # line again when it ends, and turns a clean stop into exit code 120.
        nowhere: TextIO = open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123, SIM115
        sys.stdout = nowhere
