"""What the parts of one demo engine share: its channels, sessions, faults, clocks and counters."""

import asyncio
import collections
import datetime
import logging
import socket
import struct
from collections.abc import Mapping
from typing import Any, Final

from aiohttp import web

from acedesk import clock
from acedesk.demo.broadcast_clock import BroadcastClock, load_card
from acedesk.demo.channels import DemoChannel
from acedesk.demo.disturbances import Disturbances, NoDisturbances
from acedesk.demo.sessions import DemoSession, DemoSessions
from acedesk.demo.testcard import TestCard

logger = logging.getLogger(__name__)

_LOG_LINES: Final = 2000


class Core:
    """State of one engine; the handlers are spread over several modules and all work on it.

    Args:
        speed: Seconds of broadcast per second.
        inactivity_timeout: Seconds a session lives without a sign of life.
        burst: Seconds of broadcast a new reader gets at once.
        tick: Seconds between two writes to a reader.
        faults: What may be done to the engine, by default nothing.
    """

    def __init__(
        self,
        channels: tuple[DemoChannel, ...],
        *,
        speed: float,
        inactivity_timeout: float,
        burst: float,
        tick: float,
        faults: Disturbances | None = None,
    ) -> None:
        self.channels = channels
        self.burst = burst
        self.tick = tick
        self.sessions = DemoSessions(inactivity_timeout)
        self.faults = faults or NoDisturbances()
        self.clock = BroadcastClock(speed)
        self.requests: collections.Counter[str] = collections.Counter()
        self.closing = asyncio.Event()
        self.lines: collections.deque[str] = collections.deque(maxlen=_LOG_LINES)

    @staticmethod
    def now() -> float:
        """Return monotonic seconds."""
        return clock.monotonic()

    def card(self, session: DemoSession) -> TestCard:
        """Return what the session plays."""
        return load_card(session.channel.picture)

    def air_time(self, session: DemoSession) -> float:
        """Return the moment of the broadcast the session's player should be at."""
        return self.clock.now() - session.behind

    def byte_rate(self, session: DemoSession) -> float:
        """Return the media's bytes per second."""
        return self.card(session).byte_rate

    def order(self, fault: Any) -> None:
        """Let a fault happen from now on; see `acedesk.demo.fault_injection.faults`."""
        self.faults.order(fault, self.now())
        self.log("demo", f"fault ordered: {fault.kind.value} at {fault.where.value}")

    def log(self, part: str, text: str) -> None:
        """Append a line to the engine's own log, in the engine's form."""
        now = clock.utc_now().astimezone(datetime.UTC)
        line = f"{now:%Y-%m-%d %H:%M:%S},{now.microsecond // 1000:03d}|acestream.{part}|{text}"
        self.lines.append(line)
        logger.debug("%s", line)

    def state(self) -> dict[str, Any]:
        """Return sessions, readers, requests and faults as JSON values."""
        living = list(self.sessions)
        return {
            "opened": self.sessions.opened,
            "ended": {why.value: count for why, count in self.sessions.ends.items()},
            "stopped": sum(self.sessions.ends.values()),
            "readers": sum(len(session.readers) for session in living),
            "sessions": [_session_report(session) for session in living],
            "requests": dict(self.requests),
            "faults": self.faults.report(),
        }


def _session_report(session: DemoSession) -> dict[str, Any]:
    return {
        "id": session.channel.id,
        "infohash": session.channel.infohash,
        "player": session.player,
        "output": "hls" if session.output.value == "m" else "stream",
        "token": session.token,
        "playback_session_id": session.playback_session_id,
        "readers": len(session.readers),
    }


def own_address(request: web.Request) -> str:
    """Return what the caller called us, which every URL we emit begins with."""
    called = request.headers.get("Host")
    if called:
        return called
    transport = request.transport
    name = transport.get_extra_info("sockname") if transport is not None else None
    return f"{name[0]}:{name[1]}" if name else "127.0.0.1:6878"


def flag(query: Mapping[str, str], name: str) -> bool:
    """Tell whether a boolean parameter is set."""
    return query.get(name, "0").strip().lower() in ("1", "true", "yes", "on")


def whole(query: Mapping[str, str], name: str, default: int) -> int:
    """Return a whole number from the query, `default` for anything else."""
    text = query.get(name, "").strip()
    return int(text) if text.removeprefix("-").isdecimal() and len(text) < 20 else default


def break_connection(request: web.Request, *, reset: bool) -> None:
    """End the caller's connection without another word, by FIN or by RST."""
    transport = request.transport
    if transport is None:
        return
    if reset:
        raw = transport.get_extra_info("socket")
        if raw is not None:
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        transport.abort()
    else:
        transport.close()
