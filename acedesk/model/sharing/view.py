"""The other AceDesks and the Redis between them, as windows, API and `acedesk status` show them."""

import datetime

from acedesk.errors import AceDeskError
from acedesk.values import frozen_value


@frozen_value
class OtherProxyView:
    """Another AceDesk, as it told of itself.

    Attributes:
        name: Of its computer, "" when it did not tell.
        host, port: Where it is reached.
        version: Of the program, "" when it did not tell.
        streams: Streams and files that it plays.
        viewers: Players connected to it.
        taken: How many of the contents that play here are taken from it.
    """

    id: str
    name: str
    host: str
    port: int
    version: str = ""
    streams: int = 0
    viewers: int = 0
    taken: int = 0


@frozen_value
class SharingView:
    """How this AceDesk works together with others.

    Attributes:
        is_up: Redis answered when it was asked last.
        error: Why it cannot be used, None while it can and before it was asked.
        since: When it was first seen as it is now, None before it was asked.
        others: Those that told of themselves within the last seconds; none while Redis is away.
    """

    is_up: bool = False
    error: AceDeskError | None = None
    since: datetime.datetime | None = None
    others: tuple[OtherProxyView, ...] = ()
