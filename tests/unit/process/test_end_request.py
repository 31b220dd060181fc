"""One AceDesk asks another to end: by SIGTERM, and by an event on Windows."""

import subprocess
import sys
import threading
from typing import Any

import pytest

from acedesk.process.end_request import EndEvents, ask_to_end, event_name


class _Kernel:
    """The events of kernel32: a name for each, set or not."""

    def __init__(self) -> None:
        self.events: dict[str, threading.Event] = {}
        self.closed: list[str] = []

    def CreateEventW(self, _security: None, _manual: bool, _set: bool, name: str) -> str:  # noqa: N802
        self.events[name] = threading.Event()
        return name

    def OpenEventW(self, access: int, _inherit: bool, name: str) -> str | None:  # noqa: N802
        return name if access == 2 and name in self.events else None

    def SetEvent(self, handle: str) -> int:  # noqa: N802
        self.events[handle].set()
        return 1

    def WaitForSingleObject(self, handle: str, milliseconds: int) -> int:  # noqa: N802
        assert milliseconds == 0xFFFFFFFF
        self.events[handle].wait(10)
        return 0

    def CloseHandle(self, handle: str) -> int:  # noqa: N802
        self.closed.append(handle)
        return 1


class _NoEvents(_Kernel):
    def CreateEventW(self, *_facts: Any) -> None:  # type: ignore[override]  # noqa: N802
        """Give none, as a system that is short of handles."""


def test_on_windows_an_event_with_the_process_id_ends_it() -> None:
    kernel, ended = _Kernel(), threading.Event()
    events = EndEvents(kernel)

    assert events.listen(4711, ended.set)
    assert not ended.is_set()
    assert events.ask(4711)

    assert ended.wait(10)
    assert kernel.closed == [event_name(4711)]


def test_a_process_without_an_event_cannot_be_asked() -> None:
    assert not EndEvents(_Kernel()).ask(4711)


def test_a_system_without_events_lets_nobody_ask() -> None:
    assert not EndEvents(_NoEvents()).listen(4711, list)


@pytest.mark.skipif(sys.platform == "win32", reason="there it is an event")
def test_elsewhere_it_is_a_signal() -> None:
    program = "import signal; print(signal.sigwait({signal.SIGTERM}).name, flush=True)"
    masked = f"import signal; signal.pthread_sigmask(signal.SIG_BLOCK, {{15}}); print(); {program}"
    with subprocess.Popen(
        [sys.executable, "-u", "-c", masked], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()

        assert ask_to_end(process.pid)

        assert process.stdout.readline() == "SIGTERM\n"


def test_a_process_that_is_gone_cannot_be_asked() -> None:
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()

    assert not ask_to_end(process.pid)
