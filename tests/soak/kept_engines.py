"""Half an hour with engines that AceDesk keeps: see README.md.

    python -m tests.soak.kept_engines --minutes 30

Viewers come and go, and the containers of engines are killed, removed, frozen and paused at random.
There must never be more engines than `max_engines`; at the end as many as are wanted, none that
comes or goes any more, and memory and files where they were.
"""

import argparse
import collections
import os
import pathlib
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from typing import Any, Final

from tests.docker.own_engines import own_engines, remove_own_engines
from tests.soak.soak import CHANNELS, ENVIRONMENT, House, Viewer, ask

IMAGE: Final = "acedesk-demo-engine"
MIN, MAX = 3, 5
SETTINGS: Final = {
    "DOCKER_HOST": "unix:///var/run/docker.sock",
    "ACEDESK_ENGINE_IMAGE": IMAGE,
    "ACEDESK_MIN_ENGINES": str(MIN),
    "ACEDESK_MAX_ENGINES": str(MAX),
    "ACEDESK_MAX_STREAMS_PER_ENGINE": "1",
    "ACEDESK_IDLE_GRACE": "20",
}
# After so long an engine that hangs was noticed; in seconds.
NOTICED: Final = 40.0
# Of containers that there are; one that Docker is removing, because it was told to, is none.
THERE: Final = ("created", "restarting", "running", "paused", "exited", "dead")
# How long nothing may come or go at the end, in seconds.
QUIET: Final = 90.0


class KeptHouse(House):
    """AceDesk whose engines are containers of its own.

    Attributes:
        most: The most engine containers that were seen at once.
        troubles: What was done to them, and how often.
    """

    def __init__(self, folder: pathlib.Path) -> None:
        self.engines = []
        self.most = 0
        self.troubles: collections.Counter[str] = collections.Counter()
        self._data = folder / "data"
        self.log = (folder / "serve.log").open("w+")
        self.process = subprocess.Popen(
            [sys.executable, "-m", "acedesk", "serve", "--port", "0", "--data-dir", self._data],
            env={**ENVIRONMENT, **SETTINGS},
            stdout=subprocess.PIPE,
            stderr=self.log,
            text=True,
        )
        assert self.process.stdout is not None
        self.port = int(self.process.stdout.readline().rsplit(":", 1)[1])

    def containers(self, *options: str) -> list[str]:
        """Return our engine containers, and note how many there are."""
        states = (word for state in THERE for word in ("--filter", f"status={state}"))
        found = own_engines(self._data, *options, *(states if options else ()))
        self.most = max(self.most, len(found))
        return found

    def ready(self) -> list[str]:
        """Return the containers of engines that are ready."""
        found = ask(self.port, "/api/v2/snapshot")["engines"]
        return sorted(one["container_id"] for one in found if one["health"] == "ready")

    def events(self) -> collections.Counter[str]:
        """Return how often what happened to engines, with its cause."""
        told: list[dict[str, Any]] = ask(self.port, "/api/v2/events?since=0")["events"]
        return collections.Counter(
            f"{one['kind']} {one.get('cause', '')}".strip()
            for one in told
            if str(one["kind"]).startswith("engine")
        )

    def until_kept(self, limit: float = 180.0) -> bool:
        """Wait until there are as many engines as are wanted, and no more."""
        until = time.monotonic() + limit
        while time.monotonic() < until:
            if len(self.ready()) == len(self.containers("-a")) == MIN:
                return True
            time.sleep(1)
        return False

    def close(self) -> int:
        """End it, and remove its engines."""
        code = super().close()
        remove_own_engines(self._data)
        return code


def docker(*words: str) -> None:
    """Run a command of Docker that may come too late."""
    subprocess.run(["docker", *words], capture_output=True, check=False, timeout=60)


