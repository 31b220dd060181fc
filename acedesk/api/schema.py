"""JSON Schema of our types (draft 2020-12, as OpenAPI 3.1 has it)."""

import dataclasses
import datetime
import enum
import inspect
import types
import typing
from collections.abc import Mapping, Sequence, Set
from typing import Any, Final, Literal

from acedesk.api.wire import APART
from acedesk.errors import AceDeskError
from acedesk.model.diagnosis import Diagnosis
from acedesk.values import frozen_value

Schema = dict[str, Any]

_PLAIN: Final[dict[Any, Schema]] = {
    str: {"type": "string"},
    bool: {"type": "boolean"},
    int: {"type": "integer"},
    float: {"type": "number"},
    type(None): {"type": "null"},
    Any: {},
    datetime.datetime: {"type": "string", "format": "date-time"},
}
_FORMATS: Final = {"Time": "date-time"}


@frozen_value
class Trouble:
    """An error: a code for programs, a sentence for people."""

    code: str
    message: str


@frozen_value
class Explained:
    """A diagnosis: its cause and action as codes, and in words."""

    cause: str
    severity: str
    sentence: str
    action: str
    advice: str


# Values that `acedesk.api.wire` shows otherwise than by their fields.
_SPECIAL: Final[dict[Any, Any]] = {AceDeskError: Trouble, Diagnosis: Explained}


class Schemas:
    """Schemas by the names of their types, collected while they are referred to."""

    def __init__(self) -> None:
        self.named: dict[str, Schema] = {}

    def of(self, kind: Any) -> Schema:
        """Return the schema of a type; that of a class of ours is a reference.

        Raises:
            TypeError: It has no JSON shape.
        """
        if kind in _PLAIN:
            return dict(_PLAIN[kind])
        if isinstance(kind, typing.NewType):
            return self.of(kind.__supertype__) | (
                {"format": _FORMATS[kind.__name__]} if kind.__name__ in _FORMATS else {}
            )
        if kind in _SPECIAL:
            return self.of(_SPECIAL[kind])
        if dataclasses.is_dataclass(kind) and isinstance(kind, type):
            return self._reference(kind)
        if isinstance(kind, type) and issubclass(kind, enum.Enum):
            return {"type": "string", "enum": [one.value for one in kind]}
        return self._generic(kind)

    def _generic(self, kind: Any) -> Schema:
        origin, arguments = typing.get_origin(kind), typing.get_args(kind)
        if origin in (typing.Union, types.UnionType):
            return {"anyOf": [self.of(one) for one in arguments]}
        if origin is Literal:
            return {"type": "string", "enum": list(arguments)}
        if isinstance(origin, type) and issubclass(origin, Mapping):
            return {"type": "object", "additionalProperties": self.of(arguments[1])}
        if origin is tuple and arguments[1:] != (...,):
            return {"type": "array", "items": {"anyOf": [self.of(one) for one in arguments]}}
        if isinstance(origin, type) and issubclass(origin, (Sequence, Set)):
            return {"type": "array", "items": self.of(arguments[0])}
        raise TypeError(f"{kind} has no JSON shape")

    def _reference(self, kind: type) -> Schema:
        name = kind.__name__
        if name not in self.named:
            self.named[name] = {}  # a type may hold itself
            self.named[name] = self._object(kind)
        return {"$ref": f"#/components/schemas/{name}"}

    def _object(self, kind: type) -> Schema:
        hints = typing.get_type_hints(kind)
        every = dataclasses.fields(kind)
        fields = [one for one in every if one.name not in APART]
        about = inspect.getdoc(kind) or ""
        return {
            "type": "object",
            "description": about,
            "properties": {one.name: self.of(hints[one.name]) for one in fields},
            "required": [
                one.name
                for one in fields
                if one.default is dataclasses.MISSING and one.default_factory is dataclasses.MISSING
            ],
        }
