import pytest
from hypothesis import given
from hypothesis import strategies as st

from acedesk.errors import BadRequest
from acedesk.formats.getstream import (
    LONGEST_EXTRA,
    MOST_EXTRAS,
    PlayRequest,
    parse_play,
    parse_query,
)
from acedesk.model.content import KeyKind, StreamKey
from acedesk.model.join_point import KEYFRAME, LIVE, JoinPoint

HASH = "0a4848271c91ce2d8965ce416267c25047dc8141"
OTHER = "f528764d624db129b32c21fbca0cb8d6f528764d"
MAGNET = f"magnet:?xt=urn:btih:{HASH}"


def ask(*pairs: tuple[str, str]) -> PlayRequest:
    return parse_query(pairs)


@pytest.mark.parametrize(
    ("name", "value", "key"),
    [
        ("id", HASH, StreamKey(KeyKind.CONTENT_ID, HASH)),
        ("content_id", f" {HASH.upper()} ", StreamKey(KeyKind.CONTENT_ID, HASH)),
        ("infohash", HASH, StreamKey(KeyKind.INFOHASH, HASH)),
        ("INFOHASH", HASH, StreamKey(KeyKind.INFOHASH, HASH)),
        ("url", "http://a.example/x", StreamKey(KeyKind.URL, "http://a.example/x")),
        ("magnet", MAGNET, StreamKey(KeyKind.MAGNET, MAGNET)),
    ],
)
def test_each_selector_names_a_content(name: str, value: str, key: StreamKey) -> None:
    assert ask((name, value)) == PlayRequest(key=key)


@pytest.mark.parametrize(
    "value",
    [
        f"{HASH}.ts",
        f"{HASH}|User-Agent=VLC",
        f"acestream://{HASH}",
        f"acestream://{HASH}/",
        f"{HASH}/stream.mp4",
        f"%20{HASH}",
        f"\u200d{HASH}",
        f"http://10.0.0.9:6878/ace/getstream?id={HASH}",
        f"plugin://program.plexus/?url=acestream://{HASH}&mode=1",
        "".join(chr(ord(char) + 0xFEE0) for char in HASH),
    ],
)
def test_an_id_may_come_with_what_players_and_add_ons_put_around_it(value: str) -> None:
    assert ask(("id", value)).key == StreamKey(KeyKind.CONTENT_ID, HASH)
    assert ask(("infohash", value)).key == StreamKey(KeyKind.INFOHASH, HASH)


def test_a_link_as_the_id_may_say_its_kind_and_title() -> None:
    asked = ask(("id", f"acestream:?infohash={HASH}&title=Sport&index=2"))

    assert asked.key == StreamKey(KeyKind.INFOHASH, HASH, 2)
    assert asked.title == "Sport"
    assert ask(("url", f"acestream://{HASH}")).key == StreamKey(KeyKind.CONTENT_ID, HASH)
    assert ask(("id", MAGNET)).key == StreamKey(KeyKind.MAGNET, MAGNET)


def test_two_ids_in_one_value_are_refused_with_both() -> None:
    with pytest.raises(BadRequest, match=f"{HASH} and {OTHER}"):
        ask(("id", f"{HASH},{OTHER}"))


@pytest.mark.parametrize(
    "pairs", [(), (("id", ""),), (("id", " "), ("infohash", "")), (("x", "1"),)]
)
def test_without_a_selector_the_answer_is_the_classic_one(
    pairs: tuple[tuple[str, str], ...],
) -> None:
    with pytest.raises(BadRequest) as caught:
        parse_query(pairs)

    assert caught.value.detail == "one of `id` or `infohash` must have a value"


@pytest.mark.parametrize("name", ["id", "content_id"])
def test_id_and_infohash_together_are_refused_in_the_classic_words(name: str) -> None:
    with pytest.raises(BadRequest) as caught:
        ask((name, HASH), ("infohash", HASH))

    assert caught.value.detail == "only one of `id` or `infohash` can have a value"


def test_an_empty_second_selector_does_not_count() -> None:
    assert ask(("id", HASH), ("infohash", "")).key.kind is KeyKind.CONTENT_ID


def test_any_other_two_selectors_are_refused() -> None:
    with pytest.raises(BadRequest, match="`url` or `magnet`"):
        ask(("id", HASH), ("magnet", MAGNET))


def test_the_same_selector_twice_is_fine_when_both_say_the_same() -> None:
    assert ask(("id", HASH), ("content_id", HASH.upper())).key.value == HASH
    with pytest.raises(BadRequest, match="twice"):
        ask(("id", HASH), ("id", OTHER))


@pytest.mark.parametrize("value", ["x", HASH[:-1], HASH + "0", "g" * 40, "x" + HASH, "\udcff" * 40])
def test_a_malformed_hash_is_refused_with_a_sentence(value: str) -> None:
    with pytest.raises(BadRequest) as caught:
        ask(("id", value))

    assert caught.value.detail.startswith("An id has")


