"""What a person drained goes on to its end, though AceDesk is killed meanwhile."""

import pathlib
import signal
from collections.abc import Callable, Iterator

import pytest

from tests.docker import images
from tests.docker.own_engines import remove_own_engines
from tests.docker.test_demo_image import image
from tests.docker.test_two_instances import _ask
from tests.docker.viewer import Viewer
from tests.e2e.program import Server, wait_until

pytestmark = [pytest.mark.docker, pytest.mark.timeout(120), pytest.mark.xdist_group("demo-image")]
__all__ = ["image"]  # the fixture is used by its name

ADDRESS = "127.0.0.1:9"


@pytest.fixture
def start(tmp_path: pathlib.Path, image: str) -> Iterator[Callable[[], Server]]:
    """Start a server of one data folder, as often as is wanted."""
    made: list[Server] = []

    def start_one() -> Server:
        data_dir = str(tmp_path / "data")
        server = Server(
            *("serve", "--port", "0", "--data-dir", data_dir, "--engine", ADDRESS),
            home=tmp_path,
            environ={"DOCKER_HOST": "unix:///var/run/docker.sock", "ACEDESK_ENGINE_IMAGE": image},
        )
        made.append(server)
        return server.ready()

    try:
        yield start_one
    finally:
        for server in made:
            server.end()
        remove_own_engines(tmp_path / "data")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_a_drain_goes_on_after_the_end_of_acedesk(
    start: Callable[[], Server], number: signal.Signals
) -> None:
    server = start()
    container = str(_ask(server, "POST", "/provision/acestream")["container_id"])
    server.wait_until("/health/ready", lambda found: found["ready"], "the engine")
    viewer = Viewer(server.base_url)
    server.wait_until("/api/v2/snapshot", lambda _: viewer.media > 300_000, "the picture")
    for engine in server.get("/api/v2/snapshot")[1]["engines"]:
        _ask(server, "POST", f"/api/v2/engines/{engine['id']}/drain")
    server.stop(number)
    viewer.close()

    again = start()

    found = again.wait_until(
        "/api/v2/snapshot", lambda found: len(found["engines"]) == 1, "the end of the engine"
    )
    assert [(one["name"], one["intent"]) for one in found["engines"]] == [(ADDRESS, "drain")]
    wait_until(
        lambda: images.docker("ps", "-aq", "--no-trunc"),
        lambda found: container not in found,
        "the end of its container",
    )
