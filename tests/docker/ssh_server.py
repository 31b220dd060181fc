"""An ssh server with keys of its own, and an ssh command that uses no others."""

import pathlib
import subprocess
from collections.abc import Callable

from tests.e2e.program import wait_until
from tests.needs import need_program

SSHD = "/usr/sbin/sshd"
_CONFIG = """\
Port {port}
ListenAddress {address}
HostKey {folder}/host_key
AuthorizedKeysFile {folder}/authorized
StrictModes no
UsePAM no
PasswordAuthentication no
PermitRootLogin yes
PidFile none
SetEnv DOCKER_HOST={docker}
"""
# “nas” is a name that only ssh's configuration knows.
_CLIENT = """\
Host nas
  HostName {address}
  Port {port}
Host *
  User root
  IdentityFile {folder}/key
  IdentitiesOnly yes
  UserKnownHostsFile {folder}/known
  GlobalKnownHostsFile /dev/null
"""


class SshServer:
    """A server that runs while it is open.

    Args:
        docker: Where Docker's command on that computer finds Docker.
        start: Starts a program on that computer.
        port: Where it listens.

    Attributes:
        path: A folder with the ssh command; it goes first in PATH.
    """

    def __init__(
        self,
        folder: pathlib.Path,
        address: str,
        docker: str,
        start: Callable[..., "subprocess.Popen[bytes]"] = subprocess.Popen,
        port: int = 22,
    ) -> None:
        need_program("ssh")
        need_program(SSHD)
        self.path = folder / "bin"
        self.path.mkdir(parents=True)
        self._folder = folder
        self._address, self._port = address, port
        for name in ("host_key", "key", "other_key"):
            made = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(folder / name)]
            subprocess.run(made, check=True, timeout=30)
        facts = {"folder": folder, "address": address, "port": port, "docker": docker}
        (folder / "sshd_config").write_text(_CONFIG.format(**facts))
        (folder / "config").write_text(_CLIENT.format(**facts))
        (self.path / "ssh").write_text(f'#!/bin/sh\nexec /usr/bin/ssh -F {folder}/config "$@"\n')
        (self.path / "ssh").chmod(0o755)
        self.take_key()
        pathlib.Path("/run/sshd").mkdir(exist_ok=True)
        command = (SSHD, "-D", "-f", str(folder / "sshd_config"), "-E", str(folder / "log"))
        self._server = start(*command)

    def await_answer(self) -> None:
        """Wait until it answers."""
        wait_until(self.learn_host, bool, "the ssh server answers", seconds=20)

    def learn_host(self) -> bool:
        """Take its key for known; tell whether it answered."""
        asked = ["ssh-keyscan", "-T", "2", "-p", str(self._port), self._address]
        told = subprocess.run(asked, capture_output=True, timeout=30, check=False).stdout
        (self._folder / "known").write_bytes(told)
        return bool(told)

    def forget_host(self) -> None:
        """Know no key of it."""
        (self._folder / "known").write_text("")

    def expect_other_host(self) -> None:
        """Know another key under its name."""
        kind, key, _ = (self._folder / "other_key.pub").read_text().split()
        name = self._address if self._port == 22 else f"[{self._address}]:{self._port}"
        (self._folder / "known").write_text(f"{name} {kind} {key}\n")

    def take_key(self) -> None:
        """Let our key in."""
        (self._folder / "authorized").write_text((self._folder / "key.pub").read_text())

    def refuse_key(self) -> None:
        """Let nobody in."""
        (self._folder / "authorized").write_text("")

    def end_sessions(self) -> None:
        """End the connections that are open; it takes new ones."""
        of = ["pkill", "-P", str(self._server.pid)]
        subprocess.run(of, check=False, timeout=20)

    def close(self) -> None:
        """End it; sessions end with who uses them."""
        self._server.terminate()
        self._server.wait(20)
