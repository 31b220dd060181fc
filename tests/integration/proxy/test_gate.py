"""Who is let in, over a real socket; a named proxy speaks for devices of the network."""

import asyncio
import contextlib
import pathlib
import random
from collections.abc import AsyncIterator
from urllib.parse import quote

import pytest

from acedesk.model.access.token import Scope
from acedesk.model.access.use import Contract
from acedesk.model.event import EventKind
from acedesk.rules.access.secret import make_secret
from tests.fakes.guarded_front import (
    API,
    COMMAND,
    PLAY,
    PROXY,
    SHARED,
    TV,
    GuardedFront,
    guarded_front,
)

# The same in each process: it stands in names of tests.
SECRET = make_secret(random.Random(7).choice)
OTHER = "192.168.1.21"


@pytest.fixture
async def front(tmp_path: pathlib.Path) -> AsyncIterator[GuardedFront]:
    async with guarded_front(tmp_path) as made:
        yield made


@pytest.mark.parametrize("target", [PLAY, API, "/nothing", "/", "/t/wrong/nothing"])
async def test_another_device_without_a_token_gets_nothing(
    front: GuardedFront, target: str
) -> None:
    async with front.ask(target) as answer:
        body = await answer.json()

        assert answer.status == 401
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")
        assert answer.headers["Connection"] == "close"
        assert "Access-Control-Allow-Origin" not in answer.headers or target == PLAY
        assert "token" in body["error"]


async def test_this_computer_needs_none_and_may_bring_anything(front: GuardedFront) -> None:
    for headers in ({}, {"Authorization": "Bearer x"}, {"X-API-Key": "y"}):
        assert await front.status(PLAY, client="", **headers) == 200
        assert await front.status(API, client="", **headers) == 200
        assert await front.status("/change", "POST", client="", **headers) == 200
    assert await front.status(f"/t/old{PLAY}", client="") == 200


@pytest.mark.parametrize(
    ("target", "headers"),
    [
        (PLAY, {"Authorization": f"Bearer {SECRET}"}),
        (PLAY, {"Authorization": f"bearer   {SECRET} "}),
        (API, {"X-API-Key": SECRET}),
        (f"/t/{SECRET}{PLAY}", {}),
        (f"//t//{SECRET}/{PLAY}", {}),
        (f"/t/%61{SECRET[1:]}{PLAY}", {}),
        (f"/desk/tv/t/{SECRET}{PLAY}", {}),
        (f"/t/{SECRET}{API}", {}),
        (f"/t/wrong{API}", {"X-API-Key": SECRET}),
    ],
)
async def test_a_token_opens_in_each_form(
    front: GuardedFront, target: str, headers: dict[str, str]
) -> None:
    token = front.add(SECRET)

    assert await front.status(target, **headers) == 200

    used = front.book.find(token.id)
    assert used is not None
    assert used.last_address == TV
    assert "aiohttp" in used.last_what.lower() or "/" in used.last_what


@pytest.mark.parametrize(
    ("target", "headers"),
    [
        (PLAY, {"Authorization": SECRET}),
        (PLAY, {"Authorization": f"Basic {SECRET}"}),
        (f"{PLAY}&token={SECRET}", {}),
        (f"/x/{SECRET}{PLAY}", {}),
        (f"/t/{SECRET}x{PLAY}", {}),
        (f"/t/{SECRET[:-1]}{PLAY}", {}),
        (f"/t/{SECRET.upper()}{PLAY}", {}),
        (f"/t/{PLAY}", {}),
        (f"/t/%00{SECRET}{PLAY}", {}),
        (PLAY, {"Cookie": f"token={SECRET}"}),
    ],
)
async def test_what_is_no_token_opens_nothing(
    front: GuardedFront, target: str, headers: dict[str, str]
) -> None:
    front.add(SECRET)

    assert await front.status(target, **headers) == 401


