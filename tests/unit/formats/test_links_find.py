import contextlib
import time
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acedesk.errors import LinkError
from acedesk.formats.links import SeveralLinks, find
from acedesk.model.content import KeyKind, Link, StreamKey
from tests.fakes.wild_links import HASH, WILD

OTHER = "f528764d624db129b32c21fbca0cb8d6f528764d"
MAGNET = f"magnet:?xt=urn:btih:{OTHER}&dn=Big+Buck+Bunny&tr=udp%3A%2F%2Ftracker.example%3A80"
FILE = "http://example.org/channels/one.acelive"
CONTENT = StreamKey(KeyKind.CONTENT_ID, HASH)
INFOHASH = StreamKey(KeyKind.INFOHASH, HASH)


@pytest.mark.parametrize(
    ("text", "title"),
    [
        (f"Sport HD acestream://{HASH}", "Sport HD"),
        (f"1. {HASH}", ""),
        (f"12) Sport – {HASH}", "Sport"),
        (f"**{HASH}**", ""),
        (f"[Sport](acestream://{HASH})", "Sport"),
        (f"[acestream://{HASH}](acestream://{HASH})", ""),
        (f"AceStream ID: {HASH}", ""),
        (f'<a href="acestream://{HASH}">Sport &amp; more</a>', "Sport & more"),
        (f"&lt;a href=&quot;acestream://{HASH}&quot;&gt;Sport&lt;/a&gt;", "Sport"),
        (f"<p><b>Sport 1</b> acestream://{HASH}</p>", "Sport 1"),
        (f"watch {HASH}.", ""),
        (f"try (http://127.0.0.1:6878/ace/getstream?id={HASH}).", ""),
        (f"{HASH} Channel One", "Channel One"),
        (f"{HASH} - Спорт 1", "Спорт 1"),
        (f"Kanal „Sport“: {HASH}", "Kanal Sport"),
        (f"Канал «Спорт» {HASH}", "Канал Спорт"),
        (f"チャンネル「{HASH}」", "チャンネル"),
        (f"【体育】：{HASH}。", "【体育】"),
        (f"شاهد القناة \u2067acestream://{HASH}\u2069", "شاهد القناة"),
        (f"`{HASH}`", ""),
        (f"> - [ ] {HASH} <", ""),
        (f"mpv http://127.0.0.1:6878/ace/getstream?id={HASH}", ""),
        (f"vlc --fullscreen 'http://10.0.0.9:8000/pid/{HASH}/stream.mp4'", ""),
        (f'am start -a android.intent.action.VIEW -d "acestream://{HASH}"', ""),
        (f"#EXTM3U\n#EXTINF:-1,Sport\nacestream://{HASH}\n", "Sport"),
        (
            (
                '\ufeff#EXTINF:-1 tvg-id="a,b" x="X",Sport, HD\r\n#EXTVLCOPT:a=b\r\n#EXTGRP:X'
                f"\r\nhttp://127.0.0.1:6878/ace/getstream?id={HASH}\r\n"
            ),
            "Sport, HD",
        ),
        (f'#EXTINF:-1 tvg-name="Sport",\nacestream://{HASH}', "Sport"),
        (f"#EXTINF:0,Sport acestream://{HASH}", "Sport"),
        (f"#EXTINF:-1,Sport\n\n{HASH}", "Sport"),
        (f'#EXTINF:-1 tvg-id="{OTHER}",Sport\n{HASH}', "Sport"),
        (f"Sport HD:\n{HASH}", "Sport HD"),
        (f"(HD) Sport {HASH}", "(HD) Sport"),
        (f'"text\\n{HASH}\\n"', ""),
        (f"broken acestream://{HASH[:-1]} then acestream://{HASH}", ""),
        (f'{{"name": "x", "url": "acestream:\\/\\/{HASH}"}}', ""),
        (f"See {HASH} or acestream://{HASH.upper()}.", "See"),
        (f"https://example.org/page then acestream://{HASH}", ""),
        (f"acestream://?content_id={HASH}&title=Sport 1", "Sport 1"),
    ],
)
def test_one_link_is_found_among_anything_with_its_title(text: str, title: str) -> None:
    assert find(text) == Link(key=CONTENT, title=title)


