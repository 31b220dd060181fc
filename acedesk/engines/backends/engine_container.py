"""The container of an engine: how it is made, and how an engine is read from it. Pure."""

from collections.abc import Mapping
from typing import Final

from acedesk.containers.reach import Address, addresses
from acedesk.containers.runtime import (
    DEFINITION_LABEL,
    ENGINE_LABEL,
    FORWARDED_LABEL,
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
    shared = frozenset({ContainerOption.PUBLISH}) if definition.network else frozenset()
    marks = {FORWARDED_LABEL: "yes"} if definition.forwarded else {}
    own = {NAME_LABEL: name, PORT_LABEL: str(definition.port), ENGINE_LABEL: key}
    return ContainerSpec(
        name=container_name,
        image=definition.image,
        arguments=definition.arguments,
        environment=definition.environment,
        labels={**labels, **own, **marks, DEFINITION_LABEL: definition.hash},
        port=definition.port,
        tmpfs=definition.tmpfs,
        platform=definition.platform,
        memory=definition.memory,
        cpus=definition.cpus,
        without=without | shared,
        network_of=definition.network,
    )


def inside_port(info: ContainerInfo) -> int:
    """Return the port that the engine listens on in its container, 0 when that is not known."""
    text = info.labels.get(PORT_LABEL, "")
    return int(text) if text.isascii() and text.isdecimal() else 0


def is_network_lost(info: ContainerInfo, owner: ContainerInfo | None) -> bool:
    """Tell whether a container has lost the network that it shares.

    It joined that network when it was started. When the owner is gone or was started later, there
    is nothing at its end any more, and there never will be.

    Args:
        owner: The container whose network it shares, None when that is gone.
    """
    if not info.network_container or not info.running:
        return False
    if owner is None or not owner.running:
        return True
    if owner.started_time is None or info.started_time is None:
        return False
    return owner.started_time > info.started_time


def engine_addresses(
    info: ContainerInfo, location: DockerLocation, owner: ContainerInfo | None = None
) -> tuple[Address, ...]:
    """Return where the engine in a container may be reached; nowhere while it does not run.

    Args:
        owner: The container whose network it shares: that one's addresses are its own.
    """
    port = inside_port(info)
    if not info.running or not port or is_network_lost(info, owner):
        return ()
    return addresses(owner or info, port, location)


def engine_spec(
    info: ContainerInfo,
    backend_id: BackendId,
    address: Address | None = None,
    *,
    network_lost: bool = False,
) -> EngineSpec:
    """Return the engine in this container.

    Args:
        address: Where it is reached; None, as for a container that does not run, is port 0.
        network_lost: See `is_network_lost`.
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
        network_lost=network_lost,
        network_of=info.network_container,
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
