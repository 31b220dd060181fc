"""The exact JSON of our HTTP API; every value a client may rely on is made here.

Times are RFC 3339 with zone, rates bit/s, durations seconds, sizes bytes.
"""

import dataclasses
import datetime
import enum
import json
import operator
from array import array
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, Final

from acedesk.errors import AceDeskError
from acedesk.model.diagnosis import Diagnosis
from acedesk.model.snapshot import Snapshot, StreamView
from acedesk.words.diagnosis import describe
from acedesk.words.errors import explain

# Hundreds of values: asked for by themselves, never within something else.
APART = frozenset({"history"})

_SNAPSHOT = tuple(field.name for field in dataclasses.fields(Snapshot))

Json = None | bool | int | float | str | list["Json"] | dict[str, "Json"]


def to_json(value: object) -> Json:
    """Return any of our frozen values as plain JSON: field names stay, enums become their value."""
    match value:
        case None | bool() | int() | str():
            return value
        case float():
            return round(value, 3)
        case datetime.datetime():
            return value.isoformat().replace("+00:00", "Z")
        case enum.Enum():
            return str(value.value)
        case AceDeskError():
            return {"code": value.code, "message": explain(value).line}
        case Diagnosis():
            return diagnosis(value)
        case Mapping():
            return {str(key): to_json(entry) for key, entry in value.items()}
        case tuple() | list() | array():
            return [to_json(entry) for entry in value]
        case _ if dataclasses.is_dataclass(value) and not isinstance(value, type):
            return {
                field.name: to_json(getattr(value, field.name))
                for field in dataclasses.fields(value)
                if field.name not in APART
            }
        case _:
            raise TypeError(f"{type(value).__name__} has no JSON shape")


def text(value: object) -> str:
    """Return the JSON text of what `to_json` takes, one entry of a long list after the other.

    A hundred streams at once are megabytes in small pieces, which keep the heap from shrinking.
    """
    match value:
        case tuple() | list():
            return f"[{', '.join(text(entry) for entry in value)}]"
        case Snapshot():
            return whole(value)
        case _:
            return _encode(_part(value))


def whole(snapshot: Snapshot, **texts: str) -> str:
    """Return the JSON text of everything.

    Args:
        texts: What is text already, by the names of fields, in place of what the snapshot has.
    """
    parts = (
        f"{json.dumps(name)}: {texts.get(name) or text(getattr(snapshot, name))}"
        for name in _SNAPSHOT
    )
    return f"{{{', '.join(parts)}}}"


Convert = Callable[[Any], object]


def _as_it_is(value: object) -> object:
    return value


def _rounded(value: float) -> float:
    return round(value, 3)


def _rounded_all(values: "array[float]") -> list[float]:
    return [round(value, 3) for value in values]


def _entries(values: Sequence[object]) -> list[object]:
    return [_part(value) for value in values]


def _mapping(values: Mapping[object, object]) -> dict[str, object]:
    return {str(key): _part(value) for key, value in values.items()}


# What values of a type go through before the encoder; other types are added as they come.
_converters: dict[type, Convert] = {
    type(None): _as_it_is,
    bool: _as_it_is,
    int: _as_it_is,
    str: _as_it_is,
    float: _rounded,
    array: _rounded_all,
    tuple: _entries,
    list: _entries,
    dict: _mapping,
}


def _part(value: object) -> object:
    """Return for the JSON encoder what `to_json` returns: it looks at each type once only."""
    kind = type(value)
    convert = _converters.get(kind)
    if convert is None:
        convert = _converters[kind] = _converter(kind)
    return convert(value)


def _converter(kind: type) -> Convert:
    if dataclasses.is_dataclass(kind) and not issubclass(kind, AceDeskError | Diagnosis):
        return _fields_of(kind, APART)
    return to_json


def _fields_of(kind: type, apart: Collection[str]) -> Convert:
    """Return what makes a dict of a dataclass's fields, but for some."""
    fields = dataclasses.fields(kind)
    names = tuple(field.name for field in fields if field.name not in apart)
    read = operator.attrgetter(*names)
    if len(names) == 1:
        return lambda value: {names[0]: _part(read(value))}
    return lambda value: dict(zip(names, map(_part, read(value)), strict=True))


_stream_fields: Final = _fields_of(StreamView, APART | {"rate_history"})
_encode: Final = json.JSONEncoder().encode


def diagnosis(found: Diagnosis) -> dict[str, Json]:
    """Return one diagnosis: the cause, its sentence, what to do as a code and in words."""
    said = describe(found)
    return {
        "cause": found.cause.value,
        "severity": found.severity.value,
        "sentence": said.sentence,
        "action": found.action.value,
        "advice": said.advice,
    }


def stream_text(view: StreamView) -> str:
    """Return the JSON text of one stream in full: a superset of what windows show."""
    return _encode(_stream_fields(view))
