"""The demo engine's channels: fixed ids, and what each of them does to whoever plays it.

Content ids begin with `ace0dec0`, infohashes with `ace0de1f`: nobody takes them for real ones,
and they are as different from each other as real ones are.
"""

import math
import re
from collections.abc import Iterable, Mapping
from typing import Final

from acedesk.model.content import ContentId, Infohash, KeyKind, Link, StreamKey
from acedesk.values import frozen_value

# An engine with the content in its cache needed 608 ms to the first byte (research on 3.2.3).
USUAL_START: Final = 0.4
LATE_START: Final = 12.0
CLOSES_AFTER: Final = 20.0
# Engines send what they have buffered at once (22 MB in 12 s were measured on 3.2.3).
BURST: Final = 2.0

_HASH = re.compile(r"(?<![0-9a-z])[0-9a-f]{40}(?![0-9a-z])")
# Mutually exclusive; an engine that is handed several takes the first in this order.
_SELECTORS = ("content_id", "id", "infohash", "url", "magnet")


@frozen_value
class DemoChannel:
    """One thing the demo engine can play.

    Attributes:
        id: What an `acestream://` link holds.
        infohash: The other name of the same content; never equal to `id`.
        name: Its title.
        what: What it is good for, in one sentence.
        picture: File in `resources/testcard`, without `.ts`.
        start_delay: Seconds of prebuffering; infinite for one that never starts.
        closes_after: Seconds after which the engine drops the connection of a reader, or None.
    """

    id: ContentId
    infohash: Infohash
    name: str
    what: str
    picture: str = "bars"
    start_delay: float = USUAL_START
    closes_after: float | None = None


def channels() -> tuple[DemoChannel, ...]:
    """Return the fixed channels, the normal one first."""
    return _CHANNELS


def find_channel(query: Mapping[str, str], among: Iterable[DemoChannel] = ()) -> DemoChannel | None:
    """Return the channel a query asks for, None for an unknown one.

    A content id is looked up among content ids only and an infohash among infohashes only, as
    engines do; URLs and magnets may hold either anywhere.
    """
    known = tuple(among) or _CHANNELS
    name = next((name for name in _SELECTORS if query.get(name)), "")
    value = query.get(name, "").strip().lower()
    if name in ("content_id", "id"):
        return next((channel for channel in known if channel.id == value), None)
    if name == "infohash":
        return next((channel for channel in known if channel.infohash == value), None)
    return channel_in_text(value, known)


def demo_link() -> Link:
    """Return the link of the first channel, which plays at once."""
    channel = _CHANNELS[0]
    return Link(key=StreamKey(KeyKind.CONTENT_ID, channel.id), title=channel.name)


def contents() -> frozenset[str]:
    """Return the ids and infohashes of all channels."""
    return frozenset(value for one in _CHANNELS for value in (one.id, one.infohash))


def channel_in_text(text: str, among: Iterable[DemoChannel] = ()) -> DemoChannel | None:
    """Return the channel whose content id or infohash stands in `text` first."""
    known = tuple(among) or _CHANNELS
    for found in _HASH.findall(text.lower()):
        for channel in known:
            if found in (channel.id, channel.infohash):
                return channel
    return None


def _channel(
    number: int,
    name: str,
    what: str,
    *,
    picture: str = "bars",
    start_delay: float = USUAL_START,
    closes_after: float | None = None,
) -> DemoChannel:
    return DemoChannel(
        id=ContentId(f"ace0dec0{number:032x}"),
        infohash=Infohash(f"ace0de1f{number:032x}"),
        name=name,
        what=what,
        picture=picture,
        start_delay=start_delay,
        closes_after=closes_after,
    )


_CHANNELS: Final = (
    _channel(1, "Test card", "Colour bars, a moving bar and a tone of 1000 Hz; plays at once."),
    _channel(
        2, "Second picture", "Moving rings and a tone of 500 Hz; plays at once.", picture="second"
    ),
    _channel(
        3,
        "Never starts",
        "No peers: it prebuffers for ever and no picture comes.",
        start_delay=math.inf,
    ),
    _channel(
        4,
        "Breaks off",
        "Plays, then the engine closes the connection after 20 seconds.",
        closes_after=CLOSES_AFTER,
    ),
    _channel(5, "Starts late", "Prebuffers for 12 seconds, then plays.", start_delay=LATE_START),
)
