"""Addresses of other programs that name a content, as links in the official form.

Engines and AceDesk have `/ace/getstream?id=`. Other proxies put the selector into the path
(`/pid/ID/stream.mp4`, aceproxy and HTTPAceProxy) or have a path of their own, add-ons of media
centres have `plugin://` (Horus, Plexus, p2p-streams), Android has `intent:`, and any address may
carry a link inside one of its parameters.
"""

import re
from typing import Final
from urllib.parse import quote, unquote

_FLAGS: Final = re.IGNORECASE | re.ASCII | re.DOTALL
_HASH: Final = "[0-9a-f]{40}(?![0-9a-z])"
_ENCODED: Final = re.compile(r"[a-z][a-z0-9+.-]*%(?:25)*3a", _FLAGS)
_INTENT: Final = re.compile(r"intent:(.*?)(?:#intent;(.*))?", _FLAGS)
_API: Final = re.compile(r"/+(?:ace|hls)/+(?:getstream|manifest\.m3u8)/*$", _FLAGS)
_PLAYBACK: Final = re.compile(
    r"(?:[a-z]+://)?[^/?#]+/+(?:ace/+(?:[rmc]|stat|cmd|hls)|content|hls/+[rmc])/", _FLAGS
)
_PATH: Final = re.compile(
    rf"/+(?:(pid|cid|id|ace|acestream|content[_-]?id|getstream|play|stream)|(info_?hash))/+({_HASH})(?:/+([0-9]{{1,6}})(?=/))?",
    _FLAGS,
)
_PATH_ADDRESS: Final = re.compile(
    r"/+(?:url|torrent|magnet|efile_url|data)/+(https?(?::|%(?:25)*3a).*|magnet(?::|%(?:25)*3a).*)",
    _FLAGS,
)
_FILE_NAME: Final = re.compile(r"/[^/?&=]*\.(?:mp4|ts|mkv|avi|m3u8?|mpg|flv)$", _FLAGS)
_FILE_INSIDE: Final = re.compile(r"[^?#]*\.(?:acelive|acestream|torrent)(?=/)", _FLAGS)
_FILE: Final = re.compile(r"[^?#]*\.(?:acelive|acestream|torrent)(?:[?#].*)?", _FLAGS)
_NAMED: Final = re.compile(
    rf"(?:^|[?&;])(?:content[_-]?id|info_?hash|id|pid|acestream)=(?:\W|%[0-9a-f]{{2}}|acestream)*{_HASH}"
    r"|(?:^|[?&;])magnet=magnet(?::|%3a)"
    rf"|(?:^|[?&;])(?:url|data|link)=(?:{_HASH}|acestream(?::|%3a)|magnet(?::|%3a)"
    r"|https?(?::|%3a)[^&]*\.(?:acelive|acestream|torrent))",
    _FLAGS,
)
_INNER: Final = re.compile(r"(?<![a-z0-9])(?:acestream:|magnet:(?:/*)\?)", _FLAGS)
# Other names of the official ones.
_NAMES: Final = (
    (re.compile(r"(^|[?&;])(?:content-id|contentid|pid|acestream)=", _FLAGS), r"\1content_id="),
    (re.compile(r"(^|[?&;])info_hash=", _FLAGS), r"\1infohash="),
    (re.compile(r"(^|[?&;])link=", _FLAGS), r"\1url="),
)


def decoded(text: str) -> str:
    """Return an address that was encoded as a whole, up to three times, as it was before."""
    for _ in range(3):
        if _ENCODED.match(text) is None:
            break
        text = unquote(text)
    return text


def is_playback(address: str) -> bool:
    """Whether it is the address of one playback of an engine, which ends with it."""
    return _PLAYBACK.match(address) is not None


def unwrap(address: str) -> str:
    """Return the link that an address stands for in the official form, "" when for none.

    Args:
        address: Begins with its scheme, or with its path.
    """
    address = decoded(address).replace("\\/", "/")
    if address[:7].lower() == "intent:":
        return _intent(address)
    if is_playback(address):
        return ""
    path, mark, query = address.partition("?")
    for pattern, name in _NAMES:
        query = pattern.sub(name, query)
    query = query.partition("#")[0]
    if _API.search(path.partition("#")[0]):
        return f"acestream:?{query}"
    if link := _from_path(address, path, query):
        return link
    if _FILE.fullmatch(address) and re.match("https?:", address, _FLAGS):
        return ""
    if mark and _NAMED.search(query):
        return f"acestream:?{query}"
    return _inner(address)


def _from_path(address: str, path: str, query: str) -> str:
    """Return the link of an address that names the content in its path, "" when it does not."""
    if found := _PATH_ADDRESS.search(address):
        inner = found[1]
        if _ENCODED.match(inner):
            inner = unquote(_FILE_NAME.sub("", inner.partition("?")[0]))
        elif file := _FILE_INSIDE.match(inner):
            inner = file[0]
        return f"acestream:?{'magnet' if inner[:6].lower() == 'magnet' else 'url'}={quote(inner)}"
    if found := _PATH.search(path):
        name = "infohash" if found[2] else "content_id"
        return f"acestream:?{name}={found[3]}&index={found[4] or ''}&{query}"
    return ""


def _intent(address: str) -> str:
    """Return what an Android intent shall open; its title is an extra of the intent."""
    found = _INTENT.fullmatch(address)
    if found is None:
        return ""
    extras: dict[str, str] = {}
    for part in (found[2] or "").split(";"):
        name, _, value = part.partition("=")
        extras[name.lower().removeprefix("s.")] = value
    scheme = extras.get("scheme", "").lower()
    body = found[1]
    if not body:
        return _inner(address)
    if scheme in ("http", "https") or "/" in body.strip("/").partition("?")[0]:
        return unwrap(f"http:{body}")
    query = body.partition("?")[2]
    link = f"acestream:?{query}" if _NAMED.search(query) else f"acestream:{body}"
    if (title := extras.get("title")) and "title=" not in body:
        link += f"{'&' if '?' in body else '?'}title={title}"
    return link


def _inner(address: str) -> str:
    rest = address.partition(":")[2]
    for _ in range(3):
        if found := _INNER.search(rest):
            return rest[found.start() :]
        rest = unquote(rest)
    return ""
