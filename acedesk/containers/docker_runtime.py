"""Docker for the event loop: every call in a daemon thread with a deadline.

docker-py is imported in the first of these calls, not at start-up.
"""

import asyncio
import contextlib
import os
import pathlib
import sys
import threading
import warnings
from collections.abc import (
    AsyncGenerator,
    Awaitable,
    Callable,
    Collection,
    Generator,
    Iterable,
    Iterator,
    Mapping,
)
from typing import Any, Final, TypeVar

from acedesk import clock, tasks
from acedesk.containers.daemon import BlockingDaemon
from acedesk.containers.endpoint import EndpointFinder
from acedesk.containers.inspection import SeenContainers, too_slow
from acedesk.containers.progress import PullSum
from acedesk.containers.refusals import judge
from acedesk.containers.runtime import (
    DISCONNECTED,
    ContainerCounters,
    ContainerEvent,
    ContainerInfo,
    ContainerSpec,
    DockerLocation,
    PullProgress,
)
from acedesk.containers.threads import DaemonThreads, StreamReader
from acedesk.errors import ContainerError, RuntimeState, RuntimeUnavailable
from acedesk.model.snapshot import RuntimeView
from acedesk.settings import Settings
from acedesk.signals import Signal

T = TypeVar("T")

THREADS: Final = 4
# How many containers are inspected at once: other questions need a thread, too.
AT_ONCE: Final = 3
# How much later than the socket's deadline the coroutine gives up: the socket's error says more.
MARGIN: Final = 1.0
# Windows show progress twice a second; twice as often is enough.
REPORT_INTERVAL: Final = 0.25
# Engines end within 2 to 4 s when asked politely.
RESTART_GRACE: Final = 5
# Watching again after the connection broke off, in seconds.
FIRST_PAUSE: Final = 1.0
LONGEST_PAUSE: Final = 10.0

_importing: Final = threading.Lock()
_DETECTORS: Final = ("chardet", "charset_normalizer")


