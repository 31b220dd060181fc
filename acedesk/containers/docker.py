"""Docker through docker-py: the only file that imports it. Everything here blocks.

`acedesk.containers.docker_runtime` calls it in threads and imports it when Docker is first used,
because docker-py costs 0.2 s at start-up. Foreign errors end here.
"""

import contextlib
import dataclasses
import itertools
import pathlib
import threading
from collections.abc import Callable, Collection, Generator, Iterator, Mapping
from typing import Any, Final, TypeVar

from docker import APIClient
from docker.errors import APIError, DockerException, ImageNotFound, NotFound, StreamParseError
from docker.tls import TLSConfig
from docker.transport import UnixHTTPAdapter
from docker.types import CancellableStream, LogConfig
from docker.utils import parse_repository_tag
from urllib3.exceptions import ProtocolError

from acedesk import clock
from acedesk.containers.endpoint import Endpoint, EndpointFinder
from acedesk.containers.failures import (
    failed_connection,
    failed_operation,
    failed_ssh,
    is_timeout,
)
from acedesk.containers.image_command import ImageCommand, extend
from acedesk.containers.inspection import (
    READING,
    has_host_network,
    ids_by_image,
    is_change,
    is_for_platform,
    network_owner,
    parse_command,
    parse_container,
    parse_event,
    parse_machine,
    parse_stats,
    too_slow,
)
from acedesk.containers.own_container import is_in_container, own_ids
from acedesk.containers.progress import read_lines
from acedesk.containers.reach import publish_host, resolve, shared_network
from acedesk.containers.runtime import (
    CONNECTED,
    ContainerCounters,
    ContainerEvent,
    ContainerInfo,
    ContainerOption,
    ContainerSpec,
    DockerLocation,
)
from acedesk.containers.ssh.address import real_host
from acedesk.containers.ssh.pool import SshPool
from acedesk.containers.threads import StreamReader
from acedesk.errors import AceDeskError, RuntimeState, RuntimeUnavailable
from acedesk.model.host import UNKNOWN_MACHINE
from acedesk.process import child_environment

T = TypeVar("T")

# Of Docker 1.13; a client needs one before it knows the daemon's.
ANY_VERSION: Final = "1.25"

# How docker-py fails at answers that are not as it expects them, and we too.
_MISREAD: Final = (ValueError, LookupError, TypeError, AttributeError, StreamParseError)
# Log files of a container: enough for the last hours, never a full disk.
LOG_LIMITS: Final = {"max-size": "10m", "max-file": "2"}
# Docker counts processors in billionths.
NANO: Final = 1_000_000_000
STATS_STEP: Final = 5  # it comes each second; the mean of some seconds can be read
# On these docker-py keeps a connection open for each of the last 25 URLs, that is for 25 containers
# long gone, and a new one costs nothing.
LOCAL: Final = ("unix://", "npipe://")


