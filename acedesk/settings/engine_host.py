"""A further computer with Docker, as people write it in the settings. Pure.

nas=ssh://eva@nas max=4
big=tcp://192.168.1.9:2376 tls=/home/eva/.docker/big
other=context:work
here=podman
"""

import re
from typing import Final
from urllib.parse import urlsplit

from acedesk.model.engine import LOCAL_HOST
from acedesk.values import frozen_value

PODMAN: Final = "podman"
SWARM: Final = "swarm"
CONTEXT: Final = "context:"

_NAME: Final = re.compile(r"[a-z0-9][a-z0-9_.-]{0,30}")
_SCHEMES: Final = ("ssh", "tcp", "unix", "npipe", "http", "https")
_MOST: Final = 1000
_PASSWORD: Final = re.compile(r":[^/@]*(?=@)")


@frozen_value
class EngineHost:
    """A computer with Docker.

    Attributes:
        name: What people call it; see `backend_id`.
        address: A URL as Docker's own DOCKER_HOST, "" for `context` or Podman.
        context: A context of Docker's command, "" for none.
        limit: The most engines on it, 0 for no limit of its own.
        tls_dir: Folder with ca.pem, cert.pem and key.pem, "" for none.
        swarm: It is a manager of a swarm: engines are services there.
    """

    name: str
    address: str = ""
    context: str = ""
    limit: int = 0
    tls_dir: str = ""
    swarm: bool = False

    @property
    def backend_id(self) -> str:
        """The id of the backend whose engines are there."""
        return f"{'swarm' if self.swarm else 'docker'}:{self.name}"

    @property
    def shown(self) -> str:
        """Where it is, for people, without a password."""
        if self.context:
            return f"{CONTEXT}{self.context}"
        return _PASSWORD.sub("", self.address) or PODMAN.capitalize()

    @property
    def text(self) -> str:
        """It as the settings write it."""
        where = f"{CONTEXT}{self.context}" if self.context else self.address or PODMAN
        limit = f" max={self.limit}" if self.limit else ""
        tls = f" tls={self.tls_dir}" if self.tls_dir else ""
        return f"{self.name}={where}{limit}{tls}{' swarm' if self.swarm else ''}"

    @property
    def is_podman(self) -> bool:
        """Whether it is the Podman of this computer."""
        return not self.address and not self.context


def parse_host(text: str) -> EngineHost:
    """Return what a host's text says.

    Raises:
        ValueError: With a plain sentence that says what is wrong.
    """
    name, equals, rest = text.strip().partition("=")
    words = rest.split()
    if not equals or not _NAME.fullmatch(name) or name == LOCAL_HOST or not words:
        raise ValueError(
            f"“{text}” must be NAME=address, such as nas=ssh://eva@nas; the name has small "
            f"letters and digits and is not “{LOCAL_HOST}”"
        )
    swarm = SWARM in words[1:]
    options = _options(name, [word for word in words[1:] if word != SWARM])
    if words[0] == PODMAN and not swarm:
        return EngineHost(name=name, limit=_limit(name, options))
    if words[0].startswith(CONTEXT):
        if not (context := words[0].removeprefix(CONTEXT)):
            raise ValueError(f"“{name}” names no context")
        limit = _limit(name, options)
        return EngineHost(name=name, context=context, limit=limit, swarm=swarm)
    return EngineHost(
        name=name,
        address=_address(name, words[0]),
        limit=_limit(name, options),
        tls_dir=options.get("tls", ""),
        swarm=swarm,
    )


def _options(name: str, words: list[str]) -> dict[str, str]:
    found = {}
    for word in words:
        key, equals, value = word.partition("=")
        if key not in ("max", "tls") or not equals or not value:
            raise ValueError(
                f"“{name}” has “{word}”; behind the address only max=, tls= and swarm stand"
            )
        found[key] = value
    return found


def _limit(name: str, options: dict[str, str]) -> int:
    text = options.get("max", "0")
    if not (text.isascii() and text.isdecimal() and len(text) < 5 and int(text) <= _MOST):
        raise ValueError(f"“{name}”: max= must be a number from 0 to {_MOST}")
    return int(text)


def _address(name: str, text: str) -> str:
    try:
        parts = urlsplit(text)
        usable = parts.scheme in _SCHEMES and (parts.port is None or parts.port > 0)
    except ValueError:
        usable = False
    else:
        local = parts.scheme in ("unix", "npipe")
        usable = usable and bool(parts.path if local else parts.hostname)
    if not usable:
        raise ValueError(
            f"“{name}” is at “{text}”, which is none of ssh://, tcp://, unix://, npipe://, "
            "context:NAME and podman"
        )
    return text
