"""Engines that nobody uses, lent to one that must disturb nobody."""

from collections.abc import Callable

from acedesk.engines.member import Member
from acedesk.engines.placement import Placement
from acedesk.engines.reservation import Reservation
from acedesk.errors import NoSpareEngine
from acedesk.model.content import StreamKey
from acedesk.model.engine import VpnMembership


class SpareEngines:
    """Lends engines.

    Args:
        claim: Takes a place on an engine; called in the same step as it is chosen.
        vpn: Returns which engines are inside the VPN.
    """

    def __init__(
        self,
        placement: Placement,
        claim: Callable[[Member, StreamKey], Reservation],
        vpn: Callable[[], VpnMembership] = VpnMembership,
    ) -> None:
        self._placement = placement
        self._vpn = vpn
        self._claim = claim

    def reserve(self, key: StreamKey) -> Reservation:
        """Claim a whole engine for `key`: it takes no stream until the reservation is released.

        Raises:
            NoSpareEngine: Every engine that could play it is in use, or none is there.
        """
        member = self._placement.choose_spare(key, vpn=self._vpn())
        if member is None:
            raise NoSpareEngine(self._placement.count_answering(key))
        reservation = self._claim(member, key)
        reservation.exclusive = True
        return reservation
