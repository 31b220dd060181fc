#!/usr/bin/env python3
"""Kill the engine that plays, again and again, under ten viewers; see README.md.

Two engines run in containers (image acedesk-demo-engine, made by packaging/demo-image/build). In
turn the active one is killed, frozen, cut off the network and removed. At the end no viewer's
response may have closed, every recorded byte must be the broadcast's, no viewer may have waited
longer than the limit, and ffmpeg must not have met one decoder error.
"""

import argparse
import dataclasses
import http.client
import json
import os
import pathlib
import pwd
import random
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from typing import Any

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from acedesk.demo.broadcast_clock import load_card  # noqa: E402 - the path comes first
from acedesk.mpegts.packets import NULL_PACKET, PACKET  # noqa: E402

CARD = "ace0dec000000000000000000000000000000001"
# Its name, the process, and the file with what it complains about.
Watching = tuple[str, subprocess.Popen[bytes], pathlib.Path]
FAULTS = ("kill", "freeze", "cut", "remove")


class Desk:
    """The real program, headless, with engines in containers."""

    def __init__(self, folder: pathlib.Path) -> None:
        environment = {
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "ACEDESK_ENGINE_IMAGE": "acedesk-demo-engine",
        }
        command = [sys.executable, "-m", "acedesk", "serve", "--port", "0", "--data-dir"]
        self._data = folder / "data"
        self.log = (folder / "serve.log").open("w+")
        self.process = subprocess.Popen(
            [*command, str(self._data)],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=self.log,
            text=True,
        )
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        self.port = int(line.rsplit(":", 1)[1])

    def _ask(self, method: str, path: str, **headers: str) -> Any:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=90)
        connection.request(method, path, headers=headers)
        answer = json.loads(connection.getresponse().read())
        connection.close()
        return answer

    def add_engine(self) -> None:
        """Have one more engine made. The answer comes before it can play."""
        headers = {"Idempotency-Key": secrets.token_hex(8)}  # the same request is the same engine
        self._ask("POST", "/provision/acestream", **headers)

    def snapshot(self) -> Any:
        """Return everything."""
        return self._ask("GET", "/api/v2/snapshot")

    def remove_engines(self) -> None:
        """Remove all its engines, also those that it made by itself."""
        instance = json.loads((self._data / "instance.json").read_bytes())["id"]
        label = f"label=app.acedesk.instance={instance}"
        for container in docker("ps", "-aq", "--filter", label).split():
            docker("rm", "-fv", container)

    @property
    def url(self) -> str:
        """What the viewers play."""
        return f"http://127.0.0.1:{self.port}/ace/getstream?id={CARD}"

    def resident(self) -> float:
        """Return the resident memory in MB."""
        text = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        line = next(line for line in text.splitlines() if line.startswith("VmRSS"))
        return int(line.split()[1]) / 1024


