"""What AceDesk has done since it started."""

import dataclasses
from collections.abc import Mapping

from acedesk.values import frozen_value


@frozen_value
class Totals:
    """Counts since the start of the process, files included; none of them ever goes back.

    Bytes and skips are as of the last second.

    Attributes:
        received_bytes: Media from engines; what two engines bring of one stream counts once.
        sent_bytes: Media written to clients.
        starts: Times an engine was asked for a session.
        failed_starts: Those of them that came to no media.
        played_starts: Those of them that brought media of a broadcast; files do not count.
        sessions: Sessions that engines opened.
        failovers: Times a stream went on with another engine, or the same anew.
        streams: Streams and files begun.
        clients: Clients that joined.
        skips: Times a client fell off the buffer and was moved ahead.
        downloaded_bytes, uploaded_bytes: What engines had from the swarms for the streams and gave
            to them, as of their last answers. Of files nobody asks.
    """

    received_bytes: int = 0
    sent_bytes: int = 0
    starts: int = 0
    failed_starts: int = 0
    sessions: int = 0
    failovers: int = 0
    streams: int = 0
    clients: int = 0
    skips: int = 0
    downloaded_bytes: int = 0
    uploaded_bytes: int = 0
    played_starts: int = 0


@frozen_value
class RequestFigures:
    """How requests to an orchestrator went since the start; nothing of it ever goes back.

    Attributes:
        outcomes: How many there were of each outcome; the words are few and fixed.
        retries: Times one was asked again after a failure.
        hedged: Times one was asked beside one that took long.
        seconds: What all took together.
        bounds: Seconds; `buckets` counts those that took no longer, and last those that did.
    """

    outcomes: Mapping[str, int] = dataclasses.field(default_factory=dict)
    retries: int = 0
    hedged: int = 0
    seconds: float = 0.0
    bounds: tuple[float, ...] = ()
    buckets: tuple[int, ...] = ()


@frozen_value
class OrchestratorFigures:
    """The orchestrator on another address.

    Attributes:
        usable: It answers, and its engines are used.
        live: It tells of changes by itself.
        waiting_reports: Reports of streams that it has not taken yet.
    """

    usable: bool = False
    live: bool = False
    engines: int = 0
    waiting_reports: int = 0
    requests: RequestFigures = dataclasses.field(default_factory=RequestFigures)
