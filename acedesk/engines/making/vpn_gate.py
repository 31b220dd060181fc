"""What may be made, and where streams may stay, while engines are to be inside the VPN."""

from collections.abc import Callable, Collection, Iterable, Mapping

from acedesk.engines.backend import Backend
from acedesk.errors import AceDeskError
from acedesk.model.engine import NO_BACKEND, BackendId, EngineId, EngineSpec, VpnMembership
from acedesk.rules.engines.vpn_ports import count_places
from acedesk.rules.engines.vpn_use import check_making, is_inside, must_leave, wants_vpn
from acedesk.settings import Settings


class VpnGate:
    """Refuses what would be made outside, and knows what is.

    Args:
        vpn: Returns how the VPN is.
        beside: The Docker in which the VPN's container is.
        ports: Returns the ports that the VPN's container publishes for engines.
    """

    def __init__(
        self,
        settings: Callable[[], Settings],
        vpn: Callable[[], VpnMembership] = VpnMembership,
        beside: BackendId = NO_BACKEND,
        ports: Callable[[], Collection[int]] = tuple,
    ) -> None:
        self._settings = settings
        self._vpn = vpn
        self._beside = beside
        self._ports = ports

    def check(self, backend: Backend) -> None:
        """See whether the backend may make an engine now.

        Raises:
            BadRequest: Engines must use the VPN, and those of this backend cannot.
            Busy: The VPN is not connected.
        """
        beside = backend.id == self._beside
        check_making(backend.kind, self._vpn(), self._settings(), beside_vpn=beside)

    def must_leave(self, spec: EngineSpec) -> bool:
        """Tell whether no stream may be on an engine any more."""
        return must_leave(spec, self._vpn(), required=self._settings().require_vpn)

    def crowded(
        self, specs: Iterable[EngineSpec], counts: Mapping[BackendId, int]
    ) -> frozenset[EngineId]:
        """Return the engines inside that must go before another can come: no port is left.

        Args:
            specs: All engines.
            counts: How many each backend has, is making or is removing.
        """
        settings, vpn = self._settings(), self._vpn()
        if not wants_vpn(settings) or not vpn.container_id:
            return frozenset()
        inside, others, beside = set(), 0, 0
        for spec in specs:
            if spec.backend_id == self._beside:
                beside += 1
                inside |= {spec.id} if is_inside(spec, vpn) else set()
            else:
                others += spec.id in vpn.engines
        under_way = counts.get(self._beside, 0) - beside
        most = count_places(
            self._ports(), engines=settings.max_engines, control_port=settings.gluetun_control_port
        )
        return frozenset(inside) if len(inside) + others + under_way >= most else frozenset()

    def allows(self, backend: Backend) -> bool:
        """Tell whether the backend may make an engine now."""
        try:
            self.check(backend)
        except AceDeskError:
            return False
        return True
