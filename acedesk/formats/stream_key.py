"""One selector from outside becomes a `StreamKey`: checked, and equal contents get equal keys."""

import base64
import re
from collections.abc import Callable, Iterator
from urllib.parse import quote, unquote

from acedesk.errors import LinkError
from acedesk.formats.text import INVISIBLE, clean_text
from acedesk.model.content import Infohash, KeyKind, StreamKey

# HTTP servers take request lines of about 8 KiB (aiohttp: 8190); nothing longer would get through.
LONGEST_SELECTOR = 8192

# RFC 1035: 253 characters as text, and a port.
LONGEST_HOST = 260
HASH_LENGTH = 40

_XT = re.compile(r"xt(?:\.\d+)?", re.IGNORECASE | re.ASCII)
_BTIH = re.compile(r"urn:btih:([0-9a-f]{40}|[a-z2-7]{32})(?![0-9a-z])", re.IGNORECASE | re.ASCII)

# What a URL may hold as it is; everything else is percent-encoded, so that a key is plain ASCII.
_ASCII = "".join(chr(code) for code in range(0x21, 0x7F))
_HASH = re.compile(r"[0-9a-f]{40}")
_URL = re.compile(r"(https?://)([^\s/?#]+)([/?#].*)?", re.IGNORECASE | re.ASCII)
_MAGNET = re.compile(r"magnet:/*\?(.+)", re.IGNORECASE)
# BEP 9: 40 hex digits or 32 of base32; v2 torrents (BEP 52) have a multihash instead.
_TOPIC = re.compile(
    r"(?:^|&)xt(?:\.\d+)?=urn:(?:btih:(?:[0-9a-f]{40}|[a-z2-7]{32})|btmh:[0-9a-f]{8,80})(?![0-9a-z])",
    re.IGNORECASE | re.ASCII,
)


def build_key(kind: KeyKind, text: str, file_index: str = "") -> StreamKey:
    """Return the key for one selector.

    Args:
        text: The selector's value, percent-decoded.
        file_index: Decimal digits, "" for the first file.

    Raises:
        LinkError: The value is not of its kind; `detail` is a sentence that says why.
    """
    if len(text) > LONGEST_SELECTOR:
        raise LinkError(f"The link is too long ({len(text)} characters).")
    return StreamKey(kind, _VALUES[kind](text), _index_value(file_index))


def build_infohash(value: object) -> Infohash | None:
    """Return `value` as an infohash, None when it is not one."""
    if isinstance(value, str) and _HASH.fullmatch(lower := value.strip().lower()):
        return Infohash(lower)
    return None


def magnet_infohash(magnet: str) -> Infohash | None:
    """Return the infohash in a magnet link, None when there is none (a v2 torrent), or several."""
    found = {_unified(topic) for topic in _topics(magnet)}
    return found.pop() if len(found) == 1 else None


def infohash_in(key: StreamKey) -> Infohash | None:
    """Return the infohash that a key itself tells, None when it tells none."""
    if key.kind is KeyKind.INFOHASH:
        return Infohash(key.value)
    return magnet_infohash(key.value) if key.kind is KeyKind.MAGNET else None


def infohash_of_name(name: str) -> Infohash | None:
    """Return the infohash in a `StreamKey.stream_id`, None where that names another kind."""
    kind, _, value = name.partition(":")
    return build_infohash(value) if kind.partition(".")[0] == KeyKind.INFOHASH.value else None


def _topics(magnet: str) -> Iterator[str]:
    """Return the hashes of a magnet link: a name may have in it what looks like another one."""
    for field in magnet.partition("?")[2].split("&"):
        name, _, value = field.partition("=")
        if _XT.fullmatch(unquote(name)) and (hash_ := _BTIH.match(unquote(value))):
            yield hash_[1]


def _unified(word: str) -> Infohash:
    if len(word) == HASH_LENGTH:
        return Infohash(word.lower())
    return Infohash(base64.b32decode(word.upper()).hex())


def hash_problem(word: str) -> str:
    """Say in a sentence why `word` is no id; "" when it is one."""
    if not word:
        return "The link has no id in it."
    odd = next((char for char in word if char not in "0123456789abcdefABCDEF"), "")
    if odd:
        shown = _printable(odd, 1)
        seen = f"“{shown}”" if shown else "a character that cannot be shown"
        return f"An id has only the characters 0-9 and a-f; this one has {seen} in it."
    if len(word) != HASH_LENGTH:
        return f"An id has 40 characters (0-9, a-f); this one has {len(word)}."
    return ""


def _printable(text: str, limit: int) -> str:
    """Return what of `text` every terminal and font can show in a sentence.

    Marks as U+0602 are visible, but in a group with signs that are not.
    """
    return "".join(filter(str.isprintable, clean_text(text, limit)))


def _hash_value(text: str) -> str:
    word = "".join(INVISIBLE.sub("", text).split()).rstrip("/")
    if problem := hash_problem(word):
        raise LinkError(problem)
    return word.lower()


def _url_value(text: str) -> str:
    found = _URL.fullmatch(_one_word(text))
    if found is None or len(found[2]) > LONGEST_HOST:
        raise LinkError("The address of a transport file must start with http:// or https://.")
    scheme, host, rest = found.groups()
    return _bounded(scheme.lower() + host.lower() + quote(rest or "/", safe=_ASCII))


def _magnet_value(text: str) -> str:
    found = _MAGNET.fullmatch(_one_word(text))
    if found is None:
        raise LinkError("A magnet link starts with “magnet:?”.")
    if _TOPIC.search(unquote(found[1])) is None:
        raise LinkError("This magnet link names no torrent: xt=urn:btih: and a hash are missing.")
    return _bounded(f"magnet:?{quote(found[1], safe=_ASCII)}")


def _one_word(text: str) -> str:
    """Return `text` without what no URL has; spaces are kept in their encoded form."""
    visible = INVISIBLE.sub("", text).strip()
    spaced = re.sub(r"[^\S ]", "", visible).replace(" ", "%20")
    return "".join(char for char in spaced if char.isprintable())


def _bounded(value: str) -> str:
    if len(value) > LONGEST_SELECTOR:
        raise LinkError(f"The link is too long ({len(value)} characters).")
    return value


_VALUES: dict[KeyKind, Callable[[str], str]] = {
    KeyKind.CONTENT_ID: _hash_value,
    KeyKind.INFOHASH: _hash_value,
    KeyKind.URL: _url_value,
    KeyKind.MAGNET: _magnet_value,
}


def _index_value(text: str) -> int:
    digits = text.strip()
    if not digits:
        return 0
    # Six digits: no torrent has a million files worth counting.
    if not re.fullmatch(r"[0-9]{1,6}", digits):
        raise LinkError(f"The file number “{_printable(digits, 20)}” is not a number.")
    return int(digits)