class DockerRuntime:
    """The Docker of this computer; implements `acedesk.containers.runtime.ContainerRuntime`.

    Args:
        environment: Where DOCKER_HOST and so on are looked up, the process's own by default.
        root: Where this computer's absolute paths start; another folder in tests.
        named_by: Who named the address in DOCKER_HOST, for people.
        is_host: It is a host of the settings.

    Signals:
        changed: `view` has changed.
        container_changed: See `ContainerRuntime`, for `watching` too.
    """

    def __init__(
        self,
        settings: Callable[[], Settings],
        *,
        environment: Mapping[str, str] = os.environ,
        root: pathlib.Path = pathlib.Path("/"),
        named_by: str = "DOCKER_HOST",
        is_host: bool = False,
    ) -> None:
        self.changed: Signal[()] = Signal()
        self.container_changed: Signal[ContainerEvent] = Signal()
        self._settings = settings
        self._finder = EndpointFinder(environment, root, named_by=named_by, is_host=is_host)
        self._root = root
        self._threads = DaemonThreads(THREADS, name="docker")
        self._guard = threading.Lock()
        self._made: BlockingDaemon | None = None
        self._view = RuntimeView()
        self._readers: set[StreamReader[Any]] = set()
        self._seen = SeenContainers()
        self.watching = False

    @property
    def view(self) -> RuntimeView:
        """What the last operation told about Docker itself; nothing is asked now."""
        return self._view

    @property
    def known_location(self) -> DockerLocation | None:
        """From where Docker was looked at last, None where that is not known yet."""
        return self._made.known_location if self._made is not None else None

    async def version(self) -> str:
        """Ask Docker for its version."""
        return await self._call("version", lambda daemon: daemon.version())

    async def ask(self, operation: str, job: Callable[[Any], T]) -> T:
        """Let `job` ask with the client of the library, in a thread."""
        return await self._call(operation, lambda daemon: daemon.ask(operation, job))

    async def location(self) -> DockerLocation:
        """Tell from where we look at Docker."""
        known = self.known_location
        if known is not None:  # nothing is asked, so nothing is seen of Docker
            return known
        return await self._call("inspect", lambda daemon: daemon.location())

    async def has_image(self, image: str, platform: str = "") -> bool:
        """Tell whether `image` is on Docker's machine, for this platform if one is named."""
        return await self._call("inspect", lambda daemon: daemon.has_image(image, platform))

    async def pull(
        self, image: str, report: Callable[[PullProgress], None], platform: str = ""
    ) -> None:
        """Download `image`. On cancel: the connection is cut, which ends the download."""
        total, told_at = PullSum(), clock.monotonic() - REPORT_INTERVAL

        def begin(reader: StreamReader[Mapping[str, Any]]) -> Generator[Mapping[str, Any]]:
            return self._daemon().pull(reader, image, platform)

        with self._reading(begin, "pull") as lines:
            async for event in lines:
                if error := total.feed(event):
                    raise ContainerError("pull", judge(error).detail)
                if clock.monotonic() - told_at >= REPORT_INTERVAL:
                    told_at = clock.monotonic()
                    report(total.progress)
        report(total.progress)
        if not await self.has_image(image, platform):
            raise ContainerError("pull", "Docker broke off the download")

    async def create(self, spec: ContainerSpec) -> str:
        """Make a container and return its id. On cancel or timeout it is removed again."""
        return await self._call(
            "create",
            lambda daemon: daemon.create(spec),
            undo=lambda container: self._daemon().remove(container, 0),
        )

    async def start(self, container: str) -> None:
        """Start the container."""
        await self._call("start", lambda daemon: daemon.start(container))

    async def restart(self, container: str) -> None:
        """Stop the container politely and start it again."""
        await self._call(
            "restart",
            lambda daemon: daemon.restart(container, RESTART_GRACE),
            extra=RESTART_GRACE,
        )

    async def remove(self, container: str, *, grace: int = RESTART_GRACE) -> None:
        """Stop the container, at most `grace` seconds politely, and delete it."""
        await self._call("remove", lambda daemon: daemon.remove(container, grace), extra=grace)

    async def inspect(self, container: str, *, keep: Collection[str] = ()) -> ContainerInfo | None:
        """Return the container as it is, None when there is none of that name or id."""
        return await self._call("inspect", lambda daemon: daemon.inspect(container, keep))

    async def list_containers(self, labels: Mapping[str, str]) -> tuple[ContainerInfo, ...]:
        """Return all containers, running or not, that carry all `labels`."""
        wanted = _joined(labels)
        changes = self._seen.changes
        states = await self._call("inspect", lambda daemon: daemon.list_states(wanted))
        known = self._seen.of(wanted, states)
        fresh = await _inspect_all(self.inspect, [one for one in states if one not in known])
        infos = {**known, **{info.id: info for info in fresh}}
        self._seen.keep(wanted, infos.values(), changes)
        return tuple(infos[one] for one in states if one in infos)

    async def find_by_image(self, name: str) -> tuple[str, ...]:
        """Return the ids of containers made from an image of this name, running ones first."""
        return await self._call("inspect", lambda daemon: daemon.find_by_image(name))

    async def sharing_network(self, owner: ContainerInfo) -> tuple[ContainerInfo, ...]:
        """Return the containers whose network mode is that of `owner`, by whatever name.

        A network mode names its container by id, part of an id or name, as it was written; only
        Docker knows for certain which container that is.
        """
        named = await self._call("inspect", lambda daemon: daemon.network_owners())
        names = set(named.values()) - {owner.id, ""}
        owners = {name: await self.inspect(name) for name in names}
        meant = {name for name, info in owners.items() if info is not None and info.id == owner.id}
        meant.add(owner.id)
        sharing = [one for one, name in named.items() if name in meant]
        return tuple(await _inspect_all(self.inspect, sharing))

    async def log(self, container: str, lines: int) -> str:
        """Return the last lines of both outputs, oldest first."""
        return await self._call("log", lambda daemon: daemon.log(container, lines))

    async def watch(self, labels: Mapping[str, str]) -> AsyncGenerator[ContainerEvent]:
        """Yield what happens to containers with `labels`, for ever; connects again by itself."""
        pause, wanted = FIRST_PAUSE, _joined(labels)
        while True:
            connected = False
            with (
                self._reading(lambda reader: self._daemon().events(reader, labels), "events") as on,
                contextlib.suppress(RuntimeUnavailable, ContainerError),  # shown; tried again
            ):
                try:
                    async for event in on:
                        pause, connected = FIRST_PAUSE, True
                        self.watching = True
                        self.container_changed.emit(event)
                        if event.wanted:
                            self._seen.note(wanted, event)
                            yield event
                finally:
                    self.watching = False
                    self._seen.forget(wanted)
            if connected:
                end = ContainerEvent(action=DISCONNECTED)
                self.container_changed.emit(end)
                yield end
            await tasks.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE)

    async def stats(self, container: str) -> AsyncGenerator[ContainerCounters]:
        """Yield what the container has used so far, every few seconds, until it is gone."""
        with self._reading(lambda reader: self._daemon().stats(reader, container), "stats") as told:
            async for counters in told:
                yield counters

    async def close(self) -> None:
        """End all streams; operations still under way are abandoned."""
        for reader in tuple(self._readers):
            reader.close()
        self._threads.close()
        if self._made is not None:
            self._made.close()

    def _daemon(self) -> BlockingDaemon:
        """Return the daemon; called in threads only, because the first import takes a while."""
        if self._made is None:
            self._finder.find()  # no docker-py, 0.2 s and 15 MB, where there is no Docker
        daemon = load_library()
        with self._guard:
            if self._made is None:
                timeout = self._settings
                self._made = daemon(self._finder, lambda: timeout().docker_timeout, root=self._root)
            return self._made

    async def _call(
        self,
        operation: str,
        job: Callable[[BlockingDaemon], T],
        *,
        undo: Callable[[T], object] | None = None,
        extra: float = 0.0,
    ) -> T:
        limit = self._settings().docker_timeout + extra
        with self._noted():
            try:
                async with asyncio.timeout(limit + MARGIN):
                    return await self._threads.call(lambda: job(self._daemon()), undo=undo)
            except TimeoutError as exc:
                raise too_slow(operation, limit) from exc

    @contextlib.contextmanager
    def _noted(self) -> Iterator[None]:
        """Show what the operation told about Docker itself."""
        try:
            yield
        except RuntimeUnavailable as exc:
            self._show(_away(exc))
            raise
        if (made := self._made) is None:
            self._show(RuntimeView(state=RuntimeState.READY))
        else:
            self._show(
                RuntimeView(
                    state=RuntimeState.READY, detail=made.version_text, machine=made.machine
                )
            )

    def _show(self, view: RuntimeView) -> None:
        if view != self._view:
            self._view = view
            self.changed.emit()

    @contextlib.contextmanager
    def _reading(
        self, open_stream: Callable[[StreamReader[T]], Generator[T]], name: str
    ) -> Iterator[StreamReader[T]]:
        reader = StreamReader(open_stream, name=f"docker-{name}")
        self._readers.add(reader)
        try:
            yield reader
        except RuntimeUnavailable as exc:
            self._show(_away(exc))
            raise
        finally:
            self._readers.discard(reader)
            reader.close()


