import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acedesk.errors import EngineAnswerInvalid
from acedesk.formats.m3u8 import MediaPlaylist, MediaSegment, build, parse
from tests import hls_rules

titles = st.text(st.characters(whitelist_categories=("L", "N"), whitelist_characters=" ,.-"))
segments = st.builds(
    MediaSegment,
    uri=st.from_regex(r"/ace/hls/[A-Za-z0-9_-]{1,16}/[0-9]{1,12}\.ts", fullmatch=True),
    duration=st.integers(1, 12_490_000).map(lambda microseconds: microseconds / 1e6),
    discontinuity=st.booleans(),
    title=titles.map(lambda text: " ".join(text.split())[:50].strip()),
)
playlists = st.builds(
    MediaPlaylist,
    target_duration=st.integers(1, 100),
    segments=st.lists(segments, max_size=8).map(tuple),
    media_sequence=st.integers(0, 2**64 - 1),
    discontinuity_sequence=st.integers(0, 10**6),
    independent=st.booleans(),
    ended=st.booleans(),
)


@given(playlists)
def test_what_is_built_is_read_back(playlist: MediaPlaylist) -> None:
    assert parse(build(playlist)) == playlist


@given(playlists)
def test_what_is_built_is_well_formed(playlist: MediaPlaylist) -> None:
    problems = hls_rules.check_playlist(build(playlist), live=not playlist.ended)

    # Which durations and addresses go in is the caller's affair.
    assert [p for p in problems if "longer than" not in p and "twice" not in p] == []


@given(st.text() | st.text().map(lambda text: f"#EXTM3U\n{text}"))
def test_any_text_is_a_playlist_or_our_error(text: str) -> None:
    with contextlib.suppress(EngineAnswerInvalid):
        parse(text)


ENGINE = """#EXTM3U
#EXT-X-VERSION:3
#EXT-X-TARGETDURATION:7
#EXT-X-MEDIA-SEQUENCE:0
#EXT-X-PROGRAM-DATE-TIME:2026-11-23T10:00:00Z
# a comment
#EXTINF:5.720000,
http://host:6878/ace/c/abc/0.ts

#EXT-X-DISCONTINUITY
#EXTINF:6,Title, with a comma
1.ts
"""


@pytest.mark.parametrize("text", [ENGINE, "\ufeff" + ENGINE.replace("\n", "\r\n")])
def test_an_engines_list_is_understood(text: str) -> None:
    playlist = parse(text)

    assert (playlist.target_duration, playlist.version, playlist.ended) == (7, 3, False)
    assert playlist.segments == (
        MediaSegment(uri="http://host:6878/ace/c/abc/0.ts", duration=5.72),
        MediaSegment(uri="1.ts", duration=6.0, discontinuity=True, title="Title, with a comma"),
    )


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "does not begin"),
        ("<html>", "does not begin"),
        ("#EXTM3U\n", "no target duration"),
        ("#EXTM3U\n#EXT-X-TARGETDURATION:x\n", "no number"),
        ("#EXTM3U\n#EXT-X-TARGETDURATION:-5\n", "no number"),
        ("#EXTM3U\n#EXT-X-TARGETDURATION:5\n#EXTINF:nan,\n1.ts\n", "no duration"),
        ("#EXTM3U\n#EXT-X-TARGETDURATION:5\n1.ts\n", "without a duration"),
        ("#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\na.m3u8\n", "master"),
        ("#EXTM3U\n" + "#" * 9_000_000, "too long"),
    ],
)
def test_what_is_no_media_playlist_is_refused(text: str, why: str) -> None:
    with pytest.raises(EngineAnswerInvalid, match=why):
        parse(text)
