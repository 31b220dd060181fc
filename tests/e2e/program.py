"""AceDesk as a process, the way people start it."""

import contextlib
import http.client
import json
import os
import pathlib
import select
import signal
import subprocess
import sys
import urllib.parse
from collections.abc import Callable, Mapping
from typing import Any

TOP = pathlib.Path(__file__).parent.parent.parent
# Generous: two cores may be busy with other tests.
START_SECONDS = 40
STOP_SECONDS = 25
READY = "AceDesk listening on "


class Program:
    """One running `python -m acedesk`; ended by the fixture that made it.

    Args:
        home: An empty folder that is the process's HOME; its stderr is kept there.
    """

    def __init__(
        self,
        *arguments: str,
        home: pathlib.Path,
        environ: Mapping[str, str] | None = None,
        python: tuple[str, ...] = (),
    ) -> None:
        home.mkdir(parents=True, exist_ok=True)
        self._stderr = home / f"stderr-{len(list(home.glob('stderr-*')))}"
        with self._stderr.open("wb") as stderr:
            self.process = subprocess.Popen(
                [sys.executable, *python, "-m", "acedesk", *arguments],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=stderr,
                cwd=home,
                env=clean_environment(home, environ or {}),
            )
        self._out = b""

    @property
    def stderr(self) -> str:
        """What it wrote to stderr so far."""
        return self._stderr.read_text(encoding="utf-8", errors="replace")

    def read_line(self, timeout: float = START_SECONDS) -> str:
        """Return its next line on stdout; fail with its stderr when none comes."""
        assert self.process.stdout is not None
        handle = self.process.stdout.fileno()
        while b"\n" not in self._out:
            ready, _, _ = select.select([handle], [], [], timeout)
            data = os.read(handle, 65536) if ready else b""
            assert data, f"no line on stdout; stderr:\n{self.stderr}"
            self._out += data
        line, _, self._out = self._out.partition(b"\n")
        return line.decode()

    def wait(self, timeout: float = STOP_SECONDS) -> int:
        """Return its exit code once it ended by itself; what it printed is in `rest`."""
        out, _ = self.process.communicate(timeout=timeout)
        self._out += out
        return self.process.returncode

    @property
    def rest(self) -> str:
        """What it wrote to stdout beyond the lines that were read."""
        return self._out.decode()

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Send a signal and return the exit code."""
        self.process.send_signal(number)
        return self.wait()

    def end(self) -> None:
        """Make sure that it is gone."""
        with contextlib.suppress(ProcessLookupError):
            self.process.kill()
        self.process.communicate()


class Server(Program):
    """A Program that serves: `base_url` is known once it is ready."""

    base_url = ""

    def ready(self) -> "Server":
        """Wait for the line that says where it listens."""
        line = self.read_line()
        assert line.startswith(READY), line
        self.base_url = line.removeprefix(READY)
        return self

    def get(self, path: str) -> tuple[int, Any]:
        """Return status and JSON of one answer."""
        return get_json(self.base_url, path)

    def wait_until(
        self, path: str, holds: Callable[[Any], bool], what: str, *, seconds: float = 30.0
    ) -> Any:
        """Ask again and again until the answer is as wanted; return it."""
        return wait_until(lambda: self.get(path)[1], holds, what, seconds=seconds)


def get_json(base_url: str, path: str) -> tuple[int, Any]:
    """Return status and JSON of one answer."""
    address = urllib.parse.urlsplit(base_url)
    connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=10)
    with contextlib.closing(connection):
        connection.request("GET", path)
        response = connection.getresponse()
        return response.status, json.loads(response.read())


def get_text(base_url: str, path: str) -> str:
    """Return the text of one answer."""
    address = urllib.parse.urlsplit(base_url)
    connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=10)
    with contextlib.closing(connection):
        connection.request("GET", path)
        return connection.getresponse().read().decode()


def wait_until(
    look: Callable[[], Any], holds: Callable[[Any], bool], what: str, *, seconds: float = 30.0
) -> Any:
    """Look at another process until `holds`; it has no event we could wait for."""
    seen: Any = None
    for _ in range(round(20 * seconds)):
        seen = look()
        if holds(seen):
            return seen
        select.select([], [], [], 0.05)
    raise AssertionError(f"{what} never came; last seen: {seen!r:.2000}")


def run(
    *arguments: str, home: pathlib.Path, environ: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a command that ends by itself."""
    home.mkdir(parents=True, exist_ok=True)
    return subprocess.run(
        [sys.executable, "-m", "acedesk", *arguments],
        capture_output=True,
        text=True,
        timeout=START_SECONDS,
        stdin=subprocess.DEVNULL,
        cwd=home,
        env=clean_environment(home, environ or {}),
    )


def clean_environment(home: pathlib.Path, more: Mapping[str, str]) -> dict[str, str]:
    """Return an environment without anything of whoever runs the tests."""
    return {
        "PATH": os.environ.get("PATH", ""),
        "PYTHONPATH": str(TOP),
        "PYTHONUNBUFFERED": "1",
        "HOME": str(home),
        "LC_ALL": "C.UTF-8",
        **more,
    }
