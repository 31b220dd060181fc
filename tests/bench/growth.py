#!/usr/bin/env python3
"""What each of 25, 100 and 400 streams costs in `acedesk serve`; see README.md."""

import argparse
import itertools
import os
import pathlib
import statistics
import sys
import tempfile
import time

import load
import psutil

# A stream may cost this much more among many than among few: what is left is noise.
MOST_GROWTH = 1.05


def cost(tree: pathlib.Path, simulator: str, count: int, rate: int, seconds: int) -> float:
    """Return the CPU of one of `count` streams with one viewer each, per mille of a core.

    Args:
        tree: The checkout whose program is measured.
        rate: Of each stream, bit/s.
    """
    port = load.free_port()
    with tempfile.TemporaryDirectory() as folder, load.engine(simulator, rate) as engine:
        command = [sys.executable, "-m", "acedesk", "serve", "--port", str(port)]
        command += ["--engine", f"127.0.0.1:{engine}", "--data-dir", folder]
        environment = {
            **os.environ,
            "PYTHONPATH": str(tree),
            "ACEDESK_LOG_LEVEL": "warning",
            "ACEDESK_STARTS_PER_ENGINE": "0",
        }
        with load.running(command, environment, folder=tree) as program:
            load.wait_ready(port)
            with load.viewers(port, count):
                wait_playing(port, count)
                time.sleep(5)  # what follows the starts is not theirs
                times = psutil.Process(program.pid).cpu_times
                before, began = sum(times()[:2]), time.monotonic()
                time.sleep(seconds)
                spent, took = sum(times()[:2]) - before, time.monotonic() - began
    return spent / took / count * 1000


def wait_playing(port: int, count: int, seconds: float = 120.0) -> None:
    """Wait until so many streams play.

    Raises:
        TimeoutError: They do not.
    """
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        streams = load.streams_of(load.snapshot(port))
        if sum(stream["state"] in ("playing", "slow") for stream in streams) >= count:
            return
        time.sleep(1)
    raise TimeoutError(f"{count} streams do not play")


def main() -> int:
    """Measure and tell; 1 when a stream among many costs more than one among few."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--engine-sim", required=True, help="engine_sim.py of the streaming bench")
    parser.add_argument("--counts", default="25,100,400")
    parser.add_argument("--rate", type=int, default=1_000_000, help="bit/s of each stream")
    parser.add_argument("--seconds", type=int, default=15)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--beside", type=pathlib.Path, help="another checkout, measured in turn")
    wanted = parser.parse_args()
    trees = [load.ROOT, *([wanted.beside] if wanted.beside else [])]
    counts = [int(count) for count in wanted.counts.split(",")]
    found: dict[tuple[pathlib.Path, int], list[float]] = {}
    for _ in range(wanted.rounds):
        for count in counts:
            for tree in trees:
                spent = cost(tree, wanted.engine_sim, count, wanted.rate, wanted.seconds)
                found.setdefault((tree, count), []).append(spent)
    failed = False
    for tree in trees:
        costs = [statistics.median(found[tree, count]) for count in counts]
        text = ", ".join(f"{count}: {one:.2f}" for count, one in zip(counts, costs, strict=True))
        grows = any(b > MOST_GROWTH * a for a, b in itertools.pairwise(costs))
        failed |= grows and tree is load.ROOT
        print(f"{tree}: per mille of a core for each stream of {text}{' GROWS' if grows else ''}")
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
