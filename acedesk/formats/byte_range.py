"""Byte ranges of HTTP (RFC 9110, section 14): which part of a file, and which part it is.

Pure; used for files passed through from engines and for HLS segments. Several ranges in one
request are not understood here: a server may ignore them.
"""

import re

from acedesk.values import frozen_value

# 18 digits: an exabyte; longer numbers are nonsense and would only cost time.
_RANGE = re.compile(r"bytes\s*=\s*([0-9]{0,18})\s*-\s*([0-9]{0,18})", re.IGNORECASE | re.ASCII)
_CONTENT_RANGE = re.compile(
    r"bytes\s+([0-9]{1,18})-([0-9]{1,18})/([0-9]{1,18}|\*)", re.IGNORECASE | re.ASCII
)


@frozen_value(kw_only=False)
class ByteRange:
    """What a player asks for.

    Attributes:
        first: First byte wanted; None for the last `last` bytes of the file.
        last: Last byte wanted, None for all to the end; with `first` None, how many bytes.
    """

    first: int | None
    last: int | None

    @property
    def header(self) -> str:
        """The value of a Range header."""
        first = "" if self.first is None else self.first
        return f"bytes={first}-{'' if self.last is None else self.last}"

    @property
    def is_all(self) -> bool:
        """The whole file is asked for, as players do at the start."""
        return self == ByteRange(0, None)

    def within(self, size: int) -> tuple[int, int] | None:
        """Return the bytes from-to (to not included) in a file of `size`; None when outside."""
        if self.first is None:
            assert self.last is not None
            return (max(0, size - self.last), size) if self.last and size else None
        if self.first >= size:
            return None
        return self.first, size if self.last is None else min(self.last + 1, size)


@frozen_value(kw_only=False)
class ContentRange:
    """Which bytes an answer holds.

    Attributes:
        last: The last byte, included.
        size: Size of the whole file, None when the server does not tell.
    """

    first: int
    last: int
    size: int | None

    @property
    def header(self) -> str:
        """The value of a Content-Range header."""
        return f"bytes {self.first}-{self.last}/{'*' if self.size is None else self.size}"


def parse_range(text: str) -> ByteRange | None:
    """Return the range that a Range header names; None for none, several, or nonsense."""
    found = _RANGE.fullmatch(text.strip())
    if found is None or not (found[1] or found[2]):
        return None
    first = int(found[1]) if found[1] else None
    last = int(found[2]) if found[2] else None
    if first is not None and last is not None and last < first:
        return None
    return ByteRange(first, last)


def parse_content_range(text: str) -> ContentRange | None:
    """Return what a Content-Range header of a 206 says; None when it contradicts itself."""
    found = _CONTENT_RANGE.fullmatch(text.strip())
    if found is None:
        return None
    first, last = int(found[1]), int(found[2])
    size = None if found[3] == "*" else int(found[3])
    if last < first or (size is not None and last >= size):
        return None
    return ContentRange(first, last, size)


def unsatisfied(size: int) -> str:
    """Return the Content-Range header of a 416."""
    return f"bytes */{size}"
