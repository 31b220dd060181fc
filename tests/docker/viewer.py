"""A viewer of a server: reads a stream as it comes, until the response is over."""

import contextlib
import http.client
import threading
import urllib.parse

from acedesk.demo.channels import channels


class Viewer:
    """Reads in a thread.

    Args:
        channel: Which of the demo's channels.

    Attributes:
        media: Bytes so far.
        ended: The response is over.
    """

    def __init__(self, base_url: str, channel: int = 0) -> None:
        self.media, self.ended = 0, False
        self._content = channels()[channel].id
        address = urllib.parse.urlsplit(base_url)
        self._connection = http.client.HTTPConnection(
            address.hostname or "", address.port, timeout=120
        )
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self) -> None:
        with contextlib.suppress(OSError, http.client.HTTPException, ValueError):
            self._connection.request("GET", f"/ace/getstream?id={self._content}")
            response = self._connection.getresponse()
            while response.status == http.client.OK and (data := response.read1(65536)):
                self.media += len(data)
        self.ended = True

    def close(self) -> None:
        """Leave."""
        self._connection.close()
