"""Where the Docker daemon is, found as the docker command finds it, and what is wrong if not.

Order: DOCKER_HOST, then the context of DOCKER_CONTEXT or of Docker's config file, then the places
where Docker Desktop, rootless Docker, Colima, OrbStack, Rancher Desktop and Podman put their
socket. Podman is asked where there is no Docker, or where Docker's socket is only a link to one of
Podman's. Everything here blocks for a moment: it is called in a thread.
"""

import contextlib
import enum
import json
import os
import pathlib
import re
import shutil
import socket
import sys
import urllib.parse
import urllib.request
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any, Final, Self

from acedesk.errors import RuntimeState, RuntimeUnavailable
from acedesk.values import frozen_value

# A local daemon accepts at once; a remote one may need some round trips.
CONNECT_TIMEOUT: Final = 3.0

SYSTEM_SOCKET: Final = "/var/run/docker.sock"
# Podman of root, where its user's own has another place.
SYSTEM_PODMAN: Final = "/run/podman/podman.sock"
SYSTEM_PODMAN_START: Final = "sudo systemctl enable --now podman.socket"
# In the home folder: Docker Desktop (macOS, Linux), Colima (two places, then other profiles),
# OrbStack, Rancher Desktop, Lima.
_HOME_SOCKETS: Final = (
    ".docker/run/docker.sock",
    ".docker/desktop/docker.sock",
    ".colima/default/docker.sock",
    ".config/colima/default/docker.sock",
    ".orbstack/run/docker.sock",
    ".rd/docker.sock",
    ".lima/docker/sock/docker.sock",
    ".colima/*/docker.sock",
    ".config/colima/*/docker.sock",
)
# In the home folder: the virtual machine of Podman on macOS.
_PODMAN_HOME_SOCKETS: Final = (
    ".local/share/containers/podman/machine/podman.sock",
    ".local/share/containers/podman/machine/*/podman.sock",
)
# What tells a socket of Podman's from one of Docker's.
_PODMAN: Final = "podman"
# Named pipes of Windows: Docker Desktop (the second with WSL), Podman.
_PIPES: Final = "npipe:////./pipe/"
_DOCKER_PIPES: Final = ("docker_engine", "dockerDesktopLinuxEngine")
_PODMAN_PIPES: Final = ("podman-machine-default", "docker_podman")
# ERROR_PIPE_BUSY: a program listens there, and others are connected to it.
_BUSY_PIPE: Final = 231
# Where installers put the command when PATH does not say so (a desktop has a short PATH).
_BINARIES: Final = (
    "/usr/bin/docker",
    "/usr/local/bin/docker",
    "/snap/bin/docker",
    "/opt/homebrew/bin/docker",
    "/usr/bin/dockerd",
    "/usr/sbin/dockerd",
    "/Applications/Docker.app",
    "/Applications/OrbStack.app",
)
WINDOWS_DESKTOP: Final = "Docker/Docker/Docker Desktop.exe"
_PODMAN_BINARIES: Final = ("/usr/bin/podman", "/usr/local/bin/podman", "/opt/homebrew/bin/podman")


def _open_pipe(path: str) -> None:
    """Open a named pipe and close it again."""
    with open(path, "r+b", buffering=0):  # noqa: PTH123 - a pipe, no file
        pass


def _user_id() -> int:
    return os.getuid() if hasattr(os, "getuid") else 0


_PASSWORD: Final = re.compile(r":[^/@]*(?=@)")


@frozen_value
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

    @classmethod
    def of_pipe(cls, name: str) -> Self:
        """Return the address of a named pipe of Windows."""
        return cls(url=f"{_PIPES}{name}")

    @property
    def pipe(self) -> str | None:
        """The path of a named pipe as Windows writes it, None for other addresses."""
        if not self.url.startswith("npipe://"):
            return None
        return self.url.removeprefix("npipe://").replace("/", "\\")

    @property
    def shown(self) -> str:
        """The address for people, without a password."""
        return _PASSWORD.sub("", self.url)

    @property
    def host(self) -> str:
        """The computer it names, "" for a socket or a pipe of this one."""
        parts = urllib.parse.urlsplit(self.url)
        return (parts.hostname or "") if parts.scheme not in ("unix", "npipe") else ""

    @property
    def proxies(self) -> dict[str, str]:
        """The proxies of the environment that lead there, by their protocol."""
        host = urllib.parse.urlsplit(self.url).netloc.rpartition("@")[2]
        return {} if urllib.request.proxy_bypass(host) else urllib.request.getproxies()

    @property
    def is_ssh(self) -> bool:
        """Whether ssh leads there."""
        return self.url.startswith("ssh://")

    @property
    def socket_path(self) -> pathlib.Path | None:
        """The path of a Unix socket, None for other addresses."""
        scheme, _, rest = self.url.partition("://")
        return pathlib.Path(rest) if scheme == "unix" else None


