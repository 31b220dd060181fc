"""Texts that hold pieces of links in any order, and what surrounds links."""

import string

from hypothesis import strategies as st

HASH = "0a4848271c91ce2d8965ce416267c25047dc8141"

PIECES = st.sampled_from(
    [
        "acestream:", "//", "?", "%3F", "%00", "%", "&", "=", "content_id=", "magnet:?", "magnet=",
        "xt=urn:btih:", "url=", "data=", "index=", "title=", "http://", "[", "]", "/ace/getstream",
        "/hls/manifest.m3u8", ".torrent", HASH, HASH[:39], " ", "\n", "\x00", "\ud800", "&amp;",
        "<", ">", "“", "#", ":", "infohash", "\u200b", "é",
    ]
)  # fmt: skip
WILD = st.one_of(
    st.text(), st.lists(PIECES, max_size=12).map("".join), st.text(string.printable, max_size=200)
)
