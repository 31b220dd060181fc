"""An engine program that runs as a child: started, heard, ended with all that it started.

Two threads for each wait for its end and read what it writes: a loop of Qt cannot watch children.
"""

import asyncio
import collections
import contextlib
import json
import os
import pathlib
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from typing import IO, Final

from acedesk import tasks
from acedesk.errors import ContainerError
from acedesk.process import child_environment

LOG_LINES: Final = 2000
# A line that never ends must not fill the memory.
LONGEST_LINE: Final = 4096
# Seconds after which one that was asked to end is ended; the official engine needs 2 to 4.
END_GRACE: Final = 4.0
# Of one that is ended by the system.
KILL_LIMIT: Final = 5.0
# In the state folder: which process it belongs to, for the next AceDesk to end what is left.
PROCESS_FILE: Final = "acedesk-process.json"
_WINDOWS: Final = sys.platform == "win32"
# What Docker adds to the number of a signal to make an exit code of it.
_SIGNALLED: Final = 128


class NativeProcess:
    """One run of an engine program.

    Closes: the program, by `end`.

    Args:
        on_end: Called on the loop with the exit code once it has ended, as Docker would tell it.
    """

    def __init__(self, on_end: Callable[[int], object]) -> None:
        self._on_end = on_end
        self._loop = asyncio.get_running_loop()
        self._lines: collections.deque[str] = collections.deque(maxlen=LOG_LINES)
        self._process: subprocess.Popen[bytes] | None = None
        self._starting: asyncio.Task[ContainerError | None] | None = None
        self.ended = asyncio.Event()
        self.exit_code: int | None = None

    @property
    def runs(self) -> bool:
        """It was started and has not ended."""
        return self._process is not None and self.exit_code is None

    async def start(
        self, argv: Sequence[str], environment: Mapping[str, str], folder: pathlib.Path
    ) -> None:
        """Start it.

        Raises:
            ContainerError: It cannot be started.

        On cancel: it is started nevertheless, and `end` ends it.
        """
        work = asyncio.to_thread(self._try_start, argv, environment, folder)
        self._starting = tasks.spawn(work, name="start an engine program")
        error = await asyncio.shield(self._starting)
        if error is not None:
            raise error

    def _try_start(
        self, argv: Sequence[str], environment: Mapping[str, str], folder: pathlib.Path
    ) -> ContainerError | None:
        """Start it; return why that cannot be done, as nobody may wait for it any more."""
        try:
            folder.mkdir(parents=True, exist_ok=True)
            process = subprocess.Popen(  # noqa: S603 - an argv list, no shell
                list(argv),
                cwd=folder,
                env={**child_environment.child_environment(), **environment},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                start_new_session=not _WINDOWS,
            )
        except OSError as exc:
            return ContainerError("start", f"{argv[0]}: {exc.strerror or exc}")
        self._process = process
        with contextlib.suppress(OSError):
            (folder / PROCESS_FILE).write_text(json.dumps(_identity(process.pid)))
        assert process.stdout is not None
        for name, work in (("wait", self._wait), ("read", self._read)):
            label = f"engine-{name}-{process.pid}"
            threading.Thread(target=work, args=(process,), name=label, daemon=True).start()
        return None

    def log(self, lines: int) -> str:
        """Return the last lines it wrote, oldest first."""
        return "\n".join(list(self._lines)[-lines:]) if lines > 0 else ""

    async def end(self) -> None:
        """Ask it to end, and end it with all that it started when it does not."""
        if self._starting is not None:
            await self._starting
        if self._process is None:
            return
        for kill, limit in ((False, END_GRACE), (True, KILL_LIMIT)):
            if not self.ended.is_set():
                _signal(self._process, kill=kill)
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(limit):
                        await self.ended.wait()

    def _wait(self, process: "subprocess.Popen[bytes]") -> None:
        code = process.wait()
        # What it started and left behind. At once: later its number may be another's.
        _signal(process, kill=True)
        with contextlib.suppress(RuntimeError):  # the loop is gone, and so are we
            self._loop.call_soon_threadsafe(self._note_end, code)

    def _note_end(self, code: int) -> None:
        self.exit_code = code if code >= 0 else _SIGNALLED - code
        self.ended.set()
        self._on_end(self.exit_code)

    def _read(self, process: "subprocess.Popen[bytes]") -> None:
        assert process.stdout is not None
        with contextlib.closing(process.stdout) as output:
            _read_lines(output, self._lines.append)


def _read_lines(output: IO[bytes], take: Callable[[str], object]) -> None:
    with contextlib.suppress(OSError, ValueError):
        while line := output.readline(LONGEST_LINE):
            take(line.decode("utf-8", "replace").rstrip("\r\n"))


def end_left_over(folder: pathlib.Path) -> bool:
    """End the process that an AceDesk which died left in a state folder; tell whether it did.

    Only one that certainly is the same process: its number may be another's by now. Blocks.
    """
    try:
        told = json.loads((folder / PROCESS_FILE).read_text())
        pid, started = int(told["pid"]), str(told["started"])
    except (OSError, ValueError, LookupError, TypeError):
        return False
    if not started or _started(pid) != started:
        return False
    if sys.platform != "win32":  # where nothing tells when it was started
        with contextlib.suppress(OSError):
            os.killpg(pid, signal.SIGKILL)
            return True
    return False


def _identity(pid: int) -> dict[str, object]:
    return {"pid": pid, "started": _started(pid)}


def _started(pid: int) -> str:
    """Return when a process was started, in the system's own measure; "" when it cannot be told."""
    try:
        # The name in brackets may hold anything (proc(5)); the 22nd field is the start.
        fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return fields[19]
    except (OSError, LookupError):
        return ""


def _signal(process: "subprocess.Popen[bytes]", *, kill: bool) -> None:
    """Ask the process, and all that it started, to end; or end them."""
    with contextlib.suppress(OSError):
        if sys.platform != "win32":
            os.killpg(process.pid, signal.SIGKILL if kill else signal.SIGTERM)
        elif kill:
            process.kill()
        else:
            process.terminate()
