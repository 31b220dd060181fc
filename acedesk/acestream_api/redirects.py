"""The one follower of engines' redirects: only within the engine that sent them."""

from typing import Final
from urllib.parse import urljoin, urlsplit

from acedesk.acestream_api.request_head import ascii_name
from acedesk.errors import EngineAnswerInvalid
from acedesk.formats.http_head import ResponseHead
from acedesk.model.host import is_loopback

# Engine 3.2.3 redirects twice before it delivers (/ace/r -> /content -> body).
MOST_REDIRECTS: Final = 4

_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})


class RedirectFollower:
    """Where a request goes next; one for each request.

    Attributes:
        url: What is to be asked now.
    """

    def __init__(self, url: str, *, most: int = MOST_REDIRECTS) -> None:
        self.url = url
        self._most = most
        self._followed = 0

    def follow(self, head: ResponseHead) -> bool:
        """Go where an answer leads; return False when it leads nowhere, so that it is the answer.

        Raises:
            EngineAnswerInvalid: It leads to another place or no address, or there were too many.
        """
        if head.status not in _REDIRECTS or not head.location:
            return False
        if self._followed >= self._most:
            raise EngineAnswerInvalid("it redirects in circles")
        self.url = redirected(self.url, head.location)
        self._followed += 1
        return True


def redirected(url: str, location: str) -> str:
    """Return where a redirect leads, as long as that is the engine that sent it.

    Raises:
        EngineAnswerInvalid: It is another place, or no address.
    """
    asked = urlsplit(url)
    try:
        target = urlsplit(urljoin(url, location))
        leaves_engine = target.scheme != "http" or target.port != asked.port
        # Engines repeat the Host header, where a name is in ASCII.
        hosts = {ascii_name(asked.hostname or ""), ascii_name(target.hostname or "")}
    except ValueError as exc:
        raise EngineAnswerInvalid("the engine redirects to another place") from exc
    if not location or leaves_engine or not (len(hosts) == 1 or all(map(is_loopback, hosts))):
        raise EngineAnswerInvalid("the engine redirects to another place")
    # Engines name themselves 127.0.0.1; the address that was asked is the one that works.
    return target._replace(netloc=asked.netloc, fragment="").geturl()
