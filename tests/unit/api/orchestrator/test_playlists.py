"""Channel lists from elsewhere: changed, bounded, and not from inside the home network."""

import asyncio
import contextlib
import dataclasses
import pathlib
import re
import ssl
from collections.abc import AsyncIterator
from urllib.parse import quote

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from acedesk import clock
from acedesk.api.endpoints import routes_of
from acedesk.api.orchestrator import playlists
from acedesk.api.orchestrator.playlists import PlaylistRoutes
from acedesk.model.access.token import Scope
from acedesk.process import certificates
from acedesk.proxy.http.access.gate import Gate
from acedesk.proxy.http.listener import Listener
from acedesk.settings import Settings
from acedesk.store.access.token_book import TokenBook
from tests.docker.certificates import Authority
from tests.fakes.api_client import serve

ID = "a" * 40
LIST = f"#EXTM3U\n#EXTINF:-1,News\nacestream://{ID}\nhttp://other.example/x\n"
OPEN = dataclasses.replace(Settings(), allow_private_urls=True)


@pytest.fixture
async def elsewhere() -> AsyncIterator[str]:
    async def give(_request: web.Request) -> web.Response:
        return web.Response(text=LIST)

    async def lead(request: web.Request) -> web.Response:
        raise web.HTTPFound(request.query["to"])

    application = web.Application()
    application.add_routes(
        [web.get("/list", give), web.get("/lead", lead), web.get("/loop", _loop)]
    )
    async with TestServer(application) as server:
        yield f"http://127.0.0.1:{server.port}"


async def _loop(_request: web.Request) -> web.Response:
    raise web.HTTPFound("/loop")


async def ask(url: str, more: str = "", settings: Settings = OPEN) -> tuple[int, str]:
    async with serve(PlaylistRoutes(lambda: settings).endpoints()) as http:
        answer = await http.get(f"/modify_m3u?m3u_url={quote(url, safe='')}{more}")
        if answer.status == 200:
            assert answer.headers["Content-Type"].startswith("application/x-mpegURL")
            assert "modified_playlist.m3u" in answer.headers["Content-Disposition"]
        return answer.status, await answer.text()


async def test_links_lead_to_where_players_reach_us(elsewhere: str) -> None:
    status, text = await ask(f"{elsewhere}/list", "&host=192.168.1.5&port=8080")

    assert status == 200
    assert f"http://192.168.1.5:8080/ace/getstream?id={ID}" in text
    assert "http://other.example/x" in text


@contextlib.asynccontextmanager
async def guarded(folder: pathlib.Path, **values: object) -> AsyncIterator[Listener]:
    """Give the route behind a gate that knows the token "secret"."""
    settings = OPEN.changed({"trusted_proxies": ("127.0.0.1",), **values})
    book = TokenBook(folder)
    book.add("Dashboard", "secret", scope=Scope.ALL, time=clock.utc_now())
    routes = PlaylistRoutes(lambda: settings, lambda: "http://192.168.1.5:8080/t/shared")
    gate = Gate(book, lambda: settings, player_secret=lambda: "shared")
    listener = Listener(routes_of(routes.endpoints()), gate)
    await listener.open("127.0.0.1", 0)
    yield listener
    await listener.close()


async def led_to(listener: Listener, elsewhere: str, more: str = "", **headers: str) -> str:
    """Return what the address of the list's first stream begins with."""
    url = f"http://127.0.0.1:{listener.port}/modify_m3u?m3u_url={elsewhere}/list{more}"
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    async with aiohttp.ClientSession() as http, http.get(url, headers=named) as answer:
        found = re.search(rf"(\S+)/ace/getstream\?id={ID}", await answer.text())
        assert found is not None
        return found[1]


async def test_players_of_a_list_get_a_token_where_it_leads_to_us(
    elsewhere: str, tmp_path: pathlib.Path
) -> None:
    async with guarded(tmp_path) as listener:
        ours = "&host=192.168.1.5&port=8080"
        assert await led_to(listener, elsewhere, ours) == "http://192.168.1.5:8080/t/shared"
        # A page may make a browser ask for a list that leads to itself.
        for other in ("&host=192.168.1.5&port=80", "&host=evil.example&port=8080"):
            assert "/t/" not in await led_to(listener, elsewhere, other)
        assert await led_to(listener, elsewhere) == f"http://127.0.0.1:{listener.port}"


async def test_a_program_with_a_token_gets_a_list_that_plays(
    elsewhere: str, tmp_path: pathlib.Path
) -> None:
    async with guarded(tmp_path) as listener:
        asked = {"X_Forwarded_For": "192.168.1.20", "X_API_Key": "secret"}
        ours = "&host=192.168.1.5&port=8080"
        assert (
            await led_to(listener, elsewhere, ours, **asked) == "http://192.168.1.5:8080/t/shared"
        )
        proxied = {**asked, "X_Forwarded_Proto": "https", "X_Forwarded_Host": "tv.example.org"}
        assert await led_to(listener, elsewhere, **proxied) == "https://tv.example.org/t/shared"


