"""Waits until an engine that was made answers, and tells why when it does not."""

import asyncio
from collections.abc import Callable
from typing import Final

from acedesk import tasks
from acedesk.containers.refusals import judge_exec
from acedesk.engines.backend import Backend
from acedesk.engines.pool import EnginePool
from acedesk.errors import AceDeskError, EngineUnreachable
from acedesk.model.engine import EngineId, EngineState
from acedesk.rules.engines import provisioning
from acedesk.settings import Settings

# The prober gives up after `engine_start_timeout`; this much later the provision does it itself.
MARGIN: Final = 10.0


async def wait_until_ready(
    pool: EnginePool, settings: Callable[[], Settings], backend: Backend, engine_id: EngineId
) -> None:
    """Wait until the prober has found the engine ready.

    Raises:
        EngineUnreachable: It ended, was removed or does not answer.
    """
    woken = asyncio.Event()
    disconnect = pool.changed.connect(woken.set)
    limit = settings().engine_start_timeout + MARGIN
    try:
        async with asyncio.timeout(limit):
            while (view := pool.find(engine_id)) is not None:
                if view.state in (EngineState.READY, EngineState.DRAINING):
                    return
                if view.state is not EngineState.STARTING:
                    why = view.error.detail if view.error else "it has stopped"
                    raise await _unreachable(backend, engine_id, why)
                await woken.wait()
                woken.clear()
    except TimeoutError as exc:
        raise EngineUnreachable(f"it did not answer within {limit:g} s") from exc
    finally:
        disconnect()
    raise EngineUnreachable("it was removed")


async def _unreachable(backend: Backend, engine_id: EngineId, why: str) -> EngineUnreachable:
    """Return the error with the end of the engine's log, which complains of bad arguments."""
    try:
        await tasks.sleep(provisioning.LOG_DELAY)
        log = await backend.log(engine_id, 20)
    except AceDeskError:
        log = ""
    if (failed := judge_exec(log)) is not None:
        return EngineUnreachable(failed)
    said = provisioning.last_words(log)
    return EngineUnreachable(f"{why}; it last said: {said}" if said else why)
