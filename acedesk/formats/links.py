"""What people paste becomes a `Link`.

`find` is what everything asks that takes a link from outside: the one link among whatever is
around it. `parse` reads a text that is a link from end to end, also one that was broken up.

The forms are those of the official apps (acestream-android-sdk, TransportFileDescriptor), of other
proxies and media centre add-ons, and what is met in the wild: line breaks from e-mail, quotes,
brackets, wrongly encoded links. Nothing that can be pasted raises anything but `LinkError`, whose
`detail` is a sentence for people.
"""

import base64
import dataclasses
import re
from collections.abc import Callable
from urllib.parse import quote, unquote, unquote_plus

from acedesk.errors import LinkError
from acedesk.formats import link_addresses, link_spots, link_titles
from acedesk.formats.stream_key import HASH_LENGTH, build_key, hash_problem
from acedesk.formats.text import clean_text
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
_ADDRESS = re.compile(r"[a-z][a-z0-9+.-]*:\\?/\\?/|intent:|[^?#\s]*/(?:ace|hls)/", _FLAGS)
_HASH_INSIDE = re.compile(r"(?:acestream|%[0-9a-f]{2}|[\W_])*([0-9a-f]{40})(?![0-9a-z])", _FLAGS)
_TOPIC = re.compile(r"urn:btih:([0-9a-f]{40}|[a-z2-7]{32})(?![0-9a-z])", _FLAGS)
_NAMED = re.compile(r"(content[_ ]?id|id|info[_ ]?hash)\s*[:=]\s*(.*)", _FLAGS)
_OTHER_NAMED = re.compile(r"(?:url|magnet|data)=", _FLAGS)
_RAW_MAGNET = re.compile(r"(?:^|&)magnet=(magnet:\?.*)", _FLAGS)
_TRANSPORT_FILE = re.compile(
    r"https?://[^?#]*\.(?:acelive|acestream|torrent)(?:[?#].*)?"
    r"|https?://[^#]*\.(?:acelive|acestream|torrent)(?:#.*)?",
    _FLAGS,
)
_LINK_BEGINS = re.compile(r"acestream(?::|%(?:25)*3a)", _FLAGS)
# Where one link ends because the next begins, in a row without spaces.
_NEXT = re.compile(
    r"(?:[,;|)\]}(\[&]+|(?<=[0-9a-f]{40})[?#]?)"
    r"(?=acestream:|magnet:\?|https?://|plugin://|intent:|[0-9a-f]{40}(?![0-9a-z]))",
    _FLAGS,
)
_TAIL = r"[^\s\"<>“”«»]*"
_CANDIDATE = re.compile(
    rf"(?P<link>(?:acestream|magnet)(?::|%(?:25)*3a){_TAIL})"
    rf"|(?P<address>(?<![a-z0-9+.-])[a-z][a-z0-9+.-]{{0,20}}(?:%(?:25)*3a(?:%(?:25)*2f|/){{2}}|:\\?/\\?/){_TAIL}"
    rf"|intent:{_TAIL})"
    r"|(?<![0-9a-z])btih:(?P<topic>[0-9a-f]{40}|[a-z2-7]{32})(?![0-9a-z])"
    r"|(?:(?<![0-9a-z])|(?<=%[0-9a-f]{2})|(?<=\\[nrt]))"
    rf"(?P<digits>[0-9a-f]{{40}})(?:(?![0-9a-z])|(?=acestream:|magnet:|https?:))(?:/?[?&#]{_TAIL})?",
    _FLAGS,
)
_SHORT_LINK = re.compile(
    r"acestream(?::|%3a)(?:[/\\]|%2f)*[0-9a-f]{40}(?![0-9a-z])(?!/?[?&#])", _FLAGS
)
_WORDED = (KeyKind.MAGNET, KeyKind.URL)
# In front of an id: its kind, in words, tags and marks.
_INFOHASH_LABEL = re.compile(r"info[ _-]?hash(?:[\W_]|\bis\b|%[0-9a-f]{2})*$", _FLAGS)
_OF_OTHERS = re.compile(r"(?:^|[^\w.-])(?:[\w-]+\.)+[a-z]{2,}(?::\d+)?/(?:[^\s?]*/)?$", _FLAGS)
# A value in the head of a list entry is about the entry; the entry's link is in its last line.
_ATTRIBUTE = re.compile(r"#EXT[A-Z-]*:[^\n]*=\s?[\"']?$", _FLAGS)
_TAGS = re.compile(r"<[^<>]{0,200}>")
_AROUND_LINK = ".,;:!?'`*_~|"
_EMPTY_LIST = "This is a playlist without an Ace Stream link."

