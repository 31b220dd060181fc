"""Watches the Gluetun container: is it there, is it well, who is inside, where does it come out.

Read-only. Gluetun is found by the name in the settings, else by its image.
"""

import asyncio
import dataclasses
import datetime
from collections.abc import Callable, Collection
from typing import Final

from acedesk import clock, tasks
from acedesk.containers.inspection import image_name
from acedesk.containers.reach import addresses
from acedesk.containers.runtime import (
    CONNECTED,
    DISCONNECTED,
    ContainerEvent,
    ContainerInfo,
    ContainerRuntime,
    DockerLocation,
)
from acedesk.errors import ContainerError, RuntimeUnavailable
from acedesk.model.engine import VpnMembership
from acedesk.model.event import EventKind, Note, note_nothing
from acedesk.model.host import http_url
from acedesk.model.snapshot import NOT_PUBLISHED, EngineView, VpnState, VpnView
from acedesk.rules.engines.selection import natural_key
from acedesk.rules.engines.vpn_ports import usable_ports
from acedesk.rules.engines.vpn_use import describe_trouble
from acedesk.settings import Settings
from acedesk.signals import Signal
from acedesk.vpn.control_cache import ControlCache
from acedesk.vpn.gluetun import ControlReport, GluetunControl
from acedesk.vpn.membership import find_members, keep_members

# Gluetun's own health check runs every 5 s.
INTERVAL: Final = 5.0
# Where there is none, looking more often than this would be wasted.
LONGEST_INTERVAL: Final = 30.0
# Docker tells when one comes: looking is for what it may have left out.
TOLD_INTERVAL: Final = 600.0
# A container that comes or goes makes several events.
PAUSE: Final = 0.3

# Last part of the image's repository, whoever publishes it. Helpers such as gluetun-monitor have
# other names.
IMAGE_NAME: Final = "gluetun"
# The only variable that is read: the others hold credentials.
PROVIDER: Final = "VPN_SERVICE_PROVIDER"
_NONE_THERE: Final = (VpnState.NO_RUNTIME, VpnState.ABSENT)


