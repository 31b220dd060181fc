"""What an AceDesk tells the others of itself: an entry in JSON, to be read with care. Pure.

The others may be of another version: what is not known is passed over, what is missing has a
default. Only who it is and where it is reached must be there.
"""

import dataclasses
import json
from collections.abc import Iterator, Mapping
from typing import Final

from acedesk.model.content import KeyKind, StreamKey
from acedesk.model.host import join_port
from acedesk.values import frozen_value

LONGEST: Final = 1 << 20
# Counts up when a reader must know that an entry means something else than before.
FORMAT: Final = 1
_MOST_LOADS: Final = 5000
_HIGHEST_PORT: Final = 65535


@frozen_value
class ProxyEntry:
    """One AceDesk of several that work together.

    Attributes:
        id: Random, another one after each start.
        host, port: Where the others reach it.
        token: What they show there, so that it knows them.
        name: Of its computer, "" when it did not tell.
        version: Of the program, "" when it did not tell.
        streams: Streams and files that it plays.
        viewers: Players connected to it.
        loads: The contents that it plays, by engine; see `engine_address`.
        format: The `FORMAT` of who wrote it.
    """

    id: str
    host: str
    port: int
    token: str = ""
    name: str = ""
    version: str = ""
    streams: int = 0
    viewers: int = 0
    loads: Mapping[str, tuple[StreamKey, ...]] = dataclasses.field(default_factory=dict)
    format: int = FORMAT


def write_entry(entry: ProxyEntry) -> str:
    """Return the entry as it is kept."""
    facts = {field.name: getattr(entry, field.name) for field in dataclasses.fields(entry)}
    facts["loads"] = {
        address: [[key.kind.value, key.value, key.file_index] for key in keys]
        for address, keys in entry.loads.items()
    }
    return json.dumps(facts, separators=(",", ":"))


def read_entry(text: str) -> ProxyEntry | None:
    """Return the entry that was kept, None for anything else."""
    try:
        facts = json.loads(text[:LONGEST])
        entry = ProxyEntry(
            id=_text(facts["id"]),
            host=_text(facts["host"]),
            port=int(facts["port"]),
            token=_text(facts["token"]) if facts.get("token") else "",
            name=_optional(facts, "name"),
            version=_optional(facts, "version"),
            streams=_count(facts, "streams"),
            viewers=_count(facts, "viewers"),
            loads=_read_loads(facts.get("loads", {})),
            format=_count(facts, "format"),
        )
    except (ArithmeticError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
    return entry if 0 < entry.port <= _HIGHEST_PORT else None


def proxy_name(entry: ProxyEntry) -> str:
    """Return what it is called: its computer and port; two may run on one computer."""
    return join_port(entry.name or entry.host, entry.port)


def engine_address(host: str, port: int, machine: str) -> str:
    """Return what tells an engine from all others, whichever AceDesk speaks of it.

    Args:
        machine: The computer that `host` is, where `host` means another one on each; else "".
    """
    return f"{machine}/{host}:{port}" if machine else f"{host}:{port}"


def _read_loads(found: dict[str, object]) -> dict[str, tuple[StreamKey, ...]]:
    loads = list(found.items())[:_MOST_LOADS]
    return {address: tuple(_read_keys(keys)) for address, keys in loads}


def _read_keys(found: object) -> Iterator[StreamKey]:
    for parts in found[:_MOST_LOADS] if isinstance(found, list) else ():
        try:
            kind, value, index = parts[:3]
            key = StreamKey(KeyKind(kind), _text(value), index)
        except (ValueError, TypeError):  # of a kind that came later
            continue
        if isinstance(index, int):
            yield key


def _optional(facts: Mapping[str, object], name: str) -> str:
    try:
        return _text(facts.get(name))
    except ValueError:
        return ""


def _count(facts: Mapping[str, object], name: str) -> int:
    value = facts.get(name)
    return value if isinstance(value, int) and value >= 0 else 0


def _text(value: object) -> str:
    """Return a text that may stand in a line of HTTP.

    Raises:
        ValueError: It is none, or has signs that would begin another line.
    """
    if not isinstance(value, str) or not value or any(ord(sign) < 32 for sign in value):
        raise ValueError("no text")
    return value
