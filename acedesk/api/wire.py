"""The exact JSON of our HTTP API; every value a client may rely on is made here.

Times are RFC 3339 with zone, rates bit/s, durations seconds, sizes bytes.
"""

import dataclasses
import datetime
import enum
import json
from array import array
from collections.abc import Mapping

from acedesk.errors import AceDeskError
from acedesk.model.diagnosis import Diagnosis
from acedesk.model.snapshot import Snapshot, StreamView
from acedesk.words.diagnosis import describe
from acedesk.words.errors import explain

# Hundreds of values: asked for by themselves, never within something else.
APART = frozenset({"history"})

_SNAPSHOT = dataclasses.fields(Snapshot)

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
            parts = ((field.name, getattr(value, field.name)) for field in _SNAPSHOT)
            return f"{{{', '.join(f'{json.dumps(name)}: {text(part)}' for name, part in parts)}}}"
        case _:
            return json.dumps(to_json(value))


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


def stream(view: StreamView) -> dict[str, Json]:
    """Return one stream in full: our own shape, a superset of what windows show."""
    shown = to_json(view)
    assert isinstance(shown, dict)
    del shown["rate_history"]
    return shown