@pytest.mark.parametrize(
    "text",
    [
        f"http://h:8000/pid/{HASH}/stream.mp4",
        f"http://h:8000//pid//{HASH}//stream.mp4",
        f"http://h:8000/content_id/{HASH}/x.ts",
        f"h:8000/content_id/{HASH}/x.ts",
        f"plugin://script.module.horus?action=play&id={HASH}&title=Sport%201",
        f"plugin://script.module.horus/?action=play&id={HASH}&title=Sport 1",
        f"plugin://program.plexus/?url=acestream://{HASH}&mode=1&name=Sport+1",
        f"plugin://program.plexus/?url=acestream%3A%2F%2F{HASH}&mode=1&name=Sport",
        f"plugin://plugin.video.p2p-streams/?mode=1&url={HASH}&name=X",
        f'PlayMedia("plugin://program.plexus/?mode=1&url={HASH}")',
        f"http://h:6878//ace//getstream?id={HASH}",
        f"http:\\/\\/h\\/ace\\/getstream?id={HASH}",
        f"http://h/stream?id={HASH}",
        f"http%3A%2F%2Fh%3A6878%2Face%2Fgetstream%3Fid%3D{HASH}",
        f"http%253A%252F%252Fh%252Face%252Fgetstream%253Fid%253D{HASH}",
        f"http://h/ace/getstream/{HASH}",
        f"intent://play?id={HASH}#Intent;scheme=acestream;end",
        f"intent:#Intent;action=android.intent.action.VIEW;data=acestream://{HASH};end",
        f"acestream%253A%252F%252F{HASH}",
        f"intent://{HASH}#Intent;scheme=acestream;package=org.acestream.media;end",
        f"intent:?content_id={HASH}#Intent;scheme=acestream;S.title=Sport;end",
        f"intent://127.0.0.1:6878/ace/getstream?id={HASH}#Intent;scheme=http;end",
        f"https://t.me/share/url?url=acestream%3A%2F%2F{HASH}",
        f"https://www.google.com/url?q=acestream://{HASH}",
        f"{HASH}.ts",
        f"{HASH}.ts and more",
        f"{HASH}|User-Agent=VLC%2F3",
        f"http://h/ace/getstream?id={HASH}|User-Agent=VLC",
        f"http://h/ace/getstream?id={HASH}.ts",
        f"http://h/ace/getstream?id=%20{HASH}%20",
        f"http://h/ace/getstream?id=acestream://{HASH}",
        f"%20{HASH}",
        f"{HASH}%20",
        f"\u200d{HASH[:9]}\u200d\u200c{HASH[9:]}\ufe0f",
        "".join(chr(ord(char) + 0xFEE0) for char in HASH),
        "".join(chr(0x1D7CE + int(char)) if char.isdigit() else char for char in HASH),
        f"acestream：／／{HASH}",
        f"“acestream://{HASH}”,",
        f"acestream://{HASH}\nacestream://{HASH}",
        f'{{"url": "acestream:\\u002f\\u002F{HASH}"}}',
        f"\\u003ca href=\\u0022acestream:\\u002f\\u002f{HASH}\\u0022\\u003eS\\u003c\\u002fa\\u003e",
        f"http://h/ace/getstream?a=b\\u0026id={HASH}",
        *(
            (begin + f"#EXTM3U\n#EXTINF:-1,Sport\nacestream://{HASH}\n")
            .encode(coding)
            .decode("latin-1")
            for begin in ("", "\ufeff")
            for coding in ("utf-16-le", "utf-16-be")
        ),
        "#EXTM3U\n" + "#EXTINF:-1,x\nhttp://example.org/1.ts\n" * 10_000 + f"{HASH}\n",
    ],
)
def test_addresses_of_other_programs_and_things_around_an_id(text: str) -> None:
    assert find(text).key == CONTENT