def test_a_file_on_the_engines_computer_is_refused() -> None:
    with pytest.raises(BadRequest, match="http"):
        ask(("url", "file:///etc/passwd"))


@pytest.mark.parametrize(
    "name", ["pid", "sid", "format", "Range", "api_key", "path", "direct_url", ""]
)
def test_what_is_ours_to_decide_is_not_handed_on(name: str) -> None:
    assert ask(("id", HASH), (name, "1")).extra == ()


@pytest.mark.parametrize("pair", [("format", "json"), ("FORMAT", " JSON ")])
def test_who_wants_json_is_not_given_media(pair: tuple[str, str]) -> None:
    with pytest.raises(BadRequest, match="format=json"):
        parse_play([("id", HASH), pair])

    assert parse_play([("id", HASH), ("format", "ts")]) == parse_query([("id", HASH)])
    assert ask(("id", HASH), pair).key.value == HASH


def test_other_parameters_go_to_the_engine_unchanged_and_in_order() -> None:
    extra = (("transcode_audio", "1"), ("Preferred_Audio", "ru"), ("quality", ""))

    assert ask(extra[0], ("id", HASH), *extra[1:]).extra == extra


def test_a_title_is_kept_here() -> None:
    request = ask(("id", HASH), ("title", "Sport\n1"), ("name", "x"))

    assert (request.title, request.extra) == ("Sport 1", ())


def test_the_file_number_belongs_to_the_key() -> None:
    assert ask(("id", HASH), ("_idx", "2")).key.file_index == 2
    with pytest.raises(BadRequest):
        ask(("id", HASH), ("_idx", "two"))


def test_sizes_are_bounded() -> None:
    with pytest.raises(BadRequest, match="too long"):
        ask(("url", "http://a.example/" + "x" * 8192))
    with pytest.raises(BadRequest, match="more than 64"):
        ask(("id", HASH), *((f"p{number}", "1") for number in range(MOST_EXTRAS + 1)))
    assert ask(("id", HASH), ("long", "x" * LONGEST_EXTRA)).extra == ()


NAMES = st.one_of(
    st.sampled_from(["id", "content_id", "infohash", "url", "magnet", "_idx", "title", "pid"]),
    st.text(max_size=8),
)
VALUES = st.one_of(st.sampled_from([HASH, OTHER, MAGNET, "http://a.example/", "3"]), st.text())


@given(pairs=st.lists(st.tuples(NAMES, VALUES), max_size=6))
def test_no_query_raises_anything_but_our_error(pairs: list[tuple[str, str]]) -> None:
    try:
        request = parse_query(pairs)
    except BadRequest:
        return
    assert parse_query([(request.key.kind.value, request.key.value)]).key.value == request.key.value
    assert set(request.extra) <= set(pairs)


@pytest.mark.parametrize(
    ("name", "value", "join"),
    [
        ("join", "live", LIVE),
        ("JOIN", " Keyframe ", KEYFRAME),
        ("join", "", KEYFRAME),
        ("from", "-20", JoinPoint(20.0)),
        ("from", "-2.5", JoinPoint(2.5)),
        ("from", "0", JoinPoint(0.0)),
        ("from", " ", KEYFRAME),
    ],
)
def test_a_place_to_begin_is_ours_alone(name: str, value: str, join: JoinPoint) -> None:
    asked = ask(("id", HASH), (name, value))

    assert asked.join == join
    assert asked.extra == ()


@pytest.mark.parametrize("value", ["5", "soon", "-inf", "inf", "nan", "--5", "-5s"])
def test_a_place_that_is_no_time_back_is_refused(value: str) -> None:
    with pytest.raises(BadRequest, match="`from` must be"):
        ask(("id", HASH), ("from", value))


def test_an_unknown_or_twofold_place_is_refused() -> None:
    with pytest.raises(BadRequest, match="`join` must be"):
        ask(("id", HASH), ("join", "now"))
    with pytest.raises(BadRequest, match="cannot both"):
        ask(("id", HASH), ("join", "live"), ("from", "-1"))


@given(st.text(max_size=20), st.text(max_size=20))
def test_any_place_is_understood_or_refused(join: str, back: str) -> None:
    try:
        asked = ask(("id", HASH), ("join", join), ("from", back)).join
    except BadRequest:
        return
    assert asked.back is None or asked.back >= 0


def test_a_magnet_brings_the_name_it_holds() -> None:
    magnet = f"magnet:?xt=urn:btih:{HASH}&dn=Evening+news&tr=udp://t.example:80"

    assert ask(("magnet", magnet)).title == "Evening news"
    assert ask(("magnet", magnet), ("title", "News at eight")).title == "News at eight"
