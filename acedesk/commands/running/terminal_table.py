"""Tables and texts for a terminal."""

from collections.abc import Sequence


def format_table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """Return the lines of a table whose columns are as wide as what is in them."""
    texts = [head, *([clean(cell) for cell in row] for row in rows)]
    widths = [max(map(len, column)) for column in zip(*texts, strict=True)]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in texts
    ]


def clean(text: object) -> str:
    """Return `text` without what a terminal would obey: names come from links and engines."""
    return "".join(sign if sign.isprintable() else " " for sign in str(text))
