"""`acedesk engines ...`: the engines of the running AceDesk, listed and looked after."""

import contextlib
import json
import os
import pathlib
from collections.abc import Mapping, Sequence
from typing import Any, Final
from urllib.parse import quote

from acedesk.commands.api_client import ask, fetch_snapshot
from acedesk.commands.arguments import Arguments
from acedesk.commands.running.terminal_table import clean, format_table
from acedesk.commands.start import prepare
from acedesk.errors import BadRequest

# Docker downloads an image first, a slow line needs minutes for that.
ADD_SECONDS: Final = 900.0
# A container is stopped politely, and another one answers before it goes.
CHANGE_SECONDS: Final = 180.0

_DONE: Final = {
    "drain": "{name} gets no new streams. If AceDesk made it, it goes when its last one has ended; "
    "until then “acedesk engines undrain” keeps it.",
    "undrain": "{name} gets new streams again.",
    "replace": "{name} was replaced.",
    "restart": "{name} was restarted.",
    "remove": "{name} was removed.",
}
_HEAD: Final = ("ENGINE", "STATE", "ADDRESS", "STREAMS", "SCORE", "CPU", "MEMORY", "VERSION", "ID")
_ORPHANS_HEAD: Final = ("ENGINE", "RUNS", "OF ACEDESK", "ID")


def run(wanted: Arguments) -> int:
    """Do what `wanted.action` says.

    Raises:
        NotRunning: None runs.
        NotAnswering: It runs, but does not answer.
        BadRequest: It refused, with its reason.
    """
    data_dir = prepare(wanted, os.environ, looking=True).paths.data_dir
    match wanted.action:
        case "list":
            _list(data_dir, as_json=wanted.json)
        case "add":
            added = ask(data_dir, "/api/v2/engines", method="POST", timeout=ADD_SECONDS)
            # What programs ask for goes when it is idle; this one a person wants. Those of an
            # orchestrator are not ours to keep.
            with contextlib.suppress(BadRequest):
                keep = f"{_path(added['id'])}/undrain"
                ask(data_dir, keep, method="POST", timeout=CHANGE_SECONDS)
            print(f"{clean(added['name'])} is ready.")
        case "logs":
            path = f"{_path(wanted.name)}/log?lines={wanted.lines}"
            print(ask(data_dir, path, timeout=CHANGE_SECONDS), end="")
        case "take-over":
            _take_over(data_dir, wanted.name, confirmed=wanted.yes)
        case "remove":
            done = ask(data_dir, _path(wanted.name), method="DELETE", timeout=CHANGE_SECONDS)
            print(_DONE["remove"].format(name=clean(done["name"])))
        case action:
            path = f"{_path(wanted.name)}/{action}"
            done = ask(data_dir, path, method="POST", timeout=CHANGE_SECONDS)
            print(_DONE[action].format(name=clean(done["name"])))
    return 0


def _path(name: str) -> str:
    return f"/api/v2/engines/{quote(name, safe='')}"


def _list(data_dir: pathlib.Path, *, as_json: bool) -> None:
    snapshot = fetch_snapshot(data_dir)
    if as_json:
        print(json.dumps(snapshot.get("engines") or [], indent=2))
    else:
        print("\n".join(format_engines(snapshot)))


def format_engines(snapshot: Mapping[str, Any]) -> list[str]:
    """Return the lines for people: engines, and those of other AceDesks."""
    rows = [_row(engine) for engine in snapshot.get("engines") or []]
    lines = format_table(_HEAD, rows) if rows else ["no engines"]
    orphans = snapshot.get("orphans") or []
    if orphans:
        lines += ["", "Engines of other AceDesks (acedesk engines take-over ID):"]
        lines += format_table(_ORPHANS_HEAD, [_orphan_row(orphan) for orphan in orphans])
    return lines


def _row(engine: Mapping[str, Any]) -> tuple[str, ...]:
    usage, score = engine.get("usage") or {}, engine.get("score") or {}
    limit, played = engine.get("max_streams"), score.get("starts") or score.get("reasons")
    trouble = engine.get("state") in ("unhealthy", "stopped") or engine.get("health") == "slow"
    return (
        str(engine.get("name", "")),
        str(engine.get("health" if trouble else "state", "")),
        f"{engine.get('host', '')}:{engine.get('port', '')}",
        f"{engine.get('streams', 0)}{f' of {limit}' if limit else ''}",
        str(score.get("value", "")) if played else "",
        _per_cent(usage.get("cpu")),
        _megabytes(usage.get("memory")),
        str(engine.get("version", "")),
        str(engine.get("container_id") or engine.get("id", ""))[:12],
    )


def _orphan_row(orphan: Mapping[str, Any]) -> tuple[str, ...]:
    return (
        str(orphan.get("name", "")),
        "yes" if orphan.get("running") else "no",
        str(orphan.get("instance") or "0.1.0")[:12],
        str(orphan.get("container_id", ""))[:12],
    )


def _per_cent(share: object) -> str:
    return f"{100 * share:.0f} %" if isinstance(share, int | float) else ""


def _megabytes(size: object) -> str:
    return f"{size / 1e6:.0f} MB" if isinstance(size, int | float) else ""


def _take_over(data_dir: pathlib.Path, container: str, *, confirmed: bool) -> None:
    orphans = fetch_snapshot(data_dir).get("orphans") or []
    found = match_orphans(orphans, container)
    if not found:
        print("There is no engine of another AceDesk" + (" with this id." if container else "."))
        return
    for orphan in found:
        path = f"/api/v2/orphans/{quote(str(orphan['container_id']), safe='')}/take-over"
        query = "?confirm=true" if confirmed else ""
        ask(data_dir, path + query, method="POST", timeout=CHANGE_SECONDS)
        print(f"{clean(orphan.get('name', ''))} is an engine of this AceDesk now.")


def match_orphans(orphans: Sequence[Mapping[str, Any]], wanted: str) -> list[Mapping[str, Any]]:
    """Return those that are meant: by the begin of the id, by name, all of them for ""."""
    return [
        orphan
        for orphan in orphans
        if not wanted
        or str(orphan.get("container_id", "")).startswith(wanted)
        or orphan.get("name") == wanted
    ]
