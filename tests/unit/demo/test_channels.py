import math

import pytest

from acedesk.demo.channels import channel_in_text, channels, contents, find_channel

NORMAL, SECOND, NEVER, BREAKS, LATE = channels()


def test_the_normal_channel_comes_first_and_plays_at_once() -> None:
    assert NORMAL.name == "Test card"
    assert NORMAL.start_delay < 1
    assert NORMAL.closes_after is None


def test_every_channel_does_something_else() -> None:
    assert SECOND.picture != NORMAL.picture
    assert math.isinf(NEVER.start_delay)
    assert BREAKS.closes_after == 20
    assert LATE.start_delay == 12


def test_ids_are_forty_hex_digits_and_none_is_used_twice() -> None:
    ids = [name for channel in channels() for name in (channel.id, channel.infohash)]

    assert len(set(ids)) == 2 * len(channels())
    assert all(len(name) == 40 and int(name, 16) for name in ids)


@pytest.mark.parametrize(
    "query",
    [
        {"id": SECOND.id},
        {"content_id": SECOND.id.upper()},
        {"infohash": SECOND.infohash},
        {"url": f"http://example.com/{SECOND.infohash}.acelive"},
        {"magnet": f"magnet:?xt=urn:btih:{SECOND.infohash}&dn=x"},
        {"content_id": SECOND.id, "infohash": NORMAL.infohash},
    ],
)
def test_a_channel_is_found_by_every_selector(query: dict[str, str]) -> None:
    assert find_channel(query) is SECOND


@pytest.mark.parametrize(
    "query", [{}, {"id": SECOND.infohash}, {"infohash": SECOND.id}, {"id": "0" * 40}, {"url": "x"}]
)
def test_content_ids_and_infohashes_are_not_interchangeable(query: dict[str, str]) -> None:
    assert find_channel(query) is None


def test_an_id_is_found_inside_a_link() -> None:
    assert channel_in_text(f"acestream://{LATE.id}?title=x") is LATE
    assert channel_in_text(f"acestream://{LATE.id}0") is None


def test_the_contents_are_every_id_and_infohash() -> None:
    assert contents() == {value for one in channels() for value in (one.id, one.infohash)}
