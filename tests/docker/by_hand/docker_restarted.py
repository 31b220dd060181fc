"""Docker is started anew under viewers; by hand.

.venv/bin/python -m pytest -n 0 tests/docker/by_hand/docker_restarted.py
"""

import json
import pathlib
import signal
import threading
from collections.abc import Iterator

import pytest

from acedesk.containers.runtime import INSTANCE_LABEL
from tests.docker.second_docker import SecondDocker, second_docker
from tests.docker.test_demo_image import image
from tests.docker.viewer import Viewer
from tests.e2e.program import Server, wait_until

pytestmark = [pytest.mark.docker, pytest.mark.timeout(300)]
__all__ = ["image", "second_docker"]  # the fixtures are used by their names

MIN, MAX = 3, 4
# What is promised, from the moment when it answers again.
SECONDS = 60.0
# Of the demo: two that play at once, with two viewers each, and one that starts late.
CHANNELS = (0, 0, 1, 1, 4)


class _Census:
    """Counts the engine containers as often as it can, in a thread.

    Attributes:
        most: The most that were there at once.
    """

    def __init__(self, docker: SecondDocker, folder: pathlib.Path) -> None:
        self.most = 0
        self._docker, self._folder = docker, folder
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._count, daemon=True)
        self._thread.start()

    def there(self, *options: str) -> list[str]:
        """Return the names of the engine containers."""
        instance = json.loads((self._folder / "instance.json").read_bytes())["id"]
        label = f"label={INSTANCE_LABEL}={instance}"
        shape = ("--format", "{{.Names}}")
        return sorted(self._docker.docker("ps", *options, *shape, "--filter", label).split())

    def _count(self) -> None:
        while not self._over.wait(0.2):
            try:
                self.most = max(self.most, len(self.there("-a")))
            except AssertionError:  # it does not answer now
                continue

    def close(self) -> None:
        self._over.set()
        self._thread.join()


@pytest.fixture
def server(tmp_path: pathlib.Path, image: str, second_docker: SecondDocker) -> Iterator[Server]:
    """A server that keeps three engines on a Docker of its own."""
    second_docker.load(image)
    made = Server(
        *("serve", "--port", "0", "--data-dir", str(tmp_path / "data")),
        home=tmp_path,
        environ={
            "DOCKER_HOST": second_docker.url,
            "ACEDESK_ENGINE_IMAGE": image,
            "ACEDESK_MIN_ENGINES": str(MIN),
            "ACEDESK_MAX_ENGINES": str(MAX),
            "ACEDESK_MAX_STREAMS_PER_ENGINE": "2",
        },
    )
    try:
        yield made.ready()
    finally:
        made.end()


def _ready(server: Server) -> list[str]:
    engines = server.get("/api/v2/snapshot")[1]["engines"]
    return sorted(one["name"] for one in engines if one["health"] == "ready")


def _names(server: Server) -> list[str]:
    """Return all engines: on a busy machine one that plays may be slow."""
    return sorted(one["name"] for one in server.get("/api/v2/snapshot")[1]["engines"])


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_a_docker_that_is_started_anew_gets_no_engine_twice_and_loses_no_viewer(
    server: Server, second_docker: SecondDocker, tmp_path: pathlib.Path, number: signal.Signals
) -> None:
    wait_until(lambda: _ready(server), lambda found: len(found) == MIN, "the engines", seconds=90)
    before = _ready(server)
    viewers = [Viewer(server.base_url, channel) for channel in CHANNELS]
    wait_until(lambda: [one.media for one in viewers], lambda seen: min(seen) > 300_000, "pictures")
    census = _Census(second_docker, tmp_path / "data")

    second_docker.stop(number)
    second_docker.start()
    same = wait_until(lambda: _ready(server), before.__eq__, "the same engines", seconds=SECONDS)
    media = [one.media for one in viewers]
    wait_until(
        lambda: [one.media - then for one, then in zip(viewers, media, strict=True)],
        lambda more: min(more) > 300_000,
        "pictures again",
        seconds=60,
    )
    census.close()

    assert [one.ended for one in viewers] == [False] * len(viewers)
    assert 0 < census.most <= MAX
    assert _names(server) == same
    assert len(census.there()) == len(census.there("-a")) == MIN
    for one in viewers:
        one.close()