@pytest.mark.parametrize(
    ("text", "key"),
    [
        (f"infohash: {HASH} and more", INFOHASH),
        (f"<td>Infohash</td><td>{HASH}</td>", INFOHASH),
        (f'{{"infohash": "{HASH}"}}', INFOHASH),
        (f"http://h:8000/infohash/{HASH}/0/stream.mp4", INFOHASH),
        (f"http://h:8000/infohash/{HASH}/2/x.mp4", StreamKey(KeyKind.INFOHASH, HASH, 2)),
        (f"plugin://script.module.horus?action=play&infohash={HASH}", INFOHASH),
        (f"urn:btih:{HASH}", INFOHASH),
        (f"Sport xt=urn:btih:{HASH.upper()}", INFOHASH),
        (f"get {FILE}!", StreamKey(KeyKind.URL, FILE)),
        (f"http://h:8000/url/{quote(FILE, safe='')}/stream.mp4", StreamKey(KeyKind.URL, FILE)),
        (f"http://h/url/{FILE}/stream.mp4", StreamKey(KeyKind.URL, FILE)),
        (f"http://h/torrent/{quote(FILE, safe='')}/x.mp4", StreamKey(KeyKind.URL, FILE)),
        (f"see {MAGNET} please", StreamKey(KeyKind.MAGNET, MAGNET)),
        (f"see {quote(MAGNET, safe='')} please", StreamKey(KeyKind.MAGNET, MAGNET)),
        (f"{MAGNET} (infohash {OTHER})", StreamKey(KeyKind.MAGNET, MAGNET)),
    ],
)
def test_each_kind_is_found_as_what_it_is(text: str, key: StreamKey) -> None:
    assert find(text).key == key


@pytest.mark.parametrize(
    "text",
    [
        "", "nothing here", f"x{HASH}", "https://example.org/" + HASH,
        f"https://github.com/a/b/commit/{HASH}", f"https://a.b/x#{HASH}",
        f"github.com/a/b/commit/{HASH}",
        f"h:6878/ace/r/{HASH}/x", f"sha256: {HASH}{HASH[:24]}", "see http://example.org/ and that",
        "x" * 70_000,
    ],
)  # fmt: skip
def test_where_there_is_no_link_the_reason_is_said(text: str) -> None:
    with pytest.raises(LinkError) as caught:
        find(text)

    assert not isinstance(caught.value, SeveralLinks)


@pytest.mark.parametrize("entries", [1, 10_000])
@pytest.mark.parametrize("begin", ["", "\ufeff", "\r\n"])
def test_a_playlist_without_a_link_is_said_to_be_one(entries: int, begin: str) -> None:
    entry = "#EXTINF:-1,x\r\nhttp://example.org/1.ts\r\n"

    with pytest.raises(LinkError, match="a playlist without an Ace Stream link"):
        find(f"{begin}#EXTM3U\r\n{entry * entries}")


def test_a_playlist_of_ten_thousand_asks_which_one() -> None:
    entries = (f"#EXTINF:-1,Channel {n}\nacestream://{n:040x}\n" for n in range(10_000))

    with pytest.raises(SeveralLinks) as caught:
        find("#EXTM3U\n" + "".join(entries))

    assert [link.title for link in caught.value.links[:2]] == ["Channel 0", "Channel 1"]


def test_what_is_wrong_with_a_link_among_words_is_said() -> None:
    with pytest.raises(LinkError, match="this one has 39"):
        find(f"Sport HD: acestream://{HASH[:-1]} today")


@pytest.mark.parametrize(
    "text",
    [
        f"{HASH} {OTHER}",
        f"{HASH}\n{OTHER}",
        f"{HASH},{OTHER}",
        f"{HASH}&{OTHER}",
        f"{HASH}?{OTHER}",
        f"{HASH}%20{OTHER}",
        f"{HASH}|{OTHER}",
        f"acestream://{HASH},acestream://{OTHER}",
        f"acestream://{HASH}acestream://{OTHER}",
        f"acestream://{HASH}?title=a,acestream://{OTHER}",
        f"acestream://{HASH}/{OTHER}",
        f"[acestream://{HASH}](acestream://{OTHER})",
        f'See <a href="acestream://{HASH}">one</a> or {OTHER}, http://x.example/.',
        f"#EXTM3U\n#EXTINF:-1,A\nacestream://{HASH}\n#EXTINF:-1,B\nacestream://{OTHER}\n",
        f"http://h/ace/getstream?id={HASH}&id={OTHER}",
        f"http://h/pid/{HASH}/x.ts http://h/infohash/{OTHER}/x.ts",
        f"{MAGNET}\n{HASH}",
        f"acestream://{HASH}\n{MAGNET}",
        f"{FILE} {FILE}.torrent",
        "x " * 400_000 + f"{HASH} {OTHER}",
    ],
)
def test_of_two_different_links_none_is_taken_in_silence(text: str) -> None:
    with pytest.raises(SeveralLinks) as caught:
        find(text)

    assert len(caught.value.links) == 2
    for link in caught.value.links:
        assert link.key.short[-4:] in caught.value.detail


