"""The container of an engine: how it is made, and how an engine is read from it. Pure."""

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
from acedesk.engines.definitions.definition import EngineDefinition
from acedesk.model.engine import BackendId, BackendKind, EngineId, EngineSpec
from acedesk.model.snapshot import OrphanView

ENGINE_ROLE: Final = "engine"


def container_spec(
    definition: EngineDefinition,
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
    """
    own = {NAME_LABEL: name, PORT_LABEL: str(definition.port), ENGINE_LABEL: key}
    return ContainerSpec(
        name=container_name,
        image=definition.image,
        arguments=definition.arguments,
        environment=definition.environment,
        labels={**labels, **own, DEFINITION_LABEL: definition.hash},
        port=definition.port,
        tmpfs=definition.tmpfs,
        platform=definition.platform,
        memory=definition.memory,
        cpus=definition.cpus,
        without=without,
    )


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
        definition_hash=info.labels.get(DEFINITION_LABEL, ""),
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
