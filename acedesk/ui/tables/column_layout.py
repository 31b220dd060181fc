"""How wide each column of a table is, and which are shown. Pure.

A column takes what its sample text needs, or the width a person gave it; those that stretch share
what is left; where the room is too small, columns give way in their order.
"""

import dataclasses
from collections.abc import Callable, Sequence
from typing import Protocol


class Layout(Protocol):
    """What is asked of a column, see `acedesk.ui.tables.table_view.Column`."""

    @property
    def stretch(self) -> int:
        """Share of the room that is left."""
        ...

    @property
    def gives_way(self) -> int:
        """Columns with 1 vanish first when it gets narrow, then 2 ...; 0 never."""
        ...


@dataclasses.dataclass(slots=True)
class ColumnChoice:
    """What a person chose, by the number of the column.

    Attributes:
        widths: Pixels.
        hidden: Columns that are not wanted.
    """

    widths: dict[int, int] = dataclasses.field(default_factory=dict)
    hidden: set[int] = dataclasses.field(default_factory=set)


def fit_columns(
    columns: Sequence[Layout], needs: Sequence[int], choice: ColumnChoice, room: int
) -> dict[int, int]:
    """Return the widths of the columns that are shown, by number; they fill `room` exactly.

    Args:
        needs: Pixels of each column's sample.
        room: Pixels there are. Where even the last columns need more, they get it.
    """
    wanted = [choice.widths.get(number, need) for number, need in enumerate(needs)]
    shown = choose_columns(columns, wanted, room, choice.hidden)
    widths = {number: wanted[number] for number in shown}
    spare = max(0, room - sum(widths.values()))
    shares = sum(columns[number].stretch for number in shown)
    for number in shown:
        stretch = columns[number].stretch
        more = spare * stretch // shares if shares else 0
        widths[number] += more
        spare, shares = spare - more, shares - stretch
    return widths


def choose_columns(
    columns: Sequence[Layout], needs: Sequence[int], room: int, hidden: set[int] | None = None
) -> tuple[int, ...]:
    """Return the numbers of the columns that fit into `room` pixels.

    Columns leave in the order of `gives_way`; those with 0 stay whatever happens.
    """
    shown = set(range(len(columns))) - (hidden or set())
    leaving = sorted((n for n in shown if columns[n].gives_way), key=lambda n: columns[n].gives_way)
    for number in leaving:
        if sum(needs[n] for n in shown) <= room:
            break
        shown.discard(number)
    return tuple(sorted(shown))


def drag_edge(
    widths: dict[int, int], number: int, wider: int, lowest: Callable[[int], int]
) -> dict[int, int]:
    """Return the widths after the right edge of a column was dragged.

    What it gains its right neighbour loses, and the other way round; the last has none and
    takes from its left one. No column gets smaller than `lowest`.

    Args:
        widths: Of the columns that are shown, from left to right.
        wider: Pixels, negative for a narrower column.
    """
    order = list(widths)
    at = order.index(number)
    if len(order) < 2:
        return widths
    other = order[at + 1] if at + 1 < len(order) else order[at - 1]
    most = widths[other] - lowest(other)
    least = lowest(number) - widths[number]
    wider = max(min(wider, most), least)
    return {**widths, number: widths[number] + wider, other: widths[other] - wider}