@dataclasses.dataclass
class Recorder(threading.Thread):
    """A viewer that keeps every byte.

    Attributes:
        longest: Longest time without media, in seconds, and when it began.
        closed: The response ended before it was told to stop.
    """

    port: int
    rate: float = 0.0

    def __post_init__(self) -> None:
        super().__init__(daemon=True)
        self.data = bytearray()
        self.longest = 0.0
        self.closed = False
        self.leaving = False

    def __hash__(self) -> int:
        return id(self)

    def run(self) -> None:
        """Read until told to leave."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        connection.request("GET", f"/ace/getstream?id={CARD}", headers={"Connection": "close"})
        response = connection.getresponse()
        rest, last = b"", time.monotonic()
        while not self.leaving:
            part = response.read1(65536)
            if not part:
                self.closed = not self.leaving
                break
            rest += part
            whole = len(rest) - len(rest) % PACKET
            packets = (rest[at : at + PACKET] for at in range(0, whole, PACKET))
            media = b"".join(packet for packet in packets if packet != NULL_PACKET)
            rest = rest[whole:]
            if media:
                now = time.monotonic()
                self.longest = max(self.longest, now - last)
                last = now
                self.data += media
        connection.close()


def docker(*arguments: str) -> str:
    """Run docker; a container that is gone meanwhile is no error."""
    done = subprocess.run(["docker", *arguments], capture_output=True, text=True, check=False)
    return done.stdout.strip()


def hurt(container: str, fault: str) -> None:
    """Do one of the four things to the container."""
    processes = [int(line) for line in docker("top", container, "-eo", "pid").split()[1:]]
    if fault == "kill":
        os.kill(processes[-1], signal.SIGKILL)
    elif fault == "freeze":
        for process in processes:  # the first is only the container's init
            os.kill(process, signal.SIGSTOP)
    elif fault == "cut":
        docker("network", "disconnect", "-f", "bridge", container)
    elif fault == "remove":
        docker("rm", "-f", container)


def wait_for(desk: Desk, holds: Any, what: str, limit: float = 40.0) -> Any:
    """Look at the program until something holds."""
    until = time.monotonic() + limit
    seen: Any = None
    while time.monotonic() < until:
        seen = desk.snapshot()
        if holds(seen):
            return seen
        time.sleep(0.1)
    raise SystemExit(f"{what} never came; streams: {json.dumps(seen['streams'])[:1500]}")


def stream_of(seen: Any) -> Any:
    """Return the stream everybody watches."""
    return next((s for s in seen["streams"] if s["id"] == CARD), None)


def viewers(seen: Any) -> int:
    """Return how many watch it."""
    stream = stream_of(seen)
    return len(stream["clients"]) if stream else 0


def ready(seen: Any) -> set[str]:
    """Return the engines that can play."""
    return {engine["id"] for engine in seen["engines"] if engine["state"] == "ready"}


def check_bytes(recorder: Recorder, began: float, ended: float) -> str:
    """Compare what a viewer got with the broadcast; "" when it is the same to the byte."""
    card = load_card("bars")
    data = bytes(recorder.data)
    first, last = card.position(began - 40), card.position(ended + 5)
    broadcast = card.read(first, last)
    for front in range(5):  # a viewer that joins gets tables of an earlier packet in front
        start = broadcast.find(data[front * PACKET : (front + 40) * PACKET])
        if start >= 0:
            data = data[front * PACKET :]
            break
    else:
        return "its beginning is not in the broadcast"
    wanted = broadcast[start : start + len(data)]
    if wanted == data:
        return ""
    at = next(
        n for n in range(0, len(data), PACKET) if data[n : n + PACKET] != wanted[n : n + PACKET]
    )
    return f"differs after {at / len(data):.0%} of {len(data) / 1e6:.1f} MB"


def players(desk: Desk, folder: pathlib.Path) -> list[Watching]:
    """Start real players; each with what it complains about."""
    found = []
    commands = {
        "ffmpeg-1": ["ffmpeg", "-v", "error", "-i", desk.url, "-f", "null", "-"],
        "ffmpeg-2": ["ffmpeg", "-v", "error", "-i", desk.url, "-f", "null", "-"],
        "mpv": ["mpv", "--no-config", "--vo=null", "--ao=null", "--really-quiet", desk.url],
        "vlc": ["vlc", "-q", "-I", "dummy", "--vout", "dummy", "--aout", "dummy", desk.url],
    }
    for name, command in commands.items():
        if shutil.which(command[0]) is None:
            continue
        told = folder / f"{name}.log"
        options: dict[str, Any] = {}
        if name == "vlc" and os.geteuid() == 0:  # VLC refuses root
            nobody = pwd.getpwnam("nobody")
            options = {
                "user": nobody.pw_uid,
                "group": nobody.pw_gid,
                "env": {"HOME": "/tmp", "PATH": os.environ["PATH"]},
            }
        with told.open("wb") as target:
            process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=target,
                **options,
            )
        found.append((name, process, told))
    return found


def do_rounds(desk: Desk, recorders: list[Recorder], rounds: int, seed: int) -> None:
    """Hurt the engine that plays, again and again, and give the house a new one each time."""
    chance = random.Random(seed)
    for number in range(rounds):
        fault = FAULTS[number % 4] if number < 8 else chance.choice(FAULTS)
        engine = stream_of(desk.snapshot())["engine_id"]
        hurt(engine, fault)
        wait_for(
            desk,
            lambda seen, engine=engine: (
                stream_of(seen)["engine_id"] not in (None, engine)
                and stream_of(seen)["state"] == "playing"
            ),
            f"another engine after {fault}",
        )
        time.sleep(3)
        gap = max(recorder.longest for recorder in recorders)
        last = (stream_of(desk.snapshot())["failovers"] or [{}])[-1]
        how = f"{last.get('method')}, {last.get('lost_packets')} packets lost"
        print(f"{number + 1:3} {fault:7} longest gap so far {gap:.2f} s  {how}", flush=True)
        docker("rm", "-f", engine)
        desk.add_engine()
        wait_for(desk, lambda seen, engine=engine: len(ready(seen) - {engine}) >= 2, "two engines")


def judge(
    recorders: list[Recorder], watching: list[Watching], limit: float, began: float
) -> list[str]:
    """Return what went wrong for anybody."""
    bad: list[str] = []
    ended = time.time()
    bad += ["a response closed" for recorder in recorders if recorder.closed]
    for recorder in recorders:
        recorder.leaving = True
    for player, process, told in watching:
        if process.poll() is not None:
            bad.append(f"{player} ended with {process.returncode}")
        text = told.read_text(errors="replace").strip()
        if player.startswith("ffmpeg") and text:
            bad.append(f"{player}: {text[:500]}")
    for recorder in recorders:
        recorder.join(5)
        if recorder.longest > limit:
            bad.append(f"{recorder.longest:.2f} s without media")
        if problem := check_bytes(recorder, began, ended):
            bad.append(problem)
    print(f"{sum(len(r.data) for r in recorders) / 1e6:.0f} MB compared with the broadcast")
    return bad


def torture(folder: pathlib.Path, rounds: int, limit: float, seed: int) -> list[str]:
    """Run everything once; return what went wrong."""
    desk = Desk(folder)
    watching: list[Watching] = []
    bad: list[str] = []
    began = time.time()
    try:
        for _ in range(2):
            desk.add_engine()
        wait_for(desk, lambda seen: len(ready(seen)) >= 2, "two engines")
        recorders = [Recorder(desk.port) for _ in range(6)]
        for recorder in recorders:
            recorder.start()
        watching = players(desk, folder)
        everybody = len(recorders) + len(watching)
        wait_for(desk, lambda seen: viewers(seen) >= everybody, "all viewers")
        time.sleep(4)
        do_rounds(desk, recorders, rounds, seed)
        bad = judge(recorders, watching, limit, began)
    finally:
        for _, process, _ in watching:
            process.kill()
            process.wait()
        desk.process.send_signal(signal.SIGTERM)
        if (code := desk.process.wait(30)) != 0:
            bad.append(f"exit code {code}")
        desk.remove_engines()
        if bad:
            desk.log.seek(0)
            print(desk.log.read()[-12000:])
    return bad


def main() -> int:
    """Torture and tell."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--limit", type=float, default=3.0, help="longest seconds without media")
    parser.add_argument("--seed", type=int, default=1)
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="acedesk-torture-") as name:
        folder = pathlib.Path(name)
        folder.chmod(0o755)
        bad = torture(folder, wanted.rounds, wanted.limit, wanted.seed)
    print("\n".join(bad) or "nothing lost")
    return int(bool(bad))


if __name__ == "__main__":
    sys.exit(main())
