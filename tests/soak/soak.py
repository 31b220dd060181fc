#!/usr/bin/env python3
"""Half an hour of a busy house: joins, leaves, slow readers and dying engines; see README.md.

Three demo engines run as processes of their own behind one headless AceDesk. At the end memory
must be where it was, nothing may still be open on any engine, and the viewers that stayed must
have had their picture all the time.
"""

import argparse
import contextlib
import http.client
import json
import os
import pathlib
import random
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from typing import Any

ROOT = pathlib.Path(__file__).resolve().parents[2]
CHANNELS = [f"ace0dec00000000000000000000000000000000{n}" for n in range(1, 6)]
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT)}


def free_port() -> int:
    """Return a port that is free now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Engine:
    """A demo engine that can be killed and comes back on its port."""

    def __init__(self) -> None:
        self.port = free_port()
        self.start()

    def start(self) -> None:
        """Start it and wait for its line."""
        command = [sys.executable, "-m", "acedesk", "demo-engine", "--port", str(self.port)]
        self.process = subprocess.Popen(
            command, env=ENVIRONMENT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
        assert self.process.stdout is not None
        self.process.stdout.readline()

    def kill(self) -> None:
        """Kill it, and bring it back after a moment."""
        self.process.kill()
        self.process.wait()
        time.sleep(2)
        self.start()

    def freeze(self, seconds: float) -> None:
        """Stop it without killing it, for a while."""
        self.process.send_signal(signal.SIGSTOP)
        time.sleep(seconds)
        self.process.send_signal(signal.SIGCONT)

    def ask(self, path: str) -> Any:
        """Return the JSON of one answer."""
        return ask(self.port, path)


def ask(port: int, path: str) -> Any:
    """Return the JSON of one answer."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    try:
        connection.request("GET", path)
        return json.loads(connection.getresponse().read())
    finally:
        connection.close()