async def test_nothing_behind_the_gate_sees_the_token_of_a_path(front: GuardedFront) -> None:
    front.add(SECRET, Scope.PLAY)

    async with front.ask(f"/t/{SECRET}{PLAY}&x=%2B#part") as answer:
        body = await answer.json()

    assert (body["path"], body["raw"]) == (f"{PLAY}&x=%2B", f"{PLAY}&x=%2B")
    assert body["remote"] == TV
    assert body["address"].endswith(f"/t/{SECRET}")


async def test_a_revoked_token_opens_nothing_from_the_next_request_on(
    front: GuardedFront,
) -> None:
    token = front.add(SECRET)
    assert await front.status(X_API_Key=SECRET) == 200

    front.book.remove(token.id)

    assert await front.status(X_API_Key=SECRET) == 401


async def test_what_goes_on_with_a_revoked_token_is_cut_off_and_nothing_else(
    front: GuardedFront,
) -> None:
    revoked, other = front.add(SECRET, Scope.PLAY), front.add("of another device")

    async def connect(*secrets: str) -> asyncio.StreamReader:
        """Ask on one connection with these, one after the other, and keep it."""
        reader, writer = await asyncio.open_connection("127.0.0.1", front.listener.port)
        writers.append(writer)
        for secret in secrets:
            head = f"GET {PLAY} HTTP/1.1\r\nHost: desk\r\nX-API-Key: {secret}\r\n"
            writer.write(f"{head}X-Forwarded-For: {TV}\r\n\r\n".encode())
            assert (await reader.readuntil(b"}")).startswith(b"HTTP/1.1 200")
        return reader

    writers: list[asyncio.StreamWriter] = []
    cut = await connect("of another device", SECRET)
    kept = await connect(SECRET, "of another device")

    front.gate.hang_up(revoked.id)

    async with asyncio.timeout(5):
        with contextlib.suppress(ConnectionError):
            assert await cut.read() == b""
    assert await front.status(X_API_Key="of another device") == 200
    assert not kept.at_eof()
    front.gate.hang_up(other.id)
    async with asyncio.timeout(5):
        with contextlib.suppress(ConnectionError):
            assert await kept.read() == b""
    for writer in writers:
        writer.close()


async def test_a_token_that_plays_does_nothing_else(front: GuardedFront) -> None:
    front.add(SECRET, Scope.PLAY)

    assert await front.status(f"/t/{SECRET}{PLAY}") == 200
    assert await front.status(f"/t/{SECRET}{PLAY}", "HEAD") == 200
    assert await front.status(f"/t/{SECRET}{API}") == 403
    assert await front.status(f"/t/{SECRET}/change", "POST") == 403
    assert await front.status(f"/t/{SECRET}/ace/getstream{API}") == 403


async def test_the_better_of_two_tokens_counts(front: GuardedFront) -> None:
    front.add("plays", Scope.PLAY)
    front.add("all", Scope.ALL)

    assert await front.status(f"/t/plays{API}", X_API_Key="all") == 200
    assert await front.status(f"/t/all{API}", X_API_Key="plays") == 200


async def test_an_open_network_needs_none(tmp_path: pathlib.Path) -> None:
    async with guarded_front(tmp_path, open_network=True) as front:
        assert await front.status(PLAY) == 200
        assert await front.status("/change", "POST") == 200
        async with front.ask(PLAY) as answer:
            assert (await answer.json())["own"] is False


async def test_an_allowed_device_plays_and_does_nothing_else(tmp_path: pathlib.Path) -> None:
    async with guarded_front(tmp_path, allowed_networks=("192.168.1.0/24",)) as front:
        assert await front.status(PLAY) == 200
        assert await front.status(API) == 403
        assert await front.status("/change", "POST") == 403
        assert await front.status(PLAY, client="192.168.2.1") == 401


async def test_our_own_commands_come_in_from_any_address(front: GuardedFront) -> None:
    async with front.ask(API, X_API_Key=COMMAND) as answer:
        assert answer.status == 200
        assert (await answer.json())["own"] is True
    assert await front.status(API, X_API_Key=COMMAND + "x") == 401


