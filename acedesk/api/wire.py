"""The exact JSON of our HTTP API; every value a client may rely on is made here.

Times are RFC 3339 with zone, rates bit/s, durations seconds, sizes bytes.
"""

import dataclasses
import datetime
import enum
import functools
import json
import math
import operator
from array import array
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from json.encoder import encode_basestring_ascii
from typing import Any, Final, TypeVar

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
    """Return the JSON text of what `to_json` takes.

    It is written straight from the values, piece by piece: plain JSON made first would cost twice
    the time, and in lists of hundreds of streams megabytes in small pieces.
    """
    return _writer(value)(value)


def whole(snapshot: Snapshot, **texts: str) -> str:
    """Return the JSON text of everything.

    Args:
        texts: What is text already, by the names of fields, in place of what the snapshot has.
    """
    parts: list[str] = []
    for name in _SNAPSHOT:  # in one go: streams alone may be a megabyte, which is not copied twice
        parts += f', "{name}": ', texts.get(name) or text(getattr(snapshot, name))
    return "".join(["{", parts[0][2:], *parts[1:], "}"])


T = TypeVar("T")

Write = Callable[[Any], str]


def _flag(value: bool) -> str:
    return "true" if value else "false"


def _null(_value: None) -> str:
    return "null"


def _number(value: float) -> str:
    return repr(round(value, 3)) if math.isfinite(value) else json.dumps(value)


def _time(value: datetime.datetime) -> str:
    return f'"{value.isoformat().replace("+00:00", "Z")}"'


def numbers(values: Iterable[float]) -> list[str]:
    """Return the text of each."""
    return list(map(_number, values))


def _numbers(values: "array[float]") -> str:
    return f"[{', '.join(map(_number, values))}]"


def _entries(values: Sequence[object]) -> str:
    return f"[{', '.join([_writer(value)(value) for value in values])}]"


def _mapping(values: Mapping[object, object]) -> str:
    rows = (f"{encode_basestring_ascii(str(key))}: {text(value)}" for key, value in values.items())
    return f"{{{', '.join(rows)}}}"


# What writes values of a type; other types are added as they come.
_writers: dict[type, Write] = {
    type(None): _null,
    bool: _flag,
    int: int.__repr__,
    str: encode_basestring_ascii,
    float: _number,
    datetime.datetime: _time,
    array: _numbers,
    tuple: _entries,
    list: _entries,
    dict: _mapping,
}


def _writer(value: object) -> Write:
    """Return what writes a value: each type is looked at once only."""
    kind = type(value)
    return _writers.get(kind) or _writers.setdefault(kind, _make_writer(kind))


def _make_writer(kind: type) -> Write:
    if issubclass(kind, Snapshot):
        return whole
    if issubclass(kind, Diagnosis):
        return _diagnosis_text
    if issubclass(kind, enum.Enum):
        return {one: encode_basestring_ascii(str(one.value)) for one in kind}.__getitem__
    if dataclasses.is_dataclass(kind) and not issubclass(kind, AceDeskError):
        return _fields_of(kind, APART)
    return lambda value: json.dumps(to_json(value))


def _fields_of(kind: type, apart: Collection[str]) -> Write:
    """Return what writes the object of a dataclass's fields, but for some."""
    names = [field.name for field in dataclasses.fields(kind) if field.name not in apart]
    read = operator.attrgetter(*names)
    form = f"{{{', '.join(f'{json.dumps(name)}: %s' for name in names)}}}"
    if len(names) == 1:
        return lambda value: form % text(read(value))
    return lambda value: form % tuple([_writer(part)(part) for part in read(value)])


class KeptTexts:
    """Texts of a list that mostly stays as it is: made again for what is another value."""

    def __init__(self) -> None:
        self._kept: dict[object, tuple[object, str]] = {}

    def entries(self, values: Mapping[T, object]) -> str:
        """Return the JSON text of the values as a list; a key tells which one each is."""
        before, self._kept = self._kept, {}
        for key, value in values.items():
            kept = before.get(key)
            self._kept[key] = kept if kept and kept[0] == value else (value, text(value))
        return f"[{', '.join([kept[1] for kept in self._kept.values()])}]"


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


@functools.lru_cache(maxsize=512)
def _diagnosis_text(found: Diagnosis) -> str:
    return json.dumps(diagnosis(found))


_stream_text: Final = _fields_of(StreamView, APART | {"rate_history", "left"})


def stream_text(view: StreamView, *, left: str = "") -> str:
    """Return the JSON text of one stream in full: a superset of what windows show.

    Args:
        left: The text of the viewers that are gone, where it is there already.
    """
    return f'{_stream_text(view)[:-1]}, "left": {left or _entries(view.left)}}}'