class _PingAnswer(enum.IntEnum):
    # In the order in which they say more about what is wrong.
    ACCEPTS = 0
    FORBIDDEN = 1
    CLOSED = 2
    SILENT = 3
    MISSING = 4


_REFUSING: Final = {
    _PingAnswer.FORBIDDEN: RuntimeState.NO_PERMISSION,
    _PingAnswer.CLOSED: RuntimeState.CLOSED_FOLDER,
}


class EndpointFinder:
    """Finds the daemon.

    Args:
        environment: The process environment (DOCKER_HOST, HOME, PATH ...).
        root: Where absolute paths of this computer start; another folder in tests.
        platform: As `sys.platform`.
        open_pipe: Opens a named pipe of Windows and closes it, or raises OSError.
        named_by: Who named the address in DOCKER_HOST, for people.
        is_host: It is a host of the settings; that something answers elsewhere is no advice then.
    """

    def __init__(
        self,
        environment: Mapping[str, str],
        root: pathlib.Path,
        *,
        platform: str = sys.platform,
        open_pipe: Callable[[str], object] = _open_pipe,
        named_by: str = "DOCKER_HOST",
        is_host: bool = False,
    ) -> None:
        self._windows = platform == "win32"
        self._machine = platform in ("win32", "darwin")
        self._is_host = is_host
        self._open_pipe = open_pipe
        self._named_by = named_by
        self._environment = environment
        self._root = root
        self._home = pathlib.Path(
            environment.get("HOME") or environment.get("USERPROFILE") or pathlib.Path.home()
        )

    def find(self) -> Endpoint:
        """Return an address where something accepts connections.

        Raises:
            RuntimeUnavailable: NOT_INSTALLED, NOT_RUNNING, PODMAN_STOPPED, NO_PERMISSION,
                CLOSED_FOLDER or WRONG_CONTEXT; of a host also HOST_AWAY, HOST_DOCKER_STOPPED and
                what Podman has of its own.
        """
        named = self._named()
        if named is None:
            return self._first_known()
        answer = self._try(named)
        if answer is _PingAnswer.ACCEPTS:
            return named
        if answer in _REFUSING:
            raise RuntimeUnavailable(self._refusing(named, answer), _describe(named))
        raise self._nothing_here(named) if self._is_host else self._nothing_at(named)

    def _refusing(self, place: Endpoint, answer: _PingAnswer) -> RuntimeState:
        """Return the state of a place that we may not open."""
        is_podmans = place.url in {one.url for one in self._podman_places()}
        return RuntimeState.PODMAN_FORBIDDEN if is_podmans else _REFUSING[answer]

    def _nothing_here(self, host: Endpoint) -> RuntimeUnavailable:
        """Tell why nothing answers at a host of the settings."""
        if host.url in {place.url for place in self._podman_places()}:
            if self._has(("podman",), _PODMAN_BINARIES):
                return self._podman_stopped(host)
            return RuntimeUnavailable(RuntimeState.PODMAN_MISSING)
        at = f"nothing answers at {_describe(host)}"
        state = RuntimeState.HOST_AWAY if host.host else RuntimeState.HOST_DOCKER_STOPPED
        return RuntimeUnavailable(state, at, target=host.host)

    def _nothing_at(self, named: Endpoint) -> RuntimeUnavailable:
        """Tell a wrong address from a right one whose Docker is just not running."""
        docker, podman = list(self._docker_places()), list(self._podman_places())
        elsewhere = [place for place in docker + podman if self._try(place) is _PingAnswer.ACCEPTS]
        if not elsewhere and named.url in {place.url for place in podman}:
            return self._podman_stopped()
        if not elsewhere and named.url in {place.url for place in docker}:
            return RuntimeUnavailable(
                RuntimeState.NOT_RUNNING, f"nothing answers at {_describe(named)}"
            )
        detail = f"{named.named_by} says {_describe(named)}, where nothing answers"
        if elsewhere:
            detail += f"; Docker answers at {elsewhere[0].shown}"
        return RuntimeUnavailable(RuntimeState.WRONG_CONTEXT, detail)

    def _try(self, endpoint: Endpoint) -> _PingAnswer:
        return _try(endpoint, self._open_pipe)

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
        return Endpoint(url=host, named_by=self._named_by, tls_dir=tls_dir, tls_verify=verify)

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
        answers = {place: self._try(place) for place in self._docker_places()}
        for place, answer in answers.items():
            if answer is _PingAnswer.ACCEPTS:
                return place
        # A link to a socket of Podman's says nothing of Docker, nor does one that leads nowhere.
        docker = {
            place: answer
            for place, answer in answers.items()
            if answer is not _PingAnswer.MISSING and not _is_podmans(place)
        }
        if docker:
            worst = min(docker, key=lambda place: docker[place])
            state = _REFUSING.get(docker[worst], RuntimeState.NOT_RUNNING)
            raise RuntimeUnavailable(state, _describe(worst))
        return self._first_of_podman(answers)

    def _first_of_podman(self, docker: Mapping[Endpoint, _PingAnswer]) -> Endpoint:
        """Return where Podman answers, for want of Docker.

        Args:
            docker: How Docker's places answered; none accepts.
        """
        seen = any(_is_podmans(place) for place in docker)
        for place in self._podman_places():
            answer = self._try(place)
            if answer is _PingAnswer.ACCEPTS:
                return place
            seen |= answer is not _PingAnswer.MISSING
        podman = seen or self._has(("podman",), _PODMAN_BINARIES)
        if self._has_docker():
            too = "Podman is here too, and its service is not started"
            raise RuntimeUnavailable(RuntimeState.NOT_RUNNING, too if podman else "")
        if podman:
            raise self._podman_stopped()
        raise RuntimeUnavailable(RuntimeState.NOT_INSTALLED)

    def _podman_stopped(self, place: Endpoint | None = None) -> RuntimeUnavailable:
        if self._machine:
            return RuntimeUnavailable(RuntimeState.PODMAN_MACHINE)
        if place is not None and place.socket_path == self._root / SYSTEM_PODMAN.lstrip("/"):
            detail = f"it is the system's own: “{SYSTEM_PODMAN_START}” starts it"
            return RuntimeUnavailable(RuntimeState.PODMAN_STOPPED, detail)
        path = self._environment.get("PATH", "")
        by_hand = "" if shutil.which("systemctl", path=path) else "podman system service --time=0"
        return RuntimeUnavailable(
            RuntimeState.PODMAN_STOPPED,
            f"there is no systemctl here: “{by_hand}” starts it" if by_hand else "",
        )

    def _docker_places(self) -> Iterator[Endpoint]:
        """Yield the places a Docker daemon may listen at."""
        if self._windows:
            yield from map(Endpoint.of_pipe, _DOCKER_PIPES)
            return
        places = [self._root / SYSTEM_SOCKET.lstrip("/"), self._run_dir() / "docker.sock"]
        places += self._in_home(_HOME_SOCKETS)
        for name, below in (("COLIMA_HOME", "*"), ("XDG_CONFIG_HOME", "colima/*")):
            if folder := self._environment.get(name, "").strip():
                places += _matching(pathlib.Path(folder), f"{below}/docker.sock")
        for path in dict.fromkeys(places):
            yield Endpoint(url=f"unix://{path}")

    def _podman_places(self) -> Iterator[Endpoint]:
        if self._windows:
            yield from map(Endpoint.of_pipe, _PODMAN_PIPES)
            return
        places = [self._run_dir() / "podman/podman.sock", self._root / SYSTEM_PODMAN.lstrip("/")]
        for path in (*places, *self._in_home(_PODMAN_HOME_SOCKETS)):
            yield Endpoint(url=f"unix://{path}")

    def _in_home(self, patterns: Collection[str]) -> list[pathlib.Path]:
        return [path for pattern in patterns for path in _matching(self._home, pattern)]

    def _run_dir(self) -> pathlib.Path:
        named = self._environment.get("XDG_RUNTIME_DIR", "").strip()
        return pathlib.Path(named) if named else self._root / f"run/user/{_user_id()}"

    def _has_docker(self) -> bool:
        found = self._has(("docker", "dockerd"), _BINARIES)
        if self._windows and (programs := self._environment.get("ProgramFiles", "")):
            found |= (pathlib.Path(programs) / WINDOWS_DESKTOP).exists()
        return found or (self._home / ".docker/desktop").is_dir()

    def _has(self, names: Collection[str], places: Collection[str]) -> bool:
        """Tell whether one of the programs is here; one that only calls Podman is none."""
        path = self._environment.get("PATH", "")
        found = [
            pathlib.Path(program) for name in names if (program := shutil.which(name, path=path))
        ]
        found += [place for name in places if (place := self._root / name.lstrip("/")).exists()]
        is_podman = _PODMAN in names
        return any(is_podman or not _calls_podman(program) for program in found)


