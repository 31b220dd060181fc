#!/usr/bin/env python3
"""Streams for a bench: a simulated engine, the program, and one process that reads all streams.

Run as a program it is the reader: `load.py PORT COUNT` reads COUNT streams until it is ended.
"""

import contextlib
import hashlib
import json
import os
import pathlib
import selectors
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Sequence

ROOT = pathlib.Path(__file__).resolve().parents[2]


def free_port() -> int:
    """Return a port nobody listens on."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


@contextlib.contextmanager
def running(
    command: list[str],
    environment: dict[str, str],
    *,
    orders: bool = False,
    folder: pathlib.Path = ROOT,
) -> Iterator[subprocess.Popen[bytes]]:
    """Run a program beside the bench; it is ended by SIGTERM.

    Args:
        orders: It gets a standard input to be written to.
        folder: Where it runs.
    """
    process = subprocess.Popen(
        command,
        env=environment,
        stdin=subprocess.PIPE if orders else None,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd=folder,
    )
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@contextlib.contextmanager
def engine(simulator: str, bits: int, *, host: str = "127.0.0.1") -> Iterator[int]:
    """Run the simulated engine; give its port."""
    port = free_port()
    command = [sys.executable, simulator, "--port", str(port), "--rate", str(bits)]
    command += ["--host", host]
    with running(command, dict(os.environ)):
        yield port


@contextlib.contextmanager
def serve(
    engine_port: int, *, hosts: Sequence[str] = ("127.0.0.1",), **settings: str
) -> Iterator[tuple[int, subprocess.Popen[bytes]]]:
    """Run `acedesk serve` until it has an engine that can play; give its port and its process.

    Args:
        hosts: Where its engines are, all at this port.
        settings: What is not as usual, by the names of the environment (`GRACE="0"`).
    """
    port = free_port()
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "ACEDESK_LOG_LEVEL": "warning"}
    environment.update((f"ACEDESK_{name}", value) for name, value in settings.items())
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "acedesk", "serve", "--port", str(port)]
        command += ["--data-dir", folder]
        for host in hosts:
            command += ["--engine", f"{host}:{engine_port}"]
        with running(command, environment) as program:
            wait_ready(port)
            yield port, program


def content_id(number: int, *, dead: bool = False) -> str:
    """Return the id of content `number`; the simulated engine refuses dead ones."""
    drawn = hashlib.sha1(b"%d" % number, usedforsecurity=False).hexdigest()
    return f"dead{drawn[4:]}" if dead else drawn


def viewers(port: int, count: int) -> contextlib.AbstractContextManager[subprocess.Popen[bytes]]:
    """Let one process read `count` streams, one viewer each."""
    return running([sys.executable, __file__, str(port), str(count)], dict(os.environ))


def snapshot(port: int) -> dict[str, object]:
    """Return what the program says of itself."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/api/v2/snapshot", timeout=10) as answer:
        found: dict[str, object] = json.load(answer)
    return found


def wait_ready(port: int, seconds: float = 30.0) -> None:
    """Wait until the program has an engine that can play.

    Raises:
        TimeoutError: It has none after `seconds`.
    """
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        with contextlib.suppress(OSError):
            url = f"http://127.0.0.1:{port}/health/ready"
            with urllib.request.urlopen(url, timeout=2) as answer:
                if json.load(answer)["ready"]:
                    return
        time.sleep(0.2)
    raise TimeoutError("the program has no engine")


def streams_of(found: dict[str, object]) -> list[dict[str, object]]:
    """Return the streams of a snapshot."""
    streams = found["streams"]
    return streams if isinstance(streams, list) else []


def read_all(port: int, count: int) -> None:
    """Read `count` streams until ended."""
    ready = selectors.DefaultSelector()
    for number in range(count):
        content = content_id(number)
        sock = socket.create_connection(("127.0.0.1", port))
        request = f"GET /ace/getstream?id={content} HTTP/1.0\r\nUser-Agent: bench\r\n\r\n"
        sock.sendall(request.encode())
        sock.setblocking(False)
        ready.register(sock, selectors.EVENT_READ)
    buffer = bytearray(1 << 20)
    while ready.get_map():
        for key, _ in ready.select(1.0):
            sock = key.fileobj
            assert isinstance(sock, socket.socket)
            if not sock.recv_into(buffer):
                ready.unregister(sock)
        time.sleep(0.02)  # a look at all of them now and then is cheaper than each arrival


if __name__ == "__main__":
    read_all(int(sys.argv[1]), int(sys.argv[2]))
