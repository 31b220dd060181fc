"""The head of an engine's HTTP/1.x answer, and bodies in chunks (RFC 9112), as pure functions.

The media path reads its sockets itself (see `acedesk.proxy.ingest.engine_body`), so this is all the
HTTP it needs; sizes are bounded by the caller and here.
"""

import re
from collections.abc import Mapping
from typing import Final

from acedesk.errors import EngineAnswerInvalid
from acedesk.values import frozen_value

HEAD_LIMIT: Final = 32 * 1024
CHUNK_LIMIT: Final = 1 << 30
# Of one read; engines write chunks of a packet (188 bytes) or more. Crumbs would cost more time
# than they are worth, and the time is every stream's.
MOST_CHUNKS: Final = 4096

_STATUS = re.compile(rb"HTTP/1\.([01]) ([1-5][0-9]{2})(?: |$)")
_SIZE = re.compile(rb"0*([0-9a-fA-F]{1,8})(?![0-9a-fA-F])")
_LINE_FEED: Final = 0x0A
# RFC 9110, 5.5: none of these belongs into a field, and some of them forge others.
_CONTROLS = re.compile(rb"[\x00-\x08\x0a-\x1f\x7f]")


@frozen_value(kw_only=False)
class ResponseHead:
    """Status and headers; those the media path looks at by name.

    Attributes:
        length: Content-Length in bytes, None when absent.
        location: Where a redirect points, "" when nowhere.
        headers: All of them, by their names in small letters; of several the last.
    """

    status: int
    chunked: bool
    length: int | None
    content_type: str
    location: str
    headers: Mapping[str, str]

    @property
    def is_interim(self) -> bool:
        """Whether the answer itself is still to come (RFC 9110, 15.2); 101 would be the last."""
        return self.status < 200 and self.status != 101


def parse_head(data: bytes) -> ResponseHead:
    """Read a head, without the blank line that ends it.

    Raises:
        EngineAnswerInvalid: It is no HTTP/1.x answer, or contradicts itself.
    """
    lines = data.split(b"\r\n")
    match = _STATUS.match(lines[0])
    if match is None:
        raise EngineAnswerInvalid("its answer is not HTTP")
    headers: dict[bytes, bytes] = {}
    lengths: list[bytes] = []
    for line in lines[1:]:
        name, colon, value = line.partition(b":")
        if not colon or not name or name != name.strip() or _CONTROLS.search(line):
            raise EngineAnswerInvalid("its HTTP headers are broken")
        headers[name.lower()] = value.strip()
        if name.lower() == b"content-length":
            lengths += value.split(b",")
    chunked = headers.get(b"transfer-encoding", b"").lower().endswith(b"chunked")
    return ResponseHead(
        status=int(match[2]),
        chunked=chunked,
        length=None if chunked else _length(lengths),
        content_type=headers.get(b"content-type", b"").decode("latin-1").lower(),
        location=_address(headers.get(b"location", b"")),
        headers={name.decode("latin-1"): text.decode("latin-1") for name, text in headers.items()},
    )


def _address(value: bytes) -> str:
    """Return a URL as it is meant: engines write names of files as they are, in UTF-8."""
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value.decode("latin-1")


def _length(values: list[bytes]) -> int | None:
    """Return the length; one that is told several times is the same each time (RFC 9112, 6.3)."""
    lengths = {value.strip() for value in values}
    if not all(value.isdigit() and len(value) <= 18 for value in lengths):
        raise EngineAnswerInvalid("its Content-Length is not a number")
    if len(lengths) > 1:
        raise EngineAnswerInvalid("it tells several lengths")
    return int(lengths.pop()) if lengths else None


class ChunkedBody:
    """Takes the framing off a chunked body, in pieces of any size."""

    def __init__(self) -> None:
        self.ended = False
        self._left = 0  # bytes of the current chunk still to come
        self._line = b""  # an unfinished size line
        self._after = 0  # bytes of the CRLF behind a chunk still to come, at most

    def feed(self, data: memoryview) -> list[memoryview]:
        """Return the payload in `data`; after the last chunk `ended` is set and the rest dropped.

        Raises:
            EngineAnswerInvalid: The framing is broken.
        """
        parts: list[memoryview] = []
        at = 0
        while at < len(data) and not self.ended:
            if self._left:
                part = data[at : at + self._left]
                parts.append(part)
                if len(parts) > MOST_CHUNKS:
                    raise EngineAnswerInvalid("its chunked body comes in crumbs")
                self._left -= len(part)
                at += len(part)
                self._after = 0 if self._left else 2
            elif self._after:
                # Some write a line feed only.
                alone = data[at] == _LINE_FEED
                skip = 1 if alone else min(self._after, len(data) - at)
                self._after = 0 if alone else self._after - skip
                at += skip
            else:
                at = self._size_line(data, at)
        return parts

    def _size_line(self, data: memoryview, at: int) -> int:
        # A size line is a few bytes long; extensions are allowed but nobody sends them.
        window = bytes(data[at : at + 256])
        end = window.find(b"\n")
        if end < 0:
            self._line += window
            if len(self._line) > 256:
                raise EngineAnswerInvalid("its chunked body is broken")
            return at + len(window)
        line = (self._line + window[:end]).strip()
        self._line = b""
        match = _SIZE.match(line)
        if match is None or int(match[1], 16) > CHUNK_LIMIT:
            raise EngineAnswerInvalid("its chunked body is broken")
        self._left = int(match[1], 16)
        if self._left == 0:
            self.ended = True
        return at + end + 1