def _matching(folder: pathlib.Path, pattern: str) -> list[pathlib.Path]:
    """Return `pattern` in `folder`; one with a star as the files there are now."""
    if "*" not in pattern:
        return [folder / pattern]
    try:
        return sorted(folder.glob(pattern))
    except OSError:
        return []


def _calls_podman(program: pathlib.Path) -> bool:
    """Tell whether a “docker” is the script of the package podman-docker."""
    with contextlib.suppress(OSError), program.open("rb") as file:
        head = file.read(512)
        return head.startswith(b"#!") and _PODMAN.encode() in head
    return False


def _link_target(place: Endpoint) -> str:
    """Return where a socket's path links to, "" when it is no link."""
    path = place.socket_path
    with contextlib.suppress(OSError):
        return str(path.readlink()) if path is not None else ""
    return ""


def _is_podmans(place: Endpoint) -> bool:
    return _PODMAN in _link_target(place)


def _describe(place: Endpoint) -> str:
    """Return the address, and what is unusual about the file there."""
    path, target = place.socket_path, _link_target(place)
    if target:
        return f"{place.shown} (a link to {target})"
    with contextlib.suppress(OSError):
        if path is not None and path.is_dir():
            return f"{place.shown} (a folder, no socket)"
        if path is not None and path.is_file():
            return f"{place.shown} (a file, no socket)"
    return place.shown


