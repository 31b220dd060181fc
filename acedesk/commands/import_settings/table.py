"""What an import would do, as a table for a terminal and as JSON."""

from collections.abc import Iterator
from typing import Any, Final

from acedesk.commands.running.terminal_table import clean, format_table
from acedesk.model.settings_import.plan import Finding, ImportPlan, Outcome
from acedesk.rules.settings_import.in_words import in_words
from acedesk.words import numbers

_WIDEST: Final = 40
_WORDS: Final = {
    Outcome.TAKEN: "as it is",
    Outcome.NOT_APPLICABLE: "not applicable",
    Outcome.REFUSED: "refused",
    Outcome.UNKNOWN: "unknown",
}


def format_plan(plan: ImportPlan) -> list[str]:
    """Return the lines for people: one for each variable, its reason below it."""
    if not plan.findings:
        return list(plan.notes)
    table = format_table(
        ("VARIABLE", "VALUE", "RESULT", "SETTING"), [_cells(one) for one in plan.findings]
    )
    lines = [table[0]]
    for line, one in zip(table[1:], plan.findings, strict=True):
        lines.append(line)
        if one.reason:
            lines.append(f"    {clean(one.reason)}")
    return [*lines, "", *(clean(note) for note in plan.notes), summary(plan)]


def summary(plan: ImportPlan) -> str:
    """Return how many of each there are, as a sentence."""
    same = plan.count(Outcome.TAKEN) - plan.changing
    parts = [f"{numbers.count(len(plan.values), 'setting')} would change"]
    for number, words in (
        (same, "as they are already"),
        (plan.count(Outcome.NOT_APPLICABLE), "not applicable"),
        (plan.count(Outcome.REFUSED), "refused"),
        (plan.count(Outcome.UNKNOWN), "unknown"),
    ):
        if number:
            parts.append(f"{number} {words}")
    return ", ".join(parts) + "."


def as_json(plan: ImportPlan, *, written: bool) -> dict[str, Any]:
    """Return everything for a program.

    Args:
        written: The settings were saved.
    """
    return {
        "kind": plan.kind.value,
        "source": plan.source,
        "written": written,
        "variables": [_row(one) for one in plan.findings],
        "notes": list(plan.notes),
    }


def _row(one: Finding) -> dict[str, Any]:
    return {
        "service": one.service,
        "variable": one.name,
        "value": "" if one.secret else one.text,
        "outcome": one.outcome.value,
        "changed": one.changes,
        "settings": {} if one.secret else dict(one.values),
        "before": {} if one.secret else dict(one.before),
        "reason": one.reason,
    }


def _cells(one: Finding) -> tuple[str, str, str, str]:
    name = f"{one.service}: {one.name}" if one.service else one.name
    text = "(hidden)" if one.secret else one.text
    if len(text) > _WIDEST:
        text = text[: _WIDEST - 1] + "…"
    result = "changed" if one.changes else _WORDS[one.outcome]
    return name, text, result, "; ".join(_changes(one))


def _changes(one: Finding) -> Iterator[str]:
    for name, value in one.values.items():
        if one.secret:
            yield name
            continue
        before = one.before.get(name)
        told = in_words(name, value)
        yield (
            f"{name} = {told}" if before == value else f"{name}: {in_words(name, before)} → {told}"
        )
