"""What may be made, and where streams may stay, while engines are to be inside the VPN."""

from collections.abc import Callable

from acedesk.engines.backend import Backend
from acedesk.errors import AceDeskError
from acedesk.model.engine import NO_BACKEND, BackendId, EngineSpec, VpnMembership
from acedesk.rules.engines.vpn_use import check_making, must_leave
from acedesk.settings import Settings


class VpnGate:
    """Refuses what would be made outside, and knows what is.

    Args:
        vpn: Returns how the VPN is.
        beside: The Docker in which the VPN's container is.
    """

    def __init__(
        self,
        settings: Callable[[], Settings],
        vpn: Callable[[], VpnMembership] = VpnMembership,
        beside: BackendId = NO_BACKEND,
    ) -> None:
        self._settings = settings
        self._vpn = vpn
        self._beside = beside

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

    def allows(self, backend: Backend) -> bool:
        """Tell whether the backend may make an engine now."""
        try:
            self.check(backend)
        except AceDeskError:
            return False
        return True
