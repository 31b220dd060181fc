"""The listening socket: who has the port is named, and every answer can be read."""

import asyncio
import json
import logging
import os
import socket
from collections.abc import AsyncIterator, Iterable

import aiohttp
import pytest
from aiohttp import web

from acedesk.errors import CannotListen, ListenProblem, NotFound, PortInUse
from acedesk.proxy.http.connection import LINE_LIMIT
from acedesk.proxy.http.listener import Listener
from acedesk.store.ports import is_free


class Door:
    """A listener whose handlers do what the test wants.

    Attributes:
        left: A player hung up while its request was handled.
    """

    def __init__(self) -> None:
        self.asked = asyncio.Event()
        self.left = asyncio.Event()
        self.listener = Listener(self._routes())

    def _routes(self) -> Iterable[web.RouteDef]:
        return (
            web.get("/hello", self._hello),
            web.post("/change", self._hello),
            web.get("/fails", self._fails),
            web.get("/bug", self._bug),
            web.get("/waits", self._waits),
            web.get("/moved", self._moved),
            web.get("/a/{name}/{number:[0-9]{1,3}}.ts", self._named),
        )

    async def _hello(self, request: web.Request) -> web.Response:
        return web.json_response({"hello": len(await request.read())})

    async def _named(self, request: web.Request) -> web.Response:
        return web.json_response([request.match_info["name"], request.match_info["number"]])

    async def _fails(self, _: web.Request) -> web.Response:
        raise NotFound("nothing is here")

    async def _bug(self, _: web.Request) -> web.Response:
        raise ZeroDivisionError

    async def _moved(self, _: web.Request) -> web.Response:
        raise web.HTTPFound("/hello")

    async def _waits(self, _: web.Request) -> web.Response:
        self.asked.set()
        try:
            await asyncio.Event().wait()
        finally:
            self.left.set()
        return web.Response()

    async def ask(
        self, path: str, method: str = "GET", **values: object
    ) -> tuple[int, dict[str, str], object]:
        """Return status, headers and JSON of an answer."""
        url = f"http://127.0.0.1:{self.listener.port}{path}"
        async with (
            aiohttp.ClientSession() as http,
            http.request(method, url, allow_redirects=False, **values) as answer,  # type: ignore[arg-type]
        ):
            headers = {name.lower(): value for name, value in answer.headers.items()}
            body = await answer.json() if "json" in headers.get("content-type", "") else None
            return answer.status, headers, body


@pytest.fixture
async def door() -> AsyncIterator[Door]:
    """Return a listener that is open."""
    made = Door()
    await made.listener.open("127.0.0.1", 0)
    yield made
    await made.listener.close()


# ---------------------------------------------------------------------- the port


async def test_before_it_is_open_it_has_no_address() -> None:
    listener = Listener(())

    assert (listener.host, listener.port) == ("", 0)
    await listener.close()


async def test_a_free_port_is_taken_and_known(door: Door) -> None:
    assert door.listener.host == "127.0.0.1"
    assert door.listener.port > 0
    assert not is_free("127.0.0.1", door.listener.port)
    assert (await door.ask("/hello"))[0] == 200


async def test_a_closed_listener_gives_its_port_back(door: Door) -> None:
    port = door.listener.port

    await door.listener.close()
    await door.listener.close()

    assert is_free("127.0.0.1", port)


async def test_a_port_that_is_taken_is_named_with_its_holder_and_a_free_one(door: Door) -> None:
    port = door.listener.port

    with pytest.raises(PortInUse) as raised:
        await Listener(()).open("127.0.0.1", port)

    assert (raised.value.host, raised.value.port) == ("127.0.0.1", port)
    assert raised.value.holder is not None
    assert str(os.getpid()) in raised.value.holder
    assert raised.value.next_free is not None
    assert raised.value.next_free > port


async def test_after_a_failure_another_port_can_be_taken(door: Door) -> None:
    other = Listener(())
    with pytest.raises(PortInUse):
        await other.open("127.0.0.1", door.listener.port)

    await other.open("127.0.0.1", 0)

    assert other.port != door.listener.port
    await other.close()