@pytest.mark.parametrize(
    ("host", "is_ours"),
    [
        ("evil.example", False),
        ("192.168.1.66", False),
        ("127.0.0.1.evil.example", False),
        ("192.168.1.5", True),
        ("127.0.0.1", True),  # as it was asked
        ("TV.example.org", True),
    ],
)
async def test_a_list_that_leads_to_another_host_has_no_token(
    elsewhere: str, tmp_path: pathlib.Path, host: str, is_ours: bool
) -> None:
    async with guarded(tmp_path, host_names=("tv.example.org",)) as listener:
        asked = {"X_Forwarded_For": "192.168.1.20", "X_API_Key": "secret"}
        found = await led_to(listener, elsewhere, f"&host={host}&port=8080", **asked)

    assert found == f"http://{host}:8080" + ("/t/shared" if is_ours else "")


async def test_by_default_they_lead_to_where_we_were_asked(elsewhere: str) -> None:
    assert "http://127.0.0.1:" in (await ask(f"{elsewhere}/list"))[1]


async def test_all_lead_through_us_on_request(elsewhere: str) -> None:
    _, text = await ask(f"{elsewhere}/list", "&host=desk&port=1&mode=proxy")

    assert "http://desk:1/proxy?url=http%3A%2F%2Fother.example%2Fx" in text


async def test_redirects_are_followed_and_not_for_ever(elsewhere: str) -> None:
    assert (await ask(f"{elsewhere}/lead?to={elsewhere}/list"))[0] == 200
    assert (await ask(f"{elsewhere}/loop"))[0] == 400
    assert (await ask(f"{elsewhere}/lead?to=file:///etc/passwd"))[0] == 422


@pytest.mark.parametrize("known", [True, False])
async def test_a_list_over_https_comes_from_whom_the_system_trusts(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch, known: bool
) -> None:
    async def give(_request: web.Request) -> web.Response:
        return web.Response(text=LIST)

    authority = await asyncio.to_thread(Authority, tmp_path / "authority")
    await asyncio.to_thread(authority.make, tmp_path / "server", "127.0.0.1")
    own = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    own.load_cert_chain(tmp_path / "server" / "cert.pem", tmp_path / "server" / "key.pem")
    trusted = tmp_path / "authority" / "ca.pem" if known else tmp_path / "none"
    monkeypatch.setenv("SSL_CERT_FILE", str(trusted))
    monkeypatch.setenv("SSL_CERT_DIR", str(tmp_path / "none"))
    certificates._context.cache_clear()
    application = web.Application()
    application.add_routes([web.get("/list", give)])
    server = TestServer(application)
    await server.start_server(ssl=own)
    try:
        status, text = await ask(f"https://127.0.0.1:{server.port}/list")
    finally:
        await server.close()
        certificates._context.cache_clear()

    assert status == (200 if known else 400), text


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]", "192.168.1.1", "0x7f.1"])
async def test_the_home_network_is_not_asked(elsewhere: str, host: str) -> None:
    port = elsewhere.rpartition(":")[2]

    assert (await ask(f"http://{host}:{port}/list", settings=Settings()))[0] == 403


async def test_a_name_that_means_the_home_network_is_not_asked(
    elsewhere: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Any site on the Internet can let its name mean an address in here."""
    monkeypatch.setattr(playlists, "is_private_url", lambda url: "127.0.0.1" in url)
    port = elsewhere.rpartition(":")[2]

    assert (await ask(f"http://localhost:{port}/list", settings=Settings()))[0] == 403


@pytest.mark.parametrize(
    ("more", "status"),
    [
        # As acestream-orchestrator tells the two apart.
        *((f"&host={host}", 400) for host in ("a/b", "a%20b")),
        *((f"&port={port}", 400) for port in ("0", "70000", "abc", "-1", "8.0")),
        *((more, 422) for more in ("&mode=x", "&timeout=0")),
    ],
)
async def test_what_is_asked_wrongly_is_refused(elsewhere: str, more: str, status: int) -> None:
    assert (await ask(f"{elsewhere}/list", more))[0] == status


@pytest.mark.parametrize("url", ["", "x", "ftp://a/b", "http://", "http://[", "file:///x"])
async def test_what_is_no_address_is_refused(url: str) -> None:
    assert (await ask(url))[0] == 422


async def test_what_cannot_be_fetched_is_told(
    elsewhere: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert (await ask(f"{elsewhere}/nothing"))[0] == 400
    assert (await ask("http://127.0.0.1:1/"))[0] == 400
    monkeypatch.setattr(playlists, "LONGEST", 10)
    assert (await ask(f"{elsewhere}/list"))[0] == 400
