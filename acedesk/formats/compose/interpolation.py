"""Variables inside texts of compose and environment files: `$NAME`, `${NAME:-default}`. Pure.

After the Compose specification, "Interpolation".
"""

import re
from collections.abc import Mapping
from typing import Final

# A file of variables that name each other could otherwise grow without end.
LONGEST: Final = 32 * 1024
# `${A:-${B:-${C}}}` is as deep as people write.
DEEPEST: Final = 20

_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_OPERATOR: Final = re.compile(r":?[-?+]")
_BRACE: Final = re.compile(r"\$\{|\}")


def interpolate(text: str, variables: Mapping[str, str]) -> str:
    """Return `text` with the values put in; `$$` is one dollar sign.

    Raises:
        ValueError: With part of a sentence: a variable that must be there is not, or what stands
            behind a dollar sign is none.
    """
    return _interpolate(text, variables, 0)


def _interpolate(text: str, variables: Mapping[str, str], depth: int) -> str:
    if depth > DEEPEST:
        raise ValueError("puts variables into variables too often")
    parts: list[str] = []
    length = position = 0
    while position < len(text):
        dollar = text.find("$", position)
        end = len(text) if dollar < 0 else dollar
        parts.append(text[position:end])
        position = end
        if dollar >= 0:
            value, position = _variable(text, dollar + 1, variables, depth)
            parts.append(value)
        length += len(parts[-1])
        if length > LONGEST:
            raise ValueError("is longer than 32 KiB with its variables put in")
    return "".join(parts)


def _variable(text: str, start: int, variables: Mapping[str, str], depth: int) -> tuple[str, int]:
    """Return the value of what stands behind a dollar sign, and where it ends."""
    if text.startswith("$", start):
        return "$", start + 1
    if text.startswith("{", start):
        end = _closing(text, start + 1)
        return _in_braces(text[start + 1 : end], variables, depth), end + 1
    if name := _NAME.match(text, start):
        return variables.get(name[0], ""), name.end()
    raise ValueError("has a dollar sign without a name; a sign of its own is written $$")


def _closing(text: str, start: int) -> int:
    """Return where the brace that is open at `start` is closed."""
    level = 1
    for found in _BRACE.finditer(text, start):
        level += 1 if found[0] == "${" else -1
        if level == 0:
            return found.start()
    raise ValueError("has a “${” without its “}”")


def _in_braces(inside: str, variables: Mapping[str, str], depth: int) -> str:
    name = _NAME.match(inside)
    if name is None:
        raise ValueError(f"has “${{{inside}}}”, which names no variable")
    rest = inside[name.end() :]
    if not rest:
        return variables.get(name[0], "")
    operator = _OPERATOR.match(rest)
    if operator is None:
        raise ValueError(f"has “${{{inside}}}”, which is no variable with a default")
    value = variables.get(name[0])
    is_there = bool(value) if operator[0].startswith(":") else value is not None
    other = rest[operator.end() :]
    match operator[0][-1]:
        case "+":
            return _interpolate(other, variables, depth + 1) if is_there else ""
        case "-" if not is_there:
            return _interpolate(other, variables, depth + 1)
        case "?" if not is_there:
            told = f" ({other})" if other else ""
            raise ValueError(f"needs the variable {name[0]}, which is set nowhere{told}")
    return value or ""
