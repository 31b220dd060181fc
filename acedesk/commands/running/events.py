"""`acedesk events`: what happened, and with `--follow` what happens."""

import datetime
import json
import os
import pathlib
from collections.abc import Iterator, Mapping
from typing import Any, Final

from acedesk.commands.api_client import ask
from acedesk.commands.arguments import Arguments
from acedesk.commands.running.terminal_table import clean
from acedesk.commands.start import prepare
from acedesk.model.event import Event, EventKind
from acedesk.words.events import describe

# The answer to a question without news comes after so many seconds, and is then asked again.
WAIT: Final = 25
MARGIN: Final = 10.0


def run(wanted: Arguments) -> int:
    """Print the events, oldest first; each one a line of words, or of JSON.

    Raises:
        NotRunning: None runs, or it has ended.
        NotAnswering: It runs, but does not answer.
    """
    data_dir = prepare(wanted, os.environ, looking=True).paths.data_dir
    titles: dict[str, str] = {}
    try:
        for row in _events(data_dir, follow=wanted.follow):
            print(json.dumps(row) if wanted.json else format_event(row, titles), flush=True)
    except KeyboardInterrupt:  # the usual end of following
        return 0
    return 0


def _events(data_dir: pathlib.Path, *, follow: bool) -> Iterator[Mapping[str, Any]]:
    newest = wait = 0
    while True:
        path = f"/api/v2/events?since={newest}&wait={wait}"
        told = ask(data_dir, path, timeout=WAIT + MARGIN)
        yield from told["events"]
        if not follow:
            return
        newest, wait = told["newest"], WAIT


def format_event(row: Mapping[str, Any], titles: dict[str, str]) -> str:
    """Return one event as a line: the local time, and what happened to what.

    Args:
        titles: Of streams by their id; filled from what the events tell.
    """
    time = datetime.datetime.fromisoformat(str(row["time"]))
    data = row.get("data") or {}
    try:
        kind = EventKind(row["kind"])
    except ValueError:  # of a newer AceDesk
        words = f"{row.get('subject', '')} {row['kind']}".strip()
    else:
        if kind is EventKind.STREAM_BEGAN and data.get("name"):
            titles[str(row["subject"])] = str(data["name"])
        event = Event(
            number=int(row["number"]),
            time=time,
            kind=kind,
            subject=str(row["subject"]),
            cause=str(row.get("cause", "")),
            data=data,
        )
        words = describe(event, titles).line
    return f"{time.astimezone():%Y-%m-%d %H:%M:%S}  {clean(words)}"
