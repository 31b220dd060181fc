"""Requests before they are routed: tokens in paths, and what named proxies say."""

import asyncio
import pathlib
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acedesk.proxy.http.access.arrival import split_token
from acedesk.rules.access.secret import ALPHABET
from tests.fakes.guarded_front import PLAY, TV, guarded_front

SECRET = "ad" + ALPHABET[:26]


@pytest.mark.parametrize(
    ("target", "rest", "token"),
    [
        ("/t/x/ace/getstream?id=1", "/ace/getstream?id=1", "x"),
        ("/t/x/", "/", "x"),
        ("/t/x", "/", "x"),
        ("/t/x?id=1", "/?id=1", "x"),
        ("//t//x//ace/getstream", "//ace/getstream", "x"),
        ("/t/a%2Fb/x", "/x", "a/b"),
        ("/t/x/url/http%3A%2F%2Fa%2Ft%2Fb/c.ts", "/url/http%3A%2F%2Fa%2Ft%2Fb/c.ts", "x"),
        (f"/desk/t/{SECRET}/ace/getstream", "/desk/ace/getstream", SECRET),
        (f"/a/b/c/t/{SECRET}/x", "/a/b/c/x", SECRET),
        # No token of ours behind something else: it may be anybody's path.
        ("/desk/t/x/ace/getstream", "/desk/t/x/ace/getstream", ""),
        ("/ace/getstream?url=http://a/t/x/y", "/ace/getstream?url=http://a/t/x/y", ""),
        (f"/ace/getstream?u=/t/{SECRET}/x", f"/ace/getstream?u=/t/{SECRET}/x", ""),
        ("/t", "/t", ""),
        ("/t/", "/t/", ""),
        ("*", "*", ""),
        ("/", "/", ""),
    ],
)
def test_the_token_is_taken_out_of_the_path(target: str, rest: str, token: str) -> None:
    assert split_token(target) == (rest, token)


@given(st.text(alphabet="/t?#%x." + SECRET[:4], max_size=60))
def test_what_is_left_is_a_path_again(target: str) -> None:
    rest, token = split_token(target)

    assert rest == target if not token else rest.startswith("/")


async def test_a_named_proxy_says_how_its_clients_reach_us(tmp_path: pathlib.Path) -> None:
    async with guarded_front(tmp_path, open_network=True) as front:
        headers = {
            "X_Forwarded_Proto": "https",
            "X_Forwarded_Host": "tv.example.org",
            "X_Forwarded_Prefix": "/desk",
        }
        async with front.ask(**headers) as answer:
            body = await answer.json()

    assert (body["remote"], body["address"]) == (TV, "https://tv.example.org/desk")


async def test_nobody_else_does(tmp_path: pathlib.Path) -> None:
    async with guarded_front(tmp_path, trusted_proxies=("10.0.0.1",)) as front:
        headers = {
            "X_Forwarded_Proto": "https",
            "X_Forwarded_Host": "tv.example.org",
            "X_Forwarded_Prefix": "/desk",
            "Host": "desk:80",
        }
        async with front.ask(**headers) as answer:
            body = await answer.json()

    assert (body["remote"], body["address"]) == ("127.0.0.1", "http://desk:80")


async def test_what_a_proxy_says_wrongly_is_not_handed_on(tmp_path: pathlib.Path) -> None:
    async with guarded_front(tmp_path, open_network=True) as front:
        headers = {
            "X_Forwarded_Proto": "javascript",
            "X_Forwarded_Host": "evil example/..",
            "X_Forwarded_Prefix": "//evil.example",
        }
        async with front.ask(PLAY, Host="desk", **headers) as answer:
            body = await answer.json()

    assert body["address"] == "http://desk"


@pytest.mark.parametrize("path", ["/" * 60_000, "/a" * 30_000, "/t/x" + "/" * 60_000])
async def test_thousands_of_slashes_are_refused_before_they_are_looked_at(
    tmp_path: pathlib.Path, path: str
) -> None:
    async with guarded_front(tmp_path, open_network=True) as front:
        reader, writer = await asyncio.open_connection("127.0.0.1", front.listener.port)
        before = time.process_time()
        writer.write(
            f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n".encode()
        )
        answer = await reader.read()
        writer.close()

    assert answer.startswith(b"HTTP/1.1 400 ")
    assert time.process_time() - before < 0.2


async def test_a_doubled_slash_is_still_one(tmp_path: pathlib.Path) -> None:
    async with guarded_front(tmp_path, open_network=True) as front:
        assert await front.status("//" * 20 + PLAY.lstrip("/")) == 200
