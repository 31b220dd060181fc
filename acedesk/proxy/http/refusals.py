"""Logs and notes refused requests, because players do not show why a request was refused."""

import logging
from collections import OrderedDict
from collections.abc import Callable
from typing import Final

from aiohttp import web

from acedesk import clock
from acedesk.errors import AceDeskError, BadRequest, Busy, BusyReason, Forbidden, LoopingStream
from acedesk.formats.getstream import SELECTORS
from acedesk.formats.text import clean_text
from acedesk.formats.user_agent import player_name
from acedesk.model.event import EventKind, Note, note_nothing
from acedesk.words.errors import explain

logger = logging.getLogger(__name__)

# Seconds until the same refusal is noted again: players try again every few seconds.
AGAIN: Final = 60.0
# Refusals remembered; a household has fewer players.
REMEMBERED: Final = 100
LONGEST_ASKED: Final = 120

# Other errors are shown with their stream in the window; with these there is no stream.
_REFUSED: Final = (BadRequest, Forbidden, LoopingStream, Busy)
# Not refused: the player is asked to come back in a moment.
_LATER: Final = frozenset({BusyReason.STARTING, BusyReason.BUFFERING, BusyReason.SHUTTING_DOWN})


class Refusals:
    """Notes and logs refused requests; the same one only once within `AGAIN` seconds."""

    def __init__(
        self, note: Note = note_nothing, monotonic: Callable[[], float] = clock.monotonic
    ) -> None:
        self._note = note
        self._monotonic = monotonic
        self._noted_at: OrderedDict[tuple[str, str, str], float] = OrderedDict()

    def tell(self, request: web.Request, error: AceDeskError) -> None:
        """Note a request that ends with this error, if that is a refusal."""
        if not isinstance(error, _REFUSED):
            return
        if isinstance(error, Busy) and error.reason in _LATER:
            return
        address, asked = request.remote or "", _asked(request)
        if not self._is_new((address, asked, error.code)):
            return
        player = player_name(clean_text(request.headers.get("User-Agent", ""), 400))
        why = explain(error).line
        logger.warning(
            "refused a request of %s at %s (%s): %s",
            player or "a player",
            address,
            asked or "without an id",
            why,
        )
        self._note(
            EventKind.REQUEST_REFUSED,
            address,
            cause=error.code,
            player=player,
            asked=asked,
            why=why,
        )

    def _is_new(self, what: tuple[str, str, str]) -> bool:
        now = self._monotonic()
        noted_at = self._noted_at.get(what)
        if noted_at is not None and now - noted_at < AGAIN:
            return False
        self._noted_at[what] = now
        self._noted_at.move_to_end(what)
        while len(self._noted_at) > REMEMBERED:
            self._noted_at.popitem(last=False)
        return True


def _asked(request: web.Request) -> str:
    """Return the selectors of the request; other parameters may be somebody's secrets."""
    pairs = (
        f"{name}={value}"
        for name, value in request.query.items()
        if name.strip().lower() in SELECTORS
    )
    return clean_text("&".join(pairs), LONGEST_ASKED)
