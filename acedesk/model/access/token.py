"""A device's token, as it is shown; the secret itself is seen once, by who made it."""

import dataclasses
import datetime
import enum

from acedesk.values import frozen_value


class Scope(enum.Enum):
    """What a token opens.

    PLAY: what players ask.  ALL: the API too, but never the tokens themselves.
    """

    PLAY = "play"
    ALL = "all"


@frozen_value
class AccessToken:
    """One device, or one program, that may use AceDesk from the network.

    Attributes:
        id: 8 hex digits; names it in requests.
        shared: The one in addresses that are copied in AceDesk; revoked, another is made.
        last_used_time: None before the first use.
        last_address: The address it was last used from, "" before.
        last_what: The program and what it asked for: "Kodi 21.0: /ace/getstream"; not trusted.
    """

    id: str
    name: str
    scope: Scope
    created_time: datetime.datetime
    shared: bool = False
    last_used_time: datetime.datetime | None = None
    last_address: str = ""
    last_what: str = ""


@frozen_value
class NewToken:
    """A token that was just made.

    Attributes:
        secret: Shown now and never again.
        address: What a player URL of that device begins with: "http://192.168.1.5:8080/t/SECRET".
    """

    token: AccessToken
    secret: str = dataclasses.field(repr=False)
    address: str = dataclasses.field(repr=False)
