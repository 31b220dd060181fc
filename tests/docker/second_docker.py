"""A second Docker, as on another computer: a daemon of its own in a network of its own."""

import contextlib
import os
import pathlib
import secrets
import signal
import socket
import subprocess
import tempfile
from collections.abc import Iterator

import pytest

from tests.docker import images
from tests.e2e.program import wait_until
from tests.needs import need, need_program

# A block for documentation (RFC 5737): nothing else here has it.
HERE, THERE = "198.51.100.1", "198.51.100.2"
NO_TLS = ("--tls=false",)
PORT = 2375
START_SECONDS = 40


class SecondDocker:
    """A running daemon.

    Args:
        places: Our address and that of the computer, in a network of four.
        flags: Further ones of dockerd; with --tlsverify it takes requests with certificates only.

    Attributes:
        url: Where it is asked.
        address: Of the computer.
        folder: What belongs to it.
        client: Options of the docker command to ask it.
    """

    def __init__(
        self,
        folder: pathlib.Path,
        *,
        places: tuple[str, str] = (HERE, THERE),
        flags: tuple[str, ...] = NO_TLS,
    ) -> None:
        self._here, self.address = places
        self.url = f"tcp://{self.address}:{PORT}"
        self.folder = folder
        self.client: tuple[str, ...] = ("-H", self.url)
        self._flags = flags
        self._name = f"acedesk-{secrets.token_hex(3)}"
        self._veth = f"a{self._name[-6:]}"
        self._folder = folder
        self._daemon: subprocess.Popen[bytes] | None = None

    def open(self) -> None:
        """Make the network and start the daemon."""
        veth, peer = self._veth, f"b{self._name[-6:]}"
        _run("ip", "netns", "add", self._name)
        _run("ip", "link", "add", veth, "type", "veth", "peer", "name", peer)
        _run("ip", "link", "set", peer, "netns", self._name)
        _run("ip", "addr", "add", f"{self._here}/30", "dev", veth)
        _run("ip", "link", "set", veth, "up")
        for words in (
            ("link", "set", "lo", "up"),
            ("addr", "add", f"{self.address}/30", "dev", peer),
            ("link", "set", peer, "up"),
            ("route", "add", "default", "via", self._here),
        ):
            _run("ip", "-n", self._name, *words)
        self.start()

    def start(self) -> None:
        """Start the daemon and wait until it answers."""
        self._launch()
        wait_until(self._comes, bool, "the second Docker answers", seconds=START_SECONDS)

    def _launch(self) -> None:
        log = (self._folder / "log").open("ab")
        # Not `ip netns exec`: that would hide the cgroups from it.
        self._daemon = subprocess.Popen(
            [
                *("nsenter", f"--net=/run/netns/{self._name}"),
                *("dockerd", "--data-root", str(self._folder / "data")),
                *("--exec-root", str(self._folder / "exec"), "-p", str(self._folder / "pid")),
                *("-H", self.url, "--storage-driver", "vfs"),
                *self._flags,
            ],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )
        log.close()

    def load(self, image: str) -> None:
        """Give it an image of the Docker that is there anyway."""
        saved = subprocess.run(
            ["docker", "save", image], capture_output=True, check=True, timeout=60
        )
        self.docker("load", data=saved.stdout)

    def docker(self, *arguments: str, data: bytes | None = None) -> str:
        """Run the docker command there."""
        return images.docker(*self.client, *arguments, data=data)

    def run_there(self, *command: str) -> "subprocess.Popen[bytes]":
        """Start a program in its network."""
        inside = ("nsenter", f"--net=/run/netns/{self._name}")
        quiet = subprocess.DEVNULL
        return subprocess.Popen([*inside, *command], stdin=quiet, stdout=quiet, stderr=quiet)

    def ip(self, *words: str) -> None:
        """Change its network."""
        _run("ip", "-n", self._name, *words)

    def join(self, other: "SecondDocker", places: tuple[str, str]) -> None:
        """Lay a cable to another one, so that both find each other under their addresses.

        Args:
            places: Addresses of the ends of the cable, in a network of four.
        """
        ends = f"c{self._name[-6:]}", f"c{other._name[-6:]}"
        _run("ip", "link", "add", ends[0], "type", "veth", "peer", "name", ends[1])
        both = ((self, other), (other, self))
        for one, end, own in zip((self, other), ends, places, strict=True):
            _run("ip", "link", "set", end, "netns", one._name)
            one.ip("addr", "add", f"{own}/30", "dev", end)
            one.ip("link", "set", end, "up")
        for (one, far), way in zip(both, places[::-1], strict=True):
            one.ip("route", "add", f"{far.address}/32", "via", way, "src", one.address)

    def kill(self) -> None:
        """End the daemon at once, as if the computer had lost its power."""
        if self._daemon is not None:
            self.cut()
            self._daemon.kill()
            self._daemon.wait(30)

    def cut(self) -> None:
        """Take the computer off the network."""
        _run("ip", "link", "set", self._veth, "down")

    def mend(self) -> None:
        """Put it on the network again."""
        _run("ip", "link", "set", self._veth, "up")

    def stop(self, number: signal.Signals = signal.SIGTERM) -> None:
        """End the daemon; its containers end with it, or when it starts again after a SIGKILL."""
        if self._daemon is not None:
            self._daemon.send_signal(number)
            self._daemon.wait(30)

    def close(self) -> None:
        """End the daemon and take its network away."""
        with contextlib.suppress(AssertionError):
            left = self.docker("ps", "-aq").split()
            self.docker("rm", "-fv", *left) if left else None
        self.stop()
        _run("ip", "link", "del", self._veth)  # what is left of a container may keep the network
        _run("ip", "netns", "del", self._name)

    def _comes(self) -> bool:
        """Tell whether it answers; one that gave up is started again, as systemd does."""
        if self._daemon is not None and self._daemon.poll() is not None:
            self._launch()
        return self._listens()

    def _listens(self) -> bool:
        """Dockerd listens when it has started all that runs there again."""
        try:
            socket.create_connection((self.address, PORT), 1.0).close()
        except OSError:
            return False
        return True


def _run(*words: str) -> None:
    subprocess.run(words, check=True, capture_output=True, timeout=30)


@contextlib.contextmanager
def opened(
    *, places: tuple[str, str] = (HERE, THERE), flags: tuple[str, ...] = NO_TLS
) -> Iterator[SecondDocker]:
    """Another computer with Docker, as long as it is needed."""
    for program in ("ip", "nsenter", "dockerd"):
        need_program(program)
    need(os.geteuid() == 0, "a network for a second Docker, which needs root")
    images.need_docker()
    # The path of a socket below it must be short, which that of a worker's own folder is not.
    with tempfile.TemporaryDirectory(prefix="docker-", ignore_cleanup_errors=True) as folder:
        made = SecondDocker(pathlib.Path(folder), places=places, flags=flags)
        try:
            made.open()
            yield made
        finally:
            made.close()


@pytest.fixture
def second_docker() -> Iterator[SecondDocker]:
    """Another computer with Docker."""
    with opened() as made:
        yield made
