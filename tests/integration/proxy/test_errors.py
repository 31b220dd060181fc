"""Errors before the first byte are HTTP errors with a sentence; bad requests harm nothing."""

import asyncio
import json
import socket

import pytest

from tests import transport
from tests.integration.proxy.conftest import CONTENT, MakeProxy, Proxy

PROGRAMME = transport.programme(20, gop=10)


async def answer(
    proxy: Proxy, target: str = f"/ace/getstream?id={CONTENT}", **request: str
) -> tuple[int, str]:
    player = await proxy.play(target, **request)
    async with asyncio.timeout(10):
        status = await player.head()
        body = json.loads(await player.reader.readexactly(int(player.headers["content-length"])))
    return status, str(body["error"])


@pytest.mark.parametrize(
    "query",
    [
        "",
        f"?id={CONTENT}&infohash={CONTENT}",
        "?id=abc",
        "?id=",
        "?infohash=zz",
        f"?id={'g' * 40}",
        "?id=%00%ff",
    ],
)
async def test_a_bad_link_is_a_400(make_proxy: MakeProxy, query: str) -> None:
    proxy = await make_proxy()

    status, text = await answer(proxy, f"/ace/getstream{query}")

    assert status == 400
    assert text
    assert proxy.engines[0].sessions == []


async def test_no_engine_is_a_503_that_says_when(make_proxy: MakeProxy) -> None:
    proxy = await make_proxy(engines=0)
    player = await proxy.play()

    assert await player.head() == 503
    assert int(player.headers["retry-after"]) >= 1


async def test_a_refused_content_is_a_502_with_the_engines_words(make_proxy: MakeProxy) -> None:
    proxy = await make_proxy()
    proxy.engines[0].refusal = "failed to load content"

    status, text = await answer(proxy)

    assert status == 502
    assert "ailed to load content" in text


async def test_an_engine_that_never_answers_is_a_504(make_proxy: MakeProxy) -> None:
    proxy = await make_proxy(accept_timeout=1.0)
    proxy.engines[0].silent = True

    assert (await answer(proxy))[0] == 504


async def test_a_stream_that_never_starts_is_a_504(make_proxy: MakeProxy) -> None:
    proxy = await make_proxy(start_timeout=1.0)
    proxy.engines[0].warming_up = 10**6

    assert (await answer(proxy))[0] == 504
    async with asyncio.timeout(5):
        await proxy.engines[0].sessions[0].stopped.wait()


async def test_a_playback_url_that_fails_is_a_502(make_proxy: MakeProxy) -> None:
    proxy = await make_proxy()
    proxy.engines[0].body_status = 404

    assert (await answer(proxy))[0] == 502


async def test_a_page_instead_of_media_is_a_502(make_proxy: MakeProxy) -> None:
    proxy = await make_proxy()
    proxy.engines[0].body_type = "text/html"

    assert (await answer(proxy))[0] == 502


async def test_a_dead_engine_gives_way_to_another(make_proxy: MakeProxy) -> None:
    proxy = await make_proxy(engines=2)
    await proxy.engines[0].close()
    player = await proxy.play()

    await proxy.engines[1].push(PROGRAMME)

    assert await player.head() == 200


async def test_other_methods_are_refused(make_proxy: MakeProxy) -> None:
    proxy = await make_proxy()

    status, text = await answer(proxy, method="POST", headers="Content-Length: 0\r\n")

    assert (status, text) == (405, "method not allowed")


async def test_an_unknown_path_is_a_404(make_proxy: MakeProxy) -> None:
    assert (await answer(await make_proxy(), "/nothing"))[0] == 404


async def test_a_megabyte_of_query_is_refused_and_the_next_request_works(
    make_proxy: MakeProxy,
) -> None:
    proxy = await make_proxy()
    player = await proxy.connect()
    player.writer.write(
        b"GET /ace/getstream?id=" + b"a" * 1_000_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n"
    )

    assert await player.head() in (400, 414)
    assert (await answer(proxy, "/ace/getstream"))[0] == 400


async def test_half_a_request_holds_nobody_up(make_proxy: MakeProxy) -> None:
    proxy = await make_proxy()
    silent = await proxy.connect()
    silent.writer.write(b"GET /ace/getstream?id=")
    await silent.writer.drain()

    assert (await answer(proxy, "/ace/getstream"))[0] == 400


