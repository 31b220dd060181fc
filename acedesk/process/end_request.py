"""Asking an AceDesk of another process to end, on Windows too.

Elsewhere that is SIGTERM. Windows has no such signal: what Python calls one there ends a process at
once, and its engine sessions would go on. So each AceDesk waits for an event of the system that has
its process id in its name, and whoever may open the event can set it: programs of the same user in
the same session.
"""

import contextlib
import ctypes
import os
import signal
import sys
import threading
from collections.abc import Callable
from typing import Any, Final

# winnt.h: EVENT_MODIFY_STATE.
_MODIFY_STATE: Final = 0x0002
# winbase.h: INFINITE, WAIT_OBJECT_0.
_FOREVER: Final = 0xFFFFFFFF
_SET: Final = 0


class EndEvents:
    """The events of Windows.

    Args:
        kernel: The library kernel32; another one in tests.
    """

    def __init__(self, kernel: Any = None) -> None:
        self._kernel = kernel if kernel is not None else _kernel32()

    def listen(self, process_id: int, end: Callable[[], object]) -> bool:
        """Call `end` in a thread of its own when somebody sets the event of this process.

        Returns:
            False when the system gave no event: then nobody can ask.
        """
        handle = self._kernel.CreateEventW(None, True, False, event_name(process_id))
        if not handle:
            return False

        def wait() -> None:
            if self._kernel.WaitForSingleObject(handle, _FOREVER) == _SET:
                end()

        # A daemon: an AceDesk that ends by itself does not wait for it.
        threading.Thread(target=wait, name="end request", daemon=True).start()
        return True

    def ask(self, process_id: int) -> bool:
        """Set the event of a process; False when it has none, or is somebody else's."""
        handle = self._kernel.OpenEventW(_MODIFY_STATE, False, event_name(process_id))
        if not handle:
            return False
        try:
            return bool(self._kernel.SetEvent(handle))
        finally:
            self._kernel.CloseHandle(handle)


def event_name(process_id: int) -> str:
    """Return the name of the event that ends a process; "Local" is the session of the user."""
    return f"Local\\AceDesk-end-{process_id}"


def listen_for_end(end: Callable[[], object]) -> None:
    """Let other processes ask for the end where no signal does that; from any thread."""
    if sys.platform == "win32":
        EndEvents().listen(os.getpid(), end)


def ask_to_end(process_id: int) -> bool:
    """Ask an AceDesk to stop its sessions and end; does not wait for that.

    Returns:
        False when it cannot be asked: it is gone, or somebody else's.
    """
    if sys.platform == "win32":
        return EndEvents().ask(process_id)
    else:  # noqa: RET505 - or the rest cannot be reached on Windows
        with contextlib.suppress(OSError):
            os.kill(process_id, signal.SIGTERM)
            return True
        return False


def _kernel32() -> Any:
    library = getattr(ctypes, "WinDLL")("kernel32", use_last_error=True)  # noqa: B009 - on Windows only
    handle, flag, word = ctypes.c_void_p, ctypes.c_int, ctypes.c_uint32
    library.CreateEventW.argtypes = (handle, flag, flag, ctypes.c_wchar_p)
    library.CreateEventW.restype = handle
    library.OpenEventW.argtypes = (word, flag, ctypes.c_wchar_p)
    library.OpenEventW.restype = handle
    library.WaitForSingleObject.argtypes = (handle, word)
    library.WaitForSingleObject.restype = word
    library.SetEvent.argtypes = library.CloseHandle.argtypes = (handle,)
    return library
