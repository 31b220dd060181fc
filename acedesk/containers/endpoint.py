"""Where the Docker daemon is, found as the docker command finds it, and what is wrong if not.

Order: DOCKER_HOST, then the context of DOCKER_CONTEXT or of Docker's config file, then the places
where Docker Desktop, rootless Docker, Colima, OrbStack, Rancher Desktop and Podman put their
socket. Everything here blocks for a moment: it is called in a thread.
"""

import contextlib
import dataclasses
import enum
import json
import os
import pathlib
import shutil
import socket
import urllib.parse
from collections.abc import Iterator, Mapping
from typing import Any, Final

from acedesk.errors import RuntimeState, RuntimeUnavailable

# A local daemon accepts at once; a remote one may need some round trips.
CONNECT_TIMEOUT: Final = 3.0

SYSTEM_SOCKET: Final = "/var/run/docker.sock"
# In the home folder: Docker Desktop (macOS, Linux), Colima, OrbStack, Rancher Desktop.
_HOME_SOCKETS: Final = (
    ".docker/run/docker.sock",
    ".docker/desktop/docker.sock",
    ".colima/default/docker.sock",
    ".orbstack/run/docker.sock",
    ".rd/docker.sock",
)
# Where installers put the command when PATH does not say so (a desktop has a short PATH).
_BINARIES: Final = (
    "/usr/bin/docker",
    "/usr/local/bin/docker",
    "/snap/bin/docker",
    "/opt/homebrew/bin/docker",
    "/usr/bin/dockerd",
    "/usr/sbin/dockerd",
    "/usr/bin/podman",
    "/Applications/Docker.app",
    "/Applications/OrbStack.app",
)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """An address of a Docker daemon.

    Attributes:
        url: "unix:///var/run/docker.sock", "tcp://host:2375", "ssh://user@host".
        named_by: Who named it, for people: "DOCKER_HOST", "the context “x”"; "" when found.
        tls_dir: Folder with ca.pem, cert.pem and key.pem, None for none.
        tls_verify: The daemon's certificate is checked.
    """

    url: str
    named_by: str = ""
    tls_dir: pathlib.Path | None = None
    tls_verify: bool = True

    @property
    def socket_path(self) -> pathlib.Path | None:
        """The path of a Unix socket, None for other addresses."""
        scheme, _, rest = self.url.partition("://")
        return pathlib.Path(rest) if scheme == "unix" else None


class _PingAnswer(enum.IntEnum):
    # In the order in which they say more about what is wrong.
    ACCEPTS = 0
    FORBIDDEN = 1
    SILENT = 2
    MISSING = 3