@pytest.mark.parametrize("host", ["192.0.2.1", "no such host"])
async def test_an_address_that_is_not_ours_cannot_be_listened_on(host: str) -> None:
    with pytest.raises(CannotListen) as raised:
        await Listener(()).open(host, 0)

    assert raised.value.problem is ListenProblem.NO_ADDRESS
    assert raised.value.host == host


async def test_a_port_is_taken_again_right_after_a_connection(door: Door) -> None:
    port = door.listener.port
    await door.ask("/hello")  # leaves a connection in TIME_WAIT behind
    await door.listener.close()

    again = Listener(())
    await again.open("127.0.0.1", port)

    assert again.port == port
    await again.close()


# ---------------------------------------------------------------------- answers


async def test_what_is_not_there_is_said_so(door: Door) -> None:
    status, headers, body = await door.ask("/nowhere")

    assert (status, body) == (404, {"error": "not found", "detail": "not found"})
    assert headers["cache-control"] == "no-store"


async def test_a_method_that_is_not_allowed_names_those_that_are(door: Door) -> None:
    status, headers, body = await door.ask("/hello", "DELETE")

    told = "method not allowed"
    assert (status, body) == (405, {"error": told, "detail": told})
    assert "GET" in headers["allow"]


async def test_our_errors_have_their_status_and_a_code(door: Door) -> None:
    status, headers, body = await door.ask("/fails")

    assert status == 404
    assert isinstance(body, dict)
    assert body["code"] == "not_found"
    assert "othing is here" in body["error"]
    assert headers["cache-control"] == "no-store"


@pytest.mark.expects_errors
async def test_a_bug_is_an_answer_too_and_is_logged(
    door: Door, caplog: pytest.LogCaptureFixture
) -> None:
    status, _, body = await door.ask("/bug")

    assert (status, body) == (500, {"error": "AceDesk has a bug.", "detail": "AceDesk has a bug."})
    assert "a request failed: GET /bug" in caplog.text
    assert "ZeroDivisionError" in caplog.text


async def test_a_redirect_is_no_error(door: Door) -> None:
    status, headers, _ = await door.ask("/moved")

    assert (status, headers["location"]) == (302, "/hello")


async def test_a_page_of_another_site_changes_nothing(door: Door) -> None:
    foreign = {"Origin": "http://evil.example"}

    refused, _, body = await door.ask("/change", "POST", headers=foreign)
    taken, _, _ = await door.ask("/change", "POST")

    assert (refused, taken) == (403, 200)
    assert isinstance(body, dict)
    assert body["code"] == "forbidden"


async def test_a_long_magnet_link_is_taken(door: Door) -> None:
    status, _, _ = await door.ask("/hello?magnet=" + "x" * (LINE_LIMIT - 1000))

    assert status == 200


async def test_a_line_without_an_end_is_refused(door: Door) -> None:
    status, _, _ = await door.ask("/hello?magnet=" + "x" * (2 * LINE_LIMIT))

    assert status == 400


async def test_a_body_that_is_too_large_is_refused(door: Door) -> None:
    small = await door.ask("/change", "POST", data=b"x" * 60_000)
    large = await door.ask("/change", "POST", data=b"x" * 70_000)

    assert (small[0], small[2]) == (200, {"hello": 60_000})
    assert large[0] == 413


@pytest.mark.parametrize("path", ["//hello", "///hello", "//hello?x=1"])
async def test_doubled_slashes_are_one(door: Door, path: str) -> None:
    assert (await door.ask(path))[0] == 200


async def test_doubled_slashes_inside_are_one_too(door: Door) -> None:
    assert (await door.ask("//a//b///7.ts"))[2] == ["b", "7"]
    assert (await door.ask("/a/b/7.ts"))[2] == ["b", "7"]
    assert (await door.ask("//nowhere"))[0] == 404
    assert (await door.ask("//hello", "DELETE"))[0] == 405


