"""Whether a backend may make an engine while engines are to be inside the VPN."""

from collections.abc import Callable

from acedesk.engines.backend import Backend
from acedesk.errors import AceDeskError
from acedesk.model.engine import NO_BACKEND, BackendId, VpnMembership
from acedesk.rules.engines.vpn_use import check_making
from acedesk.settings import Settings


class VpnGate:
    """Refuses what would be made outside.

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

    def allows(self, backend: Backend) -> bool:
        """Tell whether the backend may make an engine now."""
        try:
            self.check(backend)
        except AceDeskError:
            return False
        return True
