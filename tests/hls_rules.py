"""What RFC 8216 says about media playlists, written down apart from the program's own code.

`check_playlist` looks at one text, `check_update` at what a server may change between two. Both
return the rules that were broken, in words, so that a test can show all of them at once.
"""

import dataclasses
import re
from collections.abc import Iterator
from urllib.parse import urlsplit

# Tags of media playlists (4.3.1 to 4.3.3) with the pattern of what follows the name.
_VALUES = {
    "#EXTM3U": r"",
    "#EXT-X-VERSION": r":[1-7]",
    "#EXT-X-TARGETDURATION": r":[0-9]{1,20}",
    "#EXT-X-MEDIA-SEQUENCE": r":[0-9]{1,20}",
    "#EXT-X-DISCONTINUITY-SEQUENCE": r":[0-9]{1,20}",
    "#EXT-X-INDEPENDENT-SEGMENTS": r"",
    "#EXT-X-DISCONTINUITY": r"",
    "#EXT-X-ENDLIST": r"",
    "#EXTINF": r":[0-9]+(?:\.[0-9]+)?,[^\r\n]*",
}
_ONCE = {
    "#EXTM3U",
    "#EXT-X-VERSION",
    "#EXT-X-TARGETDURATION",
    "#EXT-X-MEDIA-SEQUENCE",
    "#EXT-X-DISCONTINUITY-SEQUENCE",
    "#EXT-X-INDEPENDENT-SEGMENTS",
    "#EXT-X-ENDLIST",
}
# 4.3.3.2 and 4.3.3.3: before the first segment; the latter also before any discontinuity.
_BEFORE_SEGMENTS = {"#EXT-X-MEDIA-SEQUENCE", "#EXT-X-DISCONTINUITY-SEQUENCE"}


@dataclasses.dataclass
class Listed:
    """A segment as the text has it."""

    number: int
    uri: str
    duration: float
    discontinuity: bool
    discontinuity_number: int


@dataclasses.dataclass
class Read:
    """A playlist as the text has it."""

    version: int = 1
    target: int = 0
    sequence: int = 0
    ended: bool = False
    independent: bool = False
    segments: list[Listed] = dataclasses.field(default_factory=list)


def read(text: str) -> Read:
    """Return what a well-formed playlist says; broken ones are for `check_playlist`."""

    def number(name: str, otherwise: int) -> int:
        found = re.search(rf"^{name}:(\d+)$", text, re.MULTILINE)
        return int(found[1]) if found else otherwise

    result = Read(
        version=number("#EXT-X-VERSION", 1),
        target=number("#EXT-X-TARGETDURATION", -1),
        sequence=number("#EXT-X-MEDIA-SEQUENCE", 0),
        ended="\n#EXT-X-ENDLIST\n" in text,
        independent="\n#EXT-X-INDEPENDENT-SEGMENTS\n" in text,
    )
    jumps = number("#EXT-X-DISCONTINUITY-SEQUENCE", 0)
    duration, jump = 0.0, False
    for line in text.splitlines():
        if line == "#EXT-X-DISCONTINUITY":
            jump = True
            jumps += 1
        elif line.startswith("#EXTINF:"):
            duration = float(line.removeprefix("#EXTINF:").split(",")[0])
        elif line and not line.startswith("#"):
            place = result.sequence + len(result.segments)
            result.segments.append(Listed(place, line, duration, jump, jumps))
            jump = False
    return result


