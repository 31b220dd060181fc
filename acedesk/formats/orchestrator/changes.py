"""Messages of an orchestrator's `/ws/engines`: everything first, then what has changed."""

import dataclasses
from collections.abc import Mapping
from typing import Any, Final, TypeVar

from acedesk.formats.orchestrator.replies import (
    RemoteEngine,
    RemoteStream,
    invalid,
    load,
    read_engines,
    read_streams,
)
from acedesk.values import frozen_value

T = TypeVar("T")

LONGEST_REVISION: Final = 100


@frozen_value
class Picture:
    """What an orchestrator told: its engines and the streams that play on them, by id.

    Attributes:
        revision: Of the last message, "" where it has none.
    """

    engines: Mapping[str, RemoteEngine] = dataclasses.field(default_factory=dict)
    streams: Mapping[str, RemoteStream] = dataclasses.field(default_factory=dict)
    revision: str = ""


def apply_message(before: Picture, text: str) -> Picture:
    """Return the picture after a message.

    Raises:
        OrchestratorUnavailable: The text is no such message.
    """
    message = load(text)
    if not isinstance(message, dict):
        raise invalid("its message is no JSON object")
    revision = message.get("revision")
    number = revision if isinstance(revision, str) and len(revision) <= LONGEST_REVISION else ""
    match message.get("type"):
        case "snapshot":
            return Picture(
                engines=read_engines(message.get("engines")),
                streams=read_streams(message.get("streams")),
                revision=number,
            )
        case "changes":
            engines, gone = _part(message, "engines")
            streams, ended = _part(message, "streams")
            return Picture(
                engines=_merged(before.engines, read_engines(engines), gone),
                streams=_merged(before.streams, read_streams(streams), ended),
                revision=number,
            )
        case "resumed":
            return before
        case _:
            raise invalid("its message is of a kind that AceDesk does not know")


def _part(message: Mapping[str, Any], name: str) -> tuple[list[Any], frozenset[str]]:
    """Return the changed rows of a part and the ids of those that are gone."""
    part = message.get(name, {})
    if not isinstance(part, dict):
        raise invalid(f"its message has no changes of {name}")
    changed, removed = part.get("changed", []), part.get("removed", [])
    if not isinstance(changed, list) or not isinstance(removed, list):
        raise invalid(f"its message has no changes of {name}")
    # A changed row may have stopped being usable: then it is gone, too.
    seen = [row for row in changed if isinstance(row, dict)]
    ids = {str(row.get("container_id" if name == "engines" else "id")) for row in seen}
    return seen, frozenset({*(one for one in removed if isinstance(one, str)), *ids})


def _merged(
    before: Mapping[str, T], changed: Mapping[str, T], removed: frozenset[str]
) -> Mapping[str, T]:
    kept = {name: one for name, one in before.items() if name not in removed}
    return {**kept, **changed}