class DockerDaemon:
    """One Docker daemon, found and connected to when first used; safe to use from any thread.

    Every operation raises `RuntimeUnavailable` or `ContainerError`.

    Args:
        timeout: Returns how many seconds one call may take.
        root: Where this computer's absolute paths start.
    """

    def __init__(
        self,
        finder: EndpointFinder,
        timeout: Callable[[], float],
        *,
        root: pathlib.Path = pathlib.Path("/"),
    ) -> None:
        self._finder = finder
        self._root = root
        self.known_location: DockerLocation | None = None
        self._timeout = timeout
        self._guard = threading.Lock()
        self._connecting = threading.Lock()
        self._client: APIClient | None = None
        self._endpoint: Endpoint | None = None
        self._api_version = ANY_VERSION
        self.version_text = ""
        self.machine = UNKNOWN_MACHINE

    def version(self) -> str:
        """Ask for the daemon's version."""
        answer = self.ask("version", lambda client: client.version(api_version=False))
        return str(answer.get("Version", ""))

    def location(self) -> DockerLocation:
        """Tell from where we look at Docker; asked once for each connection."""
        if (known := self.known_location) is not None:
            return known

        def look(client: APIClient) -> DockerLocation:
            at = self._endpoint
            assert at is not None
            host = real_host(at.url) if at.is_ssh else at.host
            around = _look_around(client, host, self._root)
            return dataclasses.replace(around, machine=self.machine)

        self.known_location = self.ask("inspect", look)
        return self.known_location

    # Images

    def has_image(self, image: str, platform: str) -> bool:
        """Tell whether `image` is there, for this platform if one is named."""

        def look(client: APIClient) -> bool:
            try:
                facts = client.inspect_image(image)  # type: ignore[no-untyped-call]  # stub lacks it
            except ImageNotFound:
                return False
            return is_for_platform(facts, platform)

        return self.ask("inspect", look)

    def pull(
        self, reader: StreamReader[Mapping[str, Any]], image: str, platform: str
    ) -> Generator[Mapping[str, Any]]:
        """Yield what the daemon tells while it downloads."""
        with self._translated("pull"), self._streaming(reader) as client:
            yield from read_lines(_unbroken(_begin_pull(client, image, platform)))

    # Containers

    def create(self, spec: ContainerSpec) -> str:
        """Make a container and return its id."""
        location = self.location()
        return self.ask("create", lambda client: _create(client, spec, location))

    def start(self, container: str) -> None:
        """Start the container."""
        self.ask("start", lambda client: client.start(container))

    def restart(self, container: str, grace: int) -> None:
        """Stop the container, at most `grace` seconds politely, and start it again."""
        self.ask("restart", lambda client: client.restart(container, timeout=grace))

    def remove(self, container: str, grace: int) -> None:
        """Stop the container and delete it with its anonymous volumes."""

        def delete(client: APIClient) -> None:
            try:
                if grace > 0:
                    client.stop(container, timeout=grace)
                client.remove_container(container, force=True, v=True)
            except NotFound:
                return
            except APIError as exc:
                if "already in progress" not in str(exc.explanation):
                    raise

        self.ask("remove", delete)

    def inspect(self, container: str, keep: Collection[str]) -> ContainerInfo | None:
        """Return the container as it is, None when there is none."""
        return self.ask("inspect", lambda client: _inspect(client, container, keep))

    def list_states(self, labels: list[str]) -> dict[str, str]:
        """Return the states of all containers that carry all `labels` ("name=value"), by id."""

        def look(client: APIClient) -> dict[str, str]:
            rows = client.containers(all=True, filters={"label": labels})
            return {str(one["Id"]): str(one.get("State", "")) for one in rows}

        return self.ask("inspect", look)

    def find_by_image(self, name: str) -> tuple[str, ...]:
        """Return the ids of containers made from an image of this name, running ones first."""

        def look(client: APIClient) -> tuple[str, ...]:
            return ids_by_image(client.containers(all=True), name)

        return self.ask("inspect", look)

    def network_owners(self) -> dict[str, str]:
        """Return whose network all containers share, "" for none, by id; see `network_owner`."""

        def look(client: APIClient) -> dict[str, str]:
            return {str(one["Id"]): network_owner(one) for one in client.containers(all=True)}

        return self.ask("inspect", look)

    def log(self, container: str, lines: int) -> str:
        """Return the last lines of both outputs."""
        raw = self.ask("log", lambda client: client.logs(container, tail=lines))
        return bytes(raw).decode("utf-8", "replace")

    def events(
        self, reader: StreamReader[ContainerEvent], labels: Mapping[str, str]
    ) -> Generator[ContainerEvent]:
        """Yield what happens to containers until the connection ends; `labels` are wanted."""
        with self._translated("wait"), self._streaming(reader) as client:
            happenings = client.events(filters={"type": ["container"]}, decode=False)
            yield ContainerEvent(action=CONNECTED)
            for raw in read_lines(_unbroken(happenings)):
                event = parse_event(raw, labels)
                if is_change(event):
                    yield event

    def stats(
        self, reader: StreamReader[ContainerCounters], container: str
    ) -> Generator[ContainerCounters]:
        """Yield what the container has used so far, until it is gone."""
        with self._translated("stats"), self._streaming(reader) as client:
            told = read_lines(_unbroken(client.stats(container, decode=False)))
            for raw in itertools.islice(told, 0, None, STATS_STEP):
                yield parse_stats(raw, clock.monotonic())

    def close(self) -> None:
        """Close the connections."""
        with self._guard:
            client, self._client = self._client, None
            self.known_location = None
        if client is not None:
            client.close()

    # How calls are made

    def ask(self, operation: str, job: Callable[[Any], T]) -> T:
        """Let `job` ask with the client itself."""
        if operation in READING:
            with contextlib.suppress(_ConnectionLost), self._translated(operation, once=True):
                return job(self._connect())
        with self._translated(operation):
            return job(self._connect())

    @contextlib.contextmanager
    def _translated(self, operation: str, *, once: bool = False) -> Iterator[None]:
        """Turn docker-py's errors into ours; with `once` a lost connection may be tried again."""
        try:
            yield
        except (OSError, DockerException, *_MISREAD) as exc:
            error = self._translate(operation, exc)
            if once and isinstance(error, RuntimeUnavailable) and not is_timeout(exc):
                raise _ConnectionLost from exc
            raise error from exc

    def _translate(self, operation: str, exc: Exception) -> AceDeskError:
        late = too_slow(operation, self._timeout()) if is_timeout(exc) else None
        if (error := failed_ssh(self._endpoint, exc) or late) is not None:
            self.close()  # the next call looks whether anything is there
            return error
        if (answered := failed_operation(operation, exc)) is not None:
            return answered
        self.close()
        try:
            self._finder.find()
        except RuntimeUnavailable as found:
            return found
        return RuntimeUnavailable(RuntimeState.NOT_RUNNING, "Docker broke off the connection")

    @contextlib.contextmanager
    def _streaming(self, reader: StreamReader[Any]) -> Iterator[APIClient]:
        """Give a client of its own for one stream, which `reader` can end from another thread."""
        self._connect()
        assert self._endpoint is not None
        answers: list[Any] = []

        def attach(response: Any, *_: Any, **__: Any) -> None:
            # Only the response knows the socket whose end makes the daemon stop.
            answers.append(response)
            reader.attach(CancellableStream(iter(()), response))

        client = _open(self._endpoint, self._api_version, self._timeout())
        client.hooks["response"] = [attach]
        try:
            yield client
        finally:
            for response in answers:
                response.close()
            client.close()

    def _connect(self) -> APIClient:
        """Return the client, connected before or now.

        Raises:
            RuntimeUnavailable: With the state that tells what is wrong.
        """
        with self._connecting:  # held while Docker is waited for, never by `close`
            client = self._client
            if client is None:
                endpoint = self._finder.find()
                told = _ask_version(endpoint, self._timeout())
                client = _open(endpoint, str(told["ApiVersion"]), self._timeout())
                self.version_text = str(told.get("Version", ""))
                self.machine = parse_machine(told)
                with self._guard:
                    self._client, self._endpoint = client, endpoint
                    self._api_version = str(told["ApiVersion"])
        client.timeout = round(self._timeout())
        return client