def check_playlist(text: str, *, live: bool = True) -> list[str]:
    """Return the rules that one playlist breaks."""
    problems = [*_check_lines(text), *_check_order(text.splitlines())]
    playlist = read(text)
    if "#EXT-X-TARGETDURATION:" not in text:
        problems.append("4.3.3.1: the target duration is required")
    for segment in playlist.segments:
        # 4.3.3.1: rounded to the nearest integer it is not above the target duration.
        if int(segment.duration + 0.5) > playlist.target:
            problems.append(f"4.3.3.1: {segment.duration} is longer than {playlist.target}")
        if segment.duration != int(segment.duration) and playlist.version < 3:
            problems.append("7: durations with fractions need version 3")
        if not urlsplit(segment.uri).path:
            problems.append(f"4.1: {segment.uri!r} is no URI")
    if len({segment.uri for segment in playlist.segments}) != len(playlist.segments):
        problems.append("a URI is there twice, without byte ranges")
    if live and playlist.ended:
        problems.append("4.3.3.4: a stream that goes on has no end")
    return problems


def _check_lines(text: str) -> Iterator[str]:
    if not text.startswith("#EXTM3U\n"):
        yield "4.3.1.1: the first line must be #EXTM3U"
    if text.startswith("\ufeff"):
        yield "4.1: no byte order mark"
    if re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]", text):
        yield "4.1: no control characters but the line feed"
    if not text.endswith("\n") or "\n\n" in text:
        yield "every line ends, and none is empty"
    for line in text.splitlines():
        yield from _check_line(line)


def _check_line(line: str) -> Iterator[str]:
    if line != line.strip():
        yield f"4.1: no white space around {line!r}"
    if line.startswith("#EXT"):
        name = line.partition(":")[0]
        if name not in _VALUES:
            yield f"unknown tag {name}"
        elif re.fullmatch(re.escape(name) + _VALUES[name], line) is None:
            yield f"malformed: {line!r}"
    elif line.startswith("#"):
        yield f"an unexpected comment: {line!r}"


def _check_order(lines: list[str]) -> Iterator[str]:
    names = [line.partition(":")[0] for line in lines]
    for name in _ONCE:
        if names.count(name) > 1:
            yield f"{name} is there more than once"
    first = next((n for n, name in enumerate(names) if name == "#EXTINF"), len(names))
    for name in _BEFORE_SEGMENTS & set(names):
        if names.index(name) > first:
            yield f"4.3.3: {name} comes after a segment"
    if {"#EXT-X-DISCONTINUITY-SEQUENCE", "#EXT-X-DISCONTINUITY"} <= set(names) and names.index(
        "#EXT-X-DISCONTINUITY-SEQUENCE"
    ) > names.index("#EXT-X-DISCONTINUITY"):
        yield "4.3.3.3: the discontinuity sequence comes after a discontinuity"
    for number, line in enumerate(lines):
        is_uri = not line.startswith("#")
        if is_uri and names[number - 1] != "#EXTINF":
            yield f"4.3.2.1: {line!r} has no duration"
        if names[number] == "#EXTINF" and (number + 1 >= len(lines) or lines[number + 1][0] == "#"):
            yield "4.3.2.1: a duration without a segment"


def check_update(before: str, after: str) -> list[str]:
    """Return the rules that the change from one playlist to a later one breaks (6.2.1, 6.2.2)."""
    old, new = read(before), read(after)
    problems = []
    if new.target != old.target:
        problems.append("6.2.1: the target duration must not change")
    if new.sequence < old.sequence:
        problems.append("6.2.2: the media sequence must not decrease")
    if old.ended and before != after:
        problems.append("6.2.1: nothing changes after the end")
    known = {segment.number: segment for segment in old.segments}
    for segment in new.segments:
        earlier = known.get(segment.number)
        if earlier is not None and earlier != segment:
            problems.append(f"6.2.1: segment {segment.number} was changed")
        if earlier is None and segment.number < old.sequence:
            problems.append(f"6.2.2: segment {segment.number} came back")
    if old.segments and new.segments:
        last_old, last_new = old.segments[-1].number, new.segments[-1].number
        if last_new < last_old:
            problems.append("6.2.1: segments are removed at the beginning only")
    removed = new.sequence - old.sequence
    whole = sum(segment.duration for segment in new.segments)
    if removed > 0 and not new.ended and whole < 3 * new.target:
        problems.append("6.2.2: a live list is not shortened below three target durations")
    return problems