def _read_json(path: pathlib.Path) -> dict[str, Any]:
    """Return the object in `path`, empty when it is missing, unreadable or something else."""
    with contextlib.suppress(OSError, ValueError):
        found = json.loads(path.read_text("utf-8"))
        if isinstance(found, dict):
            return found
    return {}


def _try(endpoint: Endpoint, open_pipe: Callable[[str], object]) -> _PingAnswer:
    """Connect to `endpoint` and hang up again."""
    path = endpoint.socket_path
    try:
        if endpoint.pipe is not None:
            _try_pipe(endpoint.pipe, open_pipe)
        elif path is not None:
            _try_socket(path)
        else:
            _try_network(endpoint.url)
    except PermissionError:
        return _PingAnswer.FORBIDDEN if path is None or _may_see(path) else _PingAnswer.CLOSED
    except FileNotFoundError:
        return _PingAnswer.MISSING
    except (OSError, ValueError):
        # A path may be too long for a socket, wherever the home folder is.
        return _PingAnswer.SILENT if path is None or _may_see(path) else _PingAnswer.MISSING
    return _PingAnswer.ACCEPTS


def _try_socket(path: pathlib.Path) -> None:
    if not hasattr(socket, "AF_UNIX"):
        raise FileNotFoundError(path)
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.settimeout(CONNECT_TIMEOUT)
        probe.connect(str(path))


def _try_pipe(path: str, open_pipe: Callable[[str], object]) -> None:
    try:
        open_pipe(path)
    except OSError as exc:
        if getattr(exc, "winerror", None) != _BUSY_PIPE:
            raise


def _may_see(path: pathlib.Path) -> bool:
    """Tell whether `path` is there and can be looked at, whoever may open it."""
    try:
        path.stat()
    except OSError:
        return False
    return True


def _try_network(url: str) -> None:
    parts = urllib.parse.urlsplit(url)
    if parts.scheme == "ssh" and parts.hostname:
        return  # only ssh knows what its configuration makes of the name, and by which way
    default_port = {"https": 2376}.get(parts.scheme, 2375)
    if not parts.hostname:
        raise ValueError(url)
    address = (parts.hostname, parts.port or default_port)
    socket.create_connection(address, CONNECT_TIMEOUT).close()
