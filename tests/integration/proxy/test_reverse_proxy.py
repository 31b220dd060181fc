"""HLS behind a reverse proxy that puts a path before ours and takes it off again."""

from urllib.parse import urljoin

import aiohttp
from aiohttp import web
from aiohttp.test_utils import TestServer

from acedesk.formats import m3u8
from tests import transport
from tests.integration.proxy.conftest import CONTENT, MakeProxy, OpenCinema

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
