#!/usr/bin/env python3
"""How soon a viewer that joins a running stream has its first media byte; see README.md."""

import argparse
import socket
import sys
import time

import load

# From the player's connect to the first packet of the picture, on loopback.
MOST_MS = 50.0
# Between two joins: odd, so that they meet the stream's ticks everywhere.
PAUSE = 0.117
PACKET = 188

PLACES = {"a keyframe": "", "five seconds back": "&from=-5", "the live edge": "&join=live"}


def join(port: int, content: str, place: str) -> float:
    """Join as a new viewer and leave; return the seconds to its first packet, the PAT.

    Raises:
        ValueError: What came first is no PAT.
    """
    began = time.perf_counter()
    with socket.create_connection(("127.0.0.1", port), timeout=10) as sock:
        request = f"GET /ace/getstream?id={content}{place} HTTP/1.0\r\nUser-Agent: bench\r\n\r\n"
        sock.sendall(request.encode())
        data = media = b""
        while len(media) < PACKET:
            more = sock.recv(65536)
            took = time.perf_counter() - began
            if not more:
                raise ValueError(f"the answer ended: {data[:200]!r}")
            data += more
            media = data.partition(b"\r\n\r\n")[2]
    if media[0] != 0x47 or media[1] & 0x1F or media[2]:
        raise ValueError(f"it begins with {media[:4].hex()}, which is no PAT")
    return took


def wait_played(port: int, seconds: float) -> None:
    """Wait until the only stream has played for so long."""
    while True:
        streams = load.streams_of(load.snapshot(port))
        if streams and float(str(streams[0]["buffer"])) >= seconds:
            return
        time.sleep(0.2)


def main() -> int:
    """Measure and tell; 1 when the limit is passed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--engine-sim", required=True, help="engine_sim.py of the streaming bench")
    parser.add_argument("--joins", type=int, default=50, help="for each place to begin at")
    parser.add_argument("--rate", type=int, default=5_000_000, help="bit/s of the stream")
    wanted = parser.parse_args()
    passed = True
    with (
        load.engine(wanted.engine_sim, wanted.rate) as engine,
        load.serve(engine) as (port, _),
        load.viewers(port, 1),
    ):
        wait_played(port, 6.0)
        for name, place in PLACES.items():
            found = []
            for _ in range(wanted.joins):
                found.append(join(port, load.content_id(0), place) * 1000)
                time.sleep(PAUSE)
            found.sort()
            middle, late, last = found[len(found) // 2], found[int(len(found) * 0.99)], found[-1]
            passed &= last <= MOST_MS
            print(
                f"{name}: first media byte after {middle:.1f} ms p50, {late:.1f} ms p99,"
                f" {last:.1f} ms at most, of {len(found)} joins (limit {MOST_MS:.0f} for each)"
            )
    return 0 if passed else 1


if __name__ == "__main__":
    sys.exit(main())