async def test_noise_is_answered_and_dropped(make_proxy: MakeProxy) -> None:
    proxy = await make_proxy()
    player = await proxy.connect()
    player.writer.write(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" * 20 + b"\r\n\r\n")

    assert await player.head() == 400


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ("", 404),
        ("Origin: http://desk\r\n", 404),
        ("Origin: http://desk:80\r\n", 404),
        ("Origin: http://desk:8080\r\n", 403),  # another port is another site
        ("Origin: http://desk\r\nSec-Fetch-Site: same-site\r\n", 403),
        ("Referer: http://elsewhere.example/page\r\n", 403),
        ("Origin: http://desk\r\nSec-Fetch-Site: same-origin\r\n", 404),
        ("Origin: https://elsewhere.example\r\n", 403),
        ("Origin: null\r\n", 403),
        ("Origin: http://[\r\n", 403),
        ("Sec-Fetch-Site: cross-site\r\n", 403),
    ],
)
async def test_a_page_of_another_site_changes_nothing(
    make_proxy: MakeProxy, headers: str, status: int
) -> None:
    proxy = await make_proxy()
    player = await proxy.connect()

    await player.ask("/provision/acestream", method="POST", headers=headers)

    assert await player.head() == status  # 404: it came through, to a proxy without that route


@pytest.mark.parametrize(
    ("name", "origin", "status"),
    [
        ("attacker.example:8080", "http://attacker.example:8080", 403),
        ("attacker.example.:8080", "http://attacker.example.:8080", 403),
        ("127.0.0.1.attacker.example", "http://127.0.0.1.attacker.example", 403),
        ("desk.local.attacker.example", "http://desk.local.attacker.example", 403),
        # Behind a proxy that has the certificate.
        ("desk.example", "https://desk.example", 404),
        ("127.0.0.1:8080", "http://127.0.0.1:8080", 404),
        ("[::1]:8080", "http://[::1]:8080", 404),
        ("localhost:8080", "http://localhost:8080", 404),
        ("acedesk:8080", "http://acedesk:8080", 404),
        ("desk.local:8080", "http://desk.local:8080", 404),
        ("host.docker.internal:8080", "http://host.docker.internal:8080", 404),
        ("Desk.Home.Arpa", "http://desk.home.arpa", 404),
        (f"{socket.gethostname()}:8080", f"http://{socket.gethostname()}:8080", 404),
        ("attacker.example", "", 404),  # no browser: those say where they come from
    ],
)
async def test_a_site_that_lets_its_name_mean_this_computer_changes_nothing(
    make_proxy: MakeProxy, name: str, origin: str, status: int
) -> None:
    proxy = await make_proxy()
    player = await proxy.connect()
    field = f"Origin: {origin}\r\n" if origin else ""

    player.writer.write(
        f"POST /provision/acestream HTTP/1.1\r\nHost: {name}\r\n{field}\r\n".encode()
    )

    assert await player.head() == status


BROWSER = "Accept: text/html,application/xhtml+xml,*/*;q=0.8\r\n"


@pytest.mark.parametrize("more", ["", "Sec-Fetch-Mode: navigate\r\n"])
@pytest.mark.parametrize(
    ("path", "status", "said"),
    [
        ("/nothing", 404, "There is nothing at this address."),
        ("/ace/getstream", 400, "<h1>"),
        ("/ace/getstream?id=<b>x", 400, "<h1>"),
    ],
)
async def test_who_opens_an_address_in_a_browser_reads_a_page(
    make_proxy: MakeProxy, path: str, status: int, said: str, more: str
) -> None:
    player = await (await make_proxy()).connect()
    head = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n{BROWSER}{more}\r\n"
    player.writer.write(head.encode())

    head, _, page = (await player.reader.read()).decode().partition("\r\n\r\n")

    assert head.startswith(f"HTTP/1.1 {status} ")
    assert "Content-Type: text/html" in head
    assert "Content-Security-Policy: default-src 'none'" in head
    assert page.startswith("<!doctype html>")
    assert "<b>" not in page
    assert said in page


@pytest.mark.parametrize(
    "headers",
    [
        "Accept: */*\r\n",
        "Accept: application/json, text/html\r\n",
        "Accept: text/html;q=0.1, application/xhtml+xml, application/json\r\n",
        "Accept: text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2\r\n",  # of Java
        "",
        f"{BROWSER}Sec-Fetch-Mode: cors\r\n",
        f"{BROWSER}Sec-Fetch-Mode: no-cors\r\nSec-Fetch-Dest: video\r\n",
    ],
)
async def test_players_and_programs_read_json(make_proxy: MakeProxy, headers: str) -> None:
    status, text = await answer(await make_proxy(), "/nothing", headers=headers)

    assert (status, text) == (404, "not found")
