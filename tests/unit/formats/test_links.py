import time
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acedesk.errors import LinkError
from acedesk.formats.links import LONGEST_TITLE, find, parse
from acedesk.formats.stream_key import build_key
from acedesk.model.content import KeyKind, StreamKey
from acedesk.proxy.http.player_urls import stream_url
from tests.fakes.wild_links import HASH, WILD

OTHER = "f528764d624db129b32c21fbca0cb8d6f528764d"
MAGNET = f"magnet:?xt=urn:btih:{OTHER}&dn=Big+Buck+Bunny&tr=udp%3A%2F%2Ftracker.example%3A80"
BASE32 = "magnet:?xt=urn:btih:MFRGGZDFMZTWQ2LKNNWG23TPOBYXE43U"
FILE = "http://example.org/channels/one.acelive"
CONTENT = StreamKey(KeyKind.CONTENT_ID, HASH)
INFOHASH = StreamKey(KeyKind.INFOHASH, HASH)


@pytest.mark.parametrize(
    "text",
    [
        HASH,
        HASH.upper(),
        f"  {HASH}\r\n",
        f"“{HASH}”",
        f"<{HASH}>",
        f"({HASH})",
        f"'{HASH}',",
        f"\ufeff{HASH[:20]}\u200b{HASH[20:]}",
        f"{HASH[:20]}\n{HASH[20:]}",
        " ".join(HASH[i : i + 4] for i in range(0, 40, 4)),
        f"{HASH}/",
        f"{HASH}\nCafé One",
        f"{HASH} Channel",
        f"acestream://{HASH}",
        f"ACESTREAM://{HASH.upper()}",
        f"acestream://{HASH}/",
        f"acestream://{HASH}?anything",
        f"acestream:// {HASH[:10]}\r\n  {HASH[10:]}",
        f"acestream:{HASH}",
        f"<acestream://{HASH}>",
        f"acestream%3A%2F%2F{HASH}",
        f"acestream:?content_id={HASH}",
        f"acestream:?id={HASH}&infohash={OTHER}",
        f"acestream://?content_id={HASH}",
        f"acestream:%3Fcontent_id={HASH}",
        f"acestream:%3Fcontent_id%3D{HASH}",
        f"acestream:%3fcontent_id%3d{HASH}%26title%3DX",
        f"acestream:?content_id={HASH[:30]}\n{HASH[30:]}",
        f"?content_id={HASH}",
        f"content_id={HASH}",
        f"Content ID: {HASH}",
        f"id: {HASH}",
        f"http://127.0.0.1:6878/ace/getstream?id={HASH}",
        f"http://127.0.0.1:6878/ace/getstream?content_id={HASH}&format=json&pid=1",
        f"HTTP://LOCALHOST:6878/ACE/GETSTREAM?ID={HASH.upper()}",
        f"http://192.168.1.5:8080/ace/getstream/?id={HASH}#top",
        f"https://desk.example/ace/manifest.m3u8?transcode_audio=1&id={HASH}",
        f"http://[::1]:6878/hls/manifest.m3u8?id={HASH}",
        f"http://h/hls/getstream?&&id={HASH}&amp;title=x",
        f"127.0.0.1:6878/ace/getstream?id={HASH}",
        f"/ace/getstream?id={HASH}",
    ],
)
def test_every_way_to_write_a_content_id_names_the_same_content(text: str) -> None:
    assert parse(text).key == CONTENT


@pytest.mark.parametrize(
    "text",
    [
        f"infohash:{HASH}",
        f"Infohash: {HASH.upper()}",
        f"info hash = {HASH}",
        f"?infohash={HASH}",
        f"infohash={HASH}&title=x",
        f"acestream:?infohash={HASH}",
        f"acestream:%3Finfohash={HASH}",
        f"http://127.0.0.1:6878/ace/getstream?infohash={HASH}",
    ],
)
def test_an_infohash_is_not_taken_for_a_content_id(text: str) -> None:
    assert parse(text).key == INFOHASH


