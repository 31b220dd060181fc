"""What an AceDesk tells the others of itself: an entry in JSON, to be read with care. Pure."""

import dataclasses
import json
from collections.abc import Mapping
from typing import Final

from acedesk.model.content import KeyKind, StreamKey
from acedesk.values import frozen_value

LONGEST: Final = 1 << 20
_MOST_LOADS: Final = 5000
_HIGHEST_PORT: Final = 65535


@frozen_value
class ProxyEntry:
    """One AceDesk of several that work together.

    Attributes:
        id: Random, another one after each start.
        host, port: Where the others reach it.
        token: What they show there, so that it knows them.
        loads: The contents that it plays, by engine; see `engine_address`.
    """

    id: str
    host: str
    port: int
    token: str
    loads: Mapping[str, tuple[StreamKey, ...]] = dataclasses.field(default_factory=dict)


def write_entry(entry: ProxyEntry) -> str:
    """Return the entry as it is kept."""
    loads = {
        address: [[key.kind.value, key.value, key.file_index] for key in keys]
        for address, keys in entry.loads.items()
    }
    facts = {"id": entry.id, "host": entry.host, "port": entry.port, "token": entry.token}
    return json.dumps({**facts, "loads": loads}, separators=(",", ":"))


def read_entry(text: str) -> ProxyEntry | None:
    """Return the entry that was kept, None for anything else."""
    try:
        facts = json.loads(text[:LONGEST])
        entry = ProxyEntry(
            id=_text(facts["id"]),
            host=_text(facts["host"]),
            port=int(facts["port"]),
            token=_text(facts["token"]),
            loads=_read_loads(facts["loads"]),
        )
    except (ArithmeticError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
    return entry if 0 < entry.port <= _HIGHEST_PORT else None


def engine_address(host: str, port: int, machine: str) -> str:
    """Return what tells an engine from all others, whichever AceDesk speaks of it.

    Args:
        machine: The computer that `host` is, where `host` means another one on each; else "".
    """
    return f"{machine}/{host}:{port}" if machine else f"{host}:{port}"


def _read_loads(found: dict[str, list[list[object]]]) -> dict[str, tuple[StreamKey, ...]]:
    loads = list(found.items())[:_MOST_LOADS]
    return {address: tuple(map(_read_key, keys[:_MOST_LOADS])) for address, keys in loads}


def _read_key(parts: list[object]) -> StreamKey:
    kind, value, index = parts
    if not isinstance(index, int):
        raise TypeError(index)
    return StreamKey(KeyKind(kind), _text(value), index)


def _text(value: object) -> str:
    """Return a text that may stand in a line of HTTP.

    Raises:
        ValueError: It is none, or has signs that would begin another line.
    """
    if not isinstance(value, str) or not value or any(ord(sign) < 32 for sign in value):
        raise ValueError("no text")
    return value