class EndpointFinder:
    """Finds the daemon.

    Args:
        environment: The process environment (DOCKER_HOST, HOME, PATH ...).
        root: Where absolute paths of this computer start; another folder in tests.
    """

    def __init__(self, environment: Mapping[str, str], root: pathlib.Path) -> None:
        self._environment = environment
        self._root = root
        self._home = pathlib.Path(environment.get("HOME") or pathlib.Path.home())

    def find(self) -> Endpoint:
        """Return an address where something accepts connections.

        Raises:
            RuntimeUnavailable: NOT_INSTALLED, NOT_RUNNING, NO_PERMISSION or WRONG_CONTEXT.
        """
        named = self._named()
        if named is None:
            return self._first_known()
        answer = _try(named)
        if answer is _PingAnswer.ACCEPTS:
            return named
        if answer is _PingAnswer.FORBIDDEN:
            raise RuntimeUnavailable(RuntimeState.NO_PERMISSION, named.url)
        raise self._nothing_at(named)

    def _nothing_at(self, named: Endpoint) -> RuntimeUnavailable:
        """Tell a wrong address from a right one whose Docker is just not running."""
        known = list(self._known())
        elsewhere = [place for place in known if _try(place) is _PingAnswer.ACCEPTS]
        is_known = named.url in {place.url for place in known}
        if is_known and not elsewhere:
            return RuntimeUnavailable(RuntimeState.NOT_RUNNING, f"nothing answers at {named.url}")
        detail = f"{named.named_by} says {named.url}, where nothing answers"
        if elsewhere:
            detail += f"; Docker answers at {elsewhere[0].url}"
        return RuntimeUnavailable(RuntimeState.WRONG_CONTEXT, detail)

    # What the user named

    def _named(self) -> Endpoint | None:
        if host := self._environment.get("DOCKER_HOST", "").strip():
            return self._from_host(host)
        config = self._config_dir()
        context = self._environment.get("DOCKER_CONTEXT", "").strip()
        if not context:
            found = _read_json(config / "config.json").get("currentContext")
            context = found if isinstance(found, str) else ""
        if context in ("", "default"):
            return None
        return self._from_context(config / "contexts", context)

    def _from_host(self, host: str) -> Endpoint:
        if "://" not in host:
            host = f"tcp://{host}"
        verify = bool(self._environment.get("DOCKER_TLS_VERIFY"))
        certificates = self._environment.get("DOCKER_CERT_PATH", "")
        tls_dir = pathlib.Path(certificates) if certificates else None
        if tls_dir is None and verify:
            tls_dir = self._config_dir()
        return Endpoint(url=host, named_by="DOCKER_HOST", tls_dir=tls_dir, tls_verify=verify)

    def _from_context(self, contexts: pathlib.Path, name: str) -> Endpoint:
        for file in sorted(contexts.glob("meta/*/meta.json")):
            facts = _read_json(file)
            if facts.get("Name") != name:
                continue
            endpoints = facts.get("Endpoints")
            docker = endpoints.get("docker") if isinstance(endpoints, dict) else None
            host = docker.get("Host") if isinstance(docker, dict) else None
            if not isinstance(host, str) or "://" not in host:
                break
            tls_dir = contexts / "tls" / file.parent.name / "docker"
            return Endpoint(
                url=host,
                named_by=f"the context “{name}”",
                tls_dir=tls_dir if tls_dir.is_dir() else None,
                tls_verify=not (isinstance(docker, dict) and docker.get("SkipTLSVerify")),
            )
        raise RuntimeUnavailable(
            RuntimeState.WRONG_CONTEXT, f"the context “{name}” is chosen but does not exist"
        )

    def _config_dir(self) -> pathlib.Path:
        named = self._environment.get("DOCKER_CONFIG", "").strip()
        return pathlib.Path(named) if named else self._home / ".docker"

    # Known places

    def _first_known(self) -> Endpoint:
        worst = _PingAnswer.MISSING
        for place in self._known():
            answer = _try(place)
            if answer is _PingAnswer.ACCEPTS:
                return place
            worst = min(worst, answer)
        if worst is _PingAnswer.FORBIDDEN:
            raise RuntimeUnavailable(RuntimeState.NO_PERMISSION, f"unix://{SYSTEM_SOCKET}")
        if worst is _PingAnswer.SILENT or self._is_installed():
            raise RuntimeUnavailable(RuntimeState.NOT_RUNNING)
        raise RuntimeUnavailable(RuntimeState.NOT_INSTALLED)

    def _known(self) -> Iterator[Endpoint]:
        """Yield the places a daemon may listen at; Podman's only if Docker has none."""
        docker = [self._root / SYSTEM_SOCKET.lstrip("/"), self._run_dir() / "docker.sock"]
        docker += [self._home / path for path in _HOME_SOCKETS]
        podman = [
            self._run_dir() / "podman/podman.sock",
            self._root / "run/podman/podman.sock",
        ]
        for path in docker:
            yield Endpoint(url=f"unix://{path}")
        if not any(_exists(path) for path in docker):
            for path in podman:
                yield Endpoint(url=f"unix://{path}")

    def _run_dir(self) -> pathlib.Path:
        named = self._environment.get("XDG_RUNTIME_DIR", "").strip()
        return pathlib.Path(named) if named else self._root / f"run/user/{os.getuid()}"

    def _is_installed(self) -> bool:
        path = self._environment.get("PATH", "")
        return (
            any(shutil.which(name, path=path) for name in ("docker", "dockerd", "podman"))
            or any((self._root / name.lstrip("/")).exists() for name in _BINARIES)
            or (self._home / ".docker/desktop").is_dir()
        )


def _exists(path: pathlib.Path) -> bool:
    try:
        return path.exists()
    except OSError:  # a folder we may not look into: something is there
        return True


def _read_json(path: pathlib.Path) -> dict[str, Any]:
    """Return the object in `path`, empty when it is missing, unreadable or something else."""
    with contextlib.suppress(OSError, ValueError):
        found = json.loads(path.read_text("utf-8"))
        if isinstance(found, dict):
            return found
    return {}


def _try(endpoint: Endpoint) -> _PingAnswer:
    """Connect to `endpoint` and hang up again."""
    path = endpoint.socket_path
    try:
        if path is not None:
            with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
                probe.settimeout(CONNECT_TIMEOUT)
                probe.connect(str(path))
        else:
            _try_network(endpoint.url)
    except PermissionError:
        return _PingAnswer.FORBIDDEN
    except FileNotFoundError:
        return _PingAnswer.MISSING
    except (OSError, ValueError):
        return _PingAnswer.SILENT
    return _PingAnswer.ACCEPTS


def _try_network(url: str) -> None:
    parts = urllib.parse.urlsplit(url)
    default_port = {"ssh": 22, "https": 2376}.get(parts.scheme, 2375)
    if not parts.hostname:
        raise ValueError(url)
    address = (parts.hostname, parts.port or default_port)
    socket.create_connection(address, CONNECT_TIMEOUT).close()
