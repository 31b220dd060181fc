"""How a setting is written down: a dataclass field with an `Option` as its metadata."""

import dataclasses
from typing import Any, Final

from acedesk.values import frozen_value

MIB: Final = 1024 * 1024


@frozen_value
class Option:
    """What is known about one setting beside its value.

    Attributes:
        page: Where it stands in the settings window.
        label: Its name for people.
        help: One sentence.
        unit: "s", "MiB", "" ...; the value is stored in this unit.
        minimum, maximum: Bounds of numbers, inclusive.
        choices: The allowed words, with a label each.
        restart: A change counts only after AceDesk was restarted.
        secret: Never shown in logs, reports or `repr`.
        advanced: Hidden until "advanced" is switched on.
        example: Shown in an empty text field.
        separator: Between the parts of a list that is typed as one line.
    """

    page: str
    label: str
    help: str
    unit: str = ""
    minimum: float | None = None
    maximum: float | None = None
    choices: tuple[tuple[str, str], ...] = ()
    restart: bool = False
    secret: bool = False
    advanced: bool = False
    example: str = ""
    separator: str = ","


def option_field(default: Any, **facts: Any) -> Any:
    """Return a dataclass field with this default; `facts` are those of `Option`."""
    described = Option(**facts)
    return dataclasses.field(
        default=default, repr=not described.secret, metadata={"option": described}
    )
