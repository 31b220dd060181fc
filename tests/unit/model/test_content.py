"""How a content is named, for lists and for people."""

import dataclasses

import hypothesis
import hypothesis.strategies as st
import pytest

from acedesk.model.content import KeyKind, Link, StreamKey

HASH = "94c2fd8fb9bc8f2fc71a2cbe9d4b866f227a0209"
HASHES = st.text("0123456789abcdef", min_size=40, max_size=40)


@pytest.mark.parametrize("kind", [KeyKind.CONTENT_ID, KeyKind.INFOHASH])
def test_a_hash_is_recognised_by_its_end(kind: KeyKind) -> None:
    assert StreamKey(kind, HASH).short == "…0209"


@pytest.mark.parametrize("kind", [KeyKind.URL, KeyKind.MAGNET])
def test_a_short_address_is_shown_whole_and_a_long_one_cut(kind: KeyKind) -> None:
    assert StreamKey(kind, "h" * 28).short == "h" * 28
    assert StreamKey(kind, "h" * 29).short == "h" * 27 + "…"


@hypothesis.given(kind=st.sampled_from(KeyKind), value=st.text(min_size=4))
def test_what_people_see_is_never_longer_than_a_column(kind: KeyKind, value: str) -> None:
    assert len(StreamKey(kind, value).short) <= 28


def test_the_id_of_a_hash_is_the_hash_and_of_an_address_its_kind_too() -> None:
    assert StreamKey(KeyKind.CONTENT_ID, HASH).stream_id == HASH
    assert StreamKey(KeyKind.INFOHASH, HASH).stream_id == f"infohash:{HASH}"
    assert StreamKey(KeyKind.URL, "http://a/b").stream_id == "url:http://a/b"
    assert StreamKey(KeyKind.MAGNET, "magnet:?xt=1").stream_id == "magnet:magnet:?xt=1"


def test_the_first_file_needs_no_number() -> None:
    assert StreamKey(KeyKind.CONTENT_ID, HASH, 0).stream_id == HASH
    assert StreamKey(KeyKind.CONTENT_ID, HASH, 3).stream_id == f"{HASH}.3"
    assert StreamKey(KeyKind.INFOHASH, HASH, 3).stream_id == f"infohash.3:{HASH}"


@hypothesis.given(
    one=st.tuples(HASHES, st.integers(0, 99)), other=st.tuples(HASHES, st.integers(0, 99))
)
def test_different_files_of_hashes_have_different_ids(
    one: tuple[str, int], other: tuple[str, int]
) -> None:
    first, second = (StreamKey(KeyKind.INFOHASH, *parts) for parts in (one, other))

    assert (first.stream_id == second.stream_id) is (first == second)


def test_a_content_id_and_an_infohash_of_the_same_digits_are_two_contents() -> None:
    keys = {StreamKey(kind, HASH) for kind in (KeyKind.CONTENT_ID, KeyKind.INFOHASH)}

    assert len(keys) == 2
    assert len({key.stream_id for key in keys}) == 2


def test_an_address_that_ends_in_a_number_is_no_file_of_another() -> None:
    first = StreamKey(KeyKind.URL, "http://a/b.1")
    second = StreamKey(KeyKind.URL, "http://a/b", 1)

    assert first.stream_id != second.stream_id


def test_files_of_one_content_are_different_contents() -> None:
    assert StreamKey(KeyKind.INFOHASH, HASH) != StreamKey(KeyKind.INFOHASH, HASH, 1)
    assert StreamKey(KeyKind.INFOHASH, HASH) == StreamKey(KeyKind.INFOHASH, HASH, 0)


def test_a_key_can_stand_in_a_dictionary_and_is_not_changed_there() -> None:
    key = StreamKey(KeyKind.INFOHASH, HASH)

    assert {key: 1}[StreamKey(KeyKind.INFOHASH, HASH)] == 1
    with pytest.raises(dataclasses.FrozenInstanceError):
        key.value = "x"  # type: ignore[misc]


def test_a_link_has_no_title_unless_it_carried_one() -> None:
    key = StreamKey(KeyKind.CONTENT_ID, HASH)

    assert Link(key=key).title == ""
    assert Link(key=key, title="Sport 1") != Link(key=key)


@pytest.mark.parametrize("digits", [HASH, HASH.upper(), "MFRGGZDFMZTWQ2LKNNWG23TPOBYXE43U"])
def test_a_magnet_is_recognised_by_the_end_of_its_infohash(digits: str) -> None:
    for text in (f"magnet:?xt=urn:btih:{digits}&dn=x", f"magnet:?dn=x&xt=urn:btih:{digits}"):
        assert StreamKey(KeyKind.MAGNET, text).short == f"…{digits[-4:]}"