async def test_a_preflight_needs_no_token_and_only_of_players(front: GuardedFront) -> None:
    assert await front.status(PLAY, "OPTIONS") == 200
    assert await front.status(API, "OPTIONS") == 401


# ---------------------------------------------------------------------- guesses


async def test_a_thousand_guesses_are_stopped_and_lock_nobody_out(front: GuardedFront) -> None:
    front.add(SECRET)

    found = [await front.status(X_API_Key=f"guess{number}") for number in range(900)]

    assert found[:10] == [401] * 10
    assert set(found[10:]) == {429}
    # Nobody finds one of 130 bits; whoever has it may be behind the same address.
    assert await front.status(X_API_Key=SECRET) == 200
    assert await front.status(client=OTHER, X_API_Key=SECRET) == 200
    assert await front.status(client="") == 200


async def test_guesses_in_each_form_are_counted_together(front: GuardedFront) -> None:
    for number in range(4):
        await front.status(X_API_Key=f"a{number}")
        await front.status(Authorization=f"Bearer b{number}")
        await front.status(f"/t/c{number}{PLAY}")

    assert await front.status(f"/t/d{PLAY}") == 429
    assert await front.status() == 401  # it brings none, and is told so


async def test_retry_after_says_when_a_wrong_token_is_told_as_such_again(
    front: GuardedFront,
) -> None:
    for number in range(10):
        await front.status(X_API_Key=f"guess{number}")
    async with front.ask(X_API_Key="guess") as answer:
        wait = int(answer.headers["Retry-After"])

    front.clock += wait

    assert 0 < wait <= 60
    assert await front.status(X_API_Key="guess") == 401


@pytest.mark.parametrize(
    ("first", "second"),
    [(TV, TV), (TV, OTHER), ("2001:db8:1:2::1", "2001:db8:1:2::2"), ("unknown", "nobody")],
)
async def test_two_devices_with_one_token_are_let_in_whichever_of_them_guesses(
    front: GuardedFront, first: str, second: str
) -> None:
    front.add(SECRET)
    for client in (first, second):
        assert await front.status(client=client, X_API_Key=SECRET) == 200

    for client in (first, second):
        for number in range(30):
            await front.status(client=client, X_API_Key=f"guess{number}")

    for client in (first, second, first):
        assert await front.status(client=client, X_API_Key=SECRET) == 200


async def test_guesses_of_one_neighbour_in_ipv6_are_not_those_of_another(
    front: GuardedFront,
) -> None:
    for number in range(15):
        await front.status(client="2001:db8:1:2::1", X_API_Key=f"guess{number}")

    assert await front.status(client="2001:db8:1:2::1", X_API_Key="guess") == 429
    assert await front.status(client="2001:db8:1:2::2", X_API_Key="guess") == 401


async def test_guesses_of_very_many_addresses_of_one_ipv6_home_are_counted_together(
    front: GuardedFront,
) -> None:
    front.add(SECRET)
    found = [
        await front.status(client=f"2001:db8:1:2::{number:x}", X_API_Key=f"guess{number}")
        for number in range(105)
    ]

    assert found == [401] * 100 + [429] * 5
    assert await front.status(client="2001:db8:1:3::1", X_API_Key="guess") == 401
    assert await front.status(client="2001:db8:1:2::1", X_API_Key=SECRET) == 200


@pytest.mark.parametrize("flood", [{}, {"X_API_Key": "guess"}])
async def test_who_floods_at_the_same_address_stops_nobody_who_has_a_token(
    front: GuardedFront, flood: dict[str, str]
) -> None:
    front.add(SECRET)
    found = [await front.status(client="203.0.113.7", **flood) for _ in range(1001)]

    assert found[-1] == 429
    assert await front.status(client="203.0.113.7", X_API_Key=SECRET) == 200


