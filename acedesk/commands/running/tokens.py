"""`acedesk tokens ...`: the tokens of devices, listed, made, revoked."""

import json
import os
import pathlib
from collections.abc import Mapping, Sequence
from typing import Any, Final
from urllib.parse import quote

from acedesk.commands.api_client import ask
from acedesk.commands.arguments import Arguments
from acedesk.commands.running.terminal_table import clean, format_table
from acedesk.commands.start import prepare
from acedesk.errors import BadRequest

_PATH: Final = "/api/v2/tokens"
_HEAD: Final = ("NAME", "OPENS", "MADE", "LAST USED", "FROM", "BY", "ID")


def run(wanted: Arguments) -> int:
    """Do what `wanted.action` says.

    Raises:
        NotRunning: None runs.
        NotAnswering: It runs, but does not answer.
        BadRequest: It refused, with its reason; or no token has this name.
    """
    data_dir = prepare(wanted, os.environ, looking=True).paths.data_dir
    match wanted.action:
        case "list":
            rows = ask(data_dir, _PATH)
            print(json.dumps(rows, indent=2) if wanted.json else "\n".join(format_tokens(rows)))
        case "add":
            body = {"name": wanted.name, "scope": "play" if wanted.play else "all"}
            _tell(ask(data_dir, _PATH, method="POST", body=body), as_json=wanted.json)
        case _:
            _revoke(data_dir, wanted.name)
    return 0


def format_tokens(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return the lines for people."""
    return format_table(_HEAD, [_row(row) for row in rows]) if rows else ["no tokens"]


def _row(row: Mapping[str, Any]) -> tuple[str, ...]:
    used = row.get("last_used_time")
    return (
        str(row.get("name", "")),
        "players" if row.get("scope") == "play" else "all",
        str(row.get("created_time", ""))[:10],
        str(used)[:16].replace("T", " ") if used else "never",
        str(row.get("last_address", "")),
        str(row.get("last_what", "")),
        str(row.get("id", "")),
    )


def _tell(made: Mapping[str, Any], *, as_json: bool) -> None:
    if as_json:
        print(json.dumps(made, indent=2))
        return
    print(f"Token:   {made['secret']}")
    print(f"Address: {made['address']}")
    print("It is shown this once. Programs send it as “Authorization: Bearer ...” or “X-API-Key”;")
    print("players use the address, which has it in its path.")


def _revoke(data_dir: pathlib.Path, name: str) -> None:
    rows = ask(data_dir, _PATH)
    found = [row for row in rows if name in (row["id"], row["name"])]
    if not found:
        raise BadRequest(f"There is no token called “{name}”; “acedesk tokens list” tells all.")
    done = ask(data_dir, f"{_PATH}/{quote(found[0]['id'], safe='')}", method="DELETE")
    print(f"{clean(done['name'])} opens nothing any more.")
