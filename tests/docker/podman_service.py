"""Podman with a folder of its own, as root or as a user, and its service."""

import contextlib
import os
import pathlib
import pwd
import shutil
import signal
import subprocess
from collections.abc import Iterator

from tests.docker import images
from tests.e2e.program import wait_until
from tests.needs import need, need_program

# A container on this machine may not raise limits, nor mix versions of cgroups: as little is asked
# of the host as can be.
_CONFIG = """\
[containers]
default_ulimits=["nofile=1024:1024","nproc=1024:1024"]
[engine]
runtime="runc"
"""
USER = "acedesk-podman"


class PodmanService:
    """Podman, whose service is started and stopped; containers outlive it.

    Args:
        user: Who runs it, "" for root.
    """

    def __init__(self, folder: pathlib.Path, user: str = "") -> None:
        need_program("podman")
        self._folder = folder
        self._user = pwd.getpwnam(user) if user else None
        (folder / "containers.conf").write_text(_CONFIG)
        self.socket = folder / "run/podman/podman.sock"
        self.socket.parent.mkdir(parents=True)
        self._own(folder)
        self._service: subprocess.Popen[bytes] | None = None

    def _own(self, folder: pathlib.Path) -> None:
        if self._user is None:
            return
        for place in (folder, *folder.rglob("*")):
            os.chown(place, self._user.pw_uid, self._user.pw_gid)

    def _command(self, *words: str) -> list[str]:
        home = self._folder
        environ = [f"HOME={home}", f"XDG_RUNTIME_DIR={home}/run", f"PATH={os.environ['PATH']}"]
        environ.append(f"CONTAINERS_CONF={home}/containers.conf")
        places = [] if self._user else ["--root", f"{home}/data", "--runroot", f"{home}/state"]
        podman = ["env", "-i", *environ, "podman", *places, *words]
        if self._user is None:
            return podman
        ids = (f"--reuid={self._user.pw_uid}", f"--regid={self._user.pw_gid}", "--clear-groups")
        # Where udev has not opened the device for tunnels to everybody, a copy of it stands there.
        shared = f"mknod {home}/tun c 10 200 2>/dev/null; chmod 666 {home}/tun; "
        shared += f'mount --bind {home}/tun /dev/net/tun; mount --make-rshared /; exec "$@"'
        return ["unshare", "-m", "sh", "-c", shared, "sh", "setpriv", *ids, *podman]

    def load(self, image: str) -> None:
        """Give it an image of Docker's."""
        saved = subprocess.run(
            ["docker", "save", image], capture_output=True, check=True, timeout=60
        )
        subprocess.run(
            self._command("load"), input=saved.stdout, check=True, timeout=120, cwd=self._folder
        )

    def start(self) -> None:
        """Start the service and wait until it listens."""
        command = self._command("system", "service", "--time=0", f"unix://{self.socket}")
        with (self._folder / "log").open("ab") as log:
            self._service = subprocess.Popen(
                command, stdout=log, stderr=log, cwd=self._folder, start_new_session=True
            )
        wait_until(self.socket.exists, bool, "Podman listens", seconds=40)

    def stop(self) -> None:
        """End the service; its containers go on."""
        if self._service is not None:
            # A user's Podman starts itself once more, in a name space of its own.
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._service.pid, signal.SIGTERM)
            self._service.wait(20)
        self.socket.unlink(missing_ok=True)

    def close(self) -> None:
        """Remove all that is there."""
        self.stop()
        for words in (("rm", "-fa"), ("system", "reset", "-f")):
            command = self._command(*words)
            subprocess.run(command, cwd=self._folder, check=False, timeout=120)
        shutil.rmtree(self._folder, ignore_errors=True)


@contextlib.contextmanager
def podman(user: str = "") -> Iterator[PodmanService]:
    """Podman, with its service started; its paths are short, for a socket's must be."""
    need(os.geteuid() == 0, "Podman is tried as root")
    images.need_docker()
    folder = pathlib.Path(f"/var/tmp/acedesk-{user or 'root'}-{os.getpid()}")
    folder.mkdir()
    made = PodmanService(folder, user)
    try:
        made.start()
        yield made
    finally:
        made.close()
