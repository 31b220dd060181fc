"""What the stat address answers: the whole sample of the engine's documentation.

Its words for the state are "prebuf" and "dl" and no other: programs wait for "dl". Speeds are
KiB/s, and the values of `livepos` are texts, as real engines have them.
"""

from typing import Final

from acedesk.api.as_engine.client_sessions import ClientSession
from acedesk.model.engine_stat import EngineStat
from acedesk.proxy.streams.stream import Stream

# Bit/s to KiB/s.
_KIB: Final = 8 * 1024
# What no client can do anything with is as in the sample of the documentation.
_FIXED: Final[dict[str, object]] = {
    "total_progress": 0,
    "is_encrypted": 0,
    "selected_stream_index": 0,
    "selected_file_index": -1,
    "stream_status": -1,
    "manifest_access_mode": -1,
    "network_monitor_status": 0,
    "network_monitor_started": False,
    "debug_level": 0,
}
# Bytes of the sample; the buffer itself is bounded by AceDesk's settings.
_CACHE: Final = 2_266_017_044


def build(session: ClientSession, stream: Stream | None, time: float) -> dict[str, object]:
    """Return the payload of a stat answer.

    Args:
        stream: None for a file: it is ready as soon as it is known to be one.
        time: Seconds since 1970.
    """
    told = stream.stat_poller.stat if stream is not None else None
    ready = stream is None or stream.supply.first_at is not None
    received = stream.ring.total if stream is not None else 0
    stat: dict[str, object] = {
        "status": "dl" if ready else "prebuf",
        "peers": told.peers or 0 if told is not None else 0,
        "speed_down": _speed_down(stream, told),
        "speed_up": round((told.speed_up or 0.0) / _KIB) if told is not None else 0,
        "downloaded": received,
        "uploaded": 0,
        **_FIXED,
        "is_live": is_live(session),
        "infohash": session.infohash,
        "playback_session_id": session.playback_id,
        "client_session_id": session.client_session_id,
        "disk_cache_stats": {
            "avail": _CACHE,
            "disk_cache_limit": _CACHE,
            "inactive_inuse": 0,
            "active_inuse": stream.ring.size if stream is not None else 0,
        },
    }
    if not ready:
        stat["progress"] = min(told.progress or 0, 99) if told is not None else 0
    elif stream is not None:
        stat["livepos"] = _livepos(stream, time)
    return stat


def is_live(session: ClientSession) -> int:
    """Return 1 for a broadcast, 0 for a file, -1 while that is not known."""
    return -1 if session.is_live is None else int(session.is_live)


def window(stream: Stream, time: float) -> tuple[int, int]:
    """Return the oldest and newest moment that can be played, in seconds since 1970."""
    return int(time - stream.ring.duration), int(time)


def _speed_down(stream: Stream | None, told: EngineStat | None) -> int:
    if stream is None:
        return 0
    rate = told.speed_down if told is not None and told.speed_down is not None else None
    return round((stream.counters.meter.rate if rate is None else rate) / _KIB)


def _livepos(stream: Stream, time: float) -> dict[str, str]:
    first, last = map(str, window(stream, time))
    return {
        "first_ts": first,
        "last_ts": last,
        "live_first": first,
        "live_last": last,
        "last": last,
        "pos": last,
        "is_live": "1",
        "buffer_pieces": str(round(stream.ring.duration)),
    }
