"""Tokens over HTTP, asked from this computer and, through a named proxy, from another device."""

import contextlib
import pathlib
from collections.abc import AsyncIterator

import aiohttp
import pytest

from acedesk.api.endpoints import routes_of
from acedesk.api.v2.tokens import TokenRoutes
from acedesk.application.access import SHARED_NAME, AccessControl
from acedesk.model.access.token import Scope
from acedesk.model.event import note_nothing
from acedesk.proxy.http.listener import Listener
from acedesk.settings import Settings

PATH = "/api/v2/tokens"
ELSEWHERE = {"X-Forwarded-For": "192.168.1.20"}


class Front:
    """The routes behind a gate."""

    def __init__(self, access: AccessControl, http: aiohttp.ClientSession) -> None:
        self.access = access
        routes = routes_of(TokenRoutes(access).endpoints())
        self.listener = Listener(routes, access.gate(note_nothing))
        self._http = http

    @property
    def made(self) -> list[str]:
        """The names of tokens, without that of copied addresses."""
        return [token.name for token in self.access.tokens if not token.shared]

    def ask(
        self, method: str, path: str = PATH, body: object = None, **headers: str
    ) -> aiohttp.client._RequestContextManager:
        url = f"http://127.0.0.1:{self.listener.port}{path}"
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        if "X-Forwarded-For" not in named and "X-Real-IP" not in named:
            named.setdefault("X-API-Key", self.access.command_secret)
        return self._http.request(method, url, json=body, headers=named)


@contextlib.asynccontextmanager
async def opened(folder: pathlib.Path, **values: object) -> AsyncIterator[Front]:
    settings = Settings().changed({"trusted_proxies": ("127.0.0.1",), **values})
    access = AccessControl(folder, lambda: settings, lambda: ("127.0.0.1", 8080))
    await access.open()
    async with aiohttp.ClientSession() as http:
        front = Front(access, http)
        await front.listener.open("127.0.0.1", 0)
        try:
            yield front
        finally:
            await front.listener.close()


@pytest.fixture
async def front(tmp_path: pathlib.Path) -> AsyncIterator[Front]:
    async with opened(tmp_path) as made:
        yield made


async def test_a_token_is_made_listed_and_revoked(front: Front) -> None:
    async with front.ask("POST", body={"name": "TV", "scope": "play"}) as answer:
        made = await answer.json()
        assert answer.headers["Cache-Control"] == "no-store"
    assert made["address"].endswith(f"/t/{made['secret']}")
    assert front.access.book.match(made["secret"]) is not None

    async with front.ask("GET") as answer:
        text = await answer.text()
        (row,) = [row for row in await answer.json() if row["name"] != SHARED_NAME]
    assert made["secret"] not in text
    assert "hash" not in text
    assert (row["name"], row["scope"], row["last_used_time"]) == ("TV", "play", None)

    async with front.ask("DELETE", f"{PATH}/{row['id']}") as answer:
        assert await answer.json() == {"message": "revoked", "id": row["id"], "name": "TV"}
    assert front.access.book.match(made["secret"]) is None
    async with front.ask("DELETE", f"{PATH}/{row['id']}") as answer:
        assert answer.status == 404


@pytest.mark.parametrize(
    "body",
    [{}, {"name": 3}, {"name": ""}, {"name": "TV", "scope": "root"}, {"name": "TV", "scope": []}],
)
async def test_what_is_no_token_is_refused(front: Front, body: object) -> None:
    async with front.ask("POST", body=body) as answer:
        assert answer.status == 400
    assert front.made == []


async def test_a_token_makes_and_revokes_none(front: Front) -> None:
    """One that was stolen could not be got rid of."""
    made = await front.access.add("Dashboard", scope=Scope.ALL)
    key = {"X_API_Key": made.secret, "X_Forwarded_For": "192.168.1.20"}

    async with front.ask("GET", **key) as answer:
        assert answer.status == 200
    async with front.ask("POST", body={"name": "Mine"}, **key) as answer:
        assert answer.status == 403
    async with front.ask("DELETE", f"{PATH}/{made.token.id}", **key) as answer:
        assert answer.status == 403
    assert front.made == ["Dashboard"]


async def test_a_proxy_on_this_computer_that_says_nothing_makes_none(front: Front) -> None:
    async with front.ask("POST", body={"name": "Mine"}, X_API_Key="") as answer:
        assert answer.status == 403
    assert front.made == []


async def test_nobody_makes_one_over_an_open_network(tmp_path: pathlib.Path) -> None:
    async with opened(tmp_path, open_network=True) as front:
        name = {"name": "Mine"}
        async with front.ask("POST", body=name, X_Forwarded_For="192.168.1.20") as answer:
            assert answer.status == 403


async def test_a_page_of_another_site_makes_none(front: Front) -> None:
    async with front.ask("POST", body={"name": "Mine"}, Origin="https://evil.example") as answer:
        assert answer.status == 403
    assert front.made == []
