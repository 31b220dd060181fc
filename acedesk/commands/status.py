"""`acedesk status`: what the running AceDesk does, as a table or as JSON."""

import json
import os
from collections.abc import Mapping
from typing import Any

from acedesk.commands.api_client import fetch_snapshot
from acedesk.commands.arguments import Arguments
from acedesk.commands.running.terminal_table import clean, format_table
from acedesk.commands.start import prepare
from acedesk.words import numbers


def run(wanted: Arguments) -> int:
    """Print the snapshot of the running AceDesk.

    Raises:
        NotRunning: None runs.
        NotAnswering: It runs, but does not answer.
    """
    start = prepare(wanted, os.environ, looking=True)
    snapshot = fetch_snapshot(start.paths.data_dir)
    if wanted.json:
        print(json.dumps(snapshot, indent=2))  # ASCII: a pipe may take nothing else
    else:
        print("\n".join(format_status(snapshot)))
    return 0


def format_status(snapshot: Mapping[str, Any]) -> list[str]:
    """Return the lines for people; what the snapshot lacks is left empty."""
    streams = _rows(snapshot, "streams")
    engines = _rows(snapshot, "engines")
    viewers = sum(len(_rows(stream, "clients")) for stream in streams)
    demo = ", demo" if snapshot.get("demo") else ""
    counts = f"{numbers.count(len(streams), 'stream')}, {numbers.count(viewers, 'viewer')}"
    rates = f"in {_rate(snapshot.get('rate_in'))}, out {_rate(snapshot.get('rate_out'))}"
    lines = [
        f"AceDesk {_text(snapshot, 'version')} on {_text(snapshot, 'base_url')}{demo}",
        f"{counts}, {rates}",
    ]
    lines += _sharing(snapshot.get("sharing"))
    if streams:
        lines += ["", *format_table(_STREAM_HEAD, [_stream_row(stream) for stream in streams])]
        lines += [line for stream in streams for line in _why(stream)]
    lines += ["", *format_table(_ENGINE_HEAD, [_engine_row(engine) for engine in engines])]
    if not engines:
        lines[-1] = "no engines"
    lines += _orchestrator(snapshot.get("orchestrator"))
    if isinstance(lag := snapshot.get("loop_lag"), (int, float)):
        lines += ["", f"loop lag {lag * 1000:.0f} ms (p99 of the last minute)"]
    degraded = snapshot.get("degraded") or []
    lines += [clean(f"degraded: {': '.join(map(str, entry))}") for entry in degraded]
    return lines


def _sharing(found: object) -> list[str]:
    """Return how it is with other AceDesks, where several share a Redis."""
    if not isinstance(found, dict):
        return []
    error = found.get("error")
    if isinstance(error, dict):
        return [_text(error, "message")]
    others = [
        f"{_text(one, 'name') or _text(one, 'host')}:{_text(one, 'port')} "
        f"({numbers.count(int(one.get('streams') or 0), 'stream')}, "
        f"{numbers.count(int(one.get('viewers') or 0), 'viewer')})"
        for one in _rows(found, "others")
    ]
    if not found.get("is_up"):
        return ["looking for other AceDesks"]
    return [f"works with {', '.join(others)}" if others else "no other AceDesk on this Redis"]


_STREAM_HEAD = ("STREAM", "STATE", "VIEWERS", "RATE", "PEERS", "ENGINE")
_ENGINE_HEAD = ("ENGINE", "STATE", "ADDRESS", "STREAMS", "VERSION")


def _stream_row(stream: Mapping[str, Any]) -> tuple[str, ...]:
    return (
        _text(stream, "name"),
        _text(stream, "state"),
        str(len(_rows(stream, "clients"))),
        _rate(stream.get("bit_rate")),
        _text(stream, "peers"),
        _text(stream, "engine_name"),
    )


def _why(stream: Mapping[str, Any]) -> list[str]:
    """Return why the stream is as it is, where that is worth a line."""
    found = stream.get("diagnosis")
    if not isinstance(found, dict) or found.get("cause") in (None, "fine", "starting"):
        return []
    said = f"{_text(found, 'sentence')} {_text(found, 'advice')}".rstrip()
    return [f"{_text(stream, 'name')}: {said}"]


def _engine_row(engine: Mapping[str, Any]) -> tuple[str, ...]:
    limit = engine.get("max_streams")
    return (
        _text(engine, "name"),
        _text(engine, "state"),
        f"{_text(engine, 'host')}:{_text(engine, 'port')}",
        f"{_text(engine, 'streams')}{f' of {limit}' if limit else ''}",
        _text(engine, "version"),
    )


def _orchestrator(found: object) -> list[str]:
    """Return the lines about the orchestrator on another address, none without one."""
    if not isinstance(found, dict):
        return []
    error, since = found.get("error"), _text(found, "since")
    if isinstance(error, dict):
        state = _text(error, "message")
    elif found.get("known"):
        engines = numbers.count(_count(found, "engines"), "engine")
        state = f"answers, {engines}" + ("" if found.get("live") else ", asked every two seconds")
    else:
        state = "not asked yet"
    when = f" (since {since})" if since else ""
    unsent = _count(found, "unsent")
    waiting = numbers.count(unsent, "report") if unsent else "no report"
    wait = "wait" if unsent > 1 else "waits"
    return ["", f"orchestrator {_text(found, 'url')}: {state}{when}", f"{waiting} {wait} for it"]


def _count(of: Mapping[str, Any], name: str) -> int:
    value = of.get(name)
    return value if isinstance(value, int) else 0


def _rows(of: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    return [row for row in of.get(name) or [] if isinstance(row, dict)]


def _text(of: Mapping[str, Any], name: str) -> str:
    value = of.get(name)
    return clean("" if value is None else str(value))


def _rate(value: object) -> str:
    bits = float(value) if isinstance(value, (int, float)) else 0.0
    return f"{numbers.format_mega(bits)} Mbit/s"
