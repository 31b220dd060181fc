"""Starting a Docker that is installed and does not run: how that is done here, and doing it."""

import os
import pathlib
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from typing import Final

from acedesk.containers.endpoint import WINDOWS_DESKTOP
from acedesk.containers.threads import DaemonThreads
from acedesk.errors import DockerNotStarted
from acedesk.process.child_environment import child_environment
from acedesk.values import frozen_value

# Somebody may have to be asked for a password first.
COMMAND_LIMIT: Final = 180.0

_SYSTEM_UNITS: Final = ("etc/systemd/system", "usr/lib/systemd/system", "lib/systemd/system")
_USER_UNITS: Final = ("etc/systemd/user", "usr/lib/systemd/user", "lib/systemd/user")
_OWN_UNITS: Final = (".config/systemd/user", ".local/share/systemd/user")
# The programs that run Docker on macOS, in the order in which their sockets are looked for.
_MAC_APPLICATIONS: Final = ("Docker", "OrbStack", "Rancher Desktop", "Podman Desktop")
_LONGEST_REASON: Final = 200
# What pkexec answers (its manual page): the question for a password was closed; nobody could be
# asked, or the answer was no.
_PKEXEC_ANSWERS: Final = {
    126: "the password was not given",
    127: "this user may not start services, or nobody could be asked for the password",
}


@frozen_value(kw_only=False)
class StartWay:
    """How Docker is started here.

    Attributes:
        name: What it is called: "Docker Desktop".
        stays: The command is the program itself and goes on for as long as Docker runs.
    """

    name: str
    command: tuple[str, ...]
    stays: bool = False


def find_way(
    environment: Mapping[str, str], root: pathlib.Path, platform: str, *, user_id: int
) -> StartWay | None:
    """Return how Docker can be started, None when AceDesk cannot do it.

    Args:
        root: Where absolute paths of this computer start.
        platform: As `sys.platform`.
        user_id: 0 needs no password.
    """
    if platform == "darwin":
        return _on_mac(root)
    if platform == "win32":
        return _on_windows(environment)
    return next(_on_linux(environment, root, user_id), None)


def _on_mac(root: pathlib.Path) -> StartWay | None:
    for name in _MAC_APPLICATIONS:
        if (root / f"Applications/{name}.app").exists():
            return StartWay(name, ("open", "-g", "-a", name))
    return None


def _on_windows(environment: Mapping[str, str]) -> StartWay | None:
    folder = environment.get("ProgramFiles") or environment.get("PROGRAMFILES")
    program = pathlib.Path(folder) / WINDOWS_DESKTOP if folder else None
    if program is None or not program.exists():
        return None
    return StartWay("Docker Desktop", (str(program),), stays=True)


def _on_linux(
    environment: Mapping[str, str], root: pathlib.Path, user_id: int
) -> Iterator[StartWay]:
    """Yield the ways, best first: what needs no password before what needs one."""
    path = environment.get("PATH", "")
    if not (root / "run/systemd/system").is_dir() or not shutil.which("systemctl", path=path):
        return
    home = pathlib.Path(environment.get("HOME") or pathlib.Path.home())
    own = [root / folder for folder in _USER_UNITS] + [home / folder for folder in _OWN_UNITS]
    system = [root / folder for folder in _SYSTEM_UNITS]
    if _is_in(own, "docker-desktop.service"):
        yield StartWay("Docker Desktop", ("systemctl", "--user", "start", "docker-desktop"))
    if _is_in(own, "docker.service"):
        yield StartWay("Docker", ("systemctl", "--user", "start", "docker"))
    if _is_in(system, "docker.service"):
        # Without pkexec systemctl asks for the password itself, where the desktop has a dialog.
        asking = ("pkexec",) if user_id != 0 and shutil.which("pkexec", path=path) else ()
        yield StartWay("Docker", (*asking, "systemctl", "start", "docker"))
    if _is_in(own, "podman.socket"):
        yield StartWay("Podman", ("systemctl", "--user", "start", "podman.socket"))


def _is_in(folders: list[pathlib.Path], unit: str) -> bool:
    return any((folder / unit).exists() for folder in folders)


def find_way_here() -> StartWay | None:
    """Return how Docker can be started on this computer; see `find_way`."""
    user_id = os.geteuid() if hasattr(os, "geteuid") else 1
    return find_way(os.environ, pathlib.Path("/"), sys.platform, user_id=user_id)


class DockerStarter:
    """Starts Docker on request.

    Args:
        find: Returns how, None when it cannot be done here.
    """

    def __init__(self, find: Callable[[], StartWay | None] = find_way_here) -> None:
        self._find = find
        # Threads that do not keep AceDesk from ending while somebody is asked for a password.
        self._threads = DaemonThreads(1, name="docker-start")

    @property
    def way(self) -> StartWay | None:
        """How Docker can be started here, None when AceDesk cannot do it."""
        return self._find()

    async def start(self) -> None:
        """Tell the system to start Docker; it may not answer yet when this returns.

        Raises:
            DockerNotStarted: It cannot be started from here, or was not.
        """
        way = self._find()
        if way is None:
            raise DockerNotStarted("AceDesk knows no way to start it on this computer")
        await self._threads.call(lambda: _run(way))

    async def close(self) -> None:
        """Wait for nothing: what was begun goes on without us."""
        self._threads.close()


def _run(way: StartWay) -> None:
    """Run the command to its end; one that goes on is left alone."""
    try:
        process = subprocess.Popen(  # noqa: S603 - an argv list of our own, no shell
            way.command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL if way.stays else subprocess.PIPE,
            env=child_environment(),
        )
        if way.stays:
            return
        _, said = process.communicate(timeout=COMMAND_LIMIT)
    except subprocess.TimeoutExpired as exc:  # it is not ended: somebody may still answer
        raise DockerNotStarted(f"{way.name} did not start within {COMMAND_LIMIT:g} s") from exc
    except OSError as exc:
        raise DockerNotStarted(exc.strerror or str(exc)) from exc
    if process.returncode != 0:
        raise DockerNotStarted(_reason(way, process.returncode, said.decode("utf-8", "replace")))


def _reason(way: StartWay, code: int, said: str) -> str:
    if way.command[0] == "pkexec" and code in _PKEXEC_ANSWERS:
        return _PKEXEC_ANSWERS[code]
    lines = said.strip().splitlines()
    return lines[-1][:_LONGEST_REASON] if lines else f"it ended with exit code {code}"