def hurt(house: KeptHouse, chance: random.Random, stop: threading.Event) -> None:
    """Hurt an engine now and then."""
    while not stop.wait(chance.uniform(20, 50)):
        containers = house.containers()
        if not containers:
            continue
        container = chance.choice(containers)
        what = chance.choice(("kill", "rm", "stop", "pause", "hang"))
        house.troubles[what] += 1
        match what:
            case "kill":
                docker("kill", container)
            case "rm":
                docker("rm", "-fv", container)
            case "stop":
                docker("stop", "-t", "1", container)
            case "pause":
                docker("pause", container)
                stop.wait(chance.uniform(2, 20))
                docker("unpause", container)
            case _:
                top = ["docker", "top", container, "-eo", "pid"]
                done = subprocess.run(top, capture_output=True, text=True, check=False)
                for process in done.stdout.split()[1:]:
                    os.kill(int(process), signal.SIGSTOP)


def count(house: KeptHouse, stop: threading.Event) -> None:
    """Count the containers all the time."""
    while not stop.wait(0.5):
        house.containers("-a")


def visit(house: KeptHouse, minutes: float, chance: random.Random) -> None:
    """Let viewers come and go for so long."""
    guests: list[Viewer] = []
    began, told = time.monotonic(), 0.0
    while (elapsed := time.monotonic() - began) < minutes * 60:
        stays = chance.choice((1.0, 5.0, 20.0, 60.0))
        guest = Viewer(house.port, chance.choice(CHANNELS), stays=stays, pause=0)
        guest.start()
        guests = [one for one in (*guests, guest) if one.is_alive()]
        if elapsed - told > 60:
            told = elapsed
            figures = {key: round(value, 1) for key, value in house.health().items()}
            engines = f"{len(house.containers('-a'))} engines, at most {house.most}"
            print(f"{elapsed / 60:5.1f} min  {figures}  {engines}", flush=True)
        time.sleep(chance.uniform(1.0, 8.0))
    for guest in guests:
        guest.join(90)


def soak(house: KeptHouse, minutes: float, chance: random.Random) -> list[str]:
    """Run the house; return what went wrong."""
    if not house.until_kept():
        return ["the engines never came"]
    for channel in CHANNELS[:2] * 2:
        Viewer(house.port, channel, stays=5, pause=0).run()
    house.until_quiet()
    base, bad, stop = house.health(), [], threading.Event()
    print("base", base, flush=True)
    helpers = [
        threading.Thread(target=hurt, args=(house, chance, stop), daemon=True),
        threading.Thread(target=count, args=(house, stop), daemon=True),
    ]
    for helper in helpers:
        helper.start()
    visit(house, minutes, chance)
    stop.set()
    for helper in helpers:
        helper.join(90)
    if not house.until_quiet():
        bad.append("streams are still running")
    time.sleep(NOTICED)
    if not house.until_kept():
        bad.append(f"not {MIN} engines: {ask(house.port, '/api/v2/snapshot')['engines']}")
    print("troubles", dict(house.troubles), "events", dict(house.events()), flush=True)
    before, kept = house.events(), house.containers("-a")
    time.sleep(QUIET)
    after = house.health()
    print("after", after, flush=True)
    if house.events() != before or house.containers("-a") != kept:
        bad.append(f"engines come and go at rest: {house.events() - before}")
    if house.most > MAX:
        bad.append(f"{house.most} engines at once")
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
    with tempfile.TemporaryDirectory(prefix="acedesk-kept-") as name:
        house = KeptHouse(pathlib.Path(name))
        try:
            bad = soak(house, wanted.minutes, random.Random(wanted.seed))
        finally:
            code = house.close()
            house.log.seek(0)
            text = house.log.read()
        if code:
            bad.append(f"exit code {code}")
        if "Traceback" in text or " ERROR " in text:
            bad.append("errors in the log: " + text[max(0, text.find(" ERROR ") - 200) :][:2000])
    print("\n".join(bad) or "kept, flat, nothing left open")
    return int(bool(bad))


if __name__ == "__main__":
    sys.exit(main())
