"""The services of a compose file, with their variables. Pure: files are read by the caller."""

import shlex
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from acedesk.formats.compose.document import read_document
from acedesk.formats.compose.env_file import read_variables
from acedesk.formats.compose.interpolation import interpolate
from acedesk.formats.compose.ports import read_port
from acedesk.model.settings_import.source import (
    ForeignSettings,
    PublishedPort,
    Service,
    SourceKind,
    Variable,
)

MOST_SERVICES: Final = 200
# Characters of all texts with variables put in: aliases repeat a long one as often as they like.
MOST_TEXT: Final = 4 * 1024 * 1024

# Returns the text of an env_file by its path as written.
ReadFile = Callable[[str], str]


def read_services(text: str, variables: Mapping[str, str], read_file: ReadFile) -> ForeignSettings:
    """Return all services of a compose file.

    Args:
        variables: What the file may name: those of `.env` beside it, and of the shell.
        read_file: Raises `ValueError` with part of a sentence where there is no such file.

    Raises:
        ValueError: With part of a sentence that says why it is none.
    """
    document = read_document(text)
    notes = [f"“{name}” stands there twice; the last one counts." for name in document.repeated]
    content = document.content
    services = content.get("services") if isinstance(content, dict) else None
    if not isinstance(services, dict) or not services:
        raise ValueError("it is no compose file: it has no services")
    if len(services) > MOST_SERVICES:
        raise ValueError(f"it has more than {MOST_SERVICES} services")
    if content.get("include"):
        notes.append("Files behind “include” are not read.")
    reader = _ServiceReader(variables, read_file, notes)
    found = tuple(
        reader.read(name, told if isinstance(told, dict) else {}) for name, told in services.items()
    )
    return ForeignSettings(kind=SourceKind.COMPOSE, services=found, notes=tuple(notes))


class _ServiceReader:
    """Reads one service after the other; what is odd is added to `notes`."""

    def __init__(self, variables: Mapping[str, str], read_file: ReadFile, notes: list[str]) -> None:
        self._around = variables
        self._read_file = read_file
        self._notes = notes
        self._text_left = MOST_TEXT

    def read(self, name: str, told: Mapping[str, Any]) -> Service:
        if told.get("extends"):
            self._notes.append(f"{name}: what it extends is not read.")
        variables = {one.name: one for one in self._of_files(name, told.get("env_file"))}
        variables.update(self._environment(told.get("environment")))
        words = [*self._words(told.get("entrypoint"))[1:], *self._words(told.get("command"))]
        return Service(
            name=name,
            image=self._text(told.get("image")),
            names=self._names(name, told),
            variables=tuple(variables.values()),
            options=tuple(_options(words)),
            ports=tuple(self._ports(name, told.get("ports"))),
            volumes=tuple(self._volumes(told.get("volumes"))),
            network=self._text(told.get("network_mode")),
        )

    def _text(self, written: Any) -> str:
        """Return a text with variables put in, "" where it cannot be."""
        if not isinstance(written, str):
            return ""
        return self._variable("", written).text or ""

    def _names(self, name: str, told: Mapping[str, Any]) -> frozenset[str]:
        names = {name, self._text(told.get("container_name")), self._text(told.get("hostname"))}
        networks = told.get("networks")
        for network in networks.values() if isinstance(networks, dict) else ():
            if isinstance(network, dict):
                names.update(self._text(one) for one in _list(network.get("aliases")))
        return frozenset(names - {""})

    def _of_files(self, name: str, written: Any) -> Iterator[Variable]:
        for one in _list(written):
            path = self._text(one.get("path") if isinstance(one, dict) else one)
            is_needed = not isinstance(one, dict) or one.get("required") not in ("false", "no")
            try:
                yield from read_variables(self._read_file(path), self._around)
            except ValueError as exc:
                if is_needed:
                    self._notes.append(f"{name}: {path} is left out: {exc}.")

    def _environment(self, written: Any) -> dict[str, Variable]:
        found: dict[str, Variable] = {}
        for name, text in _pairs(written):
            note = "It stands there more than once; the last one counts." if name in found else ""
            found[name] = self._variable(name, text, note)
        return found

    def _variable(self, name: str, text: str | None, note: str = "") -> Variable:
        if text is None:  # Compose takes it from where it runs
            return Variable(name=name, text=self._around.get(name), note=note)
        self._count(len(text))  # a text whose variables are empty is long to read, too
        try:
            filled = interpolate(text, self._around)
        except ValueError as exc:
            return Variable(name=name, text=None, problem=str(exc), note=note)
        self._count(max(0, len(filled) - len(text)))
        return Variable(name=name, text=filled, note=note)

    def _count(self, length: int) -> None:
        self._text_left -= length
        if self._text_left < 0:
            raise ValueError("it is larger than 4 MiB with its variables and aliases put in")

    def _words(self, written: Any) -> list[str]:
        if isinstance(written, str):
            try:
                return shlex.split(self._text(written))
            except ValueError:
                return []
        return [self._text(one) for one in _list(written)]

    def _ports(self, name: str, written: Any) -> Iterator[PublishedPort]:
        for one in _list(written):
            if isinstance(one, dict):
                filled: Any = {key: self._text(value) for key, value in one.items()}
            else:
                filled = self._text(one)
            port = read_port(filled)
            if port is not None:
                yield port
            elif not str(filled).endswith("/udp"):
                self._notes.append(f"{name}: the port “{one}” is left out: it is no TCP port.")

    def _volumes(self, written: Any) -> Iterator[str]:
        for one in _list(written):
            if isinstance(one, dict):
                yield f"{self._text(one.get('source'))}:{self._text(one.get('target'))}"
            else:
                yield self._text(one)


def _list(written: Any) -> list[Any]:
    """Return what may be one value or a list as a list."""
    if isinstance(written, list):
        return written
    return [] if written is None else [written]


def _pairs(written: Any) -> Iterator[tuple[str, str | None]]:
    """Yield name and text of each variable of a map or a list."""
    if isinstance(written, dict):
        for name, value in written.items():
            yield name, value if isinstance(value, str) else None
        return
    for one in _list(written):
        if isinstance(one, str) and one.strip():
            name, equals, value = one.partition("=")
            yield name.strip(), value if equals else None


def _options(words: list[str]) -> Iterator[Variable]:
    """Yield the options of a command line as Go reads them: `-name value`, `--name=value`."""
    position = 0
    while position < len(words):
        word = words[position]
        position += 1
        if not word.startswith("-") or word in ("-", "--"):
            continue
        name, equals, value = word.lstrip("-").partition("=")
        follows = words[position] if position < len(words) else "-"
        if not equals and not follows.startswith("-"):
            value, position = follows, position + 1
        elif not equals:
            value = "true"
        yield Variable(name=f"-{name}", text=value)


def read_env_file(text: str, environ: Mapping[str, str]) -> ForeignSettings:
    """Return what a file of variables says; it may be for several programs.

    Raises:
        ValueError: With part of a sentence that says why it is none.
    """
    service = Service(variables=read_variables(text, environ))
    return ForeignSettings(kind=SourceKind.ENV_FILE, services=(service,))


def of_environment(environ: Mapping[str, str]) -> ForeignSettings:
    """Return the variables of this process."""
    variables = tuple(Variable(name=name, text=text) for name, text in sorted(environ.items()))
    service = Service(variables=variables)
    return ForeignSettings(kind=SourceKind.ENVIRONMENT, services=(service,))
