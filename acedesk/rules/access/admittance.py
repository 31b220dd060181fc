"""What somebody may do here, by address and token."""

import enum

from acedesk.model.access.networks import is_within
from acedesk.model.access.token import Scope


class Verdict(enum.Enum):
    """What becomes of a request.

    NEEDS_TOKEN: it is refused until it has one.  PLAYS_ONLY: who sends it may play, not this.
    """

    OPEN = "open"
    PLAYS_ONLY = "plays_only"
    NEEDS_TOKEN = "needs_token"  # noqa: S105 - a word


def judge(
    *,
    local: bool,
    client: str,
    playing: bool,
    scope: Scope | None,
    open_network: bool,
    allowed: tuple[str, ...],
) -> Verdict:
    """Return what becomes of a request.

    1. This computer may do everything, and so may all where the network is open.
    2. A token opens what its scope says.
    3. Players of an allowed address or network need none; all else does.

    Args:
        client: The address it is from, "" when that is not known.
        playing: It is one that players send.
        scope: That of its token, None without a valid one.
        allowed: Addresses and networks.
    """
    if local or open_network or scope is Scope.ALL:
        return Verdict.OPEN
    if scope is Scope.PLAY or is_within(client, allowed):
        return Verdict.OPEN if playing else Verdict.PLAYS_ONLY
    return Verdict.NEEDS_TOKEN
