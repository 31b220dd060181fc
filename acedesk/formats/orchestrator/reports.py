"""What an orchestrator is told of a stream: that it plays on an engine, that it has ended.

The bodies are those of acexy, whose field names every orchestrator takes.
"""

import json
from typing import Any, Final

from acedesk.formats.engine_reply import Session
from acedesk.model.content import StreamKey
from acedesk.model.host import join_port

STARTED: Final = "started"
ENDED: Final = "ended"


def report_id(key: StreamKey, session: Session) -> str:
    """Return what the orchestrator shall call a session: another one for each."""
    return f"{key.value}|{session.playback_session_id or session.player_id}"


def started_report(
    stream_id: str,
    key: StreamKey,
    session: Session,
    *,
    engine: str,
    host: str,
    port: int,
    reached: str = "",
) -> str:
    """Return the body of `POST /events/stream_started`.

    Args:
        engine: The orchestrator's id of the engine, "" for one that it did not tell of.
        host, port: Where the engine is, as the orchestrator lists it.
        reached: Host and port at which the engine is reached from here: in addresses of the session
            they mean nothing to an orchestrator that knows the engine by others.
    """
    listed = join_port(host, port)
    body: dict[str, Any] = {
        "engine": {"host": host, "port": port},
        "stream": {"key_type": key.kind.value, "key": key.value},
        "session": {
            "playback_session_id": session.playback_session_id,
            "stat_url": _as_listed(session.stat_url, reached, listed),
            "command_url": _as_listed(session.command_url, reached, listed),
            # A content of which the engine does not know it yet is a broadcast for acexy, too.
            "is_live": int(session.is_live is not False),
        },
        "labels": {"stream_id": stream_id},
    }
    if engine:
        body["container_id"] = engine
    return json.dumps(body)


def _as_listed(url: str, reached: str, listed: str) -> str:
    begin = f"http://{reached}/"
    return f"http://{listed}/{url.removeprefix(begin)}" if url.startswith(begin) else url


def ended_report(stream_id: str, reason: str, *, engine: str) -> str:
    """Return the body of `POST /events/stream_ended`."""
    body = {"stream_id": stream_id, "reason": reason}
    if engine:
        body["container_id"] = engine
    return json.dumps(body)
