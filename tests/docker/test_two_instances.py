"""Two AceDesks, each with a data folder of its own, on one Docker daemon."""

import contextlib
import http.client
import json
import pathlib
import urllib.parse
from collections.abc import Iterator
from typing import Any

import pytest

from tests.docker import images
from tests.e2e.program import Server

pytestmark = pytest.mark.docker

# The longest an engine may take until it answers, in seconds.
ENGINE_SECONDS = 60


def _ask(server: Server, method: str, path: str, timeout: float = ENGINE_SECONDS) -> Any:
    """Return the JSON of one answer, which must be a success."""
    address = urllib.parse.urlsplit(server.base_url)
    connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=timeout)
    with contextlib.closing(connection):
        connection.request(method, path)
        response = connection.getresponse()
        answer = json.loads(response.read())
    assert response.status == 200, answer
    return answer


def _provision(server: Server) -> str:
    """Return the id of a new engine's container."""
    return str(_ask(server, "POST", "/provision/acestream")["container_id"])


def _engines(server: Server) -> set[str]:
    return {engine["container_id"] for engine in server.get("/engines")[1]}


@pytest.fixture
def two(tmp_path: pathlib.Path, engine_image: str) -> Iterator[tuple[Server, Server]]:
    """Two servers that run; the engines they made are removed with them."""
    servers: list[Server] = []
    try:
        for name in ("first", "second"):
            home = tmp_path / name
            server = Server(
                *("serve", "--port", "0", "--data-dir", str(home / "data")),
                home=home,
                environ={
                    "DOCKER_HOST": "unix:///var/run/docker.sock",
                    "ACEDESK_ENGINE_IMAGE": engine_image,
                },
            )
            servers.append(server)
            server.ready()
        yield servers[0], servers[1]
    finally:
        for server in servers:
            server.end()
        made = images.docker("ps", "-aq", "--no-trunc", "--filter", f"ancestor={engine_image}")
        for container in made.split():
            with contextlib.suppress(AssertionError):  # it is being removed already
                images.docker("rm", "-fv", container)


def test_each_has_its_own_engines_under_names_and_ports_that_do_not_clash(
    two: tuple[Server, Server],
) -> None:
    first, second = two

    of_first, of_second = _provision(first), _provision(second)

    assert _engines(first) == {of_first}
    assert _engines(second) == {of_second}
    shown = [server.get("/engines")[1][0] for server in two]
    assert [one["container_name"] for one in shown] == ["engine-1", "engine-1"]
    assert len({one["port"] for one in shown}) == 2
    names = images.docker("inspect", "--format", "{{.Name}}", of_first, of_second).split()
    assert len(set(names)) == 2


def test_an_engine_of_the_other_is_listed_apart_and_goes_on(two: tuple[Server, Server]) -> None:
    first, second = two

    container = _provision(first)
    listed = second.wait_until(
        "/api/v2/orphans",
        lambda rows: any(row["container_id"] == container for row in rows),
        "the other's engine",
    )
    row = next(row for row in listed if row["container_id"] == container)
    assert (row["name"], row["running"]) == ("engine-1", True)
    assert row["instance"]
    second.stop()

    assert _engines(first) == {container}
    state = images.docker("inspect", "--format", "{{.State.Running}}", container)
    assert state.strip() == "true"
