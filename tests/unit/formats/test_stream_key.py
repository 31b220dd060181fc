import pytest

from acedesk.errors import LinkError
from acedesk.formats.stream_key import (
    build_infohash,
    build_key,
    infohash_in,
    infohash_of_name,
    magnet_infohash,
)
from acedesk.model.content import KeyKind, StreamKey

HASH = "0a4848271c91ce2d8965ce416267c25047dc8141"


def test_equal_hashes_get_equal_keys() -> None:
    assert build_key(KeyKind.INFOHASH, f" {HASH.upper()}\n") == build_key(KeyKind.INFOHASH, HASH)


def test_a_ligature_is_not_read_as_two_digits() -> None:
    with pytest.raises(LinkError, match="“ﬀ”"):
        build_key(KeyKind.CONTENT_ID, "ﬀ" + HASH[2:])


def test_scheme_and_host_of_an_address_have_no_case() -> None:
    assert build_key(KeyKind.URL, "HTTP://EXAMPLE.org").value == "http://example.org/"


def test_spaces_and_letters_beyond_ascii_are_encoded() -> None:
    key = build_key(KeyKind.URL, "http://a.example/é 1.torrent")

    assert key.value == "http://a.example/%C3%A9%201.torrent"


def test_a_host_longer_than_names_may_be_is_refused() -> None:
    with pytest.raises(LinkError):
        build_key(KeyKind.URL, f"http://{'a' * 300}/x.torrent")


@pytest.mark.parametrize("index", ["", " ", "0"])
def test_no_file_number_means_the_first_file(index: str) -> None:
    assert build_key(KeyKind.INFOHASH, HASH, index).file_index == 0


@pytest.mark.parametrize("index", ["x", "-1", "1.5", "٣", "9" * 5000])
def test_a_bad_file_number_is_refused(index: str) -> None:
    with pytest.raises(LinkError, match="not a number"):
        build_key(KeyKind.INFOHASH, HASH, index)


@pytest.mark.parametrize("value", [None, 5, "", HASH[:-1], [HASH]])
def test_what_is_no_infohash_is_none(value: object) -> None:
    assert build_infohash(value) is None


def test_an_infohash_is_lower_case() -> None:
    assert build_infohash(HASH.upper()) == HASH


@pytest.mark.parametrize(
    ("magnet", "infohash"),
    [
        (f"magnet:?xt=urn:btih:{'AB' * 20}", "ab" * 20),
        (f"magnet:?dn=x&xt.1=urn:btih:{'A' * 32}", "0" * 40),
        ("magnet:?xt=urn%3Abtih%3A" + "1" * 40, "1" * 40),
        (f"magnet:?xt=urn:btmh:{'1' * 40}", None),
    ],
)
def test_a_magnet_link_tells_its_infohash(magnet: str, infohash: str | None) -> None:
    assert magnet_infohash(magnet) == infohash
    assert infohash_in(StreamKey(KeyKind.MAGNET, magnet)) == infohash


@pytest.mark.parametrize(
    ("kind", "infohash"),
    [(KeyKind.INFOHASH, HASH), (KeyKind.CONTENT_ID, None), (KeyKind.URL, None)],
)
def test_only_an_infohash_is_one_by_itself(kind: KeyKind, infohash: str | None) -> None:
    assert infohash_in(StreamKey(kind, HASH)) == infohash


@pytest.mark.parametrize(
    "magnet",
    [
        f"magnet:?dn=a%26xt%3Durn%3Abtih%3A{'c' * 40}&xt=urn:btih:{HASH}",
        f"magnet:?tr=http://x/?a%26xt=urn:btih:{'c' * 40}&xt=urn:btih:{HASH}",
        f"magnet:?xt=urn%3Abtih%3A{HASH.upper()}&dn=urn:btih:{'c' * 40}",
        f"magnet:?x.xt=urn:btih:{'c' * 40}&XT.1=URN:BTIH:{HASH}",
    ],
)
def test_what_only_looks_like_a_hash_in_a_magnet_link_is_none(magnet: str) -> None:
    assert magnet_infohash(magnet) == HASH


def test_a_magnet_link_to_two_contents_tells_none() -> None:
    magnet = f"magnet:?xt.1=urn:btih:{HASH}&xt.2=urn:btih:{'c' * 40}"

    assert magnet_infohash(magnet) is None


def test_the_name_of_an_infohash_tells_it_and_other_names_tell_none() -> None:
    key = StreamKey(KeyKind.INFOHASH, "a" * 40, 3)

    assert infohash_of_name(key.stream_id) == "a" * 40
    assert infohash_of_name("infohash:" + "b" * 40) == "b" * 40
    assert infohash_of_name("a" * 40) is None
    assert infohash_of_name("magnet:" + "a" * 40) is None
    assert infohash_of_name("infohash:x") is None
