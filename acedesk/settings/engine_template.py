"""Definitions of engines that are kept under a name, each one line of the settings file. Pure.

    Small: image=owner/name arguments="--live-cache-type memory" memory=512

The words are those of the settings without "engine_"; what is not named has its default.
"""

import shlex
from collections.abc import Mapping
from typing import Final

from acedesk.values import frozen_value

# The settings that a template holds, by the word for each in its text.
WORDS: Final = {
    "image": "engine_image",
    "arguments": "engine_arguments",
    "environment": "engine_environment",
    "port": "engine_port",
    "platform": "engine_platform",
    "memory": "engine_memory",
    "cpus": "engine_cpus",
    "cache": "engine_cache",
}
_LONGEST_NAME: Final = 40


@frozen_value
class EngineTemplate:
    """A named definition.

    Attributes:
        values: What stands in the settings' fields, by the settings' names; only those named.
    """

    name: str
    values: Mapping[str, str]


def parse_template(text: str) -> EngineTemplate:
    """Return what a template's text says; the values are not judged.

    Raises:
        ValueError: With a plain sentence that says what is wrong.
    """
    name, colon, rest = text.partition(":")
    name = name.strip()
    if not colon or not name or "=" in name or len(name) > _LONGEST_NAME:
        raise ValueError(f"“{text}” must begin with a name of its own and a colon")
    try:
        words = shlex.split(rest)
    except ValueError:
        raise ValueError(f"“{name}” has a quote or a backslash that is not finished") from None
    values: dict[str, str] = {}
    for word in words:
        key, equals, value = word.partition("=")
        if not equals or key not in WORDS:
            known = ", ".join(WORDS)
            raise ValueError(f"“{name}” has “{word}”, which is none of: {known}")
        values[WORDS[key]] = value
    if not values.get("engine_image"):
        raise ValueError(f"“{name}” names no image")
    return EngineTemplate(name=name, values=values)


def format_template(template: EngineTemplate) -> str:
    """Return the text that `parse_template` reads as this template."""
    keys = {setting: word for word, setting in WORDS.items()}
    parts = (f"{keys[name]}={shlex.quote(value)}" for name, value in template.values.items())
    return f"{template.name}: {' '.join(parts)}"
