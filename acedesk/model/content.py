"""What is played: a stream key names one content, however it was asked for."""

import enum
import re
from typing import Final, NewType

from acedesk.values import frozen_value

ContentId = NewType("ContentId", str)
Infohash = NewType("Infohash", str)

# The infohash of a magnet link, 40 hex digits or 32 letters (BEP 9).
_BTIH: Final = re.compile(r"xt=urn:btih:([0-9a-z]{32,40})", re.IGNORECASE)


class KeyKind(enum.Enum):
    """The engine's four ways to name a content (its query parameters)."""

    CONTENT_ID = "content_id"
    INFOHASH = "infohash"
    URL = "url"
    MAGNET = "magnet"


@frozen_value(kw_only=False)
class StreamKey:
    """Names one content; equal keys share one stream.

    Attributes:
        kind: How `value` is to be read.
        value: 40 lower-case hex digits for content ids and infohashes, else the URL or magnet.
        file_index: Which file of a multi-file content, as the engine numbers it; 0 is the first.
    """

    kind: KeyKind
    value: str
    file_index: int = 0

    @property
    def short(self) -> str:
        """The key as people recognise it: "...a9e1" for hashes, a cut text for the others.

        All magnet links begin alike; one is recognised by the end of its infohash.
        """
        if self.kind in (KeyKind.CONTENT_ID, KeyKind.INFOHASH):
            return f"…{self.value[-4:]}"
        if self.kind is KeyKind.MAGNET and (found := _BTIH.search(self.value)):
            return f"…{found[1][-4:]}"
        return self.value if len(self.value) <= 28 else f"{self.value[:27]}…"

    @property
    def stream_id(self) -> str:
        """A name for URLs and lists; two contents never have the same.

        A content id is named by itself, with `.N` for file N; others are `kind:value`, with file N
        `kind.N:value`, because a URL may end in a dot and a number itself.
        """
        if not self.file_index and self.kind is KeyKind.CONTENT_ID:  # nearly all, in long lists
            return self.value
        number = f".{self.file_index}" if self.file_index else ""
        if self.kind is KeyKind.CONTENT_ID:
            return f"{self.value}{number}"
        return f"{self.kind.value}{number}:{self.value}"


@frozen_value
class Link:
    """A pasted text, understood.

    Attributes:
        key: The content it names.
        title: A title the link carried ("" when none); never trusted as markup.
    """

    key: StreamKey
    title: str = ""
