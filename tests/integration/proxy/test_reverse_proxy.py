"""Behind a reverse proxy that puts a path before ours and takes it off again."""

import asyncio
import contextlib
import os
import pathlib
import re
import socket
from collections.abc import AsyncIterator
from urllib.parse import urljoin

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from acedesk.formats import m3u8
from tests import transport
from tests.integration.proxy.conftest import CONTENT, MakeProxy, OpenCinema, Proxy
from tests.needs import need_program

PREFIX = "/home/acedesk"
FILE = bytes(range(256)) * 4096


def reverse_proxy(port: int, http: aiohttp.ClientSession) -> web.Application:
    """Return a server that answers under `PREFIX` with what the port answers without it."""

    async def pass_on(request: web.Request) -> web.StreamResponse:
        there = f"http://127.0.0.1:{port}{request.path_qs.removeprefix(PREFIX)}"
        async with http.get(there, headers={"User-Agent": "tv/1"}, allow_redirects=False) as answer:
            kept = ("Content-Type", "Location", "Access-Control-Allow-Origin")
            headers = {name: answer.headers[name] for name in kept if name in answer.headers}
            body = await answer.read()
            return web.Response(status=answer.status, headers=headers, body=body)

    application = web.Application()
    application.router.add_get(PREFIX + "/{tail:.*}", pass_on)
    return application


async def test_a_playlist_and_its_segments(make_proxy: MakeProxy) -> None:
    proxy = await make_proxy()

    async with aiohttp.ClientSession() as http:
        application = reverse_proxy(proxy.listener.port, http)
        async with TestServer(application) as server:
            playlist = str(server.make_url(f"{PREFIX}/ace/manifest.m3u8?id={CONTENT}"))
            viewer = await proxy.play()
            await proxy.engines[0].push(transport.programme(4000, gop=50))
            await viewer.head()
            async with http.get(playlist) as answer:
                listed = m3u8.parse(await answer.text())
            async with http.get(urljoin(playlist, listed.segments[0].uri)) as answer:
                assert answer.status == 200
                assert (await answer.read())[:1] == b"\x47"


async def test_a_file_is_found_from_its_playlist(open_cinema: OpenCinema) -> None:
    cinema = await open_cinema()

    application = reverse_proxy(cinema.proxy.listener.port, cinema.http)
    async with TestServer(application) as server:
        playlist = server.make_url(f"{PREFIX}/ace/manifest.m3u8?id={CONTENT}")
        async with cinema.http.get(playlist) as answer:
            assert answer.status == 200
            assert await answer.read() == FILE


# ---------------------------------------------------------------------- nginx and Caddy themselves

ROOT = pathlib.Path(__file__).parents[3]
NGINX = """
daemon off; master_process off; pid {folder}/pid; error_log {folder}/error.log;
events {{}}
http {{
    access_log off;
    client_body_temp_path {folder}; proxy_temp_path {folder}; fastcgi_temp_path {folder};
    uwsgi_temp_path {folder}; scgi_temp_path {folder};
    server {{ listen 127.0.0.1:{port}; {location} }}
}}
"""
CADDY = """
{{
    admin off
}}
http://127.0.0.1:{port} {{
    {location}
}}
"""


def recipe(language: str, port: int, path: str) -> str:
    """Return what the README says for nginx or Caddy, with this port and path."""
    text = (ROOT / "README.md").read_text("utf-8")
    found = re.search(rf"```{language}\n(.*?)```", text, re.DOTALL)
    assert found is not None
    return found[1].replace("127.0.0.1:8080", f"127.0.0.1:{port}").replace("/desk/", path)


@contextlib.asynccontextmanager
async def running(url: str, *command: str, home: pathlib.Path) -> AsyncIterator[None]:
    """Run a program until something answers at a URL, and then as long as the block."""
    environ = {**os.environ, "HOME": str(home), "XDG_DATA_HOME": str(home)}
    process = await asyncio.create_subprocess_exec(*command, env=environ)
    try:
        async with asyncio.timeout(20), aiohttp.ClientSession() as http:
            while True:
                with contextlib.suppress(aiohttp.ClientError):
                    async with http.head(url):
                        break
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(0.05):
                        await process.wait()
        yield
    finally:
        with contextlib.suppress(ProcessLookupError):  # it ended: what it wrote says why
            process.terminate()
        await process.wait()


