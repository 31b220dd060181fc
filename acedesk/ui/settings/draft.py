"""What a person has typed into the settings and not saved yet. Pure."""

from typing import Any

from acedesk.errors import SettingsError
from acedesk.settings import Option, Settings, checks, default, names, option, parse


class Draft:
    """The saved settings with typed texts on top.

    A text that means the saved value is no change; the fields nobody typed into follow the
    saved settings.
    """

    def __init__(self, saved: Settings) -> None:
        self._saved = saved
        self._typed: dict[str, str] = {}
        # What was found out about a text beyond its form.
        self._found: dict[str, str] = {}

    def text(self, name: str) -> str:
        """Return what stands in the field."""
        return self._typed.get(name, self.saved_text(name))

    def saved_text(self, name: str) -> str:
        """Return the saved value as text."""
        return format_value(getattr(self._saved, name), option(name).separator)

    def type(self, name: str, text: str) -> None:
        """Take what a person typed, valid or not."""
        self._typed[name] = text
        self._found.pop(name, None)
        if not self.problem(name) and parse(name, text) == getattr(self._saved, name):
            del self._typed[name]

    def reset(self, name: str) -> None:
        """Put the default into the field."""
        self.type(name, format_value(default(name), option(name).separator))

    def discard(self) -> None:
        """Forget everything typed."""
        self._typed.clear()
        self._found.clear()

    def find(self, name: str, reason: str) -> None:
        """Note why what stands in the field cannot be had on this computer; "" for nothing."""
        self._found[name] = reason

    def rebase(self, saved: Settings) -> None:
        """Take settings that changed elsewhere; what was typed stays typed."""
        self._saved = saved
        found = dict(self._found)
        for name, text in tuple(self._typed.items()):
            self.type(name, text)
        self._found.update((name, why) for name, why in found.items() if name in self._typed)

    def problem(self, name: str) -> str:
        """Return why the text of the field cannot be saved, "" when it can."""
        if name not in self._typed:
            return ""
        try:
            parse(name, self._typed[name])
        except SettingsError as exc:
            return f"{exc.reason[:1].upper()}{exc.reason[1:]}."
        if name == "engine_arguments":  # one saved earlier is refused when an engine is made
            reason = checks.arguments_problem(self._typed[name])
            return f"{reason[:1].upper()}{reason[1:]}." if reason else ""
        return self._found.get(name, "")

    def is_changed(self, name: str) -> bool:
        """Return whether the field differs from the saved value."""
        return name in self._typed

    def is_default(self, name: str) -> bool:
        """Return whether the field holds the default; a text with a problem does not."""
        try:
            return bool(parse(name, self.text(name)) == default(name))
        except SettingsError:
            return False

    @property
    def changes(self) -> tuple[str, ...]:
        """Names of the changed fields in the order of the page."""
        return tuple(name for name in names() if name in self._typed)

    @property
    def problems(self) -> tuple[str, ...]:
        """Names of the fields that cannot be saved, in the order of the page."""
        return tuple(name for name in self.changes if self.problem(name))

    def values(self) -> dict[str, Any]:
        """Return the changed values, typed.

        Raises:
            SettingsError: A field has a problem.
        """
        return {name: parse(name, text) for name, text in self._typed.items()}


def format_value(value: object, separator: str = ",") -> str:
    """Return a setting's value as a person would type it."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple):
        return f"{separator} ".join(str(part) for part in value)
    return f"{value:.12g}" if isinstance(value, float) else str(value)


def is_found(name: str, text: str) -> bool:
    """Return whether a search for `text` finds the setting: every word of it must occur."""
    facts = option(name)
    searched = " ".join((name, facts.page, facts.label, facts.help)).casefold()
    return all(word in searched for word in text.casefold().split())


def sections() -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Return the sections with the names in each, in the order of the table."""
    grouped: dict[str, list[str]] = {}
    for name in names():
        grouped.setdefault(option(name).page, []).append(name)
    return tuple((page, tuple(members)) for page, members in grouped.items())


def bounds(facts: Option) -> str:
    """Return the allowed range in words, "" when there is none: "1 to 300 s"."""
    if facts.minimum is None or facts.maximum is None:
        return ""
    unit = f" {facts.unit}" if facts.unit else ""
    return f"{facts.minimum:g} to {facts.maximum:g}{unit}"
