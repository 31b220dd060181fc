"""An engine that hangs under a viewer is replaced, and the viewer's response stays open."""

import os
import pathlib
import signal
from collections.abc import Iterator
from typing import Any

import pytest

from acedesk import clock
from tests.docker import images
from tests.docker.own_engines import remove_own_engines
from tests.docker.test_demo_image import image
from tests.docker.test_two_instances import _ask
from tests.docker.viewer import Viewer
from tests.e2e.program import Server, wait_until

pytestmark = [pytest.mark.docker, pytest.mark.timeout(180), pytest.mark.xdist_group("demo-image")]
__all__ = ["image"]  # the fixture is used by its name

# What is promised, from the moment when it hangs until it is gone and the picture is back.
SECONDS = 25.0


@pytest.fixture
def server(tmp_path: pathlib.Path, image: str) -> Iterator[Server]:
    """A server that makes engines of the demo image."""
    made = Server(
        *("serve", "--port", "0", "--data-dir", str(tmp_path / "data")),
        home=tmp_path,
        environ={"DOCKER_HOST": "unix:///var/run/docker.sock", "ACEDESK_ENGINE_IMAGE": image},
    )
    try:
        yield made.ready()
    finally:
        made.end()
        remove_own_engines(tmp_path / "data")


def _engines(snapshot: dict[str, Any]) -> list[str]:
    return [str(one["name"]) for one in snapshot["engines"]]


def test_a_hung_engine_is_replaced_under_its_viewer(server: Server) -> None:
    began = clock.monotonic()
    container = str(_ask(server, "POST", "/provision/acestream")["container_id"])
    # The answer may come before the engine plays.
    server.wait_until("/health/ready", lambda found: found["ready"], "the first engine")
    cold = clock.monotonic() - began
    viewer = Viewer(server.base_url)
    server.wait_until("/api/v2/snapshot", lambda _: viewer.media > 300_000, "the picture")

    hung = clock.monotonic()
    for process in images.docker("top", container, "-eo", "pid").split()[1:]:
        os.kill(int(process), signal.SIGSTOP)
    server.wait_until(
        "/api/v2/snapshot",
        lambda found: _engines(found) == ["engine-2"],
        "the new engine",
        seconds=SECONDS + 15,
    )
    took = clock.monotonic() - hung
    before = viewer.media
    server.wait_until("/api/v2/snapshot", lambda _: viewer.media > before + 300_000, "the picture")

    assert not viewer.ended
    assert took < SECONDS
    assert cold < 30, "with the start of its container, on a machine that is busy"
    wait_until(
        lambda: images.docker("ps", "-aq", "--no-trunc"),
        lambda found: container not in found,
        "the end of the old container",
    )
    viewer.close()
