"""The container image of the demo engine: built from what is here, and it plays."""

import asyncio
import json
import pathlib
import subprocess
import sys
from collections.abc import Iterator

import aiohttp
import pytest

from acedesk import clock
from acedesk.demo.channels import channels
from tests.docker import images
from tests.needs import need_program

pytestmark = [pytest.mark.docker, pytest.mark.timeout(180), pytest.mark.xdist_group("demo-image")]

TOP = pathlib.Path(__file__).resolve().parents[2]
BUILD = TOP / "packaging" / "demo-image" / "build"
TAG = "acedesk-demo-engine"
# What AceDesk hands to a real engine; the demo engine may not stumble over it.
ARGUMENTS = ("--client-console", "--bind-all", "--http-port", "6879", "--log-stdout")


def build(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(BUILD), *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=150)


@pytest.fixture(scope="module")
def image() -> str:
    images.need_docker()
    done = build()
    assert done.returncode == 0, done.stderr
    return TAG


@pytest.fixture
def container(image: str) -> Iterator[tuple[str, int]]:
    name = images.docker("run", "-d", "-p", "127.0.0.1::6879", image, *ARGUMENTS).strip()
    port = images.docker("port", name, "6879/tcp").splitlines()[0].rpartition(":")[2]
    yield name, int(port)
    images.docker("rm", "-fv", name)


async def fetch_version(port: int) -> dict[str, object]:
    """Ask until the engine answers; between two questions Docker is asked, which takes a moment."""
    url = f"http://127.0.0.1:{port}/webui/api/service?method=get_version"
    until = clock.monotonic() + 30
    async with aiohttp.ClientSession() as http:
        while True:
            try:
                async with http.get(url) as answer:
                    found: dict[str, object] = await answer.json()
                    return found
            except aiohttp.ClientError:
                assert clock.monotonic() < until, "the engine does not answer"
                await asyncio.to_thread(images.docker, "version")


def test_the_image_is_built_once(image: str) -> None:
    done = build()

    assert done.stdout.strip() == f"{image} is up to date"


def test_the_image_is_small_and_says_what_it_is(image: str) -> None:
    facts = json.loads(images.docker("image", "inspect", image))[0]

    assert facts["Size"] < 150_000_000
    assert facts["Config"]["Labels"]["org.opencontainers.image.title"] == "AceDesk demo engine"


async def test_a_container_answers_plays_and_stops_cleanly(container: tuple[str, int]) -> None:
    name, port = container
    ffprobe = need_program("ffprobe")

    version = await fetch_version(port)
    url = f"http://127.0.0.1:{port}/ace/getstream?id={channels()[0].id}"
    command = (
        ffprobe,
        "-v",
        "quiet",
        "-show_entries",
        "stream=codec_name,width",
        "-of",
        "csv",
        url,
    )
    process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    out, _ = await process.communicate()
    log = await asyncio.to_thread(images.docker, "logs", name)
    await asyncio.to_thread(images.docker, "stop", "-t", "10", name)
    code = images.docker("inspect", "-f", "{{.State.ExitCode}}", name).strip()

    assert version["error"] is None
    assert b"stream,h264,1280" in out
    assert b"stream,aac" in out
    assert "Demo engine listening on http://0.0.0.0:6879" in log
    assert code == "0"


def test_without_docker_it_says_so_and_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    need_program("docker")
    monkeypatch.setenv("DOCKER_HOST", "tcp://127.0.0.1:1")

    done = build()

    assert done.returncode == 1
    assert done.stderr.startswith("demo-image: Docker cannot be used: ")
    assert done.stderr.count("\n") == 1
