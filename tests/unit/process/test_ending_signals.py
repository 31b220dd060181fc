"""Which signals ask a process to end."""

import asyncio
import signal
import subprocess
import sys
from typing import Any

import pytest

from acedesk.process.ending_signals import ending_signals, handle_ending_signals

_PRINT = (
    "import signal, sys; signal.signal(signal.SIGHUP, getattr(signal, sys.argv[1]));"
    "from acedesk.process.ending_signals import ending_signals;"
    "print({signal.SIGHUP, signal.SIGQUIT} <= set(ending_signals()))"
)


def test_ctrl_c_and_the_system_are_heard_everywhere() -> None:
    assert {signal.SIGINT, signal.SIGTERM} <= set(ending_signals())


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has neither")
@pytest.mark.parametrize(("before", "heard"), [("SIG_DFL", "True"), ("SIG_IGN", "False")])
def test_a_closed_terminal_and_ctrl_backslash_are_heard_but_nohup_is_respected(
    before: str, heard: str
) -> None:
    told = subprocess.run(
        [sys.executable, "-c", _PRINT, before],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )

    assert told.stdout == f"{heard}\n"


class _NoHandlersError(RuntimeError):
    """What asyncio raises there is one of these."""


class _LoopOfWindows(asyncio.SelectorEventLoop):
    """A loop without signal handlers, as all of Windows are."""

    def add_signal_handler(self, *_facts: Any) -> None:  # type: ignore[override]
        raise _NoHandlersError


def test_a_loop_without_handlers_is_told_of_the_signal_too() -> None:
    before = {number: signal.getsignal(number) for number in ending_signals()}

    async def wait() -> None:
        told = asyncio.Event()
        handle_ending_signals(asyncio.get_running_loop(), told.set)
        signal.raise_signal(signal.SIGTERM)
        await asyncio.wait_for(told.wait(), 10)

    try:
        with asyncio.Runner(loop_factory=_LoopOfWindows) as runner:
            runner.run(wait())
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
