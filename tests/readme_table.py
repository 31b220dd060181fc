"""The table of settings in README.md, made from acedesk/settings.

`.venv/bin/python -m tests.readme_table` writes it; tests/unit/test_readme.py checks that it was.
"""

import pathlib
import re

from acedesk import settings

README = pathlib.Path(__file__).parent.parent / "README.md"
BEGIN, END = "<!-- settings: begin -->\n", "<!-- settings: end -->\n"


def settings_table() -> str:
    """Return the table in Markdown."""
    rows = [
        "| Setting | Default | Allowed | What it does |",
        "|---|---|---|---|",
    ]
    for name in settings.names():
        facts = settings.option(name)
        after_restart = " Counts after a restart." if facts.restart else ""
        cells = (f"`{name}`", _default(name), _allowed(name), f"{facts.help}{after_restart}")
        rows.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return "\n".join(rows) + "\n"


def with_table(text: str) -> str:
    """Return the README's text with a fresh table between its two marks."""
    pattern = re.escape(BEGIN) + ".*?" + re.escape(END)
    fresh, count = re.subn(pattern, lambda _: BEGIN + settings_table() + END, text, flags=re.DOTALL)
    assert count == 1, "README.md needs the two marks once"
    return fresh


def _default(name: str) -> str:
    value = settings.default(name)
    if isinstance(value, float):
        value = f"{value:g}"
    text = ", ".join(value) if isinstance(value, tuple) else str(value)
    unit = settings.option(name).unit
    return f"`{text}`{f' {unit}' if unit else ''}" if text else "empty"


def _allowed(name: str) -> str:
    facts = settings.option(name)
    if facts.choices:
        return ", ".join(word or "empty" for word, _ in facts.choices)
    if facts.minimum is not None and facts.maximum is not None:
        return f"{facts.minimum:g} to {facts.maximum:g}"
    return ""


if __name__ == "__main__":
    README.write_text(with_table(README.read_text(encoding="utf-8")), encoding="utf-8")
