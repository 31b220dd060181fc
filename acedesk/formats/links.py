"""What people paste becomes a `Link`.

The forms are those of the official apps (acestream-android-sdk, TransportFileDescriptor) and what
is met in the wild: line breaks from e-mail, quotes, brackets, wrongly encoded links. Nothing that
can be pasted raises anything but `LinkError`, whose `detail` is a sentence for people.
"""

import re
from collections.abc import Callable
from urllib.parse import quote, unquote, unquote_plus

from acedesk.errors import LinkError
from acedesk.formats.stream_key import HASH_LENGTH, build_key, hash_problem
from acedesk.formats.text import INVISIBLE, clean_text
from acedesk.model.content import KeyKind, Link, StreamKey

# Far above any link (a selector has at most 8 KiB), far below what takes noticeable time.
LONGEST_TEXT = 64 * 1024
LONGEST_TITLE = 200

# In the order in which the official apps prefer them when a link has several.
_SELECTORS = {
    "content_id": KeyKind.CONTENT_ID,
    "id": KeyKind.CONTENT_ID,
    "magnet": KeyKind.MAGNET,
    "url": KeyKind.URL,
    "data": KeyKind.URL,
    "infohash": KeyKind.INFOHASH,
}
_TITLES = ("title", "name", "dn")
_INDEXES = ("index", "_idx")

_QUOTES = " \n\"'`´‘’‚‛“”„‟«»‹›,;"
_OPENING = "<([{"
_CLOSING = {">": "<", ")": "(", "]": "[", "}": "{"}

_FLAGS = re.IGNORECASE | re.ASCII | re.DOTALL
_SCHEME = re.compile(r"acestream(:|%3a)(?:/|%2f|\s)*", _FLAGS)
_HASH = re.compile(r"([0-9a-f]{40})(?![0-9a-z])(.*)", _FLAGS)
_API_URL = re.compile(
    r"(?:https?://)?[^/?#\s]*/(?:ace|hls)/(?:getstream|manifest\.m3u8)/?(?:\?([^#]*))?(?:#.*)?",
    _FLAGS,
)
_PLAYBACK_URL = re.compile(r"https?://[^/?#]+/(?:ace/[rmc]|content)/", _FLAGS)
_NAMED = re.compile(r"(content[_ ]?id|id|info[_ ]?hash)\s*[:=]\s*(.*)", _FLAGS)
_OTHER_NAMED = re.compile(r"(?:url|magnet|data)=", _FLAGS)
_RAW_MAGNET = re.compile(r"(?:^|&)magnet=(magnet:\?.*)", _FLAGS)
_TRANSPORT_FILE = re.compile(
    r"https?://[^?#]*\.(?:acelive|acestream|torrent)(?:[?#].*)?"
    r"|https?://[^#]*\.(?:acelive|acestream|torrent)(?:#.*)?",
    _FLAGS,
)
_CANDIDATE = re.compile(
    r"(?:acestream(?::|%3a)|magnet:|https?://)[^\s\"'<>“”«»]+"
    r"|\binfo_?hash\s?[:=]\s?[0-9a-f]{40}(?![0-9a-z])"
    r"|(?<![0-9a-z])[0-9a-f]{40}(?![0-9a-z])",
    _FLAGS,
)


def parse(text: str) -> Link:
    """Return the link that `text` is.

    Raises:
        LinkError: It is none; `detail` says in a sentence what is wrong with it.
    """
    if len(text) > LONGEST_TEXT:
        raise LinkError("This text is far too long for a link.")
    tidy = _tidy(text)
    if not tidy:
        raise LinkError("There is no link: the text is empty.")
    scheme = _SCHEME.match(tidy)
    body = _without_scheme(tidy, scheme) if scheme else tidy
    for form in _FORMS:
        if (link := form(body)) is not None:
            return link
    raise LinkError(_why_not(body, has_scheme=scheme is not None))


def find(text: str) -> Link | None:
    """Return the first link in `text`, None when there is none; only its first 64 Ki are read."""
    head = text[:LONGEST_TEXT]
    try:
        return parse(head)
    except LinkError:
        pass
    for candidate in _CANDIDATE.finditer(head):
        try:
            return parse(candidate[0].rstrip(".:!?"))
        except LinkError:
            continue
    return None


def _tidy(text: str) -> str:
    """Return `text` with plain spaces and line breaks, without wrapping and invisible marks."""
    text = re.sub("[\r\n\v\f\x1c-\x1e\x85\u2028\u2029]+", "\n", text)
    text = re.sub(r"[^\S\n]", " ", INVISIBLE.sub("", text))
    text = re.sub("[\x00-\x08\x0e-\x1b\x7f-\x9f\ud800-\udfff]", "", text)
    text = text.lstrip(_QUOTES + _OPENING).rstrip(_QUOTES).replace("&amp;", "&")
    for _ in range(len(_CLOSING)):
        # A title may end in a bracket of its own: only one that was opened before the link goes.
        if text and (opening := _CLOSING.get(text[-1])) and opening not in text:
            text = text[:-1].rstrip(_QUOTES)
    return text


