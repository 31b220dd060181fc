"""Watches the Gluetun container: is it there, is it well, where does the tunnel come out.

Read-only. Gluetun is found by the name in the settings, else by its image.
"""

import asyncio
import dataclasses
import datetime
from collections.abc import Callable, Collection
from typing import Final

from acedesk import clock
from acedesk.containers.runtime import NAME_LABEL, ContainerInfo, ContainerRuntime
from acedesk.errors import ContainerError, RuntimeUnavailable
from acedesk.model.snapshot import EngineView, VpnState, VpnView
from acedesk.rules.selection import natural_key
from acedesk.settings import Settings
from acedesk.signals import Signal
from acedesk.vpn.gluetun import ControlReport, GluetunControl

# Gluetun's own health check runs every 5 s.
INTERVAL: Final = 5.0
# Where there is none, looking more often than this would be wasted.
LONGEST_INTERVAL: Final = 30.0

IMAGE_WORD: Final = "gluetun"
# The only variable that is read: the others hold credentials.
PROVIDER: Final = "VPN_SERVICE_PROVIDER"

_LOOPBACK: Final = frozenset({"127.0.0.1", "localhost", "::1"})
_ANYWHERE: Final = frozenset({"0.0.0.0", "::", ""})  # noqa: S104 - Docker's word for "all"


class VpnMonitor:
    """Keeps `view` true while `run` runs.

    Args:
        runtime: Docker, None when AceDesk does without it.
        engines: Returns all engines, to tell whose traffic goes through the VPN.

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
        utc_now: Callable[[], datetime.datetime] = clock.utc_now,
    ) -> None:
        self.changed: Signal[()] = Signal()
        self._runtime = runtime
        self._settings = settings
        self._control = control
        self._engines = engines
        self._utc_now = utc_now
        self._view = VpnView()
        self._looks = 0
        self._shown_look = 0
        self._looked = asyncio.Event()

    @property
    def view(self) -> VpnView:
        """Gluetun as last seen."""
        return self._view

    async def run(self) -> None:
        """Look every 5 s until cancelled, less often where there is no Gluetun."""
        await self.check_now()
        interval = INTERVAL
        while True:
            self._looked.clear()
            try:
                async with asyncio.timeout(interval):
                    await self._looked.wait()  # somebody looked: the next look is due later
            except TimeoutError:
                interval = min(interval * 2, LONGEST_INTERVAL)
                await self.check_now()
            if self._view.state not in (VpnState.NO_RUNTIME, VpnState.ABSENT):
                interval = INTERVAL

    async def check_now(self) -> None:
        """Look now."""
        self._looks += 1
        look = self._looks
        view = await self._look()
        if look < self._shown_look:
            return  # a later look was faster
        self._shown_look = look
        self._looked.set()
        same = _timeless(view) == _timeless(self._view)
        self._view = view
        if not same:
            self.changed.emit()

    async def _look(self) -> VpnView:
        now = self._utc_now()
        if self._runtime is None:
            return VpnView(state=VpnState.NO_RUNTIME, checked_time=now)
        try:
            info = await self._find(self._runtime)
            if info is None:
                return VpnView(state=VpnState.ABSENT, checked_time=now)
            sharing = await self._runtime.sharing_network(info)
        except RuntimeUnavailable:
            return VpnView(state=VpnState.NO_RUNTIME, checked_time=now)
        except ContainerError as exc:
            note = f"The container cannot be looked at: {exc.detail}"
            return VpnView(state=VpnState.UNKNOWN, checked_time=now, control_note=note)
        report = await self._ask_control(info) if info.running else ControlReport()
        return VpnView(
            state=judge(info, report),
            container_name=info.name,
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
            engines=engines_behind(info, sharing, self._engines()),
        )

    async def _find(self, runtime: ContainerRuntime) -> ContainerInfo | None:
        name = self._settings().gluetun_container.strip()
        info = await runtime.inspect(name, keep=[PROVIDER]) if name else None
        if info is not None:
            return info
        for container in await runtime.find_by_image(IMAGE_WORD):
            if (info := await runtime.inspect(container, keep=[PROVIDER])) is not None:
                return info
        return None

    async def _ask_control(self, info: ContainerInfo) -> ControlReport:
        settings = self._settings()
        url = control_url(info, settings.gluetun_control_port)
        if not url:
            port = settings.gluetun_control_port
            return ControlReport(note=f"cannot be reached: port {port} is not published")
        return await self._control.read(url, settings.gluetun_api_key)


def _timeless(view: VpnView) -> VpnView:
    return dataclasses.replace(view, checked_time=None)


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


def control_url(info: ContainerInfo, port: int) -> str:
    """Return where the control server can be reached from here, "" when nowhere.

    Its published port, else the container's own address, which works on Linux only.
    """
    if port in info.published:
        host, published = info.published[port]
        host = "127.0.0.1" if host in _ANYWHERE else host
        return f"http://[{host}]:{published}" if ":" in host else f"http://{host}:{published}"
    return f"http://{info.address}:{port}" if info.address else ""


def engines_behind(
    info: ContainerInfo, sharing: Collection[ContainerInfo], engines: Collection[EngineView]
) -> tuple[str, ...]:
    """Return the names of the engines whose traffic goes through Gluetun.

    Those in a container that shares its network, and those the user named by an address of this
    computer that is one of Gluetun's published ports.
    """
    ids = {one.id for one in sharing}
    ports = {port for _, port in info.published.values()}
    names = {one.labels[NAME_LABEL] for one in sharing if NAME_LABEL in one.labels}
    for engine in engines:
        published = not engine.container_id and engine.host in _LOOPBACK and engine.port in ports
        if published or engine.container_id in ids:
            names.add(engine.name)
    return tuple(sorted(names, key=natural_key))
