"""What may be asked about hosts: the Dockers of other computers that the settings name."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from acedesk.containers.docker_runtime import DockerRuntime
from acedesk.containers.reach import describe_reach
from acedesk.engines.backends.docker_backend import LOCAL_ID
from acedesk.engines.backends.docker_hosts import host_environment, hosts
from acedesk.errors import BadRequest
from acedesk.model.engine import BackendId
from acedesk.model.snapshot import HostView
from acedesk.settings import Settings
from acedesk.settings.engine_host import EngineHost, parse_host
from acedesk.signals import Signal

NO_SWARM: Final = (
    "This Docker manages no swarm. “docker swarm init” there makes it a manager; or take it "
    "without “Docker Swarm”."
)


class HostControl:
    """Hosts for the windows; see also `acedesk.ui.desk.HostsDesk`.

    Attributes:
        runtimes: The Docker that is there anyway, and those of the hosts, by their backend.

    Signals:
        changed: What is seen of a host has changed.
    """

    def __init__(self, settings: Callable[[], Settings]) -> None:
        self.changed: Signal[()] = Signal()
        self.runtimes = {LOCAL_ID: DockerRuntime(settings)}
        self._settings = settings
        self._started = {one.backend_id: one for one in hosts(settings().engine_hosts)}
        for backend_id, host in self._started.items():
            self.runtimes[BackendId(backend_id)] = _runtime(host, settings)
        for runtime in self.runtimes.values():
            runtime.changed.connect(self.changed.emit)

    def views(self) -> tuple[HostView, ...]:
        """Return the hosts of the settings as they are now."""
        return tuple(map(self._view, hosts(self._settings().engine_hosts)))

    async def test(self, text: str) -> HostView:
        """Ask the Docker that a host's text means; nothing is remembered.

        Raises:
            BadRequest: The text says no host, or it is to manage a swarm and does not.
            RuntimeUnavailable: Docker cannot be used there.
        """
        try:
            host = parse_host(text)
        except ValueError as exc:
            raise BadRequest(str(exc)) from exc
        runtime = _runtime(host, self._settings)
        try:
            await runtime.version()
            await runtime.location()
            if host.swarm and not await runtime.ask("inspect", _manages_swarm):
                raise BadRequest(NO_SWARM)
            return _seen(host, runtime)
        finally:
            await runtime.close()

    def _view(self, host: EngineHost) -> HostView:
        started = self._started.get(host.backend_id)
        if started is None or _place(started) != _place(host):
            return _seen(host, None)
        return _seen(host, self.runtimes[BackendId(host.backend_id)])


def _runtime(host: EngineHost, settings: Callable[[], Settings]) -> DockerRuntime:
    return DockerRuntime(
        settings,
        environment=host_environment(host),
        named_by=f"the host {host.name}",
        is_host=True,
    )


def _place(host: EngineHost) -> tuple[str, str, str]:
    return host.address, host.context, host.tls_dir


def _seen(host: EngineHost, runtime: DockerRuntime | None) -> HostView:
    """Return a host as its runtime sees it; None where that is made with the next start."""
    known = runtime.known_location if runtime is not None else None
    view = HostView(
        name=host.name,
        backend_id=BackendId(host.backend_id),
        address=host.shown,
        limit=host.limit,
        swarm=host.swarm,
        waiting=runtime is None,
    )
    if runtime is None:
        return view
    reach = describe_reach(known) if known is not None and not host.swarm else ""
    return view.with_runtime(runtime.view, reach)


def _manages_swarm(client: Any) -> bool:
    swarm: Mapping[str, Any] = client.info().get("Swarm") or {}
    return bool(swarm.get("ControlAvailable"))
