"""What is kept of a table between two runs, as plain values that JSON can hold. Pure.

Columns are kept by their headings, so that a later version may add some or change their order.
"""

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from acedesk.ui.tables.column_layout import ColumnChoice

# No screen is wider; a broken file must not make a table of a million pixels.
WIDEST: Final = 8_000
NARROWEST: Final = 24


@dataclasses.dataclass(slots=True)
class TableMemory:
    """What a person chose for one table.

    Attributes:
        choice: Widths and columns that are not wanted.
        sorted_by: Number of a column, -1 for none.
    """

    choice: ColumnChoice = dataclasses.field(default_factory=ColumnChoice)
    sorted_by: int = -1
    descending: bool = False


def table_values(memory: TableMemory, headings: Sequence[str]) -> dict[str, Any]:
    """Return the values to keep."""
    choice, by = memory.choice, memory.sorted_by
    return {
        "sort": headings[by] if 0 <= by < len(headings) else "",
        "descending": memory.descending,
        "widths": {headings[number]: width for number, width in sorted(choice.widths.items())},
        "hidden": [headings[number] for number in sorted(choice.hidden)],
    }


def read_table(values: Mapping[str, Any], headings: Sequence[str]) -> TableMemory:
    """Return what `values` say; whatever in them is no such thing is left out."""
    numbers = {heading: number for number, heading in enumerate(headings)}
    widths, hidden = values.get("widths"), values.get("hidden")
    choice = ColumnChoice(
        widths={
            numbers[heading]: width
            for heading, width in (widths.items() if isinstance(widths, dict) else ())
            if heading in numbers and is_whole(width) and NARROWEST <= width <= WIDEST
        },
        hidden={numbers[heading] for heading in texts(hidden) if heading in numbers},
    )
    by = values.get("sort")
    sorted_by = numbers.get(by, -1) if isinstance(by, str) else -1
    return TableMemory(choice, sorted_by, values.get("descending") is True)


def is_whole(value: object) -> bool:
    """Tell whether this is a whole number: JSON's true is none."""
    return isinstance(value, int) and not isinstance(value, bool)


def texts(value: object) -> list[str]:
    """Return the texts in a list; nothing where it is no list."""
    members: Iterable[object] = value if isinstance(value, list) else ()
    return [member for member in members if isinstance(member, str)]
