"""Routes that few ask for are made at the first request that may be for them, and once."""

import asyncio
import socket
import threading
import time
from collections.abc import AsyncIterator

import aiohttp
import pytest
from aiohttp import web

from acedesk.proxy.http.late_routes import LateRoutes
from acedesk.proxy.http.listener import Listener
from tests.fakes.loop_holds import longest_hold
from tests.fakes.loop_steps import until


class Site:
    """A listener with one route at once and two that are made late.

    Attributes:
        made_in: The thread of each making.
        go_on: Lets a making end.
        work: Seconds of the processor that each answer takes.
    """

    def __init__(self) -> None:
        self.made_in: list[threading.Thread] = []
        self.begun = threading.Event()
        self.go_on = threading.Event()
        self.go_on.set()
        self.broken = False
        self.work = 0.0
        self.answered = 0
        self.listener = Listener([web.get("/media", self._answer)], make_more=self._make)

    def _make(self) -> list[web.RouteDef]:
        self.made_in.append(threading.current_thread())
        self.begun.set()
        self.go_on.wait(10)
        if self.broken:
            raise ZeroDivisionError
        return [web.get("/api/{name}", self._answer), web.post("/api/{name}", self._answer)]

    async def _answer(self, request: web.Request) -> web.Response:
        began = time.thread_time()
        while time.thread_time() - began < self.work:
            pass
        self.answered += 1
        return web.json_response(request.match_info.get("name", "media"))

    def waiting(self) -> int:
        """Return how many requests are under way."""
        return sum("RequestHandler" in repr(task.get_coro()) for task in asyncio.all_tasks())

    async def ask(self, path: str, method: str = "GET") -> tuple[int, object, str]:
        """Return status, JSON and the methods that are allowed."""
        url = f"http://127.0.0.1:{self.listener.port}{path}"
        async with aiohttp.ClientSession() as http, http.request(method, url) as answer:
            body = await answer.json() if answer.content_type.endswith("json") else None
            return answer.status, body, answer.headers.get("Allow", "")


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    """Give one that listens."""
    made = Site()
    await made.listener.open("127.0.0.1", 0)
    yield made
    made.go_on.set()
    await made.listener.close()


async def test_media_need_none_of_them(site: Site) -> None:
    assert (await site.ask("/media"))[:2] == (200, "media")

    assert site.made_in == []


async def test_the_first_request_for_one_makes_all_away_from_the_loop_and_once(site: Site) -> None:
    assert (await site.ask("/api/a"))[:2] == (200, "a")
    assert (await site.ask("/api/b", "POST"))[:2] == (200, "b")
    assert (await site.ask("//api//c"))[:2] == (200, "c")

    assert len(site.made_in) == 1
    assert site.made_in[0] is not threading.main_thread()


async def test_a_wrong_method_and_a_wrong_path_are_told_as_of_any_route(site: Site) -> None:
    assert (await site.ask("/api/a", "DELETE"))[0::2] == (405, "GET,HEAD,POST")
    assert (await site.ask("/media", "DELETE"))[0::2] == (405, "GET,HEAD")
    assert (await site.ask("/nothing"))[0] == 404


async def test_who_comes_while_they_are_made_waits_for_them(site: Site) -> None:
    site.go_on.clear()
    asked = [asyncio.ensure_future(site.ask(f"/api/{name}")) for name in "abc"]  # noqa: TID251
    await asyncio.to_thread(site.begun.wait, 10)
    assert (await site.ask("/media"))[0] == 200  # the loop is free

    site.go_on.set()

    assert [body for _, body, _ in await asyncio.gather(*asked)] == ["a", "b", "c"]
    assert len(site.made_in) == 1


async def test_who_hangs_up_meanwhile_does_not_end_it_for_others(site: Site) -> None:
    site.go_on.clear()
    first = asyncio.ensure_future(site.ask("/api/a"))  # noqa: TID251
    await asyncio.to_thread(site.begun.wait, 10)
    first.cancel()
    await asyncio.wait([first])
    second = asyncio.ensure_future(site.ask("/api/b"))  # noqa: TID251

    site.go_on.set()

    assert (await second)[:2] == (200, "b")
    assert len(site.made_in) == 1


async def test_hundreds_of_requests_at_once_do_not_hold_the_loop(site: Site) -> None:
    site.go_on.clear()
    site.work = 0.001
    asked = await asyncio.to_thread(lambda: [_ask(site.listener.port) for _ in range(300)])
    await until(lambda: site.waiting() >= 300, seconds=3)
    site.go_on.set()

    held = await longest_hold(asyncio.to_thread(lambda: [_read(one) for one in asked]))

    assert site.answered == 300
    assert held < 0.05  # all of them work for 0.3 s


def _ask(port: int) -> socket.socket:
    sock = socket.create_connection(("127.0.0.1", port))
    sock.sendall(b"GET /api/a HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n")
    return sock


def _read(sock: socket.socket) -> bytes:
    with sock, sock.makefile("rb") as answer:
        return answer.read()


@pytest.mark.expects_errors
async def test_after_a_failure_the_next_request_makes_them_again(site: Site) -> None:
    site.broken = True
    assert (await site.ask("/api/a"))[0] == 500

    site.broken = False

    assert (await site.ask("/api/a"))[:2] == (200, "a")


def test_it_has_no_path_of_its_own() -> None:
    late = LateRoutes(list)

    assert (late.canonical, len(late), list(late)) == ("/", 0, [])
    assert not late.raw_match("/")
    for ask in (late.get_info, late.url_for, lambda: late.add_prefix("/x")):
        with pytest.raises(LookupError):
            ask()
