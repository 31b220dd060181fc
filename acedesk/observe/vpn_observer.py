"""What happened to the VPN while AceDesk ran, as facts for the diagnosis. No clock is read."""

import datetime
from collections.abc import Collection

from acedesk.model.diagnosis import VpnFacts
from acedesk.model.engine import EngineId
from acedesk.model.snapshot import EngineView, VpnState, VpnView

_UP = {
    VpnState.CONNECTED: True,
    VpnState.CONNECTING: False,
    VpnState.UNHEALTHY: False,
    VpnState.STOPPED: False,
    # An engine that uses it has no network without its container.
    VpnState.ABSENT: False,
}


class VpnObserver:
    """Follows the VPN."""

    def __init__(self) -> None:
        self._view = VpnView()
        self._was_up = False
        self._interrupted = False
        self._reconnected_at: float | None = None
        self._started: datetime.datetime | None = None
        self._ports: dict[tuple[EngineId, datetime.datetime | None], int] = {}

    def look(self, view: VpnView, engines: Collection[EngineView], now: float) -> None:
        """Note how the VPN is now.

        An interruption is a state other than connected after it was connected once, or a restart
        of its container that fell between two looks.
        """
        up = _UP.get(view.state)
        restarted = None not in (view.started_time, self._started) and (
            view.started_time != self._started
        )
        if up and self._was_up and (self._interrupted or restarted):
            self._interrupted = False
            self._reconnected_at = now
        elif up is False and self._was_up:
            self._interrupted = True
        self._was_up = self._was_up or up is True
        self._started = view.started_time or self._started
        self._view = view
        self._remember_ports(engines)

    def facts(self, engine: EngineView | None, now: float) -> VpnFacts:
        """Return what the VPN means for one engine."""
        view = self._view
        if engine is None or not engine.vpn_container:
            return VpnFacts()
        up = _UP.get(view.state, True)
        before = self._ports.get((engine.id, engine.started_time))
        readable = up and not view.control_note
        return VpnFacts(
            used=True,
            up=up,
            reconnected_for=now - self._reconnected_at
            if self._reconnected_at is not None
            else None,
            port_before=before,
            port=(view.forwarded_port or None) if readable else before,
        )

    def _remember_ports(self, engines: Collection[EngineView]) -> None:
        """Keep the port each running engine found when it was seen first.

        While one is known to have the forwarded port, the others have none to lose.
        """
        inside = {(one.id, one.started_time): one.forwarded for one in engines if one.vpn_container}
        known = any(inside.values())
        owners = {engine for engine, forwarded in inside.items() if forwarded or not known}
        for gone in self._ports.keys() - owners:
            del self._ports[gone]
        port = self._view.forwarded_port
        if port and _UP.get(self._view.state):
            for engine in owners:
                self._ports.setdefault(engine, port)
