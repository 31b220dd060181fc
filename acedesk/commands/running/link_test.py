"""`acedesk test LINK`: does it play? Tried by the running AceDesk on an engine nobody uses."""

import json
import os
from collections.abc import Mapping
from typing import Any, Final

from acedesk.commands.api_client import ask
from acedesk.commands.arguments import Arguments
from acedesk.commands.running.terminal_table import clean
from acedesk.commands.start import prepare
from acedesk.formats import links
from acedesk.words.numbers import format_rate, format_seconds

# An engine may need a minute to find a content, then ten seconds are looked at.
TEST_SECONDS: Final = 180.0

PLAYS: Final = 0
PLAYS_NOT: Final = 1


def run(wanted: Arguments) -> int:
    """Print whether the link plays and what was learned of it; the exit code says so too.

    Raises:
        LinkError: The text holds no link, or several.
        NotRunning: None runs.
        NotAnswering: It runs, but does not answer.
        BadRequest: No engine is free for a test.
    """
    links.find(wanted.link)
    data_dir = prepare(wanted, os.environ, looking=True).paths.data_dir
    body = {"link": wanted.link}
    result = ask(data_dir, "/api/v2/tests", method="POST", body=body, timeout=TEST_SECONDS)
    if wanted.json:
        print(json.dumps(result, indent=2))
    else:
        print("\n".join(format_result(result)))
    return PLAYS if result.get("plays") else PLAYS_NOT


def format_result(result: Mapping[str, Any]) -> list[str]:
    """Return the lines for people; what is not known is left out."""
    width, height = result.get("width"), result.get("height")
    rows = (
        ("Peers", result.get("peers")),
        ("First byte after", _with(format_seconds, result.get("first_byte"))),
        ("Needs", _with(format_rate, result.get("bit_rate"))),
        ("Engine downloads", _with(format_rate, result.get("speed_down"))),
        ("Codecs", result.get("codecs")),
        ("Picture", f"{width} x {height}" if width and height else None),
        ("Tried", f"{format_seconds(result.get('seconds') or 0.0)} on {result.get('engine_name')}"),
    )
    known = [(name, str(value)) for name, value in rows if value not in (None, "")]
    lines = [f"  {name:<17} {clean(value)}" for name, value in known]
    return [clean(result.get("sentence", "")), *lines]


def _with(words: Any, value: object) -> str | None:
    return words(float(value)) if isinstance(value, int | float) else None
