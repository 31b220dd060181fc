"""HLS media playlists (RFC 8216, section 4): values in, text out, and back.

Only what a playlist of a live transport stream needs; tags we do not know are skipped when
reading, as the RFC asks of clients (6.3.1).
"""

import re
from collections.abc import Callable
from typing import Final

from acedesk.errors import EngineAnswerInvalid
from acedesk.formats.text import clean_text
from acedesk.values import frozen_value

# Durations with fractions need version 3 (RFC 8216, section 7); nothing here needs more.
VERSION: Final = 3
# Six segments have about 600 bytes; a list of a whole day at 2 s a segment has 5 MB.
LONGEST_PLAYLIST: Final = 8 * 1024 * 1024
LONGEST_TITLE: Final = 200
# Microseconds: finer than the 90 kHz clock the durations come from.
_DECIMALS: Final = 6

_NUMBER = re.compile(r"[0-9]{1,20}", re.ASCII)
_DURATION = re.compile(r"([0-9]{1,12}(?:\.[0-9]{1,20})?)(?:,(.*))?", re.ASCII)


@frozen_value
class MediaSegment:
    """One piece of the stream.

    Attributes:
        uri: Where it is, absolute or relative to the playlist.
        duration: Seconds, not negative.
        discontinuity: What comes is not continuous with the segment before: time stamps, counters
            or codecs may jump.
        title: For people, one line, "" when there is none.
    """

    uri: str
    duration: float
    discontinuity: bool = False
    title: str = ""


@frozen_value
class MediaPlaylist:
    """A media playlist.

    Attributes:
        target_duration: No segment, rounded to whole seconds, is longer.
        media_sequence: Number of the first segment.
        discontinuity_sequence: How many discontinuities were in the segments left out in front.
        independent: Every segment can be decoded without those before it.
        ended: Nothing will be added any more.
    """

    target_duration: int
    segments: tuple[MediaSegment, ...] = ()
    media_sequence: int = 0
    discontinuity_sequence: int = 0
    independent: bool = False
    ended: bool = False
    version: int = VERSION


def build(playlist: MediaPlaylist) -> str:
    """Return the playlist as text."""
    lines = [
        "#EXTM3U",
        f"#EXT-X-VERSION:{playlist.version}",
        f"#EXT-X-TARGETDURATION:{playlist.target_duration}",
        f"#EXT-X-MEDIA-SEQUENCE:{playlist.media_sequence}",
    ]
    if playlist.discontinuity_sequence:
        lines.append(f"#EXT-X-DISCONTINUITY-SEQUENCE:{playlist.discontinuity_sequence}")
    if playlist.independent:
        lines.append("#EXT-X-INDEPENDENT-SEGMENTS")
    for segment in playlist.segments:
        if segment.discontinuity:
            lines.append("#EXT-X-DISCONTINUITY")
        lines.append(f"#EXTINF:{segment.duration:.{_DECIMALS}f},{segment.title}")
        lines.append(segment.uri)
    if playlist.ended:
        lines.append("#EXT-X-ENDLIST")
    return "\n".join(lines) + "\n"


def parse(text: str) -> MediaPlaylist:
    """Return the media playlist that `text` is.

    Raises:
        EngineAnswerInvalid: It is none; also for a master playlist.
    """
    if len(text) > LONGEST_PLAYLIST:
        raise EngineAnswerInvalid("the playlist is far too long")
    lines = [line.strip() for line in re.split(r"\r?\n", text.removeprefix("\ufeff"))]
    if lines[0] != "#EXTM3U":
        raise EngineAnswerInvalid("the playlist does not begin with #EXTM3U")
    reader = _LineReader()
    for line in lines[1:]:
        reader.take(line)
    return reader.playlist()


class _LineReader:
    """Collects what the lines say."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}
        self._flags: set[str] = set()
        self._segments: list[MediaSegment] = []
        self._duration: float | None = None
        self._title = ""
        self._discontinuity = False

    def take(self, line: str) -> None:
        if line.startswith("#EXT"):
            name, _, value = line.partition(":")
            handler = _TAGS.get(name)
            if handler is not None:
                handler(self, name, value)
        elif line and not line.startswith("#"):
            self._add(line)

    def number(self, name: str, value: str) -> None:
        if _NUMBER.fullmatch(value) is None:
            raise EngineAnswerInvalid(f"{name} has no number")
        self._numbers[name] = int(value)

    def flag(self, name: str, _value: str) -> None:
        self._flags.add(name)

    def info(self, name: str, value: str) -> None:
        found = _DURATION.fullmatch(value)
        if found is None:
            raise EngineAnswerInvalid(f"{name} has no duration")
        self._duration = float(found[1])
        self._title = clean_text(found[2] or "", LONGEST_TITLE)

    def jump(self, _name: str, _value: str) -> None:
        self._discontinuity = True

    def master(self, _name: str, _value: str) -> None:
        raise EngineAnswerInvalid("it is a master playlist, not a media playlist")

    def _add(self, uri: str) -> None:
        if self._duration is None:
            raise EngineAnswerInvalid("the playlist has a segment without a duration")
        self._segments.append(
            MediaSegment(
                uri=uri,
                duration=self._duration,
                discontinuity=self._discontinuity,
                title=self._title,
            )
        )
        self._duration, self._title, self._discontinuity = None, "", False

    def playlist(self) -> MediaPlaylist:
        if "#EXT-X-TARGETDURATION" not in self._numbers:
            raise EngineAnswerInvalid("the playlist has no target duration")
        return MediaPlaylist(
            target_duration=self._numbers["#EXT-X-TARGETDURATION"],
            segments=tuple(self._segments),
            media_sequence=self._numbers.get("#EXT-X-MEDIA-SEQUENCE", 0),
            discontinuity_sequence=self._numbers.get("#EXT-X-DISCONTINUITY-SEQUENCE", 0),
            independent="#EXT-X-INDEPENDENT-SEGMENTS" in self._flags,
            ended="#EXT-X-ENDLIST" in self._flags,
            # Without the tag it is version 1 (RFC 8216, section 7).
            version=self._numbers.get("#EXT-X-VERSION", 1),
        )


_TAGS: Final[dict[str, Callable[[_LineReader, str, str], None]]] = {
    "#EXT-X-VERSION": _LineReader.number,
    "#EXT-X-TARGETDURATION": _LineReader.number,
    "#EXT-X-MEDIA-SEQUENCE": _LineReader.number,
    "#EXT-X-DISCONTINUITY-SEQUENCE": _LineReader.number,
    "#EXT-X-INDEPENDENT-SEGMENTS": _LineReader.flag,
    "#EXT-X-ENDLIST": _LineReader.flag,
    "#EXT-X-DISCONTINUITY": _LineReader.jump,
    "#EXTINF": _LineReader.info,
    "#EXT-X-STREAM-INF": _LineReader.master,
}