def _away(error: RuntimeUnavailable) -> RuntimeView:
    return RuntimeView(state=error.state, detail=error.detail, target=error.target)


def load_library() -> Callable[..., BlockingDaemon]:
    """Return `acedesk.containers.docker.DockerDaemon`, imported now if it was not; takes 0.2 s.

    One thread at a time: the library's packages import each other in circles, and a second thread
    would see some of them half made ("module 'requests' has no attribute ...").
    """
    with _importing, _without_detectors():
        from acedesk.containers.docker import DockerDaemon
    return DockerDaemon


@contextlib.contextmanager
def _without_detectors() -> Iterator[None]:
    """Import the library without what guesses the character set of a text.

    That is 3 MB which `requests` loads when it is installed and does without when it is not. Docker
    answers in UTF-8, and that is what `requests` reads then.
    """
    modules: dict[str, Any] = sys.modules
    hidden = [name for name in _DETECTORS if name not in modules]
    modules.update(dict.fromkeys(hidden))  # None: cannot be imported
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # that none is there
            yield
    finally:
        for name in hidden:
            modules.pop(name, None)


async def _inspect_all(
    inspect: Callable[[str], Awaitable[ContainerInfo | None]], containers: Iterable[str]
) -> list[ContainerInfo]:
    """Inspect some at a time: each has the whole time that one question may take."""
    places = asyncio.Semaphore(AT_ONCE)

    async def look(container: str) -> ContainerInfo | None:
        async with places:
            return await inspect(container)

    found = await asyncio.gather(*map(look, containers))
    return [info for info in found if info is not None]


def _joined(labels: Mapping[str, str]) -> list[str]:
    return [f"{name}={value}" for name, value in labels.items()]
