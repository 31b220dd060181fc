#!/usr/bin/env python3
"""Start-up time, memory and idle CPU of the real desktop and of `acedesk serve`.

Starts an Xvfb of its own (apt: xvfb xdotool); every figure is the median of the rounds. The bare
window is PySide6 with aiohttp imported and nothing else: what no program of this kind can beat.
"""

import argparse
import os
import pathlib
import select
import signal
import statistics
import subprocess
import sys
import tempfile
import time

import psutil

ROOT = pathlib.Path(__file__).resolve().parents[2]
BARE = """
import sys, aiohttp
from PySide6.QtWidgets import QApplication, QMainWindow
app = QApplication(sys.argv)
window = QMainWindow(); window.setWindowTitle("AceDesk"); window.show()
app.exec()
"""


def start_screen() -> tuple[subprocess.Popen[bytes], str]:
    """Start Xvfb on a free display and return it with its name."""
    read, write = os.pipe()
    command = ["Xvfb", "-displayfd", str(write), "-screen", "0", "1280x800x24", "-nolisten", "tcp"]
    screen = subprocess.Popen(command, pass_fds=[write], stderr=subprocess.DEVNULL)
    os.close(write)
    number = os.read(read, 16).decode().strip()
    return screen, f":{number}"


def measure(
    command: list[str], environment: dict[str, str], *, ready: str, idle: float
) -> dict[str, float]:
    """Start a program, wait until it is ready, and let it idle.

    Args:
        ready: "window" for a visible window named AceDesk, "line" for a line on stdout.
    """
    began = time.monotonic()
    process = subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, cwd=ROOT
    )
    try:
        if ready == "window":
            wait = ["xdotool", "search", "--sync", "--onlyvisible", "--name", "AceDesk"]
            subprocess.run(wait, env=environment, check=True, stdout=subprocess.DEVNULL, timeout=30)
        else:
            assert process.stdout is not None
            select.select([process.stdout], [], [], 30)
            process.stdout.readline()
        took = time.monotonic() - began
        time.sleep(4)  # what follows the start must not count as idling
        watched = psutil.Process(process.pid)
        before = watched.cpu_times()
        time.sleep(idle)
        after = watched.cpu_times()
        used = after.user + after.system - before.user - before.system
        return {
            "ready s": took,
            "resident MB": watched.memory_info().rss / 1e6,
            "idle % of a core": used / idle * 100,
        }
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(20)


def main() -> int:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--idle", type=float, default=10.0)
    wanted = parser.parse_args()
    screen, display = start_screen()
    rows: dict[str, list[dict[str, float]]] = {}
    try:
        for _ in range(wanted.rounds):
            with tempfile.TemporaryDirectory() as folder:
                environment = {**os.environ, "DISPLAY": display, "PYTHONPATH": str(ROOT)}
                environment.pop("QT_QPA_PLATFORM", None)
                base = [sys.executable, "-m", "acedesk"]
                common = ["--demo", "--port", "0", "--data-dir"]
                for name, command, ready in (
                    ("bare window", [sys.executable, "-c", BARE], "window"),
                    ("desktop", [*base, *common, f"{folder}/a"], "window"),
                    ("serve", [*base, "serve", *common, f"{folder}/b"], "line"),
                ):
                    idle = wanted.idle if name != "bare window" else 1.0
                    rows.setdefault(name, []).append(
                        measure(command, environment, ready=ready, idle=idle)
                    )
    finally:
        screen.terminate()
        screen.wait()
    for name, found in rows.items():
        figures = (f"{key} {statistics.median(row[key] for row in found):.2f}" for key in found[0])
        print(f"{name:12} " + "   ".join(figures))
    return 0


if __name__ == "__main__":
    sys.exit(main())
