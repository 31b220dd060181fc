"""What nobody should send: each gets a clear answer, and AceDesk goes on as before."""

import asyncio
import contextlib
import http.client
import json
import pathlib
import socket
import urllib.parse
from collections.abc import Iterator
from typing import Any, Final

import aiohttp
import psutil
import pytest

from tests.e2e.program import Server

pytestmark = pytest.mark.xdist_group("contract")

LARGE: Final = 2 * 1024 * 1024
ODD_IDS: Final = (
    "a%2Fb",
    "a%252Fb",
    "a%25252Fb",
    "..",
    "%2e%2e",
    "..%2F..%2Fetc%2Fpasswd",
    "%252e%252e%252f",
    "%00",
    "%0a",
    "%ff%fe",
    "%",
    "%zz",
    "%F0%9F%98%80",
    "a;b",
    "a%3Fb",
    "a%23b",
    "%7B%7D",
    "x" * 9000,
)
FOLLOWERS: Final = 10_000
READ_AT_ONCE: Final = 300
MOST_MIB: Final = 60


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    home: pathlib.Path = tmp_path_factory.mktemp("bad-input")
    made = Server("serve", "--demo", "--port", "0", "--data-dir", str(home / "data"), home=home)
    try:
        made.ready()
        made.wait_until("/health/ready", lambda answer: answer["ready"], "an engine")
        yield made
        assert made.process.poll() is None
        assert "Traceback" not in made.stderr
    finally:
        made.end()


def ask(
    server: Server, method: str, path: str, body: bytes | None = None
) -> tuple[int, dict[str, Any]]:
    """Return the status and the JSON of an answer, {} of one without a body."""
    address = urllib.parse.urlsplit(server.base_url)
    connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=15)
    with contextlib.closing(connection):
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # it has seen enough
            connection.request(method, path, body=body)
        response = connection.getresponse()
        data = response.read()
        found = json.loads(data) if data and "json" in response.headers["Content-Type"] else {}
        return response.status, found if isinstance(found, dict) else {"list": found}


def report(stream_id: str, **more: object) -> bytes:
    """Return the body of a stream that began elsewhere."""
    return json.dumps(
        {
            "engine": {"host": "elsewhere", "port": 6878},
            "stream": {"key_type": "content_id", "key": "a" * 40},
            "session": {"playback_session_id": "s", "is_live": 1},
            "labels": {"stream_id": stream_id},
            **more,
        }
    ).encode()


def operations(server: Server) -> list[tuple[str, str, dict[str, Any]]]:
    """Return method, path and description of each route."""
    return [
        (method.upper(), path, described)
        for path, methods in server.get("/openapi.json")[1]["paths"].items()
        for method, described in methods.items()
    ]


def test_a_body_that_is_too_long_is_refused_by_each_route_that_takes_one(server: Server) -> None:
    taking = [one for one in operations(server) if "requestBody" in one[2]]
    assert len(taking) >= 8

    for method, path, _ in taking:
        status, told = ask(server, method, path, b'{"x": "' + b"x" * LARGE + b'"}')

        # Who may not ask at all is told so, and its body is not read.
        refused = 403 if path == "/api/v2/tokens" else 413
        assert (status, bool(told["error"]), told["error"]) == (refused, True, told["detail"]), path


def test_a_field_that_is_not_known_changes_nothing(server: Server) -> None:
    plain = ask(server, "POST", "/events/stream_started", report("plain"))
    strange = ask(server, "POST", "/events/stream_started", report("plain", more={"a": [1]}))

    assert plain[0] == strange[0] == 200
    assert {**plain[1], "started_at": ""} == {**strange[1], "started_at": ""}