# Enough to see that a text has several, and to choose from.
MOST_LINKS = 10
# What looked like a link at first sight and was read closely; more is a file of another kind.
MOST_CANDIDATES = 500
MOST_CHARACTERS = 256 * 1024
# An address may be inside a link, which may be inside an address ...
DEEPEST = 8
# A word costs as much as so many characters, however short it is.
WORD_COST = 64
# How far in front of an id its kind may stand.
REACH = 1000
# So many marks may stand behind a link.
MOST_MARKS = 64


class SeveralLinks(LinkError):
    """A text names several contents; who gave it has to say which is meant.

    Attributes:
        links: The first `MOST_LINKS` of them, with the titles they have in the text.
    """

    code = "several_links"

    def __init__(self, found: tuple[Link, ...]) -> None:
        shown = " and ".join(_shown(link) for link in found[:2])
        more = f" and {len(found) - 2} more" if len(found) > 2 else ""
        super().__init__(f"There are different links in this text: {shown}{more}. Give one only.")
        self.links = found


def find(text: str) -> Link:
    """Return the one link in `text`, among any words and marks, with the title it has there.

    Raises:
        SeveralLinks: It names several contents.
        LinkError: There is none; `detail` says in a sentence what is wrong.
    """
    found, problem = _search(link_spots.plain(text))
    if len(found) > 1:
        raise SeveralLinks(tuple(found))
    try:
        # Only as a whole is a link read that was broken up, or that has a title with spaces.
        whole = parse(text)
    except SeveralLinks:
        raise
    except LinkError as exc:
        if not found:
            raise problem or exc from None
        return found[0]
    if not found:
        return whole
    # Words behind an address are not of it, unless more of its parameters come after them.
    goes_on = "&" in text.strip().partition(" ")[2]
    key = found[0].key if whole.key.kind in _WORDED and not goes_on else whole.key
    return Link(key=key, title=whole.title or found[0].title)


def parse(text: str) -> Link:
    """Return the link that `text` is.

    Raises:
        LinkError: It is none; `detail` says in a sentence what is wrong with it.
    """
    if len(text) > LONGEST_TEXT:
        is_list = text.lstrip("\ufeff\r\n ")[:7].upper() == "#EXTM3U"
        raise LinkError(_EMPTY_LIST if is_list else "This text is far too long for a link.")
    tidy = link_addresses.decoded(_tidy(text))
    if not tidy:
        raise LinkError("There is no link: the text is empty.")
    scheme = _SCHEME.match(tidy)
    body = _without_scheme(tidy, scheme) if scheme else tidy
    for form in _FORMS:
        if (link := form(body)) is not None:
            return link
    raise LinkError(_why_not(body, has_scheme=scheme is not None))


def _search(text: str) -> tuple[list[Link], LinkError | None]:
    """Return the different links of a plain text, and what is wrong with the first broken one."""
    search = _Search(text)
    for start, end in link_spots.words(text):
        search.look_at(start, end)
        if len(search.found) >= MOST_LINKS:
            break
    return list(search.found.values()), search.problem


