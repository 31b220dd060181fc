"""What many engines cost while nothing plays: memory, CPU, and how often Docker is asked.

    python -m tests.bench.engines --engines 50

`acedesk serve` keeps so many containers of a small engine image. It asks Docker through a socket of
ours that counts the questions. Needs Docker, without other engines that come and go meanwhile, and
busybox-static; ends with 1 when a limit is passed.
"""

import argparse
import asyncio
import json
import os
import pathlib
import re
import secrets
import signal
import subprocess
import sys
import tempfile
import urllib.request
from typing import Final

from acedesk import tasks
from tests.docker import images
from tests.docker.docker_socket import DockerSocket, docker_socket
from tests.docker.own_engines import remove_own_engines

# The look of the first minute goes first: it inspects what was made since; in seconds.
SETTLE: Final = 70.0
# Of the program, beyond what it needs without engines.
MOST_MEMORY: Final = 25.0  # MB
MOST_CPU: Final = 3.0  # percent of a core
# Questions a minute: one list of the engines. A VPN's container is looked for in ten minutes once.
MOST_LISTS: Final = 1.5
MOST_OTHERS: Final = 0.5


class Desk:
    """One `acedesk serve` over the counting socket."""

    def __init__(self, folder: pathlib.Path, image: str, engines: int) -> None:
        self._folder = folder / f"data-{engines}"
        settings = {
            "DOCKER_HOST": f"unix://{folder}/docker.sock",
            "ACEDESK_ENGINE_IMAGE": image,
            "ACEDESK_MIN_ENGINES": str(engines),
            "ACEDESK_MAX_ENGINES": str(max(engines, 1)),
            "ACEDESK_GLUETUN_CONTAINER": "acedesk-bench-none",
        }
        words = [sys.executable, "-m", "acedesk", "serve", "--port", "0", "--data-dir"]
        self.process = subprocess.Popen(
            [*words, str(self._folder)],
            env={**os.environ, **settings},
            stdout=subprocess.PIPE,
            stderr=(folder / f"stderr-{engines}").open("ab"),
            text=True,
        )
        assert self.process.stdout is not None
        self._out = self.process.stdout
        self._base = ""

    async def until_ready(self, engines: int, limit: float = 400.0) -> None:
        """Wait until so many engines are ready."""
        self._base = (await asyncio.to_thread(self._out.readline)).split()[-1]
        async with asyncio.timeout(limit):
            while await asyncio.to_thread(self._ready) < engines:
                await tasks.sleep(1.0)

    def _ready(self) -> int:
        with urllib.request.urlopen(f"{self._base}/api/v2/snapshot", timeout=30) as answer:  # noqa: S310
            engines = json.load(answer)["engines"]
        return sum(one["health"] in {"ready", "slow"} for one in engines)

    def memory(self) -> float:
        """Return the resident memory in MB."""
        text = pathlib.Path(f"/proc/{self.process.pid}/status").read_text("utf-8")
        found = re.search(r"VmRSS:\s+(\d+)", text)
        assert found is not None
        return int(found[1]) / 1024

    def seconds(self) -> float:
        """Return how many seconds of CPU it has used."""
        fields = pathlib.Path(f"/proc/{self.process.pid}/stat").read_text("utf-8").split()
        return (int(fields[13]) + int(fields[14])) / os.sysconf("SC_CLK_TCK")

    def close(self) -> None:
        """End it and remove its engines."""
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(30)
        remove_own_engines(self._folder)


async def measure(
    folder: pathlib.Path, image: str, engines: int, seconds: float, counter: DockerSocket
) -> tuple[float, float]:
    """Return memory in MB and percent of a core, with so many engines at rest."""
    desk = await asyncio.to_thread(Desk, folder, image, engines)
    try:
        await desk.until_ready(engines)
        await tasks.sleep(SETTLE)
        counter.asked.clear()
        before = desk.seconds()
        await tasks.sleep(seconds)
        return desk.memory(), (desk.seconds() - before) / seconds * 100
    finally:
        await asyncio.to_thread(desk.close)


async def run(engines: int, seconds: float) -> int:
    """Measure without and with engines, and print both."""
    tag = f"acedesk-test/bench:{secrets.token_hex(4)}"
    images.import_image(tag, images.ENGINE_FILES, images.ENGINE_CHANGES)
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        try:
            async with docker_socket(folder) as counter:
                base = await measure(folder, tag, 0, seconds, counter)
                full = await measure(folder, tag, engines, seconds, counter)
        finally:
            images.docker("rmi", "-f", tag)
    lists = counter.asked.pop("GET /containers/json", 0) * 60 / seconds
    others = sum(counter.asked.values()) * 60 / seconds
    more, busy = full[0] - base[0], full[1]
    print(f"{engines} engines at rest for {seconds:g} s; in brackets the most")
    print(f"memory {full[0]:.1f} MB, {more:.1f} ({MOST_MEMORY:g}) above {base[0]:.1f} without")
    print(f"CPU    {busy:.2f} % of a core ({MOST_CPU:g}), {base[1]:.2f} without")
    print(
        f"Docker {lists:.1f} lists ({MOST_LISTS:g}), {others:.1f} others ({MOST_OTHERS:g}) a minute"
    )
    print(f"       {dict(counter.asked)}")
    limits = (MOST_MEMORY, MOST_CPU, MOST_LISTS, MOST_OTHERS)
    passed = zip((more, busy, lists, others), limits, strict=True)
    return int(any(seen > limit for seen, limit in passed))


def main() -> int:
    """Measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--engines", type=int, default=50)
    parser.add_argument("--seconds", type=float, default=120.0)
    wanted = parser.parse_args()
    return asyncio.run(run(wanted.engines, wanted.seconds))


if __name__ == "__main__":
    sys.exit(main())
