"""The one loop of the desktop: qasync's, with fewer turns of Qt's loop on Linux.

qasync gives Qt one `QSocketNotifier` for each socket, and one timer for each callback that is due
now. GLib then asks the kernel about every socket of every player at each turn of its loop: with
200 players that was a tenth of what a window at work used, and each socket that became ready cost
two turns. `EpollLoop` gives Qt a single descriptor, the epoll's, and runs all callbacks that are
due in one turn, in the order in which they came: a third of the turns (PySide6 6.11, 200 players
of 10 streams, 2026-11).
"""

import asyncio
import contextlib
import sys
from collections import deque
from collections.abc import Callable
from contextvars import Context
from typing import Any

from PySide6.QtCore import QCoreApplication, QEvent, QObject, QSocketNotifier
from PySide6.QtWidgets import QApplication
from qasync import QEventLoop


class _Waker(QObject):
    """Calls `wake` in Qt's loop, once for each `ask`, which any thread may do."""

    def __init__(self, wake: Callable[[], None]) -> None:
        super().__init__()
        self._wake = wake

    def ask(self) -> None:
        QCoreApplication.postEvent(self, QEvent(QEvent.Type.User))

    def customEvent(self, _event: QEvent) -> None:
        self._wake()


class ReadyQueue:
    """The callbacks that are due now, in the order in which they came.

    What a callback asks for is run in a later turn, so Qt's own events, such as a click, have
    theirs however many callbacks follow each other.

    Args:
        is_running: Whether callbacks may run; they wait for `resume` otherwise.
    """

    def __init__(self, is_running: Callable[[], bool]) -> None:
        self._is_running = is_running
        self._handles: deque[asyncio.Handle] = deque()
        self._waker = _Waker(self._run)
        self._asked = False

    def add(self, handle: asyncio.Handle) -> None:
        """Run it in the next turn; any thread may ask for that."""
        self._handles.append(handle)
        if not self._asked:
            self.resume()

    def resume(self) -> None:
        """Run what is waiting in the next turn."""
        self._asked = True
        self._waker.ask()

    def clear(self) -> None:
        """Forget what is waiting."""
        self._handles.clear()

    def _run(self) -> None:
        self._asked = False
        if not self._is_running():
            return
        handles = self._handles
        due = len(handles)
        if due > 1:
            # A callback may run a loop of Qt's own, as a menu does: the others do not wait for it.
            self.resume()
        for _ in range(due):
            if not handles:
                return
            handle = handles.popleft()
            if not handle.cancelled():
                handle._run()  # noqa: SLF001 - what a loop is there for


