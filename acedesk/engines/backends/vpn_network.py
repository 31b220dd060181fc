"""Puts engine containers into the network of the VPN's container.

Each engine gets ports of its own there. What is chosen is kept until the container exists, so that
engines that are made at once do not get the same. Nothing here makes, starts or stops the VPN's
container.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Collection
from typing import Final

from acedesk import tasks
from acedesk.containers.runtime import (
    DEFAULT_P2P_PORT,
    FORWARDED_LABEL,
    ContainerInfo,
    ContainerRuntime,
)
from acedesk.engines.backends.engine_container import inside_port, is_network_lost
from acedesk.engines.definitions.catalogue import catalogue
from acedesk.engines.definitions.definition import EngineDefinition
from acedesk.engines.definitions.inside_vpn import define_inside, mark_inside
from acedesk.errors import AceDeskError, Busy, BusyReason, ContainerError
from acedesk.model.host import Machine
from acedesk.model.snapshot import VpnState, VpnView
from acedesk.rules.engines.vpn_ports import EnginePorts, choose_ports, usable_ports
from acedesk.rules.engines.vpn_use import RETRY, describe_trouble, wants_vpn
from acedesk.settings import Settings, parse_address

# Where an engine that somebody else made listens, as far as one can tell (docs.acestream.net).
USUAL_HTTP_PORT: Final = 6878


class VpnNetwork:
    """The network of the VPN's container, for the engines of one Docker.

    Args:
        node: Returns the VPN's container as last seen; None where engines of this Docker cannot
            be in it.
    """

    def __init__(
        self,
        runtime: ContainerRuntime,
        settings: Callable[[], Settings],
        node: Callable[[], VpnView] | None = None,
    ) -> None:
        self._runtime = runtime
        self._settings = settings
        self._node = node
        self._claimed: list[EnginePorts] = []
        self._owners: dict[str, asyncio.Task[ContainerInfo | AceDeskError | None]] = {}

    @property
    def wanted(self) -> bool:
        """Whether engines are to be in it."""
        return self._node is not None and wants_vpn(self._settings())

    def mark(self, definition: EngineDefinition) -> EngineDefinition:
        """Return the definition with the hash that engines have which are made now."""
        return mark_inside(definition) if self.wanted else definition

    def is_misplaced(self, info: ContainerInfo, owner: ContainerInfo | None) -> bool:
        """Tell whether an engine has to be made anew: a container keeps its network for life."""
        inside = owner is not None and owner.id == self._seen.container_id
        return self.is_outdated(info, owner) or (self.wanted and not inside)

    def is_outdated(self, info: ContainerInfo, owner: ContainerInfo | None) -> bool:
        """Tell whether an engine inside lost its network or has a port that is forwarded no more.

        Args:
            owner: The container whose network it shares.
        """
        forwarded = self._seen.forwarded_port
        had_port = FORWARDED_LABEL in info.labels and info.running
        moved = had_port and forwarded is not None and info.p2p_port != forwarded
        return is_network_lost(info, owner) or moved

    @property
    def _seen(self) -> VpnView:
        return self._node() if self._node is not None else VpnView()

    @contextlib.asynccontextmanager
    async def place(
        self, machine: Machine, definition: EngineDefinition
    ) -> AsyncIterator[EngineDefinition]:
        """Give the definition of one more engine: inside where that is wanted, else as it is.

        What is chosen is kept until the context ends; then the container has to exist.

        Raises:
            Busy: The VPN is not connected.
            ContainerError: It has no port left for one more engine.
            RuntimeUnavailable: Docker cannot be used.
        """
        if not self.wanted:
            yield definition
            return
        owner, ports = await self._claim()
        try:
            yield define_inside(
                self._settings(), catalogue(), machine, network=owner.id, ports=ports
            )
        finally:
            self._claimed.remove(ports)

    async def _claim(self) -> tuple[ContainerInfo, EnginePorts]:
        node = self._seen
        if trouble := describe_trouble(node.state, node.container_name):
            raise Busy(BusyReason.VPN_DISCONNECTED, trouble, retry_after=RETRY)
        # 1. What is claimed now may have become a container before the list is made, or after;
        # 2. so both count: the claims from before the list and those of this moment.
        before = tuple(self._claimed)
        owner = await self._runtime.inspect(node.container_id)
        if owner is None or not owner.running or owner.started_time != node.started_time:
            trouble = describe_trouble(VpnState.CONNECTING, node.container_name)
            raise Busy(BusyReason.VPN_DISCONNECTED, trouble, retry_after=RETRY)
        found = await self._runtime.sharing_network(owner)
        # Who lost this network in an earlier run of its owner listens there no more.
        sharing = [one for one in found if not is_network_lost(one, owner)]
        others = {*map(_listens, sharing), *self._elsewhere(owner), *before, *self._claimed}
        ports = self._choose(owner, others, node.forwarded_port)
        self._claimed.append(ports)
        return owner, ports

    def _choose(
        self, owner: ContainerInfo, others: Collection[EnginePorts], forwarded: int | None
    ) -> EnginePorts:
        settings = self._settings()
        control = settings.gluetun_control_port
        usable = usable_ports(owner.published, control)
        ports = choose_ports(
            usable,
            others,
            engines=settings.max_engines,
            forwarded=forwarded,
            control_port=control,
        )
        if ports is None:
            how = (
                f"all {len(usable)} ports that {owner.name} publishes are in use"
                if usable
                else f"{owner.name} publishes no port for engines"
            )
            raise ContainerError("create", f"{how}; the VPN page shows what it needs")
        return ports

    def _elsewhere(self, owner: ContainerInfo) -> frozenset[EnginePorts]:
        """Return where engines of the settings listen that are behind a published port."""
        used = {parse_address(text)[1] for text in self._settings().engines}
        inside = (port for port, (_, outside) in owner.published.items() if outside in used)
        return frozenset(EnginePorts(http=port, p2p=DEFAULT_P2P_PORT) for port in inside)

    async def owner(self, info: ContainerInfo) -> ContainerInfo | None:
        """Return the container whose network a container shares, None for none or one that is gone.

        All who ask at once share one look.

        Raises:
            RuntimeUnavailable: Docker cannot be used.
        """
        name = info.network_container
        if not name:
            return None
        looking = self._owners.get(name)
        if looking is None:
            looking = tasks.spawn(self._try_inspect(name), name=f"look at {name}")
            self._owners[name] = looking
            looking.add_done_callback(lambda _: self._owners.pop(name))
        outcome = await asyncio.shield(looking)
        if isinstance(outcome, AceDeskError):
            raise outcome
        return outcome

    async def _try_inspect(self, name: str) -> ContainerInfo | AceDeskError | None:
        """Return the container or the error: the task may end when nobody waits any more."""
        try:
            return await self._runtime.inspect(name)
        except AceDeskError as exc:
            return exc


def _listens(info: ContainerInfo) -> EnginePorts:
    """Return where the engine in a container of that network listens."""
    return EnginePorts(http=inside_port(info) or USUAL_HTTP_PORT, p2p=info.p2p_port)
