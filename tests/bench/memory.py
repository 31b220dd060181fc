#!/usr/bin/env python3
"""Memory of `acedesk serve` with many streams, and after they ended; see README.md."""

import argparse
import os
import sys
import tempfile
import time

import load
import psutil

# Beside the bytes the rings hold, and what may stay when all is over.
MOST_MB = 60.0
MOST_LEFT = 1.10


def main() -> int:
    """Measure and tell; 1 when a limit is passed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--engine-sim", required=True, help="engine_sim.py of the streaming bench")
    parser.add_argument("--streams", type=int, default=100)
    parser.add_argument("--rate", type=int, default=5_000_000, help="bit/s of each")
    parser.add_argument("--seconds", type=int, default=40)
    parser.add_argument("--after", type=int, default=40, help="seconds until all is given back")
    wanted = parser.parse_args()
    port = load.free_port()
    with (
        tempfile.TemporaryDirectory() as folder,
        load.engine(wanted.engine_sim, wanted.rate) as engine,
    ):
        command = [sys.executable, "-m", "acedesk", "serve", "--port", str(port)]
        command += ["--engine", f"127.0.0.1:{engine}", "--data-dir", folder]
        environment = {**os.environ, "ACEDESK_LOG_LEVEL": "warning"}
        with load.running(command, environment) as program:
            load.wait_ready(port)
            time.sleep(4)  # what follows the start belongs to the base
            memory = psutil.Process(program.pid).memory_info
            base = memory().rss / 1e6
            above, held, playing = 0.0, 0.0, 0
            with load.viewers(port, wanted.streams):
                # Only now and then: what a snapshot takes is not the streams'.
                for _ in range(max(1, wanted.seconds // 10)):
                    time.sleep(min(10, wanted.seconds))
                    streams = load.streams_of(load.snapshot(port))
                    ring = sum(int(str(stream["buffer_bytes"])) for stream in streams) / 1e6
                    over = memory().rss / 1e6 - base - ring
                    if over > above:
                        above, held = over, ring
                    playing = sum(stream["state"] in ("playing", "slow") for stream in streams)
            ended = time.monotonic()
            left = 0.0
            while time.monotonic() - ended < wanted.after:
                time.sleep(2)
                left = memory().rss / 1e6
                if left <= MOST_LEFT * base and not load.streams_of(load.snapshot(port)):
                    break
            took = time.monotonic() - ended
            print(
                f"base {base:.1f} MB; {playing} streams play; at most {above:.1f} MB above base and"
                f" {held:.1f} MB of ring (limit {MOST_MB:.0f}); {left:.1f} MB ="
                f" {left / base:.2f} x base {took:.0f} s after (limit {MOST_LEFT:.2f})"
            )
    passed = playing == wanted.streams and above <= MOST_MB and left <= MOST_LEFT * base
    return 0 if passed else 1


if __name__ == "__main__":
    sys.exit(main())