@pytest.mark.parametrize(
    "line",
    [
        b"GET /hello?title=Sport 1 HTTP/1.1",
        "GET /hello?title=Спорт HTTP/1.1".encode(),
        b"GET /hello",
        b"GET /hello HTTP/9.9",
        b"\x00\x01\x02",
    ],
)
async def test_a_malformed_request_is_answered_and_costs_no_log(
    door: Door, caplog: pytest.LogCaptureFixture, line: bytes
) -> None:
    caplog.set_level(logging.INFO)
    answer = await _said(door, line + b"\r\nHost: x\r\nBad\x00Header\r\n\r\n")

    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.split()[1] == b"400"
    assert b"Cache-Control: no-store" in head
    assert "error" in json.loads(body)
    assert caplog.text == ""


async def _said(door: Door, said: bytes) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", door.listener.port)
    writer.write(said)
    async with asyncio.timeout(5):
        answer = await reader.read()
    writer.close()
    return answer


@pytest.mark.parametrize("said", [b"\r\n\r\n\r\n", b"\x16\x03\x01\x00", b"GET\r\n\r\n"])
async def test_what_is_no_http_does_no_harm(door: Door, said: bytes) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", door.listener.port)
    writer.write(said)
    writer.write_eof()
    async with asyncio.timeout(5):
        answer = await reader.read()
    writer.close()

    assert not answer or answer.startswith(b"HTTP/1.")
    assert (await door.ask("/hello"))[0] == 200


async def test_a_request_whose_player_left_is_given_up(door: Door) -> None:
    _, writer = await asyncio.open_connection("127.0.0.1", door.listener.port)
    writer.write(b"GET /waits HTTP/1.1\r\nHost: desk\r\n\r\n")
    await door.asked.wait()

    writer.transport.abort()

    async with asyncio.timeout(5):
        await door.left.wait()


async def test_closing_waits_for_no_player(door: Door) -> None:
    sock = socket.create_connection(("127.0.0.1", door.listener.port))
    _, writer = await asyncio.open_connection("127.0.0.1", door.listener.port)
    writer.write(b"GET /waits HTTP/1.1\r\nHost: desk\r\n\r\n")
    await door.asked.wait()

    async with asyncio.timeout(10):
        await door.listener.close()

    assert door.left.is_set()
    sock.close()
    writer.close()


async def _says_hello(port: int, host: str = "127.0.0.1") -> bool:
    async with aiohttp.ClientSession() as http:
        try:
            async with http.get(f"http://{host}:{port}/hello") as answer:
                return answer.status == 200
        except aiohttp.ClientConnectionError:
            return False


async def test_a_listener_that_moves_keeps_the_open_connections(door: Door) -> None:
    former = door.listener.port
    reader, writer = await asyncio.open_connection("127.0.0.1", former)
    writer.write(b"GET /hello HTTP/1.1\r\nHost: desk\r\n\r\n")
    assert b"200" in await reader.readuntil(b"}")

    await door.listener.move("127.0.0.1", 0)

    assert door.listener.port != former
    assert await _says_hello(door.listener.port)
    assert not await _says_hello(former)
    writer.write(b"GET /hello HTTP/1.1\r\nHost: desk\r\n\r\n")
    assert b"200" in await reader.readuntil(b"}")
    writer.close()


async def test_a_listener_opens_to_the_network_and_back_on_the_same_port(door: Door) -> None:
    port = door.listener.port

    for host in ("0.0.0.0", "127.0.0.1"):
        await door.listener.move(host, port)

        assert (door.listener.host, door.listener.port) == (host, port)
        assert await _says_hello(port)


@pytest.mark.parametrize("same_port", [True, False])
async def test_a_listener_that_cannot_move_stays(door: Door, *, same_port: bool) -> None:
    port = door.listener.port
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        wanted = ("192.0.2.7", port) if same_port else ("127.0.0.1", taken.getsockname()[1])

        with pytest.raises((PortInUse, CannotListen)):
            await door.listener.move(*wanted)

    assert (door.listener.host, door.listener.port) == ("127.0.0.1", port)
    assert await _says_hello(port)
