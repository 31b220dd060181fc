#!/usr/bin/env python3
"""Two of twenty viewers stop reading: do the others notice? See README.md.

All twenty watch one stream through `acedesk serve`. First all of them read, then two stop for as
long, then those go on. Half of the viewers get their body in chunks, half without.
"""

import argparse
import contextlib
import dataclasses
import selectors
import socket
import sys
import time
from collections.abc import Iterable

import load

# What two measurements of the same thing may differ by on a busy computer: one tick of the timer
# that reads the engines (`acedesk.proxy.ingest.read_ticker.TICK`).
NOISE = 0.055
PACKET = 188
# The simulated engine sends its pictures on this PID, each packet with a number of 64 bits.
PICTURE = b"\x01"
NUMBER = slice(4, 12)
STOPPED = "stopped"


@dataclasses.dataclass
class Viewer:
    """One connection, and what is seen of it.

    Attributes:
        gap: The longest time without a byte since it was set to 0.
        lost: Packets that were left out since it was set to 0.
    """

    sock: socket.socket
    chunked: bool
    gap: float = 0.0
    lost: int = 0
    number: int | None = None
    _at: float = dataclasses.field(default_factory=time.monotonic)
    _head: bytes | None = b""
    _left: int = 0
    _line: bytes = b""
    _rest: bytes = b""

    @classmethod
    def join(cls, port: int, *, chunked: bool, name: str) -> "Viewer":
        """Ask for the stream."""
        sock = socket.create_connection(("127.0.0.1", port))
        version = "1.1" if chunked else "1.0"
        request = f"GET /ace/getstream?id={load.content_id(0)} HTTP/{version}\r\n"
        sock.sendall(f"{request}Host: bench\r\nUser-Agent: {name}\r\n\r\n".encode())
        sock.setblocking(False)
        return cls(sock, chunked)

    def begin(self) -> None:
        """Count from now on."""
        self._at, self.gap, self.lost = time.monotonic(), 0.0, 0

    def end(self) -> None:
        """Count a silence that lasts."""
        self.gap = max(self.gap, time.monotonic() - self._at)

    def read(self) -> None:
        """Take what there is.

        Raises:
            ConnectionError: It is over.
        """
        data = self.sock.recv(1 << 20)
        if not data:
            raise ConnectionError("a viewer was closed")
        now = time.monotonic()
        self.gap, self._at = max(self.gap, now - self._at), now
        if self._head is not None:
            self._head += data
            head, end, data = self._head.partition(b"\r\n\r\n")
            if not end:
                return
            if b" 200 " not in head.split(b"\r\n")[0]:
                raise ConnectionError(head.decode())
            self._head = None
        self._count(self._unframed(data) if self.chunked else data)

    def _unframed(self, data: bytes) -> bytes:
        parts = []
        while data:
            if self._left > 2:  # the packets, and the line's end behind them
                parts.append(data[: self._left - 2])
                taken = min(len(data), self._left)
                self._left, data = self._left - taken, data[taken:]
            elif self._left:
                taken = min(len(data), self._left)
                self._left, data = self._left - taken, data[taken:]
            else:
                line, end, data = data.partition(b"\n")
                self._line += line
                if end:
                    self._left, self._line = int(self._line, 16) + 2, b""
        return b"".join(parts)

    def _count(self, data: bytes) -> None:
        data = self._rest + data
        whole = len(data) - len(data) % PACKET
        self._rest = data[whole:]
        pictures = data[1:whole:PACKET]
        last = pictures.rfind(PICTURE)
        if last < 0:
            return
        number = int.from_bytes(data[last * PACKET :][NUMBER], "big")
        if self.number is not None:
            self.lost += number - self.number - pictures.count(PICTURE)
        self.number = number


def watch(viewers: Iterable[Viewer], seconds: float) -> None:
    """Let these viewers read for so long; nobody else does."""
    with contextlib.ExitStack() as stack:
        ready = stack.enter_context(selectors.DefaultSelector())
        for viewer in viewers:
            viewer.begin()
            ready.register(viewer.sock, selectors.EVENT_READ, viewer)
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            for key, _ in ready.select(0.1):
                key.data.read()
        for viewer in viewers:
            viewer.end()


def skips(port: int) -> list[int]:
    """Return how often each viewer that stopped was moved to a newer keyframe."""
    (stream,) = load.streams_of(load.snapshot(port))
    clients = stream["clients"]
    assert isinstance(clients, list)
    return [client["skips"] for client in clients if client["user_agent"] == STOPPED]


def main() -> int:
    """Measure and tell; 1 when a limit is passed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--engine-sim", required=True, help="engine_sim.py of the streaming bench")
    parser.add_argument("--viewers", type=int, default=20)
    parser.add_argument("--stopped", type=int, default=2)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--rate", type=int, default=8_000_000, help="bit/s of the stream")
    wanted = parser.parse_args()
    with (
        load.engine(wanted.engine_sim, wanted.rate) as engine,
        # Who stops for longer than this is closed; here he is to go on.
        load.serve(engine, SLOW_CLIENT_TIMEOUT="600") as (port, _),
    ):
        kept = wanted.viewers - wanted.stopped
        names = ["bench"] * kept + [STOPPED] * wanted.stopped
        everybody = [
            Viewer.join(port, chunked=n % 2 == 0, name=name) for n, name in enumerate(names)
        ]
        others, stopping = everybody[:kept], everybody[kept:]
        watch(everybody, 5.0)  # the start is not what is measured
        watch(everybody, wanted.seconds)
        lost = sum(viewer.lost for viewer in others)
        without = max(viewer.gap for viewer in others)
        watch(others, wanted.seconds)
        lost += sum(viewer.lost for viewer in others)
        beside = max(viewer.gap for viewer in others)
        watch(everybody, 10.0)
        moved = skips(port)
        behind = max(others[0].number or 0, 0) - min(viewer.number or 0 for viewer in stopping)
        late = behind * PACKET * 8 / wanted.rate
    print(
        f"longest gap of {kept} viewers: {beside * 1000:.0f} ms while {wanted.stopped} stopped"
        f" reading for {wanted.seconds:.0f} s, {without * 1000:.0f} ms before"
        f" (limit {(without + NOISE) * 1000:.0f}); {lost} packets lost\n"
        f"  those that stopped skipped {', '.join(map(str, moved))} times and are {late:.1f} s"
        " behind the others ten seconds later"
    )
    went_on = all(moved) and len(moved) == wanted.stopped and late < wanted.seconds / 4
    return 0 if beside <= without + NOISE and not lost and went_on else 1


if __name__ == "__main__":
    sys.exit(main())
