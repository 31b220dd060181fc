import pytest
from hypothesis import given
from hypothesis import strategies as st

from acedesk.formats.link_addresses import decoded, is_playback, unwrap

HASH = "0a4848271c91ce2d8965ce416267c25047dc8141"


@pytest.mark.parametrize(
    ("address", "link"),
    [
        (f"http://h/ace/getstream?id={HASH}", f"acestream:?id={HASH}"),
        ("http://h/ace/getstream", "acestream:?"),
        (f"http://h//pid//{HASH}/x.mp4", f"acestream:?content_id={HASH}&index=&"),
        (f"http://h/infohash/{HASH}/3/x.mp4", f"acestream:?infohash={HASH}&index=3&"),
        (f"plugin://a?pid={HASH}", f"acestream:?content_id={HASH}"),
        (f"intent:{HASH}#Intent;scheme=acestream;S.title=A;end", f"acestream:{HASH}?title=A"),
        (f"https://t.me/url?u=acestream%3A%2F%2F{HASH}", f"acestream://{HASH}"),
        ("http://h/page", ""),
        (f"http://h/commit/{HASH}", ""),
        (f"http://h/content/{HASH}/0.1", ""),
        ("http://h/a.torrent?id=1", ""),
    ],
)
def test_an_address_becomes_a_link_in_the_official_form(address: str, link: str) -> None:
    assert unwrap(address) == link


@pytest.mark.parametrize("address", ["http%3A%2F%2Fh%2F%3Fa", "http%253A%252F%252Fh%252F%253Fa"])
def test_what_was_encoded_as_a_whole_is_decoded(address: str) -> None:
    assert decoded(address) == "http://h/?a"


@pytest.mark.parametrize(
    "text", ["magnet:?tr=udp%3A%2F%2Fx", "http://h/?u=http%3A%2F%2Fx", "50%25 of it"]
)
def test_what_is_encoded_in_part_stays(text: str) -> None:
    assert decoded(text) == text


def test_one_playback_is_no_link() -> None:
    assert is_playback("http://127.0.0.1:6878/ace/r/x/y")
    assert not is_playback("http://127.0.0.1:6878/ace/getstream")


@given(text=st.text())
def test_no_address_raises(text: str) -> None:
    unwrap(text)
    decoded(text)
