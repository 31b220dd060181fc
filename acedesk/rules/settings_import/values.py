"""Texts of other programs' variables as values: yes and no, numbers, durations, sizes. Pure.

Each raises `ValueError` with the rest of a sentence: "must be ...".
"""

import re
from collections.abc import Mapping
from typing import Final

_YES: Final = frozenset({"1", "t", "true", "y", "yes", "on", "enabled"})
_NO: Final = frozenset({"0", "f", "false", "n", "no", "off", "disabled"})

# More digits than any of these values has; far more would take `float` its time.
_LONGEST: Final = 60

_NUMBER: Final = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)", re.ASCII)
# As Go reads them (time.ParseDuration).
_PART: Final = re.compile(r"(\d+\.?\d*|\.\d+)(ns|us|µs|μs|ms|s|m|h)", re.ASCII)
_DURATION: Final = re.compile(rf"[+-]?(?:{_PART.pattern})+", re.ASCII)
_SECONDS: Final = {
    "ns": 1e-9,
    "us": 1e-6,
    "µs": 1e-6,
    "μs": 1e-6,
    "ms": 1e-3,
    "s": 1.0,
    "m": 60.0,
    "h": 3600.0,
}

_SIZE: Final = re.compile(r"(\d[\d,]*\.?\d*|\.\d+)\s*([a-z]*)", re.ASCII | re.IGNORECASE)
_LETTERS: Final = "kmgtpe"
# As the humanize package reads them, which acexy uses: k is 1000, ki is 1024.
HUMAN_UNITS: Final[Mapping[str, int]] = {
    "": 1,
    "b": 1,
    **{f"{one}{b}": 1000**power for power, one in enumerate(_LETTERS, 1) for b in ("", "b")},
    **{f"{one}i{b}": 1024**power for power, one in enumerate(_LETTERS, 1) for b in ("", "b")},
}
# As Docker reads them: always 1024.
DOCKER_UNITS: Final[Mapping[str, int]] = {
    "": 1,
    "b": 1,
    **{
        f"{one}{end}": 1024**power
        for power, one in enumerate(_LETTERS, 1)
        for end in ("", "b", "i", "ib")
    },
}


def read_switch(text: str) -> bool:
    """Return yes or no, in all the spellings of Go, Python and YAML."""
    word = text.strip().lower()
    if word in _YES:
        return True
    if word in _NO:
        return False
    raise ValueError("must be yes or no, such as true or false")


def read_number(text: str) -> float:
    """Return a number; a whole one is an `int`."""
    plain = text.strip()
    if len(plain) > _LONGEST or not _NUMBER.fullmatch(plain):
        raise ValueError("must be a number")
    value = float(plain)
    return int(value) if value.is_integer() else value


def read_seconds(text: str) -> float:
    """Return the seconds of `1m30s`, `250ms` and the like; a number alone is seconds."""
    plain = text.strip()
    if len(plain) > _LONGEST:
        raise ValueError("must be a duration, such as 30s or 1m30s")
    if _NUMBER.fullmatch(plain):
        return read_number(plain)
    if not _DURATION.fullmatch(plain):
        raise ValueError("must be a duration, such as 30s or 1m30s")
    parts = (float(number) * _SECONDS[unit] for number, unit in _PART.findall(plain))
    value = round(sum(parts), 6) * (-1 if plain.startswith("-") else 1)
    return int(value) if value.is_integer() else value


def read_size(text: str, units: Mapping[str, int]) -> int:
    """Return the bytes of `1MiB`, `1 MB`, `4096` and the like."""
    plain = text.strip()
    found = _SIZE.fullmatch(plain) if len(plain) <= _LONGEST else None
    factor = units.get(found[2].lower()) if found else None
    if found is None or factor is None:
        raise ValueError("must be a size, such as 512m or 4MiB")
    return int(float(found[1].replace(",", "")) * factor)
