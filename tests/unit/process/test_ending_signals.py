"""Which signals ask a process to end."""

import signal
import subprocess
import sys

import pytest

from acedesk.process.ending_signals import ending_signals

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
