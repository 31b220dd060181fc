#!/usr/bin/env python3
"""One process that reads all streams and knows how long each of them was silent.

Run as a program it is the reader: `gaps.py PORT COUNT` reads COUNT streams until it is ended, and
answers each line it is sent with the longest silence of each stream since the line before.
"""

import contextlib
import hashlib
import json
import selectors
import socket
import subprocess
import sys
import time
from collections.abc import Iterator

# A look at all sockets now and then is cheaper than at each arrival, and short beside any gap.
LOOK = 0.01


class Reader:
    """The process, as the bench sees it."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def longest(self) -> list[float]:
        """Return the longest silence of each stream since the last call, seconds, sorted."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        return sorted(json.loads(self._process.stdout.readline()))


@contextlib.contextmanager
def reading(port: int, count: int) -> Iterator[Reader]:
    """Let one process read `count` streams, one viewer each."""
    command = [sys.executable, __file__, str(port), str(count)]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) as process:
        try:
            yield Reader(process)
        finally:
            process.terminate()


class Silences:
    """When each stream was heard last, and how long it was not."""

    def __init__(self) -> None:
        self._heard: dict[int, float] = {}
        self._longest: dict[int, float] = {}

    def hear(self, number: int, now: float) -> None:
        """Note that the stream has sent something."""
        silent = now - self._heard.get(number, now)
        self._heard[number] = now
        self._longest[number] = max(self._longest.get(number, 0.0), silent)

    def take(self, now: float) -> list[float]:
        """Return the longest silences, one that lasts included, and begin anew."""
        lasting = {number: now - heard for number, heard in self._heard.items()}
        found = [max(silent, lasting[number]) for number, silent in self._longest.items()]
        self._longest.clear()
        return found


def open_all(port: int, count: int) -> selectors.BaseSelector:
    """Ask for `count` streams, each for its own."""
    ready = selectors.DefaultSelector()
    for number in range(count):
        content = hashlib.sha1(b"%d" % number, usedforsecurity=False).hexdigest()
        sock = socket.create_connection(("127.0.0.1", port))
        request = f"GET /ace/getstream?id={content} HTTP/1.0\r\nUser-Agent: bench\r\n\r\n"
        sock.sendall(request.encode())
        sock.setblocking(False)
        ready.register(sock, selectors.EVENT_READ, number)
    ready.register(sys.stdin, selectors.EVENT_READ, -1)
    return ready


def read_all(port: int, count: int) -> None:
    """Read until ended."""
    ready, silences, buffer = open_all(port, count), Silences(), bytearray(1 << 20)
    while True:
        for key, _ in ready.select(1.0):
            sock = key.fileobj
            if not isinstance(sock, socket.socket):
                if not sys.stdin.readline():
                    return
                print(json.dumps(silences.take(time.monotonic())), flush=True)
            elif sock.recv_into(buffer):
                silences.hear(key.data, time.monotonic())
            else:
                ready.unregister(sock)
        time.sleep(LOOK)


if __name__ == "__main__":
    read_all(int(sys.argv[1]), int(sys.argv[2]))
