"""Where in a text links may be: the words worth a look, found fast in a megabyte.

Most of a long text is no link. A link has one of a few words in it, or 40 hex digits in a row;
both are searched as bytes, and only the words around them are looked at closely.
"""

import re
import unicodedata
from collections.abc import Iterator
from typing import Final

from acedesk.formats.text import INVISIBLE

# A selector has at most 8 KiB, and so has what is in front of it.
LONGEST_WORD: Final = 8192

_NEEDLES: Final = (
    b"acestream:", b"acestream%", b"magnet:", b"magnet%", b"btih:", b"getstream", b"manifest.m3u8",
    b".acelive", b".torrent",
)  # fmt: skip
_RUN: Final = b"h" * 40

# In a text longer than this what there may be much of is replaced at once, joiners everywhere.
LONG: Final = 64 * 1024
_OFTEN: Final = (
    ("\r\n", "\n"), ("\r", "\n"), ("\t", " "), ("\xa0", " "), ("\u3000", " "), ("\u2028", "\n"),
    ("\u200b", ""), ("\u200c", ""), ("\u200d", ""), ("\u2060", ""), ("\xad", ""), ("\ufeff", ""),
    ("\ufe0f", ""), ("\x00", ""),
)  # fmt: skip

# So many places of a long text are rewritten one by one; a text with more of them is no text of
# people, and would take a second. A run of odd signs longer than any link is a gap.
_MOST_REWRITTEN: Final = 5_000

# Joiners are letters' business in some scripts; beside ASCII they only hide in an id.
_JOINERS: Final = "\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200c\u200d\u3164\ufe00-\ufe0f"
_JOINER: Final = re.compile(f"[{_JOINERS}]")
_FORMATTED: Final = "\uff01-\uff5e\U0001d400-\U0001d7ff"
_SPACES: Final = "\xa0\u1680\u2000-\u200a\u202f\u205f\u3000"
_BREAKS: Final = "\x85\u2028\u2029"
_NEVER: Final = "\x80-\x84\x86-\x9f\ud800-\udfff"
_CLUTTER: Final = (
    rf"\x00-\x09\x0b-\x1f\x7f{_JOINERS}{_SPACES}{_BREAKS}{_NEVER}{INVISIBLE.pattern[1:-1]}"
)
_ODD: Final = re.compile(f"[{_CLUTTER}{_FORMATTED}]+")
# Full-width commas are in every line of Chinese prose; an id has more than a few such signs.
_ODD_IN_LONG: Final = re.compile(f"[{_CLUTTER}]+|[{_FORMATTED}]{{4,}}")
_SPACE: Final = re.compile(f"[{_SPACES}]")
_BREAK: Final = re.compile(f"[{_BREAKS}]")
_GONE: Final = re.compile(f"[{_NEVER}{INVISIBLE.pattern[1:-1]}]")
_CONTROLS: Final[dict[int, str | None]] = {
    **dict.fromkeys([*range(0x09), *range(0x0E, 0x1C), 0x1F, 0x7F]),
    **dict.fromkeys([0x0B, 0x0C, 0x0D, 0x1C, 0x1D, 0x1E], "\n"),
    0x09: " ",
}
_NUMBERED: Final = re.compile(r"&#(?:([0-9]{1,4})|x([0-9a-f]{1,3}));", re.IGNORECASE)
# As JSON has it that is safe inside a page: "\u003ca href=\u0022acestream:\u002f\u002f".
_ESCAPED: Final = re.compile(r"\\u00([2-7][0-9a-f])", re.IGNORECASE)
# The ampersand last: what was encoded twice is decoded once.
_NAMED: Final = (
    ("&quot;", '"'), ("&apos;", "'"), ("&lt;", "<"), ("&gt;", ">"), ("&nbsp;", " "), ("&amp;", "&"),
)  # fmt: skip


def _kind(code: int) -> int:
    char = chr(code)
    if char in "0123456789abcdef":
        return ord("h")
    if char.isascii() and char.isalnum():
        return ord("z")
    return ord(" ") if char in " \n" else ord(".")