def free_port() -> int:
    """Return a port that nothing uses."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])


@contextlib.asynccontextmanager
async def nginx(
    proxy: Proxy, path: str, folder: pathlib.Path, *, strip: bool = True
) -> AsyncIterator[str]:
    """Run nginx before AceDesk as the README says; give the address of the path.

    Args:
        strip: It takes the path off again.
    """
    program, port = need_program("nginx"), free_port()
    configuration = folder / "nginx.conf"
    location = recipe("nginx", proxy.listener.port, path)
    if not strip:
        location = re.sub(r"(proxy_pass http://[^/]+)/;", r"\1;", location)
    configuration.write_text(NGINX.format(folder=folder, port=port, location=location))
    base = f"http://127.0.0.1:{port}{path}"
    command = program, "-p", str(folder), "-c", str(configuration)
    async with running(f"{base}/ace/getstream", *command, home=folder):
        yield base


@contextlib.asynccontextmanager
async def caddy(proxy: Proxy, folder: pathlib.Path, *, strip: bool) -> AsyncIterator[str]:
    """Run Caddy before AceDesk as the README says; give the address of the path."""
    program, port = need_program("caddy"), free_port()
    location = recipe("caddyfile", proxy.listener.port, "/desk/")
    if not strip:
        location = location.replace("handle_path", "handle")
    configuration = folder / "Caddyfile"
    configuration.write_text(CADDY.format(port=port, location=location))
    base = f"http://127.0.0.1:{port}/desk"
    command = program, "run", "--config", str(configuration), "--adapter", "caddyfile"
    async with running(f"{base}/ace/getstream", *command, home=folder):
        yield base


@pytest.mark.parametrize("strip", [True, False])
async def test_caddy_passes_on_streams_playlists_and_segments(
    make_proxy: MakeProxy, tmp_path: pathlib.Path, *, strip: bool
) -> None:
    proxy = await make_proxy()

    async with caddy(proxy, tmp_path, strip=strip) as base, aiohttp.ClientSession() as http:
        viewer = await proxy.play()
        await proxy.engines[0].push(transport.programme(4000, gop=50))
        await viewer.head()
        async with http.get(f"{base}/ace/getstream?id={CONTENT}") as answer:
            assert answer.status == 200
            assert (await answer.content.readexactly(188))[0] == 0x47
            (stream,) = proxy.streams
            assert len(stream.clients) == 2
        await proxy.until(lambda: len(stream.clients) == 1)
        for name in ("manifest.m3u8", "manifest.m3u8/"):
            async with http.get(f"{base}/ace/{name}?id={CONTENT}") as answer:
                listed = m3u8.parse(await answer.text())
                playlist = str(answer.url)
            async with http.get(urljoin(playlist, listed.segments[-1].uri)) as answer:
                assert answer.status == 200
                assert (await answer.read())[:1] == b"\x47"


@pytest.mark.parametrize("path", ["/desk/", "/desk", "/a/b/c/"])
async def test_nginx_passes_on_streams_playlists_and_segments(
    make_proxy: MakeProxy, tmp_path: pathlib.Path, path: str
) -> None:
    proxy = await make_proxy()

    async with nginx(proxy, path, tmp_path) as base, aiohttp.ClientSession() as http:
        viewer = await proxy.play()
        await proxy.engines[0].push(transport.programme(4000, gop=50))
        await viewer.head()
        async with http.get(f"{base}/ace/getstream?id={CONTENT}") as answer:
            assert answer.status == 200
            assert (await answer.content.readexactly(188))[0] == 0x47
        for name in ("manifest.m3u8", "manifest.m3u8/"):
            async with http.get(f"{base}/ace/{name}?id={CONTENT}") as answer:
                listed = m3u8.parse(await answer.text())
                playlist = str(answer.url)
            async with http.get(urljoin(playlist, listed.segments[-1].uri)) as answer:
                assert answer.status == 200
                assert (await answer.read())[:1] == b"\x47"


@pytest.mark.parametrize("path", ["/desk", "/a/b/c"])
async def test_nginx_may_leave_its_path_before_ours(
    make_proxy: MakeProxy, tmp_path: pathlib.Path, path: str
) -> None:
    proxy = await make_proxy()

    async with (
        nginx(proxy, path, tmp_path, strip=False) as base,
        aiohttp.ClientSession() as http,
    ):
        viewer = await proxy.play()
        await proxy.engines[0].push(transport.programme(4000, gop=50))
        await viewer.head()
        async with http.get(f"{base}/ace/getstream?id={CONTENT}") as answer:
            assert answer.status == 200
            assert (await answer.content.readexactly(188))[0] == 0x47
        for name in ("manifest.m3u8", "manifest.m3u8/"):
            async with http.get(f"{base}/ace/{name}?id={CONTENT}") as answer:
                listed = m3u8.parse(await answer.text())
                playlist = str(answer.url)
            assert playlist.startswith(f"{base}/ace/manifest.m3u8")
            async with http.get(urljoin(playlist, listed.segments[-1].uri)) as answer:
                assert answer.status == 200
                assert (await answer.read())[:1] == b"\x47"
        async with http.get(f"{base}/health/ready") as answer:
            assert answer.status == 404


async def test_nginx_leads_from_a_playlist_to_its_file(
    open_cinema: OpenCinema, tmp_path: pathlib.Path
) -> None:
    cinema = await open_cinema()

    async with nginx(cinema.proxy, "/desk/", tmp_path) as base:
        for name in ("manifest.m3u8", "manifest.m3u8/"):
            async with cinema.http.get(f"{base}/ace/{name}?id={CONTENT}") as answer:
                assert answer.status == 200
                assert await answer.read() == FILE
