"""Tokens: made, listed, revoked; the one in copied addresses."""

import asyncio
import contextlib
import pathlib

import pytest
from aiohttp import web

from acedesk.application.access import LONGEST_NAME, SHARED_NAME, AccessControl
from acedesk.errors import BadRequest, NotFound, StorageError
from acedesk.model.access.token import Scope
from acedesk.model.event import EventKind, note_nothing
from acedesk.proxy.http.address import LanAddress
from acedesk.proxy.http.listener import Listener
from acedesk.settings import Settings
from acedesk.store.access.shared_secret import SharedSecret
from acedesk.store.access.token_book import MOST_TOKENS
from tests.fakes.notes import Notes

HOME = "192.168.1.5"


def control(folder: pathlib.Path, host: str = HOME, **values: object) -> AccessControl:
    settings = Settings().changed({"host": host, **values})
    return AccessControl(folder, lambda: settings, lambda: (host, 8080))


async def opened(folder: pathlib.Path, host: str = HOME, **values: object) -> AccessControl:
    made = control(folder, host, **values)
    await made.open()
    return made


async def test_a_token_is_made_and_its_secret_opens(tmp_path: pathlib.Path) -> None:
    access = await opened(tmp_path)
    heard: list[None] = []
    access.changed.connect(lambda: heard.append(None))

    made = await access.add("  TV  in the bedroom ")

    assert made.token.name == "TV in the bedroom"
    assert made.token.scope is Scope.ALL
    assert made.address == f"http://{HOME}:8080/t/{made.secret}"
    assert access.book.match(made.secret) == made.token
    assert heard == [None]
    assert made.secret not in repr(made)


async def test_who_may_play_from_when_on_is_an_event_without_the_secret(
    tmp_path: pathlib.Path,
) -> None:
    notes, settings = Notes(), Settings(host=HOME)
    access = AccessControl(tmp_path, lambda: settings, lambda: (HOME, 8080), notes)
    await access.open()

    made = await access.add("TV", scope=Scope.PLAY)
    await access.revoke(made.token.id)
    with pytest.raises(BadRequest):
        await access.add("")
    with pytest.raises(NotFound):
        await access.revoke(made.token.id)

    token = made.token.id
    assert notes.all == [
        (EventKind.TOKEN_ADDED, token, "", {"name": "TV", "scope": "play"}),
        (EventKind.TOKEN_REVOKED, token, "", {"name": "TV"}),
    ]
    assert made.secret not in repr(notes.all)


async def test_tokens_are_known_after_a_restart(tmp_path: pathlib.Path) -> None:
    made = await (await opened(tmp_path)).add("TV", scope=Scope.PLAY)

    again = await opened(tmp_path)

    assert again.book.match(made.secret) == made.token
    assert [one.name for one in again.tokens] == [SHARED_NAME, "TV"]


async def test_a_revoked_token_opens_nothing(tmp_path: pathlib.Path) -> None:
    access = await opened(tmp_path)
    made = await access.add("TV")

    assert await access.revoke(made.token.id) == made.token

    assert access.book.match(made.secret) is None
    with pytest.raises(NotFound):
        await access.revoke(made.token.id)
    assert (await opened(tmp_path)).book.match(made.secret) is None


async def test_what_plays_with_a_revoked_token_ends(tmp_path: pathlib.Path) -> None:
    access = await opened(tmp_path)
    made, begun = await access.add("TV", scope=Scope.PLAY), asyncio.Event()

    async def play(_request: web.Request) -> web.StreamResponse:
        begun.set()
        await asyncio.get_running_loop().create_future()
        raise AssertionError("nothing ends it")

    route = web.get("/ace/getstream", play)
    listener = Listener([route], access.gate(note_nothing), [route])
    await listener.open("127.0.0.1", 0)
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", listener.port)
        head = f"GET /t/{made.secret}/ace/getstream HTTP/1.1\r\nHost: desk\r\n\r\n"
        writer.write(head.encode())
        async with asyncio.timeout(5):
            await begun.wait()

            await access.revoke(made.token.id)

            with contextlib.suppress(ConnectionError):
                assert await reader.read() == b""
        writer.close()
    finally:
        await listener.close()


@pytest.mark.parametrize("name", ["", "   ", "\n", "x" * (LONGEST_NAME + 1), "tv"])
async def test_a_name_that_cannot_be_is_refused(tmp_path: pathlib.Path, name: str) -> None:
    access = await opened(tmp_path)
    await access.add("TV")
    before = access.tokens

    with pytest.raises(BadRequest):
        await access.add(name)

    assert access.tokens == before


@pytest.mark.parametrize("name", ["01ab23cd", "12345678", " DEADBEEF "])
async def test_a_name_like_an_id_is_refused(tmp_path: pathlib.Path, name: str) -> None:
    access = await opened(tmp_path)

    with pytest.raises(BadRequest, match="looks like the id of a token"):
        await access.add(name)

    assert [one.name for one in access.tokens] == [SHARED_NAME]
    assert (await access.add("cafe")).token.name == "cafe"