class Viewer(threading.Thread):
    """A player that reads at some rate for some time.

    Attributes:
        longest: Longest silence it saw, in seconds; null packets count as silence broken.
        closed: Its response ended before it left.
    """

    def __init__(self, port: int, channel: str, *, stays: float, pause: float) -> None:
        super().__init__(daemon=True)
        self.port, self.channel, self.stays, self.pause = port, channel, stays, pause
        self.received = 0
        self.longest = 0.0
        self.closed = False
        self.status = 0

    def run(self) -> None:
        """Play."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=70)
        try:
            connection.request("GET", f"/ace/getstream?id={self.channel}")
            response = connection.getresponse()
            self.status = response.status
            until = last = time.monotonic()
            until += self.stays
            while self.status == 200 and time.monotonic() < until:
                part = response.read1(65536)
                now = time.monotonic()
                if not part:
                    self.closed = True
                    break
                self.longest = max(self.longest, now - last)
                last = now
                self.received += len(part)
                if self.pause:
                    time.sleep(self.pause)
        except OSError:
            self.closed = True
        finally:
            connection.close()


class House:
    """AceDesk, its engines, and what is known of its health."""

    def __init__(self, folder: pathlib.Path) -> None:
        self.engines = [Engine() for _ in range(3)]
        command = [sys.executable, "-m", "acedesk", "serve", "--port", "0", "--data-dir"]
        command.append(str(folder / "data"))
        for engine in self.engines:
            command += ["--engine", f"127.0.0.1:{engine.port}"]
        self.log = (folder / "serve.log").open("w+")
        self.process = subprocess.Popen(
            command, env=ENVIRONMENT, stdout=subprocess.PIPE, stderr=self.log, text=True
        )
        assert self.process.stdout is not None
        self.port = int(self.process.stdout.readline().rsplit(":", 1)[1])

    def health(self) -> dict[str, float]:
        """Return memory in MB, open files and threads of the program."""
        base = pathlib.Path(f"/proc/{self.process.pid}")
        status = dict(
            line.split(":", 1) for line in (base / "status").read_text().splitlines() if ":" in line
        )
        return {
            "resident MB": int(status["VmRSS"].split()[0]) / 1024,
            "files": len(self.files()),
            "threads": int(status["Threads"]),
        }

    def files(self) -> list[str]:
        """Return what the program has open."""
        found = []
        for opened in pathlib.Path(f"/proc/{self.process.pid}/fd").iterdir():
            with contextlib.suppress(FileNotFoundError):  # closed meanwhile
                found.append(str(opened.readlink()))
        return sorted(found)

    def until_quiet(self, limit: float = 90.0) -> bool:
        """Wait until no stream runs."""
        until = time.monotonic() + limit
        while time.monotonic() < until:
            if ask(self.port, "/ace/status")["streams"] == 0:
                time.sleep(4)  # sessions are being stopped, memory is given back
                return True
            time.sleep(0.5)
        return False

    def close(self) -> int:
        """End everything; return the exit code."""
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(30)
        for engine in self.engines:
            engine.process.kill()
            engine.process.wait()
        return code


def trouble(house: House, chance: random.Random, stop: threading.Event) -> None:
    """Hurt an engine now and then."""
    while not stop.wait(chance.uniform(8, 25)):
        engine = chance.choice(house.engines)
        what = chance.choice(("kill", "freeze", "stall", "reset", "close", "garbage"))
        if what == "kill":
            engine.kill()
        elif what == "freeze":
            engine.freeze(chance.uniform(1, 10))
        else:
            try:
                engine.ask(f"/demo/fault?kind={what}&for=8")
            except (OSError, ValueError):
                continue


def busy(house: House, minutes: float, chance: random.Random) -> list[Viewer]:
    """Let guests come and go for so long; return those that are still there."""
    guests: list[Viewer] = []
    began, told = time.monotonic(), 0.0
    while (elapsed := time.monotonic() - began) < minutes * 60:
        guest = Viewer(
            house.port,
            chance.choice(CHANNELS),
            stays=chance.choice((0.2, 1.0, 5.0, 20.0, 60.0)),
            pause=chance.choice((0, 0, 0, 0.5)),
        )
        guest.start()
        guests = [one for one in (*guests, guest) if one.is_alive()]
        if elapsed - told > 60:
            told = elapsed
            figures = {key: round(value, 1) for key, value in house.health().items()}
            streams = ask(house.port, "/ace/status")["streams"]
            print(f"{elapsed / 60:5.1f} min  {figures}  {streams} streams", flush=True)
        time.sleep(chance.uniform(0.1, 2.0))
    return guests


def warm_up(house: House) -> dict[str, float]:
    """Play a little, and return what the program then needs at rest."""
    warm = [Viewer(house.port, channel, stays=5, pause=0) for channel in CHANNELS[:2] * 5]
    for viewer in warm:
        viewer.start()
    for viewer in warm:
        viewer.join()
    house.until_quiet()
    return house.health()


def soak(house: House, minutes: float, chance: random.Random) -> list[str]:
    """Run the house; return what went wrong."""
    bad: list[str] = []
    base = warm_up(house)
    print("base", base, flush=True)
    stop = threading.Event()
    troubling = threading.Thread(target=trouble, args=(house, chance, stop), daemon=True)
    troubling.start()
    stays = minutes * 60
    residents = [Viewer(house.port, one, stays=stays, pause=0) for one in CHANNELS[:2]]
    for viewer in residents:
        viewer.start()
    guests = busy(house, minutes, chance)
    stop.set()
    for viewer in (*residents, *guests):
        viewer.join(90)
    for viewer in residents:
        print(
            f"resident: {viewer.received / 1e6:.0f} MB, silent for {viewer.longest:.2f} s at most"
        )
        if viewer.closed:
            bad.append("a resident's response closed")
    troubling.join(60)
    if not house.until_quiet():
        bad.append("streams are still running")
    for engine in house.engines:
        state = engine.ask("/demo/state")
        print(json.dumps({key: state[key] for key in ("opened", "stopped", "ended", "readers")}))
        if state["readers"]:
            bad.append("an engine is still being read")
    after = house.health()
    print("after", after, flush=True)
    if after["resident MB"] > base["resident MB"] * 1.1:
        bad.append("memory did not come back")
    if after["files"] > base["files"] + 5:
        bad.append("files were left open: " + ", ".join(house.files()))
    return bad


def main() -> int:
    """Run, watch and tell."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=30.0)
    parser.add_argument("--seed", type=int, default=1)
    wanted = parser.parse_args()
    bad: list[str] = []
    with tempfile.TemporaryDirectory(prefix="acedesk-soak-") as name:
        house = House(pathlib.Path(name))
        try:
            bad = soak(house, wanted.minutes, random.Random(wanted.seed))
        finally:
            if (code := house.close()) != 0:
                bad.append(f"exit code {code}")
            house.log.seek(0)
            text = house.log.read()
            if "Traceback" in text or " ERROR " in text:
                bad.append("errors in the log: " + text[text.find(" ERROR ") - 200 :][:2000])
    print("\n".join(bad) or "flat, nothing left open")
    return int(bool(bad))


if __name__ == "__main__":
    sys.exit(main())