@pytest.mark.parametrize(
    "text",
    [
        MAGNET,
        MAGNET.replace("magnet:", "MAGNET:"),
        f"acestream:{MAGNET}",
        f"acestream:?magnet={quote(MAGNET, safe='')}",
        f"acestream:?magnet={MAGNET}",
        f"http://h:1/ace/getstream?magnet={quote(MAGNET, safe='')}",
        MAGNET.replace("&", "&amp;"),
        MAGNET[:30] + "\n" + MAGNET[30:],
    ],
)
def test_a_magnet_stays_whole(text: str) -> None:
    link = parse(text)

    assert link.key == StreamKey(KeyKind.MAGNET, MAGNET)
    assert link.title == "Big Buck Bunny"


def test_a_base32_hash_stays_inside_its_magnet() -> None:
    assert parse(BASE32).key == StreamKey(KeyKind.MAGNET, BASE32)


@pytest.mark.parametrize(
    "text",
    [
        FILE,
        FILE.replace("http://example", "HTTP://EXAMPLE"),
        f"acestream:?url={FILE}",
        f"acestream:?data={quote(FILE, safe='')}",
        f"acestream:{FILE}",
        f"http://h:6878/ace/getstream?url={quote(FILE, safe='')}",
        f"“{FILE}”",
    ],
)
def test_the_address_of_a_transport_file_is_a_url_key(text: str) -> None:
    assert parse(text).key == StreamKey(KeyKind.URL, FILE)


@pytest.mark.parametrize(
    "text",
    [
        "https://a.example/x.torrent",
        "https://a.example/x.acestream?k=1",
        "https://a.example/?x.acelive",
    ],
)
def test_all_three_kinds_of_transport_file_are_known(text: str) -> None:
    assert parse(text).key == StreamKey(KeyKind.URL, text)


def test_a_plus_in_an_address_stays_a_plus() -> None:
    assert parse("acestream:?url=http://a.example/c+1.torrent").key.value.endswith("c+1.torrent")


@pytest.mark.parametrize(
    ("text", "title"),
    [
        (f"acestream://{HASH}?title=Sport%201", "Sport 1"),
        (f"acestream://{HASH}?title=Sport 1\nand more", "Sport 1"),
        (f"acestream://{HASH}/?name=Sport+1", "Sport 1"),
        (f"acestream:?content_id={HASH}&title=Canal+ Sport", "Canal+ Sport"),
        (f"acestream:?content_id={HASH}&title=A%00B%0AC%E2%80%AE", "AB C"),
        (f"http://h/ace/getstream?id={HASH}&title=Eins", "Eins"),
        (f"acestream:?content_id={HASH}&title=HD (1080p)", "HD (1080p)"),
        (f"acestream:?content_id={HASH}&title=<b>x</b>", "<b>x</b>"),
        (HASH, ""),
    ],
)
def test_a_title_is_carried_along(text: str, title: str) -> None:
    assert parse(text).title == title


def test_a_long_title_is_cut() -> None:
    assert parse(f"acestream://{HASH}?title={'x' * 1000}").title == "x" * LONGEST_TITLE


