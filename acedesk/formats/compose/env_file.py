r"""Files with one NAME=value in each line, as Compose reads them. Pure.

Values may stand in quotes: in single ones nothing is put in, in double ones `\n` and the like are
understood and lines may follow. A blank and `#` begin a comment outside of quotes.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Final

from acedesk.formats.compose.interpolation import interpolate
from acedesk.model.settings_import.source import Variable

_LINE: Final = re.compile(
    r"\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_.-]*)[ \t]*(?:[=:](.*))?", re.DOTALL
)
_COMMENT: Final = re.compile(r"(?:^|\s)#.*", re.DOTALL)
_ESCAPES: Final = {"n": "\n", "r": "\r", "t": "\t", '"': '"', "\\": "\\", "$": "$$"}
MOST_VARIABLES: Final = 1000


def read_variables(text: str, around: Mapping[str, str]) -> tuple[Variable, ...]:
    """Return the variables of a file, the last one where a name stands there twice.

    Args:
        around: Variables that values may name, and that a name without a value is taken from.

    Raises:
        ValueError: With a sentence that says which line is none.
    """
    found: dict[str, Variable] = {}
    known = dict(around)
    for number, name, value in _lines(text.removeprefix("\ufeff")):
        if name is None:
            raise ValueError(f"line {number} is not NAME=value")
        variable = _read(name, value, known)
        if name in found:
            variable = Variable(
                name=name,
                text=variable.text,
                problem=variable.problem,
                note="It stands there more than once; the last one counts.",
            )
        found[name] = variable
        if len(found) > MOST_VARIABLES:
            raise ValueError(f"it has more than {MOST_VARIABLES} variables")
        # What stands around a file counts more than what it says itself.
        known[name] = around.get(name, variable.text or "")
    return tuple(found.values())


def as_mapping(variables: tuple[Variable, ...]) -> dict[str, str]:
    """Return the values that are known, by name."""
    return {one.name: one.text for one in variables if one.text is not None}


def _lines(text: str) -> Iterator[tuple[int, str | None, str | None]]:
    """Yield number, name and raw value of each variable; no name where a line is none."""
    lines = iter(enumerate(text.splitlines(), start=1))
    for number, line in lines:
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        found = _LINE.fullmatch(line)
        if found is None:
            yield number, None, None
            continue
        value, quote = found[2], _open_quote(found[2] or "")
        more = [value or ""]
        while quote:
            try:
                more.append(next(lines)[1])
            except StopIteration:
                raise ValueError(f"line {number} has a quote that is not closed") from None
            # Only the new line is looked at: nothing escapes a sign of the next one.
            if _quote_end(quote + more[-1]) >= 0:
                quote = ""
        yield number, found[1], None if value is None else "\n".join(more)


def _open_quote(value: str) -> str:
    """Return the quote that `value` begins with and does not close, "" for none."""
    value = value.strip()
    return value[0] if value[:1] in ("'", '"') and value and _quote_end(value) < 0 else ""


def _quote_end(value: str) -> int:
    """Return where the quote that `value` begins with is closed, -1 when it is not."""
    position = 1
    while position < len(value):
        if value[position] == "\\" and value[0] == '"':
            position += 2
            continue
        if value[position] == value[0]:
            return position
        position += 1
    return -1


def _read(name: str, raw: str | None, known: Mapping[str, str]) -> Variable:
    if raw is None:
        return Variable(name=name, text=known.get(name))
    value = raw.strip()
    if value[:1] == "'":
        return Variable(name=name, text=value[1 : _quote_end(value)])
    if value[:1] == '"':
        inside = value[1 : _quote_end(value)]
        value = re.sub(
            r"\\(.)", lambda escape: _ESCAPES.get(escape[1], escape[0]), inside, flags=re.DOTALL
        )
    else:
        value = _COMMENT.sub("", raw).strip()
    try:
        return Variable(name=name, text=interpolate(value, known))
    except ValueError as exc:
        return Variable(name=name, text=None, problem=str(exc))
