"""Which engines are inside the VPN, and which of them has its forwarded port. Pure.

Inside is an engine whose container has the network of the VPN's container, or whose address is a
port that the VPN's container publishes on this computer. Names decide nothing: engines of another
AceDesk may have the same.
"""

from collections.abc import Collection

from acedesk.containers.runtime import ContainerInfo
from acedesk.model.engine import EngineId, VpnMembership
from acedesk.model.host import is_loopback
from acedesk.model.snapshot import EngineView


def find_members(
    vpn: ContainerInfo,
    sharing: Collection[ContainerInfo],
    engines: Collection[EngineView],
    forwarded_port: int | None,
) -> VpnMembership:
    """Return which engines are inside the VPN now.

    The engine has the forwarded port whose container was told to listen for peers there. Of engines
    without a container of their own nobody knows where they listen.

    Args:
        sharing: The containers that share the network of `vpn`. Their ids are engine ids too: an
            engine that is being made is inside before it is known.
        forwarded_port: What the VPN told, None when it told none.
    """
    p2p_ports = {one.id: one.p2p_port for one in sharing}
    published = {port for _, port in vpn.published.values()}
    inside = {EngineId(container): port for container, port in p2p_ports.items()}
    for engine in engines:
        if engine.container_id in p2p_ports:
            inside[engine.id] = p2p_ports[engine.container_id]
        elif _is_behind(engine, published):
            inside[engine.id] = 0
    listening = (engine for engine, port in inside.items() if port == forwarded_port)
    return VpnMembership(
        container=vpn.name,
        engines=frozenset(inside),
        forwarded=frozenset(listening) if forwarded_port else frozenset(),
    )


def keep_members(before: VpnMembership, engines: Collection[EngineView]) -> VpnMembership:
    """Return who is still inside when the VPN's container is gone.

    A container keeps its network for life: without the VPN it has none. An address of this computer
    may have been given to another engine meanwhile.
    """
    kept = {one.id for one in engines if one.container_id and one.id in before.engines}
    return VpnMembership(container=before.container if kept else "", engines=frozenset(kept))


def _is_behind(engine: EngineView, published: Collection[int]) -> bool:
    return not engine.container_id and is_loopback(engine.host) and engine.port in published
