"""The addresses of older proxies."""

from urllib.parse import quote

import pytest

from acedesk import tasks
from acedesk.model.content import KeyKind
from tests import transport
from tests.fakes.as_engine_front import CONTENT, AsEngineFront

FILE = "http://example.org/x.acelive"


@pytest.mark.parametrize(
    ("path", "kind", "value", "index"),
    [
        (f"/pid/{CONTENT}/stream.mp4", KeyKind.CONTENT_ID, CONTENT, 0),
        (f"//pid//{CONTENT}/any.ts", KeyKind.CONTENT_ID, CONTENT, 0),
        (f"/content_id/{CONTENT}/x.ts", KeyKind.CONTENT_ID, CONTENT, 0),
        (f"/content_id/{CONTENT}/2/x.ts", KeyKind.CONTENT_ID, CONTENT, 2),
        (f"/infohash/{CONTENT}/0/stream.mp4", KeyKind.INFOHASH, CONTENT, 0),
        (f"/url/{quote(FILE, safe='')}/stream.mp4", KeyKind.URL, FILE, 0),
        (f"/url/{FILE}/stream.mp4", KeyKind.URL, FILE, 0),
    ],
)
async def test_they_play(
    front: AsEngineFront, path: str, kind: KeyKind, value: str, index: int
) -> None:
    pushing = tasks.spawn(front.side.engines[0].push(transport.broadcast(50)), name="engine")

    async with front.http.get(front.base + path) as answer:
        assert answer.status == 200
        assert answer.content_type == "video/mp2t"
        key = front.stream.key
        assert (key.kind, key.value, key.file_index) == (kind, value, index)
    await pushing


async def test_a_playlist_is_given_under_its_name(front: AsEngineFront) -> None:
    pushing = tasks.spawn(front.side.engines[0].push(transport.broadcast(600)), name="engine")

    async with front.http.get(f"{front.base}/pid/{CONTENT}/stream.m3u8") as answer:
        lines = (await answer.text()).splitlines()
    await pushing

    (first, *_) = [line for line in lines if line.endswith(".ts")]
    async with front.http.get(f"{front.base}/pid/{CONTENT}/{first}") as segment:
        assert segment.content_type == "video/mp2t"


async def test_head_starts_nothing(front: AsEngineFront) -> None:
    async with front.http.head(f"{front.base}/pid/{CONTENT}/stream.mp4") as answer:
        assert answer.status == 200

    assert not len(front.plane.streams)


@pytest.mark.parametrize("path", ["/pid/x/stream.mp4", "/url/x", "/infohash/" + "g" * 40])
async def test_what_names_no_content_is_refused(front: AsEngineFront, path: str) -> None:
    async with front.http.get(front.base + path) as answer:
        assert answer.status == 400