async def test_there_are_not_any_number_of_tokens(tmp_path: pathlib.Path) -> None:
    access = await opened(tmp_path)
    for number in range(MOST_TOKENS - 1):
        access.book.add(
            f"{number}", f"{number}", scope=Scope.ALL, time=access.tokens[0].created_time
        )

    with pytest.raises(BadRequest, match="revoke one"):
        await access.add("one more")


async def test_a_token_that_cannot_be_written_is_none(tmp_path: pathlib.Path) -> None:
    access = await opened(tmp_path / "data", "127.0.0.1")
    (tmp_path / "data").write_text("a file stands there")

    with pytest.raises(StorageError):
        await access.add("TV")

    assert access.tokens == ()


async def test_addresses_of_this_computer_alone_need_no_token(tmp_path: pathlib.Path) -> None:
    access = await opened(tmp_path, "127.0.0.1")

    assert not access.is_needed
    assert access.player_address == "http://127.0.0.1:8080"
    assert access.tokens == ()


@pytest.mark.parametrize(("host", "asked"), [("127.0.0.1", 0), (HOME, 0), ("0.0.0.0", 1)])
def test_the_networks_are_read_only_where_all_are_listened_on(
    tmp_path: pathlib.Path, host: str, asked: int
) -> None:
    access = control(tmp_path, host)
    reads: list[bool] = []

    def ask(*, ipv6: bool) -> str:
        reads.append(ipv6)
        return HOME

    access._lan_address = LanAddress(ask)

    assert [access.base_url for _ in range(3)] == [access.base_url] * 3
    assert len(reads) == asked


async def test_who_comes_through_a_reverse_proxy_gets_addresses_with_a_token_that_plays(
    tmp_path: pathlib.Path,
) -> None:
    access = await opened(tmp_path, "127.0.0.1", trusted_proxies=("127.0.0.1",))

    (token,) = access.tokens
    assert (token.shared, token.scope) == (True, Scope.PLAY)
    secret = access.gate(note_nothing)._player_secret()
    assert access.book.match(secret) == token
    assert access.player_address == "http://127.0.0.1:8080"


async def test_a_reverse_proxy_may_be_named_while_it_runs(tmp_path: pathlib.Path) -> None:
    access = await opened(tmp_path, "127.0.0.1")

    await access.prepare(Settings().changed({"trusted_proxies": ("127.0.0.1",)}))

    assert [one.shared for one in access.tokens] == [True]


async def test_copied_addresses_hold_a_token_that_plays(tmp_path: pathlib.Path) -> None:
    access = await opened(tmp_path)

    address, _, secret = access.player_address.partition("/t/")

    assert address == access.base_url == f"http://{HOME}:8080"
    (token,) = access.tokens
    assert (token.shared, token.scope, token.name) == (True, Scope.PLAY, SHARED_NAME)
    assert access.book.match(secret) == token


async def test_copied_addresses_stay_the_same_over_restarts(tmp_path: pathlib.Path) -> None:
    first = (await opened(tmp_path)).player_address

    assert (await opened(tmp_path)).player_address == first


async def test_addresses_copied_before_the_secret_was_lost_go_on_working(
    tmp_path: pathlib.Path,
) -> None:
    old = (await opened(tmp_path)).player_token
    (tmp_path / "shared-token").unlink()

    access = await opened(tmp_path)

    assert access.player_token != old
    assert access.book.match(old) == access.book.match(access.player_token)


async def test_a_secret_that_stands_for_another_token_is_not_handed_out(
    tmp_path: pathlib.Path,
) -> None:
    access = await opened(tmp_path)
    other = await access.add("Dashboard")
    SharedSecret(tmp_path).save(other.secret)

    assert (await opened(tmp_path)).player_token != other.secret


async def test_revoking_the_token_of_copied_addresses_makes_another(
    tmp_path: pathlib.Path,
) -> None:
    access = await opened(tmp_path)
    old = access.player_token

    await access.revoke(access.tokens[0].id)

    assert access.book.match(old) is None
    assert access.player_token not in ("", old)
    assert (await opened(tmp_path)).player_token == access.player_token


async def test_what_was_last_used_is_written_at_the_end(tmp_path: pathlib.Path) -> None:
    access = await opened(tmp_path)
    token = access.tokens[0]
    access.book.note_use(token.id, time=token.created_time, address="192.168.1.20", what="Kodi")

    await access.close()

    assert (await opened(tmp_path)).tokens[0].last_what == "Kodi"


async def test_an_open_network_needs_no_token_and_is_told_of(
    tmp_path: pathlib.Path, caplog: pytest.LogCaptureFixture
) -> None:
    access = await opened(tmp_path, open_network=True)

    assert not access.is_needed
    assert access.player_address == access.base_url
    assert "open_network" in caplog.text
