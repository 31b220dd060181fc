"""When engines may be used and made while they are to be inside the VPN. Pure.

With `require_vpn` everything fails closed: what is not seen to be inside a VPN that is connected is
not used and not made. With `engines_in_vpn` alone new engines are made inside or not at all, and
those outside go on until they are replaced. While the VPN is not connected none is made anywhere:
what stood in for it would be outside.
"""

from typing import Final

from acedesk.errors import BadRequest, Busy, BusyReason
from acedesk.model.engine import PROXY_BACKEND, BackendKind, EngineSpec, VpnMembership
from acedesk.model.snapshot import VpnState
from acedesk.settings import Settings

# Gluetun tells its health every 5 s and needs some seconds for a new tunnel.
RETRY: Final = 10.0


def wants_vpn(settings: Settings) -> bool:
    """Tell whether new engines are to be made inside the VPN."""
    return settings.engines_in_vpn or settings.require_vpn


def describe_trouble(state: VpnState, name: str) -> str:
    """Return why nothing can leave through the VPN now, as a sentence; "" when it is connected."""
    match state:
        case VpnState.CONNECTED:
            return ""
        case VpnState.UNKNOWN:
            return "AceDesk has not seen the VPN yet."
        case VpnState.NO_RUNTIME:
            return "Without Docker, AceDesk cannot see the VPN."
        case VpnState.ABSENT:
            return "There is no Gluetun container."
        case VpnState.STOPPED:
            return f"The VPN’s container {name} does not run."
        case VpnState.CONNECTING:
            return f"The VPN’s container {name} is building the tunnel."
        case VpnState.UNHEALTHY:
            return f"The VPN’s container {name} reports that the tunnel does not work."


def may_play(spec: EngineSpec, vpn: VpnMembership, *, required: bool) -> bool:
    """Tell whether an engine may be given a stream.

    A simulated engine sends nothing out of this computer; another AceDesk has engines and settings
    of its own. One that was made in the network of the
    VPN's container is inside before anybody has looked.
    """
    if not required or spec.backend is BackendKind.DEMO or spec.backend_id == PROXY_BACKEND:
        return True
    return not vpn.trouble and is_inside(spec, vpn)


def is_inside(spec: EngineSpec, vpn: VpnMembership) -> bool:
    """Tell whether an engine is inside now, or was made in the network that is the VPN's now."""
    made_inside = bool(vpn.container_id) and spec.network_of == vpn.container_id
    return made_inside or spec.id in vpn.engines


def must_leave(spec: EngineSpec, vpn: VpnMembership, *, required: bool) -> bool:
    """Tell whether streams that play on an engine have to leave it, because it is outside.

    One that is inside keeps them while the VPN is down: nothing gets out of it meanwhile.
    """
    simulated = spec.backend is BackendKind.DEMO or spec.backend_id == PROXY_BACKEND
    inside = bool(spec.network_of) or spec.id in vpn.engines
    return required and not simulated and not inside


def explain_no_engine(vpn: VpnMembership) -> Busy:
    """Return the refusal when all engines are ruled out because they must use the VPN."""
    why = vpn.trouble or "No engine is inside the VPN yet."
    return Busy(BusyReason.VPN_DISCONNECTED, why, retry_after=RETRY)


def check_making(
    backend: BackendKind, vpn: VpnMembership, settings: Settings, *, beside_vpn: bool
) -> None:
    """See whether a backend may make an engine now.

    Args:
        beside_vpn: It makes containers in the Docker in which the VPN's container is.

    Raises:
        BadRequest: Engines must use the VPN, and those of this backend cannot.
        Busy: The VPN is not connected.
    """
    if not wants_vpn(settings) or backend is BackendKind.DEMO:
        return
    if not beside_vpn and settings.require_vpn:
        raise BadRequest(f"Engines must use the VPN, and {_MADE.get(backend, 'this one')} cannot.")
    if vpn.trouble:
        raise Busy(BusyReason.VPN_DISCONNECTED, vpn.trouble, retry_after=RETRY)


_MADE: Final = {
    BackendKind.REMOTE: "an engine of an orchestrator",
    BackendKind.SWARM: "a service of Docker Swarm",
    BackendKind.NATIVE: "a program of this computer",
    BackendKind.DOCKER: "a container on another computer",
}