async def test_a_neighbour_that_floods_stops_nobody_of_its_home_who_has_a_token(
    front: GuardedFront,
) -> None:
    front.add(SECRET)
    for _ in range(1001):
        await front.status(client="2001:db8:1:2::1")

    assert await front.status(client="2001:db8:1:2::2") == 429
    found = [await front.status(client="2001:db8:1:2::2", X_API_Key=SECRET) for _ in range(1001)]

    assert found == [200] * 1000 + [429]


async def test_guesses_of_who_hides_his_address_are_counted(front: GuardedFront) -> None:
    for number in range(10):
        assert await front.status(client="unknown", X_API_Key=f"guess{number}") == 401

    assert await front.status(client="nobody", X_API_Key="guess") == 429


async def test_the_status_is_told_without_a_key_to_each_device_that_shares_one(
    front: GuardedFront,
) -> None:
    front.add(SECRET)
    for client in (TV, OTHER):
        assert await front.status("/orchestrator/status", client=client, X_API_Key=SECRET) == 200

    for client in (TV, OTHER):
        assert await front.status("/orchestrator/status", client=client) == 200


async def test_a_flood_of_requests_of_one_device_is_slowed(front: GuardedFront) -> None:
    front.add(SECRET)
    found = [await front.status(X_API_Key=SECRET) for _ in range(1005)]

    assert found == [200] * 1000 + [429] * 5
    assert await front.status(client=OTHER, X_API_Key=SECRET) == 200


async def test_a_refused_device_is_noted_once_a_minute_and_no_secret_is(
    front: GuardedFront,
) -> None:
    for number in range(20):
        await front.status(f"/t/{SECRET}{PLAY}&id={number}", User_Agent="Kodi/21.0")

    ((kind, subject, _, data),) = front.notes.all
    assert (kind, subject, data["player"]) == (EventKind.REQUEST_REFUSED, TV, "Kodi 21.0")
    assert SECRET not in str(front.notes.all)


# ---------------------------------------------------------------------- names


@pytest.mark.parametrize("host", ["evil.example", "evil.example:8080", "127.0.0.1.evil.example"])
async def test_a_page_whose_name_was_made_to_mean_this_computer_reads_nothing(
    front: GuardedFront, host: str
) -> None:
    for target in (PLAY, API):
        assert await front.status(target, client="", Host=host) == 403


async def test_a_name_of_the_settings_is_ours(tmp_path: pathlib.Path) -> None:
    async with guarded_front(tmp_path, host_names=("tv.example.org",)) as front:
        assert await front.status(client="", Host="TV.example.org:80") == 200
        assert await front.status(client="", Host="x.tv.example.org") == 403


async def test_a_page_under_a_name_of_the_settings_may_change_something(
    tmp_path: pathlib.Path,
) -> None:
    async with guarded_front(tmp_path, host_names=("TV.example.org",)) as front:
        for origin, status in (("http://tv.example.org", 200), ("http://evil.example", 403)):
            for host in ("127.0.0.1", "tv.example.org"):
                headers = {"Host": host, "Origin": origin}
                assert await front.status("/change", "POST", client="", **headers) == status


async def test_who_has_a_token_may_call_us_as_he_likes(front: GuardedFront) -> None:
    """A page of another site has none."""
    front.add(SECRET)

    assert await front.status(client="", Host="desk.example.org", X_API_Key=SECRET) == 200


async def raw(front: GuardedFront, text: str) -> str:
    reader, writer = await asyncio.open_connection("127.0.0.1", front.listener.port)
    writer.write(text.encode("latin-1"))
    async with asyncio.timeout(5):
        line = await reader.readline()
    writer.close()
    return line.decode().split()[1]


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        ("GET /ace/getstream HTTP/1.0\r\n\r\n", "200"),
        ("GET /ace/getstream HTTP/1.1\r\nHost: desk\r\nHost: evil.example\r\n\r\n", "400"),
        ("GET http://evil.example/ace/getstream HTTP/1.1\r\nHost: desk\r\n\r\n", "403"),
        ("GET http://desk/ace/getstream HTTP/1.1\r\nHost: evil.example\r\n\r\n", "403"),
        ("GET /ace/getstream HTTP/1.1\r\nHost: a@127.0.0.1\r\n\r\n", "403"),
    ],
)
async def test_names_that_are_written_in_odd_ways(
    front: GuardedFront, request_: str, status: str
) -> None:
    assert await raw(front, request_) == status