if sys.platform == "linux":
    import select

    class _Sockets:
        """Which callbacks wait for which descriptors; one epoll tells all that are ready."""

        def __init__(self) -> None:
            self._epoll = select.epoll()
            self._watched: set[int] = set()
            self._readers: dict[int, asyncio.Handle] = {}
            self._writers: dict[int, asyncio.Handle] = {}
            self._notifier = QSocketNotifier(self._epoll.fileno(), QSocketNotifier.Type.Read)
            self._notifier.activated.connect(self._run_ready)

        def set_reader(self, fd: int, handle: asyncio.Handle | None) -> bool:
            """Call it while something can be read; return whether there was one before."""
            return self._set(self._readers, fd, handle)

        def set_writer(self, fd: int, handle: asyncio.Handle | None) -> bool:
            """Call it while something can be written; return whether there was one before."""
            return self._set(self._writers, fd, handle)

        def close(self) -> None:
            self._notifier.setEnabled(False)
            self._epoll.close()
            for handle in (*self._readers.values(), *self._writers.values()):
                handle.cancel()
            self._readers.clear()
            self._writers.clear()

        def _set(
            self, handles: dict[int, asyncio.Handle], fd: int, handle: asyncio.Handle | None
        ) -> bool:
            before = handles.pop(fd, None)
            if before is not None:
                before.cancel()  # it may be among those that are being run
            if handle is not None:
                handles[fd] = handle
            if handle is not None or before is not None:
                try:
                    self._watch(fd)
                except OSError:  # a file cannot be watched; another one may get its number
                    handles.pop(fd, None)
                    raise
            return before is not None

        def _watch(self, fd: int) -> None:
            wanted = (select.EPOLLIN if fd in self._readers else 0) | (
                select.EPOLLOUT if fd in self._writers else 0
            )
            # The kernel forgets a descriptor that is closed, and its number comes again.
            if not wanted:
                self._watched.discard(fd)
                with contextlib.suppress(OSError):
                    self._epoll.unregister(fd)
            elif fd not in self._watched:
                self._epoll.register(fd, wanted)
                self._watched.add(fd)
            else:
                try:
                    self._epoll.modify(fd, wanted)
                except FileNotFoundError:
                    self._epoll.register(fd, wanted)

        def _run_ready(self) -> None:
            due = []
            for fd, events in self._epoll.poll(0):
                # An error or an end is told to both: each finds it when it reads or writes.
                if events & ~select.EPOLLOUT and fd in self._readers:
                    due.append(self._readers[fd])
                if events & ~select.EPOLLIN and fd in self._writers:
                    due.append(self._writers[fd])
            for handle in due:
                if not handle.cancelled():
                    handle._run()  # noqa: SLF001 - what a loop is there for

    class EpollLoop(QEventLoop):  # type: ignore[misc]
        """qasync's loop; Qt watches one descriptor, and callbacks that are due share a turn.

        It replaces what qasync replaces of asyncio: how a descriptor is watched, and how a
        callback is run as soon as may be. Timers, threads and the running of Qt are qasync's.
        """

        def __init__(self, application: QApplication | None = None) -> None:
            # asyncio watches the descriptor of signals before its own start has ended.
            self._sockets = _Sockets()
            self._ready_queue = ReadyQueue(self.is_running)
            super().__init__(application)

        def run_forever(self) -> int:
            """Run until it is stopped, with what is left of the last run first."""
            self._ready_queue.resume()
            return int(super().run_forever())

        def call_soon(
            self, callback: Callable[..., object], *args: Any, context: Context | None = None
        ) -> asyncio.Handle:
            """Run the callback in the next turn of the loop, in the order of the calls."""
            handle = asyncio.Handle(callback, args, self, context=context)
            self._ready_queue.add(handle)
            return handle

        def call_soon_threadsafe(
            self, callback: Callable[..., object], *args: Any, context: Context | None = None
        ) -> asyncio.Handle:
            """Do as `call_soon`, from any thread; a loop that is closed takes no notice."""
            return self.call_soon(callback, *args, context=context)

        def close(self) -> None:
            """Let go of all that it watches; it cannot be run again."""
            if self.is_closed():
                return
            super().close()
            self._ready_queue.clear()
            self._sockets.close()

        def _add_reader(
            self, fd: Any, callback: Callable[..., object], *args: Any
        ) -> asyncio.Handle:
            self._check_closed()
            handle = asyncio.Handle(callback, args, self)
            self._sockets.set_reader(_fileno(fd), handle)
            return handle

        def _remove_reader(self, fd: Any) -> bool:
            return not self.is_closed() and self._sockets.set_reader(_fileno(fd), None)

        def _add_writer(
            self, fd: Any, callback: Callable[..., object], *args: Any
        ) -> asyncio.Handle:
            self._check_closed()
            handle = asyncio.Handle(callback, args, self)
            self._sockets.set_writer(_fileno(fd), handle)
            return handle

        def _remove_writer(self, fd: Any) -> bool:
            return not self.is_closed() and self._sockets.set_writer(_fileno(fd), None)

    def _fileno(fd: Any) -> int:
        return fd if isinstance(fd, int) else int(fd.fileno())

    make_event_loop: Callable[[QApplication], QEventLoop] = EpollLoop
else:
    make_event_loop = QEventLoop
