"""JSON Schema of our types."""

import dataclasses
from typing import Any, Literal

import pytest

from acedesk.api.orchestrator.shapes import Time
from acedesk.api.schema import Schemas
from acedesk.errors import AceDeskError
from acedesk.model.engine import BackendKind
from acedesk.model.snapshot import Snapshot


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Thing:
    """One thing."""

    name: str
    parts: "tuple[Thing, ...]" = ()
    at: Time | None = None


@pytest.mark.parametrize(
    ("kind", "schema"),
    [
        (str, {"type": "string"}),
        (Time, {"type": "string", "format": "date-time"}),
        (int | None, {"anyOf": [{"type": "integer"}, {"type": "null"}]}),
        (list[float], {"type": "array", "items": {"type": "number"}}),
        (dict[str, bool], {"type": "object", "additionalProperties": {"type": "boolean"}}),
        (Literal["a", "b"], {"type": "string", "enum": ["a", "b"]}),
        (BackendKind, {"type": "string", "enum": [one.value for one in BackendKind]}),
        (Any, {}),
    ],
)
def test_plain_types_have_plain_schemas(kind: Any, schema: dict[str, Any]) -> None:
    assert Schemas().of(kind) == schema


def test_a_class_is_described_once_and_may_hold_itself() -> None:
    schemas = Schemas()

    assert schemas.of(Thing) == {"$ref": "#/components/schemas/Thing"}
    assert schemas.named["Thing"]["required"] == ["name"]
    assert schemas.named["Thing"]["properties"]["parts"] == {
        "type": "array",
        "items": {"$ref": "#/components/schemas/Thing"},
    }


def test_everything_at_once_has_a_schema_and_errors_are_told_as_they_are_shown() -> None:
    schemas = Schemas()
    schemas.of(Snapshot)

    assert schemas.of(AceDeskError) == {"$ref": "#/components/schemas/Trouble"}
    assert "rate_history" in schemas.named["StreamView"]["properties"]
    assert "history" not in schemas.named["StreamView"]["properties"]


def test_what_is_no_json_has_none() -> None:
    with pytest.raises(TypeError):
        Schemas().of(object)
