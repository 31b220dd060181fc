"""What is handed to players and people."""

from urllib.parse import urljoin

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acedesk.model.content import KeyKind, StreamKey
from acedesk.proxy.http import player_urls

HASH = "0123456789abcdef0123456789abcdef01234567"
CONTENT = StreamKey(KeyKind.CONTENT_ID, HASH)
FILE = "http://example.org/channels/one.acelive"
HOME = "http://127.0.0.1:8080"


@pytest.mark.parametrize(
    ("host", "lan", "base"),
    [
        ("127.0.0.1", "192.168.1.20", "http://127.0.0.1:8080"),
        ("192.168.1.20", None, "http://192.168.1.20:8080"),
        ("0.0.0.0", "192.168.1.20", "http://192.168.1.20:8080"),
        ("0.0.0.0", None, "http://127.0.0.1:8080"),
        ("::", None, "http://127.0.0.1:8080"),
        ("::1", None, "http://[::1]:8080"),
        ("::", "fd00::20", "http://[fd00::20]:8080"),
    ],
)
def test_the_address_for_this_computer_and_for_the_network(
    host: str, lan: str | None, base: str
) -> None:
    assert player_urls.build_base_url(host, 8080, lan_address=lan) == base


def test_there_is_one_form_for_each_kind() -> None:
    infohash = StreamKey(KeyKind.INFOHASH, HASH)
    assert player_urls.stream_path(CONTENT) == f"/ace/getstream?id={HASH}"
    assert player_urls.stream_path(infohash) == f"/ace/getstream?infohash={HASH}"
    assert player_urls.stream_path(StreamKey(KeyKind.URL, FILE, 2)) == (
        "/ace/getstream?url=http%3A%2F%2Fexample.org%2Fchannels%2Fone.acelive&_idx=2"
    )
    assert player_urls.stream_path(StreamKey(KeyKind.MAGNET, "magnet:?xt=urn:btih:1")) == (
        "/ace/getstream?magnet=magnet%3A%3Fxt%3Durn%3Abtih%3A1"
    )


def test_the_playlist_is_of_the_same_content() -> None:
    assert player_urls.playlist_url(HOME, CONTENT) == f"{HOME}/ace/manifest.m3u8?id={HASH}"


@pytest.mark.parametrize("base", [HOME, f"{HOME}/"])
def test_there_is_one_slash_after_the_port(base: str) -> None:
    assert player_urls.stream_url(base, CONTENT) == f"{HOME}/ace/getstream?id={HASH}"
    assert player_urls.url_without_id(base) + HASH == player_urls.stream_url(base, CONTENT)


def test_a_token_is_a_segment_of_the_path() -> None:
    assert player_urls.stream_url(HOME, CONTENT, token="a/b") == (
        f"{HOME}/t/a%2Fb/ace/getstream?id={HASH}"
    )
    assert player_urls.playlist_url(HOME, CONTENT, token="t") == (
        f"{HOME}/t/t/ace/manifest.m3u8?id={HASH}"
    )


def test_a_base_with_a_token_is_one_whose_addresses_are_let_in() -> None:
    base = player_urls.with_token(f"{HOME}/", "secret")

    assert player_urls.stream_url(base, CONTENT) == player_urls.stream_url(
        HOME, CONTENT, token="secret"
    )
    assert player_urls.with_token(HOME, "") == HOME


@given(prefix=st.from_regex(r"(/[a-z0-9]{1,8}){0,3}", fullmatch=True))
def test_what_a_playlist_names_lies_under_the_same_prefix(prefix: str) -> None:
    playlist = player_urls.playlist_url(f"http://house{prefix}", CONTENT)

    segment = urljoin(playlist, player_urls.segment_reference("session", 7))
    stream = urljoin(playlist, player_urls.stream_reference(CONTENT))

    assert segment == f"http://house{prefix}/ace/hls/session/7.ts"
    assert stream == player_urls.stream_url(f"http://house{prefix}", CONTENT)