class VpnMonitor:
    """Keeps `view` true while `run` runs.

    Args:
        runtime: Docker, None when AceDesk does without it.
        engines: Returns all engines, to tell whose traffic goes through the VPN.
        tell_members: Is told who is inside at every look that saw it, before `changed` is emitted.

    Signals:
        changed: `view` is a new one; one that differs only in `checked_time` is not signalled.
    """

    def __init__(
        self,
        runtime: ContainerRuntime | None,
        settings: Callable[[], Settings],
        control: GluetunControl,
        *,
        engines: Callable[[], Collection[EngineView]] = tuple,
        tell_members: Callable[[VpnMembership], object] = lambda _: None,
        utc_now: Callable[[], datetime.datetime] = clock.utc_now,
        note: Note = note_nothing,
    ) -> None:
        self.changed: Signal[()] = Signal()
        self._runtime = runtime
        self._settings = settings
        self._control = ControlCache(control)
        self._engines = engines
        self._tell_members = tell_members
        self._members = VpnMembership()
        self._named = ""  # the name in the settings under which there was a container
        self._utc_now = utc_now
        self._note = note
        self._view = VpnView()
        self._looks = 0
        self._shown_look = 0
        self._stirred = asyncio.Event()
        self._due = False
        if runtime is not None:
            runtime.container_changed.connect(self._take_event)

    @property
    def members(self) -> VpnMembership:
        """Who is inside, as last seen."""
        return self._members

    @property
    def view(self) -> VpnView:
        """Gluetun as last seen."""
        return self._view

    async def run(self) -> None:
        """Look every 5 s until cancelled; where there is no Gluetun, when one may have come."""
        await self.check_now()
        interval = INTERVAL
        while True:
            interval = self._next_interval(interval)
            try:
                async with asyncio.timeout(interval):
                    await self._until_stirred()
            except TimeoutError:
                self._due = True
            if self._due:
                self._due = False
                await self.check_now()

    def wake(self) -> None:
        """Look soon: there may be another VPN than there was."""
        self._due = True
        self._stirred.set()

    async def _until_stirred(self) -> None:
        """Wait until a look is due, or was made by somebody else: then the next is due later."""
        self._stirred.clear()
        if not self._due:
            await self._stirred.wait()
        if self._due:
            await tasks.sleep(PAUSE)

    def _next_interval(self, interval: float) -> float:
        if self._view.state not in _NONE_THERE:
            return INTERVAL
        if self._runtime is not None and self._runtime.watching:
            return TOLD_INTERVAL
        return min(interval * 2, LONGEST_INTERVAL)

    def _take_event(self, event: ContainerEvent) -> None:
        """Look soon where an event may be about the VPN's container."""
        if event.action in (CONNECTED, DISCONNECTED):
            if self._view.state in _NONE_THERE:
                self.wake()
        elif (
            event.container_id == self._view.container_id
            or (event.name and event.name == self._settings().gluetun_container.strip())
            or image_name(event.image) == IMAGE_NAME
        ):
            self.wake()

    async def check_now(self) -> None:
        """Look now."""
        self._looks += 1
        look = self._looks
        view, members = await self._look()
        members = dataclasses.replace(
            members, trouble=_trouble(view), container_id=view.container_id
        )
        view = dataclasses.replace(view, wanted=_is_wanted(self._settings()))
        if look < self._shown_look:
            return  # a later look was faster
        self._shown_look = look
        self._stirred.set()
        before = self._view
        same = _timeless(view) == _timeless(before)
        self._view, self._members = view, members
        if _connection(view) != _connection(before):
            self._note(
                EventKind.VPN_CHANGED,
                view.container_name or before.container_name,
                before=before.state.value,
                after=view.state.value,
                public_ip=view.public_ip,
                forwarded_port=view.forwarded_port,
                detail=view.control_note,
                used=view.wanted or bool(view.engines),
            )
        self._tell_members(members)
        if not same:
            self.changed.emit()

    async def _look(self) -> tuple[VpnView, VpnMembership]:
        """Return how the VPN is and who is inside; what cannot be seen now is as it was."""
        now = self._utc_now()
        if self._runtime is None:
            return VpnView(state=VpnState.NO_RUNTIME, checked_time=now), self._members
        try:
            info = await self._find(self._runtime)
            if info is None:
                members = keep_members(self._members, self._engines())
                return VpnView(state=VpnState.ABSENT, checked_time=now), members
            sharing = await self._runtime.sharing_network(info)
            location = await self._runtime.location()
        except RuntimeUnavailable:
            return VpnView(state=VpnState.NO_RUNTIME, checked_time=now), self._members
        except ContainerError as exc:
            note = f"The container cannot be looked at: {exc.detail}"
            view = VpnView(state=VpnState.UNKNOWN, checked_time=now, control_note=note)
            return view, self._members
        report = await self._ask_control(info, location) if info.running else ControlReport()
        engines = self._engines()
        members = find_members(info, sharing, engines, report.forwarded_port)
        inside = sorted((one.name for one in engines if one.id in members.engines), key=natural_key)
        return self._describe(info, report, tuple(inside), now), members

    def _describe(
        self,
        info: ContainerInfo,
        report: ControlReport,
        engines: tuple[str, ...],
        now: datetime.datetime,
    ) -> VpnView:
        return VpnView(
            state=judge(info, report),
            container_name=info.name,
            container_id=info.id,
            engine_ports=usable_ports(info.published, self._settings().gluetun_control_port),
            image=info.image,
            health=info.health,
            started_time=info.started_time,
            checked_time=now,
            vpn_status=report.status,
            provider=info.environment.get(PROVIDER, ""),
            public_ip=report.public_ip,
            country=report.country,
            city=report.city,
            forwarded_port=report.forwarded_port,
            control_note=report.note,
            engines=engines,
        )

    async def _find(self, runtime: ContainerRuntime) -> ContainerInfo | None:
        name = self._settings().gluetun_container.strip()
        info = await runtime.inspect(name, keep=[PROVIDER]) if name else None
        if info is not None:
            self._named = name
            return info
        if name and name == self._named:
            return None  # it is being made anew: another VPN's container is not the same
        for container in await runtime.find_by_image(IMAGE_NAME):
            if (info := await runtime.inspect(container, keep=[PROVIDER])) is not None:
                return info
        return None

    async def _ask_control(self, info: ContainerInfo, location: DockerLocation) -> ControlReport:
        settings = self._settings()
        port = settings.gluetun_control_port
        found = [http_url(host, at) for host, at in addresses(info, port, location)]
        if not found:
            return ControlReport(note=f"cannot be reached: port {port} {NOT_PUBLISHED}")
        state = (info.id, info.started_time, info.health)
        return await self._control.read(state, found, settings.gluetun_api_key)


def _trouble(view: VpnView) -> str:
    return describe_trouble(view.state, view.container_name)


def _is_wanted(settings: Settings) -> bool:
    """Tell whether the settings count on a VPN; the name that stands there anyway is no wish."""
    named = settings.gluetun_container.strip() not in ("", Settings().gluetun_container)
    return named or settings.engines_in_vpn or settings.require_vpn


def _timeless(view: VpnView) -> VpnView:
    return dataclasses.replace(view, checked_time=None)


def _connection(view: VpnView) -> tuple[object, ...]:
    return view.state, view.public_ip, view.forwarded_port


def judge(info: ContainerInfo, report: ControlReport) -> VpnState:
    """Return the state of the VPN.

    The image's health check is the VPN's own test of the tunnel. Where it was switched off, a
    control server that runs the VPN and knows its address says the same.
    """
    if not info.running:
        return VpnState.STOPPED
    if info.health == "healthy":
        return VpnState.CONNECTED
    if info.health == "unhealthy":
        return VpnState.UNHEALTHY
    if not info.health and report.status == "running" and report.public_ip:
        return VpnState.CONNECTED
    return VpnState.CONNECTING
