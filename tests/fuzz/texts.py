"""Fuzz targets that read text: links, lists, playlists, queries."""

import random
import unicodedata
from urllib.parse import quote

from acedesk.errors import LinkError
from acedesk.formats import getstream, links, m3u8
from acedesk.model.content import Link
from acedesk.proxy.http import player_urls
from tests.fuzz.mutation import mutated

LINKS = (
    "acestream://" + "ab" * 20,
    "http://127.0.0.1:6878/ace/getstream?id=" + "ab" * 20 + "&_idx=2",
    "magnet:?xt=urn:btih:" + "ab" * 20 + "&dn=A%20name",
    "https://example.org/a.torrent?x=[::1]#frag",
    "http://[fe80::1%25eth0]/a.acelive",
)
SIGNS = "\u0000\u202e\ud800[]%:/?#&=@ \t\n\\\u00e9\U0001f600acestreamhttp0123"

LETTERS = "aZ09 -éñЖяשלع中文字日本語かな한글ไทย😀"
TONGUES = (
    *(
        "watch",
        "смотреть",
        "канал:",
        "شاهد",
        "الآن",
        "צפה",
        "观看",
        "，",
        "視聴する",
        "지금",
        "दस",
        "ดู",
    ),
    *(
        "Zażółć",
        "“Sport”",
        "(HD)",
        "1.",
        "—",
        "→",
        "👉🏽",
        "\u200f",
        "\u200d",
        "é",
        "İ",
        "ß",
        "<b>",
    ),
    *("50%", "#1", "&amp;", "\u3000", "\xa0", "\t", "|", "[ ]", "a_b", "ID:", "=", "\n", "\r\n"),
)


def text(dice: random.Random) -> str:
    """Return a link that something happened to."""
    out = list(dice.choice(LINKS))
    for _ in range(dice.randint(0, 6)):
        at = dice.randrange(len(out) + 1)
        out[at : at + dice.choice((0, 1, 1, 8))] = dice.choices(SIGNS, k=dice.randint(0, 4))
    return "".join(out)


def link_forms(digits: str) -> tuple[str, ...]:
    """Return what names one content id in a list or among words."""
    address = f"http://127.0.0.1:6878/ace/getstream?id={digits}"
    twice = quote(quote(f"acestream://{digits}", safe=""), safe="")
    return (
        digits,
        f"acestream://{digits}",
        address,
        quote(address, safe=""),
        twice,
        f"http://h:8000/pid/{digits}/stream.mp4",
        f"plugin://script.module.horus?action=play&id={digits}",
    )


def entry(dice: random.Random, digits: str, end: str) -> tuple[str, str]:
    """Return one entry of a list as text, and its title."""
    title = "".join(dice.choices(LETTERS, k=dice.randint(1, 12)))
    title = " ".join(f"X{title}X".split())
    rows = [f'#EXTINF:-1 tvg-id="a,{digits[:8]}" group-title="g",{title}']
    rows += dice.choices(("#EXTVLCOPT:http-user-agent=x", "#EXTGRP:g", ""), k=dice.randrange(3))
    return end.join((*rows, dice.choice(link_forms(digits)), "")), title


def fuzz_lists(dice: random.Random) -> None:
    end = dice.choice(("\n", "\r\n", "\r", "\n\n"))
    digits = [
        "".join(dice.choices("0123456789abcdef", k=40))
        for _ in range(dice.choice((1, 1, 2, 3, 12)))
    ]
    entries = [entry(dice, one, end) for one in digits]
    data = dice.choice(("", "\ufeff")) + dice.choice(("", f"#EXTM3U{end}"))
    data += "".join(one for one, _ in entries)
    intact = dice.random() < 0.5
    if not intact:
        data = mutated(dice, data.encode()).decode("utf-8", "replace")
    found: tuple[Link, ...] = ()
    problem = ""
    try:
        found = (links.find(data),)
    except links.SeveralLinks as exc:
        found = exc.links
    except LinkError as exc:
        problem = exc.detail
    assert problem.isprintable(), "no sentence"
    if intact:
        assert not problem, f"not found: {problem}"
        assert [link.key.value for link in found] == digits[: links.MOST_LINKS], "other links"
        shown = [title for _, title in entries][: links.MOST_LINKS]
        assert [link.title for link in found] == shown, "other titles"


def fuzz_words(dice: random.Random) -> None:
    digits = "".join(dice.choices("0123456789abcdef", k=40))
    around = [" ".join(dice.choices(TONGUES, k=dice.randrange(6))) for _ in range(2)]
    data = f"{around[0]} {dice.choice(link_forms(digits))} {around[1]}"
    found = links.find(data)
    assert found.key.value == digits, "another content"
    assert not any(unicodedata.category(char) in ("Cc", "Cs") for char in found.title)


def fuzz_playlists(dice: random.Random) -> None:
    segments = tuple(
        m3u8.MediaSegment(uri=f"s{n}.ts", duration=dice.random() * 10, discontinuity=n == 2)
        for n in range(dice.randrange(5))
    )
    target = dice.randrange(12)
    text = m3u8.build(m3u8.MediaPlaylist(target_duration=target, segments=segments))
    playlist = m3u8.parse(mutated(dice, text.encode()).decode("utf-8", "replace"))
    assert playlist.target_duration >= 0
    assert all(segment.duration >= 0 for segment in playlist.segments)
    m3u8.build(playlist)


def fuzz_links(dice: random.Random) -> None:
    data = text(dice)
    link = links.parse(data)
    again = links.parse(player_urls.stream_url("http://127.0.0.1:8080", link.key))
    assert again.key == link.key, "its own URL is another content"


def fuzz_find(dice: random.Random) -> None:
    link = links.find(f"{text(dice)} {text(dice)}")
    assert links.parse(player_urls.stream_url("http://h", link.key)).key == link.key, "another"


def fuzz_query(dice: random.Random) -> None:
    names = ("id", "infohash", "url", "magnet", "_idx", "from", "pid", "format", text(dice))
    values = ("ab" * 20, "1", "-5", "1e400", "", text(dice))
    pairs = [(dice.choice(names), dice.choice(values)) for _ in range(dice.randint(0, 4))]
    getstream.parse_query(pairs)
