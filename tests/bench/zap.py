#!/usr/bin/env python3
"""Hundreds of starts, half of them dead, by viewers that leave after a second; see README.md.

Every other dead id is refused at once, the rest the engine never answers, as one that looks for a
content nobody shares. What the program does not tell of itself (its tasks) is judged by what they
would hold: memory, open files and engine sessions.
"""

import argparse
import asyncio
import contextlib
import dataclasses
import json
import statistics
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterable

import load
import psutil

# What may stay when all is over.
MOST_LEFT = 1.10
# A live id starts as it did before, give or take a tick of the streams' timer and the noise.
MOST_SLOWER = 0.1
STARTS = 9
# Unanswered questions of ids nobody wants any more are followed for this long (see
# `acedesk.acestream_api.engine_client.LATE_ANSWER`) to stop their sessions; then all must be gone.
ACCEPT = 5
GONE_AFTER = 60 + ACCEPT + 35


@dataclasses.dataclass(frozen=True)
class Held:
    """What the program holds."""

    memory: float
    files: int
    threads: int

    @classmethod
    def of(cls, program: "subprocess.Popen[bytes]") -> "Held":
        """Look at the program."""
        process = psutil.Process(program.pid)
        with process.oneshot():
            memory = process.memory_info().rss / 1e6
            return cls(memory, process.num_fds(), process.num_threads())


def ask(port: int, path: str) -> dict[str, object]:
    """Ask the simulated engine."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=10) as answer:
        found: dict[str, object] = json.load(answer)
    return found


def storm(engine: int, first: int, count: int) -> list[str]:
    """Return `count` ids, every other one dead; the engine is told which it never answers."""
    found = []
    for number in range(first, first + count):
        refused = number % 4 == 1
        content = load.content_id(number, dead=refused)
        if number % 4 == 3:
            ask(engine, f"/sim/fault?kind=hang_start&where=getstream&id={content}&times=100")
        found.append(content)
    return found


async def watch(port: int, content: str, seconds: float) -> float | None:
    """Play for a while and leave; return the seconds to the first media byte, None without."""
    began = time.perf_counter()
    first = None
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(f"GET /ace/getstream?id={content} HTTP/1.0\r\n\r\n".encode())
        async with asyncio.timeout(seconds):
            head = await reader.readuntil(b"\r\n\r\n")
            while b" 200 " in head and await reader.read(65536):
                first = first or time.perf_counter() - began
    except (TimeoutError, asyncio.IncompleteReadError, ConnectionError):
        pass
    finally:
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()
    return first


async def zap(port: int, contents: Iterable[str], apart: float) -> int:
    """Let one viewer come for each id, `apart` seconds apart; return how many saw a picture."""
    watching = []
    for content in contents:
        watching.append(asyncio.create_task(watch(port, content, 1.0)))
        await asyncio.sleep(apart)
    return sum(first is not None for first in await asyncio.gather(*watching))


async def start_time(port: int, first: int) -> float:
    """Return the seconds a live id takes to its first media byte, the median of a few."""
    found = []
    for number in range(first, first + STARTS):
        took = await watch(port, load.content_id(number), 3.0)
        if took is None:
            raise TimeoutError("a live id did not start")
        found.append(took)
    return statistics.median(found)


def wait_gone(engine: int, port: int, program: "subprocess.Popen[bytes]", base: Held) -> float:
    """Wait until nothing is left of the storm; return how long it took, at most so long."""
    ended = time.monotonic()
    while (took := time.monotonic() - ended) < GONE_AFTER:
        held = Held.of(program)
        within = held.files <= base.files and held.memory <= MOST_LEFT * base.memory
        if within and not load.streams_of(load.snapshot(port)) and not open_sessions(engine):
            break
        time.sleep(1)
    return took


def open_sessions(engine: int) -> int:
    """Return how many sessions the engine was asked for and never told to stop."""
    return int(str(ask(engine, "/sim/state")["not_stopped"]))


def main() -> int:
    """Measure and tell; 1 when a limit is passed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--engine-sim", required=True, help="engine_sim.py of the streaming bench")
    parser.add_argument("--starts", type=int, default=200)
    parser.add_argument("--apart", type=float, default=1.0, help="seconds between them")
    parser.add_argument("--at-once", type=int, default=50)
    parser.add_argument("--rate", type=int, default=5_000_000, help="bit/s of each stream")
    wanted = parser.parse_args()
    with (
        load.engine(wanted.engine_sim, wanted.rate) as engine,
        load.serve(engine, GRACE="0", ACCEPT_TIMEOUT=str(ACCEPT)) as (port, program),
    ):
        # What a program takes once and keeps, as its log file, belongs to the base.
        asyncio.run(watch(port, load.content_id(1, dead=True), 3.0))
        before = asyncio.run(start_time(port, 80_000))
        time.sleep(5)
        base = Held.of(program)
        spread = storm(engine, 0, wanted.starts)
        seen = asyncio.run(zap(port, spread, wanted.apart))
        seen += asyncio.run(zap(port, storm(engine, 10_000, wanted.at_once), 0.0))
        most = Held.of(program)
        after = asyncio.run(start_time(port, 70_000))
        took = wait_gone(engine, port, program, base)
        left, sessions = Held.of(program), open_sessions(engine)
    limit = before + MOST_SLOWER
    print(
        f"{wanted.starts} starts {wanted.apart:g} s apart and {wanted.at_once} at once, half of"
        f" them dead: {seen} showed a picture; {took:.0f} s after them:\n"
        f"  {sessions} engine sessions left; {left.files} open files, {base.files} before"
        f" ({most.files} in the storm); {left.threads} threads, {base.threads} before\n"
        f"  {left.memory:.1f} MB = {left.memory / base.memory:.2f} x base of {base.memory:.1f}"
        f" (limit {MOST_LEFT:.2f})\n"
        f"  a live id right behind them starts in {after * 1000:.0f} ms, {before * 1000:.0f}"
        f" before (limit {limit * 1000:.0f})"
    )
    passed = not sessions and left.files <= base.files and after <= limit
    return 0 if passed and left.memory <= MOST_LEFT * base.memory and seen else 1


if __name__ == "__main__":
    sys.exit(main())
