"""HTTP through ssh, for the library that asks Docker: each connection is a run of ssh."""

from http.client import HTTPException
from typing import Any, Final

import urllib3
from urllib3.connection import HTTPConnection

from acedesk.containers.ssh.address import SshAddress
from acedesk.containers.ssh.tunnel import SshTunnel

# Kept open; more may be open at once.
KEPT: Final = 4


class SshConnection(HTTPConnection):
    """One connection.

    Args:
        to: Where ssh leads.
        seconds: All that a call may take.
    """

    def __init__(self, *args: Any, to: SshAddress, seconds: float, **options: Any) -> None:
        super().__init__(*args, **options)
        self._to = to
        self._seconds = seconds
        self._ssh: SshTunnel | None = None

    def connect(self) -> None:
        """Start ssh; whether it gets there is known with the first answer.

        Raises:
            SshFailed: There is no ssh here.
        """
        self._ssh = SshTunnel(self._to, self._seconds)
        self.sock = self._ssh.socket
        self.sock.settimeout(self._seconds)

    def getresponse(self) -> Any:
        """Return the answer.

        Raises:
            SshFailed: Ssh hung up instead.
        """
        try:
            return super().getresponse()
        except (HTTPException, ConnectionError) as exc:
            if self._ssh is None:
                raise
            raise self._ssh.failure() from exc


class SshPool(urllib3.HTTPConnectionPool):
    """The connections to one Docker.

    Args:
        seconds: All that a call may take.
    """

    ConnectionCls = SshConnection

    def __init__(self, url: str, seconds: float) -> None:
        to = SshAddress.parse(url)
        super().__init__("docker", timeout=seconds, maxsize=KEPT, to=to, seconds=seconds)
