"""An address as ssh://user@host:port, and the command that leads there."""

import re
import shlex
import subprocess
from typing import Final, Self
from urllib.parse import unquote, urlsplit

from acedesk.process.child_environment import child_environment
from acedesk.values import frozen_value

PROGRAM: Final = "ssh"
# A connection that is dead is noticed after three of these, in seconds.
ALIVE_INTERVAL: Final = 5
# Reading the user's configuration takes milliseconds, unless that starts programs itself.
CONFIG_LIMIT: Final = 5.0
# Windows would show a console for a moment.
NO_WINDOW: Final = getattr(subprocess, "CREATE_NO_WINDOW", 0)

_HOST_NAME: Final = re.compile(r"^hostname (\S+)$", re.MULTILINE)


@frozen_value
class SshAddress:
    """Where ssh leads.

    Attributes:
        host: As it is written, for it may be a name that only ssh's configuration knows.
        user, port: Empty and None where ssh's configuration says them.
        socket: The path of the socket there, "" for what Docker's command uses there.
    """

    host: str
    user: str = ""
    port: int | None = None
    socket: str = ""

    @classmethod
    def parse(cls, url: str) -> Self:
        """Return what a URL says; a password in it is left out: ssh takes none."""
        parts = urlsplit(url)
        place = parts.netloc.rpartition("@")[2]  # `hostname` would be in small letters
        host = place[1:].partition("]")[0] if place.startswith("[") else place.partition(":")[0]
        path = "" if parts.path == "/" else unquote(parts.path)
        return cls(host=host, user=unquote(parts.username or ""), port=parts.port, socket=path)

    @property
    def options(self) -> tuple[str, ...]:
        """User and port as options of ssh."""
        user = ("-l", self.user) if self.user else ()
        return (*user, *(("-p", str(self.port)) if self.port else ()))

    @property
    def by_hand(self) -> str:
        """What a person types behind “ssh” to get there."""
        port = f"-p {self.port} " if self.port else ""
        return f"{port}{self.user}{'@' if self.user else ''}{self.host}"

    @property
    def remote_command(self) -> str:
        """What joins a connection to Docker's socket there; that of Podman has its own command."""
        if not self.socket:
            return "docker system dial-stdio"
        at = shlex.quote(f"unix://{self.socket}")
        if "podman" in self.socket:
            return f"podman --url {at} system dial-stdio"
        return f"docker --host {at} system dial-stdio"

    def command(self, timeout: float) -> list[str]:
        """Return the command that leads there; it asks nobody anything.

        Args:
            timeout: Seconds that all of a call may take; connecting gets half of them.
        """
        options = {
            "BatchMode": "yes",
            "ConnectTimeout": max(1, round(timeout / 2)),
            "ServerAliveInterval": ALIVE_INTERVAL,
            "ServerAliveCountMax": 3,
        }
        words = [word for name, value in options.items() for word in ("-o", f"{name}={value}")]
        return [PROGRAM, "-T", *words, *self.options, "--", self.host, self.remote_command]


def real_host(url: str) -> str:
    """Return the host that ssh's configuration means: engines there are not reached by ssh.

    It is the one that is written where ssh is missing or says nothing.
    """
    address = SshAddress.parse(url)
    try:
        told = subprocess.run(  # noqa: S603
            [PROGRAM, "-G", *address.options, "--", address.host],
            env=child_environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=CONFIG_LIMIT,
            check=False,
            creationflags=NO_WINDOW,
        )
    except (OSError, subprocess.SubprocessError):
        return address.host
    found = _HOST_NAME.search(told.stdout)
    return found[1] if found is not None else address.host
