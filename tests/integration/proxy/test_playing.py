"""Players get the picture: shared, from a keyframe, framed as they asked."""

import asyncio
import json

import pytest

from acedesk.mpegts.packets import PACKET
from tests import transport
from tests.integration.proxy.conftest import CONTENT, MakeProxy

PROGRAMME = transport.programme(40, gop=10)
GOP = len(transport.programme(10, gop=10))


async def test_a_player_gets_every_byte_of_the_engine(make_proxy: MakeProxy) -> None:
    proxy = await make_proxy()
    player = await proxy.play()

    await proxy.engines[0].push(PROGRAMME)

    assert await player.head() == 200
    assert player.headers["content-type"] == "video/mp2t"
    assert await player.media(len(PROGRAMME)) == PROGRAMME


async def test_two_players_share_one_session(make_proxy: MakeProxy) -> None:
    proxy = await make_proxy()
    players = [await proxy.play() for _ in range(2)]
    await proxy.until(lambda: sum(len(s.clients) for s in proxy.streams) == 2)

    await proxy.engines[0].push(PROGRAMME[:GOP])
    await asyncio.gather(*(player.head() for player in players))
    first = [await player.media(GOP) for player in players]

    assert first[0] == first[1]
    assert len(proxy.engines[0].sessions) == 1


async def test_a_second_viewer_begins_with_tables_and_a_keyframe(make_proxy: MakeProxy) -> None:
    proxy = await make_proxy()
    first = await proxy.play()
    await proxy.engines[0].push(PROGRAMME + PROGRAMME[:GOP][: 5 * PACKET])
    await first.head()
    await first.media(GOP)

    second = await proxy.play()
    await second.head()
    got = await second.media(3 * PACKET)

    assert got[1:3] == b"\x40\x00"
    assert got[PACKET + 1 : PACKET + 3] == b"\x50\x00"
    assert b"\x00\x00\x01\x65" in got[2 * PACKET :]


async def test_every_session_has_its_own_player_id(make_proxy: MakeProxy) -> None:
    proxy = await make_proxy()
    await proxy.play(f"/ace/getstream?id={CONTENT}&pid=7")
    await proxy.play(f"/ace/getstream?id={'c' * 40}&pid=7")
    await proxy.engines[0].body_of(1)

    one, two = proxy.engines[0].sessions
    assert one.player_id != two.player_id
    assert "7" not in (one.player_id, two.player_id)


async def test_an_infohash_meets_the_content_id_of_the_same_content(make_proxy: MakeProxy) -> None:
    proxy = await make_proxy()
    await proxy.play()
    await proxy.engines[0].push(PROGRAMME)
    await proxy.until(lambda: any(s.supply.first_at is not None for s in proxy.streams))

    other = await proxy.play(f"/ace/getstream?infohash={'B' * 40}")

    assert await other.head() == 200
    assert len(proxy.engines[0].sessions) == 1


@pytest.mark.parametrize(
    ("version", "headers"),
    [("1.0", ""), ("1.1", "Connection: close\r\n"), ("1.1", "Range: bytes=0-\r\n")],
)
async def test_the_body_is_framed_as_the_player_can_read_it(
    make_proxy: MakeProxy, version: str, headers: str
) -> None:
    proxy = await make_proxy()
    player = await proxy.play(version=version, headers=headers)
    await proxy.engines[0].push(PROGRAMME[:GOP])

    assert await player.head() == 200
    plain = version == "1.0" or "close" in headers
    assert ("transfer-encoding" in player.headers) is not plain
    assert "content-length" not in player.headers
    assert await player.media(GOP) == PROGRAMME[:GOP]


async def test_head_answers_without_an_engine(make_proxy: MakeProxy) -> None:
    proxy = await make_proxy()
    player = await proxy.play(method="HEAD")

    assert await player.head() == 200
    assert player.headers["content-type"] == "video/mp2t"
    await player.ask(f"/ace/getstream?id={CONTENT}", method="HEAD")
    assert await player.head() == 200
    assert proxy.engines[0].sessions == []


async def test_a_player_that_closes_its_half_still_gets_the_picture(make_proxy: MakeProxy) -> None:
    proxy = await make_proxy()
    player = await proxy.play()
    await proxy.engines[0].push(PROGRAMME[:GOP])
    await player.head()

    player.writer.write_eof()
    await player.media(GOP)
    await proxy.engines[0].push(PROGRAMME[:GOP])

    assert await player.media(GOP) == PROGRAMME[:GOP]


async def test_a_prebuffering_engine_is_asked_again(make_proxy: MakeProxy) -> None:
    proxy = await make_proxy()
    proxy.engines[0].warming_up = 2
    player = await proxy.play()
    await proxy.engines[0].push(PROGRAMME[:GOP])

    assert await player.head() == 200
    assert proxy.engines[0].sessions[0].opened == 3


async def test_a_waiting_player_is_kept_alive_with_null_packets(make_proxy: MakeProxy) -> None:
    proxy = await make_proxy(header_wait=0.0)
    player = await proxy.play()

    assert await player.head() == 200
    assert (await player.media(PACKET, nulls=True))[:3] == b"\x47\x1f\xff"


async def test_the_status_is_that_of_acexy(make_proxy: MakeProxy) -> None:
    proxy = await make_proxy()
    await proxy.play()
    await proxy.engines[0].push(PROGRAMME)
    await proxy.until(lambda: any(s.supply.first_at is not None for s in proxy.streams))

    async def get(target: str) -> tuple[int, dict[str, object]]:
        player = await proxy.play(target)
        status = await player.head()
        return status, json.loads(
            await player.reader.readexactly(int(player.headers["content-length"]))
        )

    assert await get("/ace/status") == (200, {"streams": 1})
    status, one = await get(f"/ace/status?id={CONTENT}")
    assert (status, one["clients"]) == (200, 1)
    assert str(one["stat_url"]).startswith("http://127.0.0.1:")
    assert (await get(f"/ace/status?id={'d' * 40}"))[0] == 404
    _, listed = await get("/ace/streams")
    assert listed["total_streams"] == 1