class _ConnectionLost(Exception):
    """A kept connection was dead; the same may be asked again."""


def _ask_version(endpoint: Endpoint, timeout: float) -> Mapping[str, Any]:
    """Return what the daemon tells of itself.

    docker-py would ask while it makes a client, and leave the connection open if that fails.

    Raises:
        RuntimeUnavailable: What answers is not a Docker that we understand.
    """
    client = _open(endpoint, ANY_VERSION, timeout)  # the question has no version in its path
    try:
        told: Mapping[str, Any] = client.version(api_version=False)
        if not isinstance(told["ApiVersion"], str):
            raise TypeError(told["ApiVersion"])
    except (OSError, DockerException, *_MISREAD) as exc:
        raise failed_connection(endpoint, exc, timeout) from exc
    finally:
        client.close()
    return told


def _open(endpoint: Endpoint, version: str, timeout: float) -> APIClient:
    """Return a client that has asked nothing yet."""
    try:
        client = APIClient(
            base_url="unix://ssh" if endpoint.is_ssh else endpoint.url,
            version=version,
            timeout=round(timeout),
            tls=_tls(endpoint),
            credstore_env=child_environment.differences(),
        )
    except (OSError, DockerException, *_MISREAD) as exc:
        raise failed_connection(endpoint, exc, timeout) from exc
    if endpoint.is_ssh:
        client.mount("http+docker://", _OverSsh(endpoint.url, timeout))
    if endpoint.tls_dir is not None:  # what requests takes from the environment replaces ca.pem
        client.trust_env, client.proxies = False, endpoint.proxies
    if endpoint.url.startswith(LOCAL):
        client.headers["Connection"] = "close"
    return client


