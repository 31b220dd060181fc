"""A definition as a docker-compose file, for those who start engines without AceDesk. Pure."""

import json
from collections.abc import Iterator
from typing import Final

from acedesk.containers.runtime import LOOPBACK
from acedesk.engines.definitions.definition import EngineDefinition

SERVICE: Final = "acestream-engine"


def compose_file(definition: EngineDefinition) -> str:
    """Return the text of a compose.yaml that starts such an engine on this computer."""
    return "".join(f"{line}\n" for line in _lines(definition))


def _lines(definition: EngineDefinition) -> Iterator[str]:
    port = definition.port
    yield "# The engine as AceDesk starts it. “docker compose up -d” in this folder starts it, and"
    yield f"# the address {LOOPBACK}:{port} is what AceDesk is told: Engines, Add address."
    yield "services:"
    yield f"  {SERVICE}:"
    yield f"    image: {_quoted(definition.image)}"
    if definition.platform:
        yield f"    platform: {_quoted(definition.platform)}"
    yield from _command(definition.arguments)
    if definition.environment:
        yield "    environment:"
        yield from (
            f"      {_quoted(name)}: {_quoted(value)}"
            for name, value in sorted(definition.environment.items())
        )
    yield "    ports:"
    yield f'      - "{LOOPBACK}:{port}:{port}"'
    if definition.tmpfs:
        yield "    tmpfs:"
        yield from (
            f"      - {_quoted(f'{path}:{options}')}"
            for path, options in sorted(definition.tmpfs.items())
        )
    if definition.memory:
        yield f"    mem_limit: {definition.memory}"
    if definition.cpus:
        yield f"    cpus: {definition.cpus:g}"
    yield "    init: true"
    yield "    restart: unless-stopped"


def _command(arguments: tuple[str, ...]) -> Iterator[str]:
    if not arguments:
        return
    if arguments[0].startswith("-"):
        yield "    # Compose puts these in the place of the image's own command, if it has one;"
        yield "    # AceDesk puts them behind it."
    yield f"    command: [{', '.join(_quoted(word) for word in arguments)}]"


def _quoted(text: str) -> str:
    """Return the text as YAML reads it back; Compose takes two dollar signs for one."""
    return json.dumps(text, ensure_ascii=False).replace("$", "$$")