@pytest.mark.parametrize(
    "text", [f"acestream:?content_id={HASH}&index=3", f"http://h/ace/getstream?id={HASH}&_idx=3"]
)
def test_the_file_number_belongs_to_the_key(text: str) -> None:
    assert parse(text).key == StreamKey(KeyKind.CONTENT_ID, HASH, 3)


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("", "empty"),
        (" \n“”", "empty"),
        (HASH[:-1], "An id has 40 characters (0-9, a-f); this one has 39."),
        (HASH + "a", "this one has 41"),
        (f"acestream://{HASH}7", "this one has 41"),
        (" ".join([HASH[:20], HASH[20:], "beef"]), "this one has 44"),
        ("acestream://" + HASH.replace("0", "g"), "“g”"),
        ("g" * 40, "“g”"),
        (f"acestream://{HASH[:20]}\u0602{HASH[21:]}", "a character that cannot be shown"),
        (f"acestream:?content_id={HASH}&index=\u06dd1", "“1” is not a number"),
        ("acestream://", "no id"),
        ("acestream:?", "names no id"),
        ("acestream:?content_id=", "names no id"),
        ("acestream:?content_id=12", "this one has 2"),
        (f"acestream:?content_id={HASH}&index=x", "“x” is not a number"),
        (f"acestream:?content_id={HASH}&index=-1", "not a number"),
        ("acestream:?data=/home/me/x.torrent", "http:// or https://"),
        ("acestream:?url=file:///etc/passwd", "http:// or https://"),
        ("magnet:?dn=x", "names no torrent"),
        ("magnet:", "starts with"),
        ("http://127.0.0.1:6878/ace/getstream", "names no id"),
        ("http://127.0.0.1:6878/content/0a48/0.5", "one playback"),
        (f"http://127.0.0.1:6878/ace/r/{HASH}/x", "one playback"),
        ("https://example.org/", "not an Ace Stream link"),
        ("http://[", "not an Ace Stream link"),
        ("#EXTM3U\n#EXTINF:-1,x", "playlist"),
        ("/home/me/x.acelive", "file on one computer"),
        ("hello", "not an Ace Stream link"),
        ("hello", "A link begins with acestream:// or magnet:, an id has 40 letters and digits."),
        ("a" * 70_000, "too long"),
        (f"acestream:?url=http://a.example/{'x' * 9000}", "too long"),
        (f"acestream:?url=http://a.example/{'é' * 3000}", "too long"),
    ],
)
def test_what_is_no_link_is_refused_with_a_reason(text: str, part: str) -> None:
    with pytest.raises(LinkError) as caught:
        parse(text)

    assert part in caught.value.detail


HASHES = st.text("0123456789abcdefABCDEF", min_size=40, max_size=40)
TEXTS = st.text(max_size=60)
KEYS = st.one_of(
    st.builds(build_key, st.just(KeyKind.CONTENT_ID), HASHES, st.sampled_from(["", "0", "17"])),
    st.builds(build_key, st.just(KeyKind.INFOHASH), HASHES),
    st.builds(lambda tail: build_key(KeyKind.URL, f"http://a.example/{tail}"), TEXTS),
    st.builds(
        lambda digits, tail: build_key(KeyKind.MAGNET, f"magnet:?xt=urn:btih:{digits}&dn={tail}"),
        HASHES,
        TEXTS,
    ),
)
BASES = st.sampled_from(
    ["http://127.0.0.1:8080", "https://desk.example/", "http://[::1]:1", "http://tv:65535"]
)


@given(base=BASES, key=KEYS)
def test_a_player_url_leads_back_to_its_key(base: str, key: StreamKey) -> None:
    assert parse(stream_url(base, key)).key == key


@given(text=WILD)
def test_no_text_raises_anything_but_our_error(text: str) -> None:
    link = reason = None
    try:
        link = parse(text)
    except LinkError as error:
        reason = error.detail

    if link is None:
        assert reason is not None
        assert reason.isprintable()
        assert reason.endswith(".")
    else:
        assert parse(stream_url("http://h", link.key)).key == link.key
        assert len(link.title) <= LONGEST_TITLE
        assert "\n" not in link.title


@pytest.mark.parametrize(
    "piece", [" ", "(", "\n ", "acestream:", "magnet:?", "&magnet=", "%", "a ", ")", "http://"]
)
def test_a_long_hostile_text_is_refused_quickly(piece: str) -> None:
    text = (piece * 65_536)[:65_536]
    started = time.process_time()

    with pytest.raises(LinkError):
        parse("x" + text[1:])
    with pytest.raises(LinkError):
        find(text)

    # A quadratic step over 64 Ki characters would take many seconds.
    assert time.process_time() - started < 2
