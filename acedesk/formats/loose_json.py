"""Reading JSON whose writer is not trusted: any value may be missing, of another type or absurd.

Numbers may be written as text, flags as numbers; what cannot be read is None or "".
"""

import json
import math

from acedesk.formats.text import clean_text

# No size, count or time is larger; it also fits what databases call an integer.
LARGEST = 2**63
LONGEST_WORD = 200


def load_json(data: bytes | str) -> object:
    """Return the value that `data` is.

    Raises:
        ValueError: It is no JSON, no Unicode, nested too deep, or has an endless number.
    """
    try:
        return json.loads(data)
    except RecursionError as exc:
        raise ValueError("nested too deep") from exc


def read_word(value: object) -> str:
    """Return a text or number as a short text, "" for everything else."""
    if isinstance(value, str):
        return clean_text(value, LONGEST_WORD)
    if isinstance(value, bool):
        return "1" if value else "0"
    number = read_number(value)
    return "" if number is None else f"{number:.15g}"


def read_number(value: object) -> float | None:
    """Return a finite number, also one written as text."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = float(value[:LONGEST_WORD] if isinstance(value, str) else value)
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None


def read_count(value: object) -> int | None:
    """Return a whole number from 0 on; what is negative or absurdly large is unknown."""
    number = read_number(value)
    if number is None or not 0 <= number < LARGEST:
        return None
    # Not through float where it can be helped: it is exact only up to 2**53.
    return value if isinstance(value, int) else int(number)


def read_flag(value: object) -> bool | None:
    """Return the engine's 1 and 0, also as text or JSON booleans; None for -1 and the rest."""
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.strip().lower() in ("true", "false"):
        return value.strip().lower() == "true"
    return {1.0: True, 0.0: False}.get(read_number(value))  # type: ignore[arg-type]  # None has no entry
