"""A runtime, images and a label of its own for every test; what a test made is removed again."""

import contextlib
import secrets
from collections.abc import AsyncIterator, Iterator

import pytest

from acedesk.containers.docker_runtime import DockerRuntime
from acedesk.settings import Settings
from tests.docker import images

TEST_LABEL = "app.acedesk.test"


@pytest.fixture(scope="session")
def engine_image() -> Iterator[str]:
    """An image whose engine answers, fails with --wrong and keeps silent with --mute."""
    yield from _image("engine", images.ENGINE_FILES, images.ENGINE_CHANGES)


@pytest.fixture(scope="session")
def gluetun_image() -> Iterator[str]:
    """An image that looks like Gluetun and is healthy while /healthy exists."""
    yield from _image("gluetun", images.GLUETUN_FILES, images.GLUETUN_CHANGES)


def _image(kind: str, files: dict[str, str], changes: tuple[str, ...]) -> Iterator[str]:
    images.need_docker()
    tag = f"acedesk-test/{kind}:{secrets.token_hex(4)}"
    images.import_image(tag, files, changes)
    yield tag
    images.docker("rmi", "-f", tag)


@pytest.fixture
def run_id() -> Iterator[str]:
    """A value of the test label that marks everything one test makes."""
    images.need_docker()
    run = secrets.token_hex(6)
    yield run
    marked = ["--filter", f"label={TEST_LABEL}={run}"]
    left = images.docker("ps", "-aq", "--no-trunc", *marked).split()
    for container in left:
        with contextlib.suppress(AssertionError):  # it is being removed already
            images.docker("rm", "-fv", container)


@pytest.fixture
async def runtime(run_id: str) -> AsyncIterator[DockerRuntime]:
    """The Docker of this computer."""
    made = DockerRuntime(Settings)
    yield made
    await made.close()


def containers_of(run: str, *options: str) -> list[str]:
    """Return the ids of the containers one test has made and not removed."""
    label = f"label={TEST_LABEL}={run}"
    return images.docker("ps", "-aq", "--no-trunc", "--filter", label, *options).split()
