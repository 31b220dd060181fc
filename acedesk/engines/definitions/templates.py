"""Definitions that are kept under a name in the settings. Pure."""

from collections.abc import Mapping

from acedesk.errors import NotFound
from acedesk.settings import (
    EngineTemplate,
    Settings,
    default,
    format_template,
    option,
    parse,
    parse_template,
)
from acedesk.settings.engine_template import WORDS


def templates(settings: Settings) -> tuple[EngineTemplate, ...]:
    """Return the templates of the settings, in their order."""
    return tuple(parse_template(text) for text in settings.engine_templates)


def template_of(settings: Settings, name: str) -> EngineTemplate:
    """Return the definition that holds now as a template; what has its default is left out."""
    values = {
        field: _text(field, getattr(settings, field))
        for field in WORDS.values()
        if field == "engine_image" or getattr(settings, field) != default(field)
    }
    return EngineTemplate(name=name, values=values)


def values_of(template: EngineTemplate) -> Mapping[str, object]:
    """Return the settings that make a template hold: its own, and the defaults of the others."""
    return {
        field: parse(field, template.values[field]) if field in template.values else default(field)
        for field in WORDS.values()
    }


def with_template(settings: Settings, name: str) -> Settings:
    """Return the settings with the definition of a template.

    Raises:
        NotFound: There is no template of that name.
    """
    found = next((one for one in templates(settings) if one.name == name), None)
    if found is None:
        raise NotFound(f"there is no engine template called “{name}”")
    return settings.changed(values_of(found))


def put_template(settings: Settings, template: EngineTemplate) -> tuple[str, ...]:
    """Return `engine_templates` with this one in the place of that of its name, or at the end."""
    texts = {one.name: format_template(one) for one in templates(settings)}
    return tuple((texts | {template.name: format_template(template)}).values())


def without_template(settings: Settings, name: str) -> tuple[str, ...]:
    """Return `engine_templates` without the one of this name."""
    return tuple(format_template(one) for one in templates(settings) if one.name != name)


def _text(field: str, value: object) -> str:
    if isinstance(value, tuple):
        return option(field).separator.join(str(part) for part in value)
    return f"{value:.12g}" if isinstance(value, float) else str(value)
