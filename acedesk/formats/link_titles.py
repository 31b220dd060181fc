"""What a link in a text is called: by its list entry, its anchor, or the words beside it.

A wrong name is worse than none: a sentence, a command or another address is not taken for one.
"""

import re
from typing import Final

from acedesk.formats.text import clean_text

LONGEST_TITLE: Final = 200
# What stands beside a link and is longer is a sentence.
LONGEST_WORDS: Final = 60
# How far an entry of a list, or an anchor, goes.
REACH: Final = 4096

_FLAGS: Final = re.IGNORECASE | re.DOTALL
_ENTRY: Final = re.compile(
    r'#EXTINF:[^,"\n]*(?:"[^"\n]{0,1000}"[^,"\n]*){0,40},([^\n]*)', re.IGNORECASE
)
_NAME: Final = re.compile(r'\btvg-name="([^"\n]{1,400})"', re.IGNORECASE)
_HREF: Final = re.compile(r"<a\s[^<>]{0,500}=\s*[\"']?$", _FLAGS)
_ANCHOR: Final = re.compile(r"[^<>]{0,1000}>(.{0,1000}?)</a\b", _FLAGS)
_MARKDOWN: Final = re.compile(r"\[([^\[\]\n]{1,300})\]\(<?$")
_TAG: Final = re.compile(r"<[^<>]{0,500}>|^[^<>]{0,500}>|<[^<>]{0,500}$")
_ITEM: Final = re.compile(
    r"^[\s*_`~|:;,.=#>–—→•·\"'“”„«»-]*(?:\[[ x]?\]\s*)?(?:\(?\d{1,4}[.):\]](?=\s|$)\W*)?"
    r"(?:(?:name|title|channel)s?\s*[:=]\s*)?",
    re.IGNORECASE,
)
_MARKS: Final = " \n\t*_`~|:;,.=#>-–—→•·\"'“”„«»‘‚‹›([{「『【《〈（［、。：，"
_BRACKETS: Final = {
    "(": ")",
    "[": "]",
    "{": "}",
    "<": ">",
    "„": "“”",
    "«": "»",
    "「": "」",
    "『": "』",
    "【": "】",
    "《": "》",
    "〈": "〉",
}
_LABEL: Final = re.compile(
    r"(?:^|(?<=[\s\W_]))(?:ace[ _-]?stream|ace|content|info[ _-]?hash|hash|id|cid|pid|link|url"
    r"|href|src|magnet|torrent|stream|watch|live)s?$",
    re.IGNORECASE,
)
_ADDRESS: Final = re.compile(
    r"://|(?:acestream|magnet|intent|https?|plugin):|[0-9a-f]{32}", re.IGNORECASE
)
# An option, an assignment, a path: part of a command.
_COMMAND: Final = re.compile(
    r"(?:^|\s)(?:--?[a-z]|\$|>|/\w)|[={}%\\]|\.exe\b"
    r"|^(?:mpv|c?vlc|ffplay|ffmpeg|ffprobe|curl|wget|streamlink|acedesk|celluloid|smplayer|iina)\b",
    re.IGNORECASE,
)


def title_near(text: str, start: int, end: int, *, after: int = 0) -> str:
    """Return what the link at `start` to `end` of a plain text is called, "" when not known.

    Args:
        after: Where the link before this one ended, 0 for the first.
    """
    before = text[max(after, start - REACH) : start]
    behind = text[end : end + REACH]
    title = _entry_title(before)
    if not title and (found := _MARKDOWN.search(before[-400:])):
        title = found[1]
    if not title and _HREF.search(before[-600:]) and (found := _ANCHOR.match(behind)):
        title = _TAG.sub(" ", found[1])
    if title:
        return "" if _ADDRESS.search(title) else clean_text(title, LONGEST_TITLE)
    above, _, line = before.rpartition("\n")
    rest = behind.partition("\n")[0]
    title = _words_before(line) or _words_behind(rest)
    if title or not _is_bare(line) or not _is_bare(rest):
        return title
    return _words_before(above.rstrip().rpartition("\n")[2])


def _entry_title(before: str) -> str:
    """Return the title of the list entry that the link ends; options may stand between."""
    place = before.upper().rfind("#EXTINF:")
    if place < 0 or (found := _ENTRY.match(before, place)) is None:
        return ""
    between = before[found.end() :].split("\n")
    if any(line.strip() and not line.lstrip().startswith("#") for line in between[:-1]):
        return ""  # another address stands between them
    title = re.split(r"\s#[A-Z]{3}", found[1])[0].strip()
    named = _NAME.search(found[0])
    return title or (named[1] if named else "")


def _is_bare(line: str) -> bool:
    """Whether nothing but marks and the link's kind is in the line."""
    words = _without_labels(_ITEM.sub("", _TAG.sub(" ", line)))
    return not any(map(str.isalnum, words))


def _without_labels(words: str) -> str:
    words = words.rstrip(_MARKS)
    while (label := _LABEL.search(words)) is not None:
        words = words[: label.start()].rstrip(_MARKS)
    return words


def _words_before(line: str) -> str:
    line = re.split(r"[;|,]\s+(?=\S)", _TAG.sub(" ", line))[-1]
    if _COMMAND.search(line.rstrip(" =")):
        return ""
    return _name(_without_labels(_ITEM.sub("", line)))


def _words_behind(line: str) -> str:
    # What is glued to the link is its tail.
    line = re.sub(r"^\S*", "", line)
    line = re.split(r"[;|,]\s", _TAG.sub(" ", line))[0]
    if _COMMAND.search(line):
        return ""
    return _name(line.strip(_MARKS + ")]}"))


def _name(words: str) -> str:
    words = words.strip()
    for opening, closing in _BRACKETS.items():
        # The other one of the pair stood beside the link.
        if opening in words and not any(mark in words for mark in closing):
            words = words.replace(opening, "").strip()
    if len(words) > LONGEST_WORDS or words[:1].islower() or _ADDRESS.search(words):
        return ""
    return clean_text(words, LONGEST_TITLE) if any(map(str.isalpha, words)) else ""