async def test_addresses_in_answers_have_the_token_that_was_sent_in_a_header(
    front: GuardedFront,
) -> None:
    """A program hands them to a player that sends none."""
    front.add(SECRET, Scope.PLAY)

    async with front.ask(X_API_Key=SECRET) as answer:
        assert (await answer.json())["address"].endswith(f"/t/{SECRET}")
    async with front.ask(client="", X_API_Key="not one of ours") as answer:
        assert "/t/" not in (await answer.json())["address"]


@pytest.mark.parametrize(
    ("target", "headers"),
    [(PLAY, {"X_API_Key": SECRET}), (f"/t/{SECRET}{PLAY}", {}), (f"/desk/t/{SECRET}{PLAY}", {})],
)
async def test_addresses_in_answers_have_no_token_that_opens_more_than_playing(
    front: GuardedFront, target: str, headers: dict[str, str]
) -> None:
    front.add(SECRET)

    async with front.ask(target, **headers) as answer:
        assert (await answer.json())["address"].endswith(f"/t/{SHARED}")


@pytest.mark.parametrize("secret", [COMMAND, "not one of ours"])
async def test_addresses_in_answers_have_no_secret_that_is_no_token(
    front: GuardedFront, secret: str
) -> None:
    async with front.ask(f"/t/{quote(secret)}{PLAY}", client="") as answer:
        assert "/t/" not in (await answer.json())["address"]


async def test_which_program_asked_for_what_is_known_of_those_that_were_let_in(
    front: GuardedFront,
) -> None:
    front.add(SECRET)
    await front.status(f"/t/{SECRET}{PLAY}", User_Agent="Kodi/21.0")
    await front.status(f"/t/{SECRET}/desk{PLAY}&format=json", User_Agent="Kodi/21.0")
    await front.status(API, client="", User_Agent="curl/8.0")
    await front.status(API, X_API_Key=COMMAND)
    await front.status(API)

    last, engine, stream = front.recent.uses

    assert (last.program, last.address, last.device) == ("curl 8.0", "127.0.0.1", "")
    assert last.contract is Contract.API
    assert (engine.program, engine.address, engine.device) == ("Kodi 21.0", TV, "token 0")
    assert (engine.contract, stream.contract) == (Contract.ENGINE, Contract.STREAMS)


async def test_acexy_which_asks_for_the_status_without_its_key_is_known_by_its_address(
    front: GuardedFront,
) -> None:
    front.add("plays", Scope.PLAY)
    front.add(SECRET)
    status = "/orchestrator/status"
    assert await front.status(PLAY, X_API_Key="plays") == 200
    assert await front.status(status) == 401

    assert await front.status(API, Authorization=f"Bearer {SECRET}") == 200

    assert await front.status(status) == 200
    assert await front.status(f"//{status}") == 200
    assert await front.status(API) == 401
    assert await front.status(status, client=OTHER) == 401
    assert await front.status(status, X_API_Key="wrong") == 401


async def test_another_acedesk_that_shares_contents_may_play_and_nothing_else(
    front: GuardedFront,
) -> None:
    headers = {"Authorization": f"Bearer {PROXY}"}

    assert await front.status(PLAY, **headers) == 200
    assert await front.status(API, **headers) == 401
    assert await front.status("/change", "POST", **headers) == 401


async def test_what_is_done_for_a_request_knows_its_trace(front: GuardedFront) -> None:
    parent = f"00-{'4b' * 16}-00f067aa0ba902b7-01"

    async with front.ask(client="", traceparent=parent) as answer:
        assert (await answer.json())["trace"] == parent
    async with front.ask(client="") as answer:  # over the same connection
        assert (await answer.json())["trace"] == ""
