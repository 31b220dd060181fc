"""How a slot starts asynchronous work: no exception of it is ever lost."""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import Any

from acedesk.errors import AceDeskError
from acedesk.tasks import spawn

logger = logging.getLogger(__name__)


def can_act() -> bool:
    """Tell whether work can be begun: Qt shows windows and runs timers without the loop, too."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


def run_action(
    work: Coroutine[Any, Any, object],
    on_error: Callable[[Exception], object],
    *,
    name: str,
    on_done: Callable[[], object] | None = None,
) -> asyncio.Task[None]:
    """Run `work` as a task; hand an error to `on_error`, a bug to the log as well.

    Args:
        name: For the log: "stop stream by user".
        on_done: Called afterwards, whether it worked or not; to enable a button again.
    """
    task = spawn(_run(work, on_error, name, on_done), name=name)
    # A task that is cancelled before its first step never begins the work.
    task.add_done_callback(lambda _task: work.close())
    return task


async def _run(
    work: Coroutine[Any, Any, object],
    on_error: Callable[[Exception], object],
    name: str,
    on_done: Callable[[], object] | None,
) -> None:
    try:
        await work
    except AceDeskError as exc:
        logger.warning("%s: %s", name, exc.detail or exc.code)
        on_error(exc)
    except Exception as exc:
        # The one place where a bug behind a button becomes visible to the user.
        logger.exception("%s failed", name)
        on_error(exc)
    finally:
        if on_done is not None:
            on_done()