class _Search:
    """Collects the links of one plain text."""

    def __init__(self, text: str) -> None:
        self.found: dict[StreamKey, Link] = {}
        self.problem: LinkError | None = None
        self._text = text
        self._after = 0
        self._candidates = self._characters = 0

    def look_at(self, start: int, end: int) -> None:
        """Look for links between two places."""
        self._count(0, end - start + WORD_COST)
        while start < end and (candidate := _CANDIDATE.search(self._text, start, end)):
            start = self._take(candidate)

    def _take(self, candidate: re.Match[str]) -> int:
        """Take the links of a candidate; return where to look further."""
        text, begin = self._text, candidate.start()
        words = _first(candidate[0])
        self._count(1, len(words))
        end = begin + len(words)
        try:
            link = _candidate_link(text[max(begin - REACH, 0) : begin], candidate, _trimmed(words))
        except SeveralLinks as exc:
            self._add(*exc.links)
            return end
        except LinkError as exc:
            self.problem = self.problem or exc
            return begin + len("acestream") if candidate["link"] else end
        if link is None:
            return end
        if candidate["link"] and (short := _SHORT_LINK.match(words)) is not None:
            end = begin + short.end()  # what is glued to the id may be another one
        if not link.title and _content(link.key) not in self.found:
            title = link_titles.title_near(text, begin, end, after=self._after)
            link = dataclasses.replace(link, title=title)
        self._after = end
        self._add(link)
        return end

    def _count(self, candidates: int, characters: int) -> None:
        """Count what was read; not every file that somebody drops can be gone through."""
        self._candidates += candidates
        self._characters += characters
        if self._candidates > MOST_CANDIDATES or self._characters > MOST_CHARACTERS:
            raise LinkError("This text is too long, and full of addresses. Give one link of it.")

    def _add(self, *links: Link) -> None:
        for link in links:
            known = self.found.setdefault(_content(link.key), link)
            if link.title and not known.title:
                self.found[_content(link.key)] = dataclasses.replace(known, title=link.title)


def _candidate_link(before: str, candidate: re.Match[str], words: str) -> Link | None:
    """Return the link that a candidate is, None when it is none.

    Args:
        before: What stands in front of it.
        words: The candidate without what is no part of it.

    Raises:
        LinkError: It is meant as a link and is broken.
    """
    if topic := candidate["topic"]:
        return Link(key=build_key(KeyKind.INFOHASH, _hexadecimal(topic)))
    if candidate["digits"]:
        return _bare_link(before, words)
    if candidate["address"]:
        words = link_addresses.decoded(words)
        return _address_form(words) or _file_form(words)
    return parse(words.replace("\\", ""))


def _bare_link(before: str, words: str) -> Link | None:
    """Return the link of an id without a scheme, None when it is another program's number."""
    if _ATTRIBUTE.search(before):
        return None
    digits, tail = words[:HASH_LENGTH], words[HASH_LENGTH:].lstrip("/?&#")
    if _INFOHASH_LABEL.search(_TAGS.sub(" ", before[-200:])):
        return _from_query(f"infohash={digits}&{tail}")
    place = re.split(r"\s", before)[-1]
    if place.endswith("/"):
        if link_addresses.is_playback(place):
            return None
        if _OF_OTHERS.search(place) and not link_addresses.unwrap(place + words):
            return None
    return _from_query(f"content_id={digits}&{tail}")


def _hexadecimal(topic: str) -> str:
    """Return the 40 hex digits of a torrent's hash; base32 has 32 characters (BEP 9)."""
    return topic if len(topic) == HASH_LENGTH else base64.b32decode(topic.upper()).hex()


def _content(key: StreamKey) -> StreamKey:
    """Return a key that all names of one content share, as far as they tell it."""
    if key.kind is KeyKind.MAGNET and (found := _TOPIC.search(unquote(key.value))):
        value = _hexadecimal(found[1]).lower()
        return StreamKey(KeyKind.INFOHASH, value, key.file_index)
    return key


def _first(words: str) -> str:
    """Return what is before the next link in `words`; one inside a parameter is part of it."""
    found = _NEXT.search(words, 1)
    return words[: found.start()] if found else words


def _trimmed(words: str) -> str:
    """Return `words` without the marks around a link, and brackets that it did not open."""
    for _ in range(min(MOST_MARKS, len(words))):
        last = words[-1]
        opening = _CLOSING.get(last)
        if last not in _AROUND_LINK and (
            opening is None or words.count(opening) >= words.count(last)
        ):
            break
        words = words[:-1]
    return words