@pytest.mark.parametrize(
    "body",
    [
        b"[]",
        b"null",
        b'"text"',
        b"{",
        b"\xff\xfe",
        b"[" * 5000,
        b'{"engine": "e", "stream": [], "session": 1}',
        report("x", engine={"host": 1, "port": "6878"}),
        report("x", engine={"host": "h", "port": True}),
        report("x", engine={"host": "h", "port": 10**30}),
        report("x", stream={"key_type": None, "key": "a"}),
        report("x", labels={"stream_id": {"a": "b"}}),
        report("x", labels=[]),
    ],
)
def test_a_value_of_another_type_is_named_and_nothing_is_noted(server: Server, body: bytes) -> None:
    before = server.get("/streams")[1]

    status, told = ask(server, "POST", "/events/stream_started", body)

    assert (status, told["error"]) == (422, told["detail"])
    assert server.get("/streams")[1] == before


@pytest.mark.parametrize("stream_id", ["a/b|c", "a%2Fb", "a%252Fb", "../..", "ü 😀", "a?b#c;d"])
def test_an_id_is_what_it_is_after_one_decoding(server: Server, stream_id: str) -> None:
    assert ask(server, "POST", "/events/stream_started", report(stream_id))[0] == 200
    once = urllib.parse.quote(stream_id, safe="")

    found = ask(server, "GET", f"/streams/{once}/livepos")
    twice = ask(server, "GET", f"/streams/{urllib.parse.quote(once, safe='')}/livepos")
    ended = ask(
        server, "POST", "/events/stream_ended", json.dumps({"stream_id": stream_id}).encode()
    )

    assert (found[0], found[1]["is_live"]) == (200, True)
    assert twice[0] == 404 or "%" in stream_id  # that may be the id of another one
    assert ended[1]["stream"]["id"] == stream_id


def test_no_odd_id_gets_more_than_a_clear_refusal(server: Server) -> None:
    for method, path, described in operations(server):
        if "{" not in path or path.startswith("/api/v1") or path.endswith("/switch-engine"):
            continue
        for odd in ODD_IDS:
            start, _, rest = path.partition("{")
            status, told = ask(server, method, start + odd + rest.partition("}")[2])

            where = (method, path, odd[:40], status, told)
            assert status < 500 or status == 503, where
            known = {int(code) for code in described["responses"]} | {400, 404, 405, 414}
            assert status in known, where
            assert status < 400 or told["error"], where


async def test_followers_that_do_not_read_take_little_memory_and_no_ones_place(
    server: Server,
) -> None:
    address = urllib.parse.urlsplit(server.base_url)
    process = psutil.Process(server.process.pid)
    before = process.memory_info().rss
    slow = [_follow(address) for _ in range(READ_AT_ONCE)]

    refused = await _try_to_follow(server.base_url, FOLLOWERS - READ_AT_ONCE)
    for number in range(200):
        assert ask(server, "POST", "/events/stream_started", report(f"n{number}"))[0] == 200

    assert refused == FOLLOWERS - READ_AT_ONCE
    assert (process.memory_info().rss - before) / 2**20 < MOST_MIB
    for sock in slow:
        sock.close()
    async with aiohttp.ClientSession() as session:

        async def get_in() -> dict[str, Any]:
            async with session.ws_connect(f"{server.base_url}/ws/engines", max_msg_size=0) as one:
                return dict(json.loads((await one.receive()).data))

        async with asyncio.timeout(30):
            told = None
            while told is None:
                with contextlib.suppress(aiohttp.WSServerHandshakeError):
                    told = await get_in()
    assert told["type"] == "snapshot"


def _follow(address: urllib.parse.SplitResult) -> socket.socket:
    """Ask for changes over a WebSocket, and read nothing."""
    sock = socket.socket()
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    sock.connect((address.hostname, address.port))
    sock.sendall(
        b"GET /ws/engines HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
    )
    return sock


async def _try_to_follow(base_url: str, times: int) -> int:
    """Ask for changes so often while all places are taken; return how often that was refused."""
    refused, left = 0, iter(range(times))
    connector = aiohttp.TCPConnector(limit=50)
    async with aiohttp.ClientSession(connector=connector) as session:

        async def some() -> None:
            nonlocal refused
            for _ in left:
                async with session.get(f"{base_url}/api/v2/stream") as answer:
                    refused += answer.status == 503

        await asyncio.gather(*(some() for _ in range(50)))
    return refused
