"""The container of an engine: how it is made, and how an engine is read from it. Pure."""

import hashlib
import json
import shlex
from collections.abc import Mapping
from typing import Final

from acedesk.containers.reach import Address, addresses
from acedesk.containers.runtime import (
    DEFINITION_LABEL,
    ENGINE_LABEL,
    INSTANCE_LABEL,
    LOOPBACK,
    NAME_LABEL,
    PAUSED,
    PORT_LABEL,
    ContainerInfo,
    ContainerOption,
    ContainerSpec,
    DockerLocation,
)
from acedesk.errors import BadRequest
from acedesk.model.engine import BackendId, BackendKind, EngineId, EngineSpec
from acedesk.model.snapshot import OrphanView
from acedesk.settings import Settings

ENGINE_ROLE: Final = "engine"

# The engine answers callers of its own subnet only unless this is on; a port published by Docker
# may come from elsewhere (ghcr.io/martinbjeldbak/acestream-http-proxy). Who gets in by it is
# decided in `acedesk.containers.reach`: nobody but this computer where Docker runs on it.
ENVIRONMENT: Final = {"ALLOW_REMOTE_ACCESS": "yes"}

# Engines look for a hardware id there and fail where newer Docker Desktops lack the folder
# (acestream-http-proxy#22).
TMPFS: Final = {"/dev/disk/by-id": "noexec,rw,size=4k"}

# Digits of a definition's hash: only definitions of one host are compared.
HASH_DIGITS: Final = 16


def container_spec(
    settings: Settings,
    labels: Mapping[str, str],
    *,
    container_name: str,
    name: str,
    key: str,
    without: frozenset[ContainerOption] = frozenset(),
) -> ContainerSpec:
    """Return the container to make for one engine.

    Args:
        labels: What marks all containers of this AceDesk.
        name: What people see: "engine-1".
        key: The engine's own id.
        without: Options that Docker's host is known to lack.

    Raises:
        BadRequest: The engine arguments cannot be split.
    """
    port = settings.engine_port
    arguments = _arguments(settings.engine_arguments)
    own = {NAME_LABEL: name, PORT_LABEL: str(port), ENGINE_LABEL: key}
    hashed = definition_hash(settings.engine_image, arguments, port)
    return ContainerSpec(
        name=container_name,
        image=settings.engine_image,
        arguments=arguments,
        environment=ENVIRONMENT,
        labels={**labels, **own, DEFINITION_LABEL: hashed},
        port=port,
        tmpfs=TMPFS,
        without=without,
    )


def definition_hash(image: str, arguments: tuple[str, ...], port: int) -> str:
    """Return a hash of everything that makes engines work differently, 16 hex digits.

    Names and labels are left out.
    """
    parts = [image, list(arguments), sorted(ENVIRONMENT.items()), port, sorted(TMPFS.items())]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:HASH_DIGITS]


def _arguments(text: str) -> tuple[str, ...]:
    try:
        return tuple(shlex.split(text))
    except ValueError as exc:
        raise BadRequest(f"The engine arguments have an unfinished quote: {text}") from exc


def inside_port(info: ContainerInfo) -> int:
    """Return the port that the engine listens on in its container, 0 when that is not known."""
    text = info.labels.get(PORT_LABEL, "")
    return int(text) if text.isascii() and text.isdecimal() else 0


def engine_addresses(info: ContainerInfo, location: DockerLocation) -> tuple[Address, ...]:
    """Return where the engine in a container may be reached; nowhere while it does not run."""
    port = inside_port(info)
    return addresses(info, port, location) if info.running and port else ()


def engine_spec(
    info: ContainerInfo, backend_id: BackendId, address: Address | None = None
) -> EngineSpec:
    """Return the engine in this container.

    Args:
        address: Where it is reached; None, as for a container that does not run, is port 0.
    """
    host, port = address if address is not None and info.running else (LOOPBACK, 0)
    return EngineSpec(
        id=EngineId(info.id),
        name=_name(info),
        backend=BackendKind.DOCKER,
        backend_id=backend_id,
        host=host,
        port=port,
        container_id=info.id,
        image=info.image,
        exit_code=None if info.running else info.exit_code,
        out_of_memory=info.out_of_memory,
        paused=info.running and info.status == PAUSED,
        started_time=info.started_time,
    )


def orphan_view(info: ContainerInfo, backend_id: BackendId) -> OrphanView:
    """Return the engine container of another AceDesk as it is shown."""
    return OrphanView(
        container_id=info.id,
        name=_name(info),
        backend_id=backend_id,
        instance=info.labels.get(INSTANCE_LABEL, ""),
        image=info.image,
        running=info.running,
        created_time=info.created_time,
    )


def _name(info: ContainerInfo) -> str:
    return info.labels.get(NAME_LABEL) or info.name