class _OverSsh(UnixHTTPAdapter):
    """Asks through ssh instead of a socket: docker-py's own way needs a library, and may wait."""

    def __init__(self, url: str, timeout: float) -> None:
        super().__init__("http+unix://ssh", round(timeout))
        self.pools["ssh"] = SshPool(url, timeout)  # closed with the adapter, which ends ssh

    def get_connection(self, url: Any, proxies: Any = None) -> Any:
        """Return what all questions go through."""
        return self.pools["ssh"]


def _look_around(client: APIClient, host: str, root: pathlib.Path) -> DockerLocation:
    """Tell from where we look at a Docker that runs on `host`, "" for a socket of this computer."""
    inside = is_in_container(root)
    for container in own_ids(root) if inside else ():
        try:
            own = client.inspect_container(container)
            if owner := network_owner(own):
                own = client.inspect_container(owner)
        except NotFound:
            continue
        if has_host_network(own):  # then its loopback is the one of Docker's host
            return DockerLocation(docker_host=host)
        networks = tuple(parse_container(own).addresses)
        return DockerLocation(docker_host=host, in_container=True, networks=networks)
    return DockerLocation(docker_host=host, in_container=inside)


def _create(client: APIClient, spec: ContainerSpec, location: DockerLocation) -> str:
    started = _command(client, spec)
    made = client.create_container(
        spec.image,
        command=list(started.command) or None,
        entrypoint=list(started.entrypoint) or None,
        name=spec.name,
        environment=dict(spec.environment),
        labels=dict(spec.labels),
        ports=[] if spec.network_of else [(spec.port, "tcp")],
        platform=spec.platform or None,
        host_config=client.create_host_config(**_host_options(spec, location)),
    )
    return str(made["Id"])


def _command(client: APIClient, spec: ContainerSpec) -> ImageCommand:
    """Return what the container starts; the image is looked at only where it is added to."""
    if not spec.arguments:
        return ImageCommand()
    facts = client.inspect_image(spec.image)  # type: ignore[no-untyped-call]  # the stub lacks it
    return extend(parse_command(facts), spec.arguments)


def _host_options(spec: ContainerSpec, location: DockerLocation) -> dict[str, Any]:
    """Return what the container asks of its host, in docker-py's words."""
    at = resolve(publish_host(location))
    network = f"container:{spec.network_of}" if spec.network_of else shared_network(location)
    options: dict[ContainerOption, dict[str, Any]] = {
        ContainerOption.PUBLISH: {"port_bindings": {f"{spec.port}/tcp": (at,)}},
        ContainerOption.RESTART: {"restart_policy": {"Name": "unless-stopped"}},
        ContainerOption.INIT: {"init": True},
        ContainerOption.TMPFS: {"tmpfs": dict(spec.tmpfs)},
        ContainerOption.LOG_LIMITS: {"log_config": LogConfig(type="json-file", config=LOG_LIMITS)},
    }
    wanted = {
        name: value
        for option, values in options.items()
        if option not in spec.without
        for name, value in values.items()
    }
    limits = {"mem_limit": spec.memory, "nano_cpus": round(spec.cpus * NANO)}
    wanted |= {name: limit for name, limit in limits.items() if limit}
    return wanted | ({"network_mode": network} if network else {})


def _begin_pull(client: APIClient, image: str, platform: str) -> Any:
    repository, tag = parse_repository_tag(image)
    wanted: dict[str, Any] = {"tag": tag or "latest", "platform": platform or None}
    try:
        return client.pull(repository, stream=True, **wanted)
    except APIError:
        raise
    except DockerException:
        # A missing credential helper must not keep anybody from a public image.
        return client.pull(repository, stream=True, auth_config={}, **wanted)


def _unbroken(pieces: Any) -> Iterator[bytes | str]:
    """Yield `pieces` of a body until they end or the connection does; an error answer is raised."""
    try:
        yield from pieces
    except APIError:
        raise
    except (OSError, ProtocolError):
        return


def _tls(endpoint: Endpoint) -> TLSConfig | bool:
    if endpoint.tls_dir is None:
        return False
    folder = endpoint.tls_dir
    return TLSConfig(
        client_cert=(str(folder / "cert.pem"), str(folder / "key.pem")),
        ca_cert=str(folder / "ca.pem"),
        verify=endpoint.tls_verify,
    )


def _inspect(client: APIClient, container: str, keep: Collection[str] = ()) -> ContainerInfo | None:
    try:
        return parse_container(client.inspect_container(container), keep=keep)
    except NotFound:
        return None
