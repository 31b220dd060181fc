#!/usr/bin/env python3
"""How long the desktop's loop makes streams wait while its window is used; see README.md.

The window shows Streams with many streams on a screen of its own (Xvfb); it is resized and
scrolled all the time, and the log gets a thousand lines a second.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time

import desktop
import load

MOST_MS = 20.0

# The program with a thread that fills its log.
PROGRAM = """
import logging, sys, threading
LINES = float(sys.argv.pop(1))
from acedesk.cli import main
def fill(log=logging.getLogger("acedesk.bench"), pause=threading.Event()):
    number = 0
    while not pause.wait(10 / LINES):
        for number in range(number, number + 10):
            log.info("line %d of a log that is read by nobody", number)
threading.Thread(target=fill, daemon=True).start()
sys.exit(main())
"""


def play_with(window: str, environment: dict[str, str], seconds: float) -> None:
    """Resize the window and turn the wheel over it."""

    def do(*words: str) -> None:
        subprocess.run(["xdotool", *words], env=environment, check=True, timeout=20)

    end, step = time.monotonic() + seconds, 0
    do("mousemove", "--window", window, "400", "400")
    while time.monotonic() < end:
        step += 1
        do("windowsize", window, str(900 + step * 37 % 300), str(600 + step * 53 % 150))
        do("click", "--repeat", "3", "--delay", "30", "5" if step % 8 < 4 else "4")
        time.sleep(0.2)


def main() -> int:
    """Measure and tell; 1 when the limit is passed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--engine-sim", required=True, help="engine_sim.py of the streaming bench")
    parser.add_argument("--streams", type=int, default=100)
    parser.add_argument("--rate", type=int, default=5_000_000, help="bit/s of each")
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--lines", type=float, default=1000.0, help="of the log, a second")
    parser.add_argument("--still", action="store_true", help="leave the window alone")
    wanted = parser.parse_args()
    screen, display = desktop.start_screen()
    port = load.free_port()
    try:
        with (
            tempfile.TemporaryDirectory() as folder,
            load.engine(wanted.engine_sim, wanted.rate) as engine,
        ):
            environment = {**os.environ, "DISPLAY": display, "PYTHONPATH": str(load.ROOT)}
            environment.pop("QT_QPA_PLATFORM", None)
            command = [sys.executable, "-c", PROGRAM, str(wanted.lines), "--port", str(port)]
            command += ["--engine", f"127.0.0.1:{engine}", "--data-dir", folder]
            with load.running(command, environment):
                search = ["xdotool", "search", "--sync", "--onlyvisible", "--name", "AceDesk"]
                found = subprocess.run(
                    search, env=environment, check=True, capture_output=True, timeout=30
                )
                window = found.stdout.decode().split()[0]
                load.wait_ready(port)
                with load.viewers(port, wanted.streams):
                    time.sleep(5)  # the starts are not what is measured
                    if wanted.still:
                        time.sleep(wanted.seconds)
                    else:
                        play_with(window, environment, wanted.seconds)
                    told = load.snapshot(port)
    finally:
        screen.terminate()
        screen.wait()
    streams = load.streams_of(told)
    lag = float(str(told["loop_lag"])) * 1000
    playing = sum(stream["state"] in ("playing", "slow") for stream in streams)
    print(f"{playing} streams play; the loop's lag is {lag:.0f} ms p99 (limit {MOST_MS:.0f})")
    return 0 if playing == wanted.streams and lag <= MOST_MS else 1


if __name__ == "__main__":
    sys.exit(main())