def test_different_links_are_told_by_their_titles() -> None:
    with pytest.raises(SeveralLinks) as caught:
        find(f"Sport 1: {HASH}\nSport 2: {OTHER}")

    assert [link.title for link in caught.value.links] == ["Sport 1", "Sport 2"]
    assert caught.value.detail == (
        f"There are different links in this text: “Sport 1” ({HASH}) and “Sport 2” ({OTHER}). "
        "Give one only."
    )


@given(text=WILD)
def test_find_raises_our_error_only(text: str) -> None:
    reason = "."
    try:
        find(text)
    except LinkError as error:
        reason = error.detail

    assert reason.isprintable()
    assert reason.endswith(".")


AROUND = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="0123456789abcdefABCDEF%"),
    max_size=30,
)


@given(before=AROUND, after=AROUND, link=st.sampled_from([HASH, f"acestream://{HASH}"]))
def test_any_words_may_stand_around_a_link(before: str, after: str, link: str) -> None:
    assert find(f"{before} {link} {after}").key == CONTENT


@given(between=AROUND)
def test_two_different_ids_are_never_one(between: str) -> None:
    with pytest.raises(SeveralLinks):
        find(f"{HASH} {between} {OTHER}")


@pytest.mark.parametrize("piece", ["acestream://", "acestream://x/", "acestream%3A%2F%2F"])
def test_links_in_links_without_end_are_refused(piece: str) -> None:
    for text in (piece * 3000, f"{piece * 3000}{HASH}"):
        with pytest.raises(LinkError):
            find(text)


def test_a_link_in_an_address_in_a_link_is_found() -> None:
    inner = f"http://127.0.0.1:6878/ace/getstream?id=acestream://{HASH}"

    assert find(f"acestream://{inner}").key == CONTENT


# What a free processor takes for the sum of so many numbers; the limit below was measured on it.
YARDSTICK, YARDSTICK_SECONDS = 1_000_000, 0.0135


@pytest.mark.parametrize(
    "line",
    [
        "a few words of text ", "Спорт и новости ", "Спорт\r\n\tновости\u200d\r\n", "&amp;",
        "ё\u200c", "体育，新闻。", "ＡＢＣ　", "0a1b2c ", "f" * 39 + " ", "f" * 64 + " ", "f",
        "http://example.org/page?x=1&amp;y=2 ", "acestream ", "magnet", "<a href='x'>y</a>\n", "\n",
        f"https://example.org/x/{HASH} ", f"acestream://{HASH}\n", f"{HASH},", "acestream:// ",
        "acestream://", "AceStream://x/", "acestream%3A%2F%2F", "acestream://?a=http://b/?c=",
        "magnet:?xt=magnet:?", "0123456789", "#EXTINF", "#EXTINF:-1,Name\n", "[", "[a](", "&#x30;",
        f"[S](acestream://{HASH}) ", "/ace/getstream?id=", "x.torrent?", "０", "ａ０1", "\u202e",
        "a\u202e", "a\ud800", "a\u2066\u2066", "\u0301e", "#EXTGRP:x\n", f"%3a{HASH}",
    ],
)  # fmt: skip
def test_a_megabyte_is_searched_in_50_ms(line: str) -> None:
    text = (line * (1_000_000 // len(line) + 1))[:1_000_000]
    took, yardstick = [], []

    for _ in range(5):
        started = time.thread_time()
        with contextlib.suppress(LinkError):
            find(text)
        found = time.thread_time()
        took.append(found - started)
        sum(range(YARDSTICK))
        yardstick.append(time.thread_time() - found)

    # Processor time, too, grows where a neighbour on the same core is busy.
    assert min(took) < 0.05 * max(1.0, min(yardstick) / YARDSTICK_SECONDS)