def _without_scheme(tidy: str, scheme: re.Match[str]) -> str:
    body = tidy[scheme.end() :]
    if scheme[1] != ":":
        return unquote(body)
    if body[:3].lower() == "%3f":
        # Only the "?" is wrong, or all of it was encoded once too often.
        body = f"?{body[3:]}" if "=" in body else unquote(body)
    return body


def _hash_form(body: str) -> Link | None:
    """Forty hex digits with any tail, or broken up by white space."""
    if found := _HASH.match(body):
        digits, tail = found.groups()
        return Link(
            key=build_key(KeyKind.CONTENT_ID, digits), title=_tail_title(tail.split("\n")[0])
        )
    head, separator, tail = _cut(body, "?&#")
    digits = "".join(head.split()).rstrip("/")
    if digits and not hash_problem(digits):
        return Link(key=build_key(KeyKind.CONTENT_ID, digits), title=_tail_title(separator + tail))
    return None


def _magnet_form(body: str) -> Link | None:
    if body[:7].lower() != "magnet:":
        return None
    joined = _join(body)
    return Link(key=build_key(KeyKind.MAGNET, joined), title=_tail_title(joined))


def _api_form(body: str) -> Link | None:
    """A URL of an engine's or an AceDesk's HTTP API, on whatever host."""
    found = _API_URL.fullmatch(_join(body))
    return _from_query(found[1] or "") if found else None


def _query_form(body: str) -> Link | None:
    """`?content_id=...`, with or without the question mark, and `Infohash: ...`."""
    joined = _join(body)
    if joined.startswith("?"):
        return _from_query(joined[1:])
    if found := _NAMED.match(joined):
        name = found[1].lower().replace(" ", "").replace("_", "")
        selector = {"contentid": "content_id", "id": "content_id"}.get(name, name)
        return _from_query(f"{selector}={found[2]}")
    return _from_query(joined) if _OTHER_NAMED.match(joined) else None


def _file_form(body: str) -> Link | None:
    """The address of a transport file on the web."""
    joined = _join(body)
    if not _TRANSPORT_FILE.fullmatch(joined):
        return None
    return Link(key=build_key(KeyKind.URL, joined))


_FORMS: tuple[Callable[[str], Link | None], ...] = (
    _hash_form,
    _magnet_form,
    _api_form,
    _query_form,
    _file_form,
)


def _from_query(raw: str) -> Link:
    magnet = ""
    if found := _RAW_MAGNET.search(raw):
        # A magnet put in without encoding: its own "&" must not cut it.
        raw, magnet = raw[: found.start()], found[1]
    fields = _fields(raw)
    if magnet:
        fields.setdefault("magnet", quote(magnet, safe=""))
    for name, kind in _SELECTORS.items():
        if value := fields.get(name):
            index = next((unquote(fields[key]) for key in _INDEXES if key in fields), "")
            key = build_key(kind, unquote(value), index)
            return Link(key=key, title=_title(fields) or _magnet_title(key))
    raise LinkError("The link names no id, infohash, url or magnet.")


def _fields(raw: str) -> dict[str, str]:
    """Return the first non-empty value of each parameter, still encoded."""
    fields: dict[str, str] = {}
    for part in raw.split("&"):
        name, _, value = part.partition("=")
        if value.strip():
            fields.setdefault(unquote(name).strip().lower(), value)
    return fields


def _magnet_title(key: StreamKey) -> str:
    return _tail_title(key.value) if key.kind is KeyKind.MAGNET else ""


def _tail_title(tail: str) -> str:
    return _title(_fields(_cut(tail, "?&#")[2]))


def _title(fields: dict[str, str]) -> str:
    for name in _TITLES:
        if value := fields.get(name):
            # "Canal+ Sport" is a name, "My+Channel" a form encoding.
            plain = " " in value or "%20" in value
            return clean_text(unquote(value) if plain else unquote_plus(value), LONGEST_TITLE)
    return ""


def _cut(text: str, marks: str) -> tuple[str, str, str]:
    """Return what is before, at and after the first of `marks`."""
    found = re.search(f"[{marks}]", text)
    if found is None:
        return text, "", ""
    return text[: found.start()], found[0], text[found.end() :]


def _join(text: str) -> str:
    """Return `text` with its line breaks, and the indentation around them, taken out."""
    return "".join(line.strip() for line in text.split("\n"))


def _why_not(body: str, *, has_scheme: bool) -> str:
    word = "".join(_cut(body, "?&#/")[0].split())
    hexadecimal = bool(re.fullmatch(r"[0-9a-f]{8,}", word, _FLAGS))
    if has_scheme or hexadecimal or (len(word) == HASH_LENGTH and word.isalnum()):
        return hash_problem(word) or "The link has no id in it."
    if _PLAYBACK_URL.match(body):
        return "This is the address of one playback, which ends with it. Paste the link itself."
    if body[:7].upper() == "#EXTM3U":
        return "This is a whole playlist. Paste one link of it."
    if re.match(r"https?://", body, _FLAGS):
        return "This web address is not an Ace Stream link."
    if re.search(r"\.(?:acelive|acestream|torrent)$", body, _FLAGS):
        return "This is a file on one computer. Paste a link, an id or a web address."
    return "This is not an Ace Stream link or id."
