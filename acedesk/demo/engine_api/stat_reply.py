"""What the stat URL answers: numbers that move as a living engine's do, computed from the time."""

import math
from typing import Any, Final

from acedesk.demo.sessions import DemoSession

# What no client can do anything with is as in the sample of the engine's documentation.
_KIB: Final = 1024
WINDOW: Final = 1802  # seconds of rewind in the documentation's sample (last_ts - first_ts)
_USUAL_PEERS: Final = 14
_BUFFER_PIECES: Final = 30


def build_stat(session: DemoSession, now: float, time: float, byte_rate: float) -> dict[str, Any]:
    """Return the payload of a stat answer.

    Args:
        now: Monotonic time.
        time: Seconds since 1970.
        byte_rate: Bytes per second of the media.
    """
    ready = session.is_ready(now)
    flow = session.flow if ready else 0.0
    down = byte_rate / _KIB * flow * (1 + 0.12 * _wave(time, 11) + 0.05 * _wave(time, 3.1))
    stat: dict[str, Any] = {
        "status": "dl" if ready else "prebuf",
        "peers": _peers(session, now, time),
        "speed_down": round(down) if ready else _early_speed(session, now, byte_rate),
        "speed_up": round(29 * (1 + 0.4 * _wave(time, 17))) if flow else 0,
        "downloaded": session.downloaded(now, byte_rate),
        "uploaded": int(session.downloaded(now, byte_rate) * 0.15),
        "total_progress": 0,
        "is_live": 1,
        "is_encrypted": 0,
        "infohash": session.channel.infohash,
        "playback_session_id": session.playback_session_id,
        "client_session_id": session.client_session_id,
        "selected_stream_index": 0,
        "selected_file_index": -1,
        "stream_status": -1,
        "manifest_access_mode": -1,
        "network_monitor_status": 0,
        "network_monitor_started": False,
        "debug_level": 0,
        "disk_cache_stats": {
            "avail": 3199156224,
            "disk_cache_limit": 2266017044,
            "inactive_inuse": 0,
            "active_inuse": min(session.downloaded(now, byte_rate), 2266017044),
        },
    }
    if ready:
        stat["livepos"] = build_livepos(session, time)
    else:
        stat["progress"] = _progress(session, now)
    return stat


def build_livepos(session: DemoSession, time: float) -> dict[str, str]:
    """Return where in the broadcast the player is; every value is a string, as on real engines."""
    first, last = str(int(time) - WINDOW), str(int(time))
    pieces = _BUFFER_PIECES + round(4 * _wave(time, 7))
    return {
        "first_ts": first,
        "last_ts": last,
        "live_first": first,
        "live_last": last,
        "last": last,
        "pos": str(int(time - session.behind)),
        "is_live": "1" if session.behind < 1 else "0",
        "buffer_pieces": str(pieces),
    }


def _peers(session: DemoSession, now: float, time: float) -> int:
    if math.isinf(session.channel.start_delay):
        return 0
    peers = _USUAL_PEERS + 3 * _wave(time, 23) + 2 * _wave(time, 7.3)
    return round(peers * _progress(session, now) / 100)


def _progress(session: DemoSession, now: float) -> int:
    delay = session.channel.start_delay
    if math.isinf(delay):
        return 0
    return min(100, int(100 * (now - session.began_at) / delay)) if delay > 0 else 100


def _early_speed(session: DemoSession, now: float, byte_rate: float) -> int:
    return round(byte_rate / _KIB * _progress(session, now) / 100 * 0.8)


def _wave(time: float, period: float) -> float:
    return math.sin(2 * math.pi * time / period)
