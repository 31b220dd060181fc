"""What Docker tells line by line: its events, and the progress of a download, which is summed."""

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from acedesk.containers.runtime import PullProgress

_FETCHED: Final = frozenset({"Download complete", "Verifying Checksum", "Extracting"})
_COMPLETE: Final = "Pull complete"


# A line of Docker's is some hundred bytes; one that never ends is none of its.
_LONGEST_LINE: Final = 1 << 20


def read_lines(pieces: Iterable[bytes | str]) -> Iterator[Mapping[str, Any]]:
    """Yield the JSON objects, one a line, in pieces of a body; other lines are passed over."""
    rest = b""
    for piece in pieces:
        *lines, rest = (rest + (piece.encode() if isinstance(piece, str) else piece)).split(b"\n")
        yield from filter(None, map(_parse, lines))
        rest = rest if len(rest) <= _LONGEST_LINE else b""
    yield from filter(None, [_parse(rest)])


def _parse(line: bytes) -> Mapping[str, Any] | None:
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


class PullSum:
    """Adds up the layers of one pull.

    Only layers that are really downloaded count: those already here are left out of both sums.
    """

    def __init__(self) -> None:
        self._layers: dict[str, tuple[int, int]] = {}

    def feed(self, event: Mapping[str, Any]) -> str:
        """Take in one event; returns its error text, "" when it is not an error."""
        detail = event.get("errorDetail")
        for error in (
            event.get("error"),
            detail.get("message") if isinstance(detail, dict) else "",
        ):
            if isinstance(error, str) and error:
                return error
        layer, status = event.get("id"), event.get("status")
        if isinstance(layer, str) and isinstance(status, str):
            self._note(layer, status, event.get("progressDetail"))
        return ""

    def _note(self, layer: str, status: str, detail: object) -> None:
        done, total = self._layers.get(layer, (0, 0))
        if status == "Downloading" and isinstance(detail, Mapping):
            # A total below what has come is unknown ("total": -1 happens).
            done = max(done, _count(detail.get("current")))
            self._layers[layer] = (done, max(total, _count(detail.get("total")), done))
        elif status in _FETCHED or status == _COMPLETE:
            # Small layers come without any "Downloading": they count nothing then.
            self._layers[layer] = (total, total)

    @property
    def progress(self) -> PullProgress:
        """The sums; the total is unknown until a layer told its size."""
        total = sum(size for _, size in self._layers.values())
        done = sum(size for size, _ in self._layers.values())
        return PullProgress(done_bytes=done, total_bytes=total or None)


def _count(value: object) -> int:
    return value if isinstance(value, int) and value > 0 else 0
