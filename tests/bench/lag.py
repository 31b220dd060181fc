#!/usr/bin/env python3
"""How long the desktop's loop makes streams wait while its window is used; see README.md.

The window shows Streams with many streams on a screen of its own (Xvfb) and is left alone at
first. Then it is resized and scrolled all the time, a dialog is opened and closed over it, and the
log gets a thousand lines a second: the streams must not be silent for longer than before.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from typing import IO

import desktop
import gaps
import load

MOST_MS = 20.0
# What a viewer may notice more of a busy window: no more than the loop's own lag may be.
MOST_GROWTH_MS = 20.0

# The program with a thread that fills its log and one that takes orders for its dialog.
PROGRAM = """
import logging, sys, threading
from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QApplication
LINES = float(sys.argv.pop(1))
from acedesk.cli import main
from acedesk.ui.dialogs import AskDialog
from acedesk.ui.shell.main_window import MainWindow
writes = threading.Event()
class Orders(QObject):
    came = Signal(str)
    def obey(self, order):
        for widget in QApplication.topLevelWidgets():
            if order == "open" and isinstance(widget, MainWindow):
                widget.stack.pages["Streams"].stop_all_button.click()
            elif order == "close" and isinstance(widget, AskDialog):
                widget.reject()
orders = Orders()
orders.came.connect(orders.obey)
def listen():
    for line in sys.stdin:
        writes.set()
        orders.came.emit(line.strip())
def fill(log=logging.getLogger("acedesk.bench"), pause=threading.Event()):
    writes.wait()
    number = 0
    while not pause.wait(10 / LINES):
        for number in range(number, number + 10):
            log.info("line %d of a log that is read by nobody", number)
threading.Thread(target=listen, daemon=True).start()
threading.Thread(target=fill, daemon=True).start()
sys.exit(main())
"""


def give(orders: IO[bytes], order: str) -> None:
    """Tell the program what to do."""
    orders.write(f"{order}\n".encode())
    orders.flush()


def play_with(do: Callable[..., object], window: str, orders: IO[bytes], seconds: float) -> None:
    """Resize the window and turn the wheel over it; half of the time a dialog is open."""
    end, step = time.monotonic() + seconds, 0
    do("mousemove", "--window", window, "400", "400")
    give(orders, "busy")
    while time.monotonic() < end:
        step += 1
        do("windowsize", window, str(900 + step * 37 % 300), str(600 + step * 53 % 150))
        do("click", "--repeat", "3", "--delay", "30", "5" if step % 8 < 4 else "4")
        if step % 10 == 0:
            give(orders, "open" if step % 20 else "close")
        time.sleep(0.2)
    give(orders, "close")


def measure(
    wanted: argparse.Namespace, port: int, environment: dict[str, str], orders: IO[bytes]
) -> tuple[list[float], list[float], dict[str, object]]:
    """Return the longest silences of the quiet and of the busy part, and the last snapshot."""

    def do(*words: str) -> str:
        command = ["xdotool", *words]
        return subprocess.run(
            command, env=environment, check=True, capture_output=True, timeout=30
        ).stdout.decode()

    window = do("search", "--sync", "--onlyvisible", "--name", "AceDesk").split()[0]
    load.wait_ready(port)
    with gaps.reading(port, wanted.streams) as reader:
        time.sleep(8)  # the starts are not what is measured
        reader.longest()
        time.sleep(wanted.seconds)
        quiet = reader.longest()
        if wanted.still:
            time.sleep(wanted.seconds)
        else:
            play_with(do, window, orders, wanted.seconds)
        return quiet, reader.longest(), load.snapshot(port)


def judge(
    wanted: argparse.Namespace,
    quiet: list[float],
    busy: list[float],
    told: dict[str, object],
) -> bool:
    """Print what was measured and return whether all of it is within its limits."""
    streams = load.streams_of(told)
    lag = float(str(told["loop_lag"])) * 1000
    playing = sum(stream["state"] in ("playing", "slow") for stream in streams)
    print(f"{playing} streams play; the loop's lag is {lag:.0f} ms p99 (limit {MOST_MS:.0f})")
    growth = (statistics.median(busy) - statistics.median(quiet)) * 1000
    for name, found in (("quiet", quiet), ("busy", busy)):
        middle, worst = statistics.median(found) * 1000, found[-1] * 1000
        print(
            f"{name:6} longest silence: {middle:.0f} ms of most streams, {worst:.0f} of the worst"
        )
    print(f"it grew by {growth:.0f} ms (limit {MOST_GROWTH_MS:.0f})")
    served = playing == len(quiet) == len(busy) == wanted.streams
    return served and lag <= MOST_MS and growth <= MOST_GROWTH_MS


def main() -> int:
    """Measure and tell; 1 when a limit is passed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--engine-sim", required=True, help="engine_sim.py of the streaming bench")
    parser.add_argument("--streams", type=int, default=100)
    parser.add_argument("--rate", type=int, default=5_000_000, help="bit/s of each")
    parser.add_argument("--seconds", type=float, default=60.0, help="of each of the two parts")
    parser.add_argument("--lines", type=float, default=1000.0, help="of the log, a second")
    parser.add_argument("--still", action="store_true", help="leave the window alone throughout")
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
            # Engines in containers of this computer would be given some of the streams.
            environment["DOCKER_HOST"] = f"unix://{folder}/no-docker.sock"
            command = [sys.executable, "-c", PROGRAM, str(wanted.lines), "--port", str(port)]
            command += ["--engine", f"127.0.0.1:{engine}", "--data-dir", folder]
            with load.running(command, environment, orders=True) as program:
                assert program.stdin is not None
                found = measure(wanted, port, environment, program.stdin)
    finally:
        screen.terminate()
        screen.wait()
    return 0 if judge(wanted, *found) else 1


if __name__ == "__main__":
    sys.exit(main())
