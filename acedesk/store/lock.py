"""One AceDesk for each data folder, and how others find the one that runs.

The lock belongs to the operating system and ends with the process, however it ends: a lock file
left behind by a crash does not matter.
"""

import contextlib
import dataclasses
import errno
import io
import json
import os
import pathlib
import sys
from typing import Final

import psutil

from acedesk.errors import DataDirInUse
from acedesk.model.host import http_url, is_unspecified
from acedesk.store import atomic
from acedesk.values import frozen_value

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

LOCK_NAME = "acedesk.lock"
RUNNING_NAME = "running.json"

# Seconds. A clock that was set moves what Linux says of a start; a number is used again after
# minutes at the earliest.
SAME_START: Final = 60.0


@frozen_value
class Running:
    """The AceDesk that works in a data folder.

    Attributes:
        process_id: Of its process.
        base_url: What its player URLs began with when it started: "http://127.0.0.1:8080".
        host: The address it listens on, "" when it did not tell (AceDesk 0.1.0).
        port: The port it listens on, 0 when it did not tell.
        secret: What commands send, "" when it did not tell.
    """

    process_id: int
    base_url: str
    host: str = ""
    port: int = 0
    secret: str = dataclasses.field(default="", repr=False)

    @property
    def local_url(self) -> str:
        """Where it answers on this computer, whatever network that is in."""
        if not self.host:
            return self.base_url
        if is_unspecified(self.host):
            return http_url("::1" if ":" in self.host else "127.0.0.1", self.port)
        return http_url(self.host, self.port)


class DataDirLock:
    """Holds a data folder from `acquire` to `release`."""

    def __init__(self, data_dir: pathlib.Path) -> None:
        self._data_dir = data_dir
        self._file: io.BufferedRandom | None = None

    def acquire(self) -> None:
        """Make the folder where it is missing, and take it.

        Raises:
            DataDirInUse: Another process has it; `detail` names the process.
            StorageError: The folder cannot be made or written.
        """
        path = self._data_dir / LOCK_NAME
        try:
            self._data_dir.mkdir(parents=True, exist_ok=True)
            file = path.open("a+b")
        except OSError as exc:
            raise atomic.storage_error(path, exc) from exc
        try:
            taken = _take(file)
        except OSError as exc:
            file.close()
            raise atomic.storage_error(path, exc) from exc
        if not taken:
            holder = _read_process_id(file)
            file.close()
            who = f"process {holder} works in" if holder else "another process works in"
            raise DataDirInUse(f"{who} {self._data_dir}")
        self._file = file
        self._write_process_id(path)

    def announce(self, base_url: str, *, host: str = "", port: int = 0, secret: str = "") -> None:
        """Tell other commands where this AceDesk listens; to be called whenever that changes.

        Raises:
            StorageError: The file could not be written.
        """
        facts = {
            "pid": os.getpid(),
            "started": psutil.Process().create_time(),
            "base_url": base_url,
            "host": host,
            "port": port,
            "secret": secret,
        }
        atomic.write(self._data_dir / RUNNING_NAME, json.dumps(facts).encode())

    def release(self) -> None:
        """Give the folder back; a second call does nothing."""
        if self._file is None:
            return
        with contextlib.suppress(OSError):
            (self._data_dir / RUNNING_NAME).unlink()
        # The lock file stays: removing it would let two processes lock two files of one name.
        self._file.close()
        self._file = None

    def _write_process_id(self, path: pathlib.Path) -> None:
        assert self._file is not None
        try:
            self._file.truncate(0)
            self._file.write(str(os.getpid()).encode())
            self._file.flush()
        except OSError as exc:
            with contextlib.suppress(OSError):
                self._file.close()
            self._file = None
            raise atomic.storage_error(path, exc) from exc


def find_running(data_dir: pathlib.Path) -> Running | None:
    """Return the AceDesk that works in `data_dir`, None when none does."""
    try:
        facts = json.loads((data_dir / RUNNING_NAME).read_bytes())
        running = Running(
            process_id=int(facts["pid"]),
            base_url=str(facts["base_url"]),
            host=str(facts.get("host", "")),
            port=int(facts.get("port", 0)),
            secret=str(facts.get("secret", "")),
        )
        return running if _lives(running.process_id, facts.get("started")) else None
    except (OSError, ValueError, TypeError, KeyError, OverflowError, RecursionError):
        return None  # the file is damaged, or nobody wrote it


def _lives(process_id: int, started: object) -> bool:
    """Tell whether it is the process that wrote the file: numbers are used again.

    Args:
        started: Its time of creation, None in a file of AceDesk 0.1.0.
    """
    try:
        process = psutil.Process(process_id)
        if process.status() == psutil.STATUS_ZOMBIE:
            return False
        if not isinstance(started, (int, float)):
            return True
        return abs(process.create_time() - started) < SAME_START
    except psutil.AccessDenied:
        return True  # it is somebody else's, and there
    except psutil.Error:
        return False


# Far behind the process id, which others must be able to read: Windows locks bytes, not files.
_WINDOWS_BYTE = 1 << 30


# What systems say of a lock that another process holds.
_HELD = (errno.EACCES, errno.EAGAIN, errno.EWOULDBLOCK, errno.EDEADLK)


def _take(file: io.BufferedRandom) -> bool:
    try:
        _lock_file(file)
    except OSError as exc:
        if exc.errno in _HELD:
            return False
        raise
    return True


def _lock_file(file: io.BufferedRandom) -> None:
    if sys.platform == "win32":
        file.seek(_WINDOWS_BYTE)
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
    else:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


def _read_process_id(file: io.BufferedRandom) -> int | None:
    file.seek(0)
    text = file.read(20)
    return int(text) if text.isdigit() else None