def _shown(link: Link) -> str:
    key = link.key
    name = key.value if len(key.value) <= HASH_LENGTH else key.short
    return f"“{link.title[:40]}” ({name})" if link.title else name


def _tidy(text: str) -> str:
    """Return `text` with plain spaces and line breaks, without wrapping and invisible marks."""
    text = re.sub(r"\n+", "\n", link_spots.plain(text))
    text = text.lstrip(_QUOTES + _OPENING).rstrip(_QUOTES)
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
        title = _tail_title(tail.split("\n")[0])
        return Link(key=build_key(KeyKind.CONTENT_ID, digits), title=title)
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


def _address_form(body: str) -> Link | None:
    """An address of an engine, an AceDesk or another program, on whatever host."""
    joined = _join(body)
    if _is_nested(joined):
        return None
    if _ADDRESS.match(joined) is None or not (inner := link_addresses.unwrap(joined)):
        return None
    if inner[:11] == "acestream:?":
        return _from_query(inner[11:])
    return parse(inner)


def _is_nested(text: str) -> bool:
    """Tell whether links are inside links deeper than anybody puts them; each level is read."""
    return len(_LINK_BEGINS.findall(text)) > DEEPEST


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
    _address_form,
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
            link = _selected(kind, unquote(value), index)
            _check_others(raw, kind, link)
            return dataclasses.replace(link, title=_title(fields) or link.title)
    raise LinkError("The link names no id, infohash, url or magnet.")


def _selected(kind: KeyKind, value: str, index: str) -> Link:
    """Return the link of one selector; where an id belongs there may be a link around it."""
    if kind is KeyKind.URL and not re.match(r"\s*https?:", value, _FLAGS):
        for form in (_scheme_form, _hash_form, _magnet_form):
            if (link := form(value.strip())) is not None:
                return link
    elif kind in (KeyKind.CONTENT_ID, KeyKind.INFOHASH) and (found := _HASH_INSIDE.match(value)):
        value = found[1]
    key = build_key(kind, value, index)
    return Link(key=key, title=magnet_title(key))


def _scheme_form(text: str) -> Link | None:
    return parse(text) if _SCHEME.match(text) else None


def _check_others(raw: str, kind: KeyKind, link: Link) -> None:
    """Refuse a query that names two contents of one kind; of different kinds the first counts.

    Raises:
        SeveralLinks: It does.
    """
    if kind not in (KeyKind.CONTENT_ID, KeyKind.INFOHASH) or raw.count("id=") < 2:
        return
    for part in raw.split("&"):
        name, _, value = part.partition("=")
        if _SELECTORS.get(unquote(name).strip().lower()) is kind and (
            found := _HASH_INSIDE.match(unquote(value))
        ):
            other = Link(key=build_key(kind, found[1]))
            if other.key.value != link.key.value:
                raise SeveralLinks((link, other))


def _fields(raw: str) -> dict[str, str]:
    """Return the first non-empty value of each parameter, still encoded."""
    fields: dict[str, str] = {}
    for part in raw.split("&"):
        name, _, value = part.partition("=")
        if value.strip():
            fields.setdefault(unquote(name).strip().lower(), value)
    return fields


def magnet_title(key: StreamKey) -> str:
    """Return the name that a magnet link holds (`dn`), "" where there is none."""
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
    if link_addresses.is_playback(body):
        return "This is the address of one playback, which ends with it. Paste the link itself."
    if body[:7].upper() == "#EXTM3U":
        return _EMPTY_LIST
    if re.match(r"https?://", body, _FLAGS):
        return "This web address is not an Ace Stream link."
    if re.search(r"\.(?:acelive|acestream|torrent)$", body, _FLAGS):
        return "This is a file on one computer. Paste a link, an id or a web address."
    return (
        "This is not an Ace Stream link or id. A link begins with acestream:// or magnet:, "
        "an id has 40 letters and digits."
    )
