"""A setting's value as people read it. Pure."""

from acedesk.settings import option

_HIDDEN = "(hidden)"


def in_words(name: str, value: object) -> str:
    """Return "30 s", "yes", "Warning" and the like; secrets are not told."""
    facts = option(name)
    if facts.secret:
        return _HIDDEN if value else "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if facts.choices:
        return dict(facts.choices).get(str(value), str(value))
    if isinstance(value, tuple):
        return f"{facts.separator} ".join(str(part) for part in value) or "none"
    text = f"{value:.12g}" if isinstance(value, float) else str(value)
    return f"{text} {facts.unit}".strip() or "none"
