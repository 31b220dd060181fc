"""A real nginx that is named as a trusted proxy, as the README says; and from another network."""

import asyncio
import contextlib
import json
import pathlib
import re
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator

import aiohttp
import pytest

from tests.fakes.guarded_front import API, PLAY, SHARED, GuardedFront, guarded_front
from tests.integration.proxy.test_reverse_proxy import NGINX, ROOT, free_port, recipe, running
from tests.needs import need, need_program

SECRET = "adabcdefghijkmnpqrstuvwxyz23"


def headers_of_the_readme() -> str:
    """Return what the README adds to the recipe."""
    blocks = re.findall(r"```nginx\n(.*?)```", (ROOT / "README.md").read_text("utf-8"), re.DOTALL)
    assert "X-Forwarded-For" in blocks[1]
    return str(blocks[1])


@contextlib.asynccontextmanager
async def nginx(front: GuardedFront, folder: pathlib.Path) -> AsyncIterator[str]:
    """Run nginx before the front under /desk/; give its address."""
    program, port = need_program("nginx"), free_port()
    location = recipe("nginx", front.listener.port, "/desk/")
    location = location.replace("}", headers_of_the_readme() + "}")
    configuration = folder / "nginx.conf"
    configuration.write_text(NGINX.format(folder=folder, port=port, location=location))
    base = f"http://127.0.0.1:{port}/desk"
    command = program, "-p", str(folder), "-c", str(configuration)
    async with running(base + PLAY, *command, home=folder):
        yield base


async def test_who_comes_through_a_named_nginx_needs_a_token_and_is_told_its_addresses(
    tmp_path: pathlib.Path,
) -> None:
    async with guarded_front(tmp_path) as front, nginx(front, tmp_path) as base:
        front.add(SECRET)
        async with aiohttp.ClientSession() as http:
            for headers in ({}, {"X-Forwarded-For": "127.0.0.1"}, {"Host": "desk.local"}):
                async with http.get(base + API, headers=headers) as answer:
                    assert answer.status == 401
            async with http.get(base + API, headers={"X-API-Key": SECRET}) as answer:
                assert (await answer.json())["address"] == f"{base}/t/{SHARED}"
            async with http.get(f"{base}/t/{SECRET}{PLAY}") as answer:
                found = await answer.json()
            # What a client writes itself stands before what nginx adds.
            forged = {"X-Forwarded-For": "203.0.113.9", "X-API-Key": SECRET}
            async with http.get(base + API, headers=forged) as answer:
                assert (await answer.json())["remote"] == "203.0.113.9"
        assert found["path"] == PLAY
        assert await front.status(client="") == 200


async def test_who_comes_through_an_nginx_that_nobody_named_is_this_computer(
    tmp_path: pathlib.Path,
) -> None:
    async with (
        guarded_front(tmp_path, trusted_proxies=()) as front,
        nginx(front, tmp_path) as base,
        aiohttp.ClientSession(headers={"X-Forwarded-For": "203.0.113.9"}) as http,
        http.get(base + PLAY) as answer,
    ):
        assert (await answer.json())["remote"] == "127.0.0.1"


# ---------------------------------------------------------------------- another network

ASK = """
import http.client, json, sys
host, port, target, headers = sys.argv[1:]
connection = http.client.HTTPConnection(host, int(port), timeout=10)
connection.request("GET", target, headers=json.loads(headers))
answer = connection.getresponse()
print(answer.status, answer.read().decode())
"""


@pytest.fixture
def network() -> Iterator[tuple[str, str]]:
    """Give the name of a network namespace and our address seen from it."""
    ip = need_program("ip")
    name, ours, theirs = "ace-guard", "198.18.77.1", "198.18.77.2"

    def run(*words: str) -> None:
        subprocess.run([ip, *words], check=True, capture_output=True, timeout=20)

    with contextlib.suppress(subprocess.CalledProcessError):
        run("netns", "del", name)
    try:
        run("netns", "add", name)
        run("link", "add", "ace-guard0", "type", "veth", "peer", "name", "eth0", "netns", name)
    except subprocess.CalledProcessError as exc:
        need(None, f"a network namespace, which needs root: {exc.stderr.decode()}")
    try:
        run("addr", "add", f"{ours}/30", "dev", "ace-guard0")
        run("link", "set", "ace-guard0", "up")
        run("-n", name, "addr", "add", f"{theirs}/30", "dev", "eth0")
        run("-n", name, "link", "set", "eth0", "up")
        yield name, ours
    finally:
        subprocess.run([ip, "netns", "del", name], capture_output=True, timeout=20)


@pytest.mark.xdist_group("network-namespace")
async def test_another_device_on_a_real_network(
    tmp_path: pathlib.Path, network: tuple[str, str]
) -> None:
    name, ours = network

    async def ask(front: GuardedFront, target: str, **headers: str) -> tuple[int, str]:
        named = {key.replace("_", "-"): value for key, value in headers.items()}
        asked = (ours, str(front.listener.port), target, json.dumps(named))
        process = await asyncio.create_subprocess_exec(
            "ip", "netns", "exec", name, sys.executable, "-c", ASK, *asked,
            stdout=asyncio.subprocess.PIPE,
        )  # fmt: skip
        status, _, body = (await process.communicate())[0].decode().partition(" ")
        return int(status), body

    async with guarded_front(tmp_path) as front:
        front.add(SECRET)
        await front.listener.move("0.0.0.0", front.listener.port)

        assert (await ask(front, API))[0] == 401
        # Nobody becomes this computer by saying so.
        assert (await ask(front, API, X_Forwarded_For="127.0.0.1"))[0] == 401
        assert (await ask(front, API, Host="localhost"))[0] == 401
        assert (await ask(front, API, Authorization=f"Bearer {SECRET}"))[0] == 200
        status, body = await ask(front, f"/t/{SECRET}{PLAY}")
        assert status == 200
        assert json.loads(body)["remote"] == "198.18.77.2"
        assert json.loads(body)["address"] == f"http://{ours}:{front.listener.port}/t/{SHARED}"
        # From here the same address is no loopback either.
        url = f"http://{ours}:{front.listener.port}{API}"
        async with aiohttp.ClientSession() as http, http.get(url) as answer:
            assert answer.status == 401
