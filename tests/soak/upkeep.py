"""The upkeep of engines against a real Docker: run by hand, see README.md.

    python tests/soak/upkeep.py twenty    # twenty engines come and go with the setting
    python tests/soak/upkeep.py killed    # kill -9 of AceDesk: the next one adopts all
    python tests/soak/upkeep.py hangs     # each of some engines hangs once under a viewer

It prints what it sees and ends with an error when a promise is broken.
"""

import argparse
import contextlib
import http.client
import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time
import urllib.parse
from typing import Any, Final

from acedesk import clock

IMAGE: Final = "acedesk-demo-engine"
PROMISED_SECONDS: Final = 25.0


class Desk:
    """One `acedesk serve` with a data folder that outlives it."""

    def __init__(self, folder: pathlib.Path) -> None:
        self._folder = folder
        self._settings: dict[str, str] = {}
        self.start()

    def start(self, **settings: object) -> None:
        """Start it, perhaps with other settings."""
        for name, value in settings.items():
            self._settings[f"ACEDESK_{name.upper()}"] = str(value)
        command = [sys.executable, "-m", "acedesk", "serve", "--port", "0"]
        self._process = subprocess.Popen(
            [*command, "--data-dir", str(self._folder)],
            stdout=subprocess.PIPE,
            stderr=(self._folder / "stderr").open("ab"),
            env={
                **os.environ,
                "DOCKER_HOST": "unix:///var/run/docker.sock",
                "ACEDESK_ENGINE_IMAGE": IMAGE,
                **self._settings,
            },
            text=True,
        )
        assert self._process.stdout is not None
        self._base = self._process.stdout.readline().split()[-1]

    def stop(self, number: signal.Signals = signal.SIGTERM) -> None:
        """Send a signal and wait for the end."""
        self._process.send_signal(number)
        self._process.wait(30)

    def ask(self, path: str, method: str = "GET") -> Any:
        """Return the JSON of one answer."""
        address = urllib.parse.urlsplit(self._base)
        asked = http.client.HTTPConnection(address.hostname or "", address.port, timeout=90)
        with contextlib.closing(asked):
            asked.request(method, path)
            return json.loads(asked.getresponse().read())

    def engines(self) -> dict[str, str]:
        """Return the health of each engine by its container."""
        found = self.ask("/api/v2/snapshot")["engines"]
        return {one["container_id"]: one["health"] for one in found if one["container_id"]}

    def until(self, number: int, seconds: float) -> float:
        """Wait until so many engines are ready and no other is there; return how long it took."""
        began = clock.monotonic()
        while list(self.engines().values()) != ["ready"] * number:
            if clock.monotonic() - began > seconds:
                raise SystemExit(f"not {number} engines after {seconds:g} s: {self.engines()}")
            time.sleep(0.2)
        return clock.monotonic() - began

    def clean_up(self) -> None:
        """Remove all engines of this folder."""
        instance = json.loads((self._folder / "instance.json").read_bytes())["id"]
        label = f"label=app.acedesk.instance={instance}"
        listed = ["docker", "ps", "-aq", "--filter", label]
        for container in subprocess.check_output(listed, text=True).split():
            subprocess.run(
                ["docker", "rm", "-fv", container], stdout=subprocess.DEVNULL, check=True
            )


def twenty(desk: Desk) -> None:
    """Let twenty engines come and go."""
    desk.stop()
    desk.start(min_engines=20, idle_grace=5)
    print(f"20 engines ready after {desk.until(20, 180):.1f} s")
    desk.stop()
    desk.start(min_engines=0, idle_grace=20)
    print(f"all adopted after {desk.until(20, 15):.1f} s")
    print(f"all gone after {desk.until(0, 120):.1f} s")


def killed(desk: Desk) -> None:
    """Kill AceDesk without mercy, and start it again."""
    desk.stop()
    desk.start(min_engines=5)
    desk.until(5, 90)
    before = set(desk.engines())
    desk.stop(signal.SIGKILL)
    desk.start()
    print(f"all ready again {desk.until(5, 30):.1f} s after the start")
    if set(desk.engines()) != before:
        raise SystemExit("these are other engines")


def hangs(desk: Desk) -> None:
    """Let one engine after the other hang."""
    desk.ask("/provision/acestream", "POST")
    desk.until(1, 60)  # it is answered before the engine plays
    for _ in range(3):
        (container,) = desk.engines()
        top = ["docker", "top", container, "-eo", "pid"]
        for process in subprocess.check_output(top, text=True).split()[1:]:
            os.kill(int(process), signal.SIGSTOP)
        began = clock.monotonic()
        while container in desk.engines() or list(desk.engines().values()) != ["ready"]:
            if clock.monotonic() - began > PROMISED_SECONDS:
                raise SystemExit(f"not replaced after {PROMISED_SECONDS:g} s: {desk.engines()}")
            time.sleep(0.1)
        print(f"replaced after {clock.monotonic() - began:.1f} s")


def main() -> None:
    """Run one of them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=("twenty", "killed", "hangs"))
    wanted = {"twenty": twenty, "killed": killed, "hangs": hangs}[parser.parse_args().what]
    with tempfile.TemporaryDirectory() as folder:
        desk = Desk(pathlib.Path(folder))
        try:
            wanted(desk)
        finally:
            with contextlib.suppress(ProcessLookupError):
                desk.stop(signal.SIGKILL)
            desk.clean_up()


if __name__ == "__main__":
    main()