# Each byte by its kind: a hex digit, another letter, white space, anything else.
_KINDS: Final = bytes(_kind(code) for code in range(256))
_LETTERS: Final = re.compile(rb"[hz]+")


def plain(text: str) -> str:
    """Return `text` with plain line breaks, spaces and digits, without entities and joiners.

    Full-width and mathematical digits and letters become ASCII; joiners stay in other scripts.
    """
    is_long = len(text) > LONG
    most = _MOST_REWRITTEN if is_long else 0  # 0 is no limit
    if text.isascii():
        text = text.translate(_CONTROLS)
    else:
        for often in _OFTEN if is_long else ():
            text = text.replace(*often)
        text = (_ODD_IN_LONG if is_long else _ODD).sub(_plain_run, text, count=most)
    if "\\u00" in text:
        text = _ESCAPED.sub(_escaped, text, count=most)
    if "&#" in text:
        text = _NUMBERED.sub(_numbered, text, count=most)
    for entity, char in _NAMED:
        text = text.replace(entity, char)
    return text


def words(text: str) -> Iterator[tuple[int, int]]:
    """Yield start and end of each word of a plain text that may hold a link, in their order.

    What would be longer than `2 * LONGEST_WORD` comes in pieces.
    """
    lower = text.encode("ascii", "replace").lower()
    kinds = lower.translate(_KINDS)
    nexts = dict.fromkeys((_RUN, *_NEEDLES), -2)
    end = 0
    while (spot := _next_spot(lower, kinds, nexts, end)) >= 0:
        start = max(kinds.rfind(b" ", end, spot) + 1, end, spot - LONGEST_WORD)
        limit = spot + LONGEST_WORD
        end = kinds.find(b" ", spot, limit)
        if end < 0:
            end = min(limit, len(text))
        yield start, end


def _next_spot(lower: bytes, kinds: bytes, nexts: dict[bytes, int], begin: int) -> int:
    """Return where something of a link is next, -1 when nowhere.

    Args:
        nexts: For each needle where it is next, -1 nowhere, -2 not looked for yet; kept here.
    """
    spot = -1
    for needle, known in nexts.items():
        place = known
        if known == -2 or -1 < known < begin:
            is_run = needle == _RUN
            place = _next_digits(lower, kinds, begin) if is_run else lower.find(needle, begin)
            nexts[needle] = place
        if place >= 0 and (spot < 0 or place < spot):
            spot = place
    return spot


def _next_digits(lower: bytes, kinds: bytes, begin: int) -> int:
    """Return where a word begins that has 40 hex digits with nothing else, -1 when nowhere."""
    spot = kinds.find(_RUN, begin)
    while spot >= 0:
        run = _LETTERS.match(kinds, spot)
        end = run.end() if run else spot + 1
        glued = spot > begin and kinds[spot - 1 : spot] in (b"h", b"z")
        before = lower[max(spot - 3, 0) : spot + 1]
        encoded = b"%" in before or b"\\" in before
        if encoded or (end - spot == len(_RUN) and not glued):
            return spot
        spot = kinds.find(_RUN, end)
    return -1


def _plain_run(found: re.Match[str]) -> str:
    text, run = found.string, found[0]
    if len(run) > LONG:
        return " "
    beside = text[max(found.start() - 1, 0) : found.start()] + text[found.end() : found.end() + 1]
    if _JOINER.search(run) and any("!" <= char <= "~" for char in beside):
        run = _JOINER.sub("", run)
    run = _GONE.sub("", _BREAK.sub("\n", _SPACE.sub(" ", run.translate(_CONTROLS))))
    return run if _JOINER.search(run) else unicodedata.normalize("NFKC", run)


def _escaped(found: re.Match[str]) -> str:
    char = chr(int(found[1], 16))
    return char if char.isprintable() else " "


def _numbered(found: re.Match[str]) -> str:
    code = int(found[1]) if found[1] else int(found[2], 16)
    return chr(code) if 0x20 <= code < 0x7F else " "
