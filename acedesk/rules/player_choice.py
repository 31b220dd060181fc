"""What Play does about a player, and when one is left alone because it plays already.

The player the user chose opens. Nothing was chosen: a command of the user's own opens, because it
was given to be used; else the best player there is is suggested, once. A chosen player that is not
there any more is not replaced in silence.
"""

import enum
from collections.abc import Sequence
from typing import Final

from acedesk.model.player import COMMAND_PLAYER, Player
from acedesk.values import frozen_value

# A player that was opened so many seconds ago may not have asked for the stream yet: VLC takes
# 3 s to its first request on a cold disk (measured 2026-11).
OPENING: Final = 10.0
# A player that hands the address to its running window ends at once; the same key pressed twice
# would hand it over twice.
SAME_PRESS: Final = 1.5


class Answer(enum.Enum):
    """What Play does about a player.

    OPEN: it opens one.  COPY: it copies the address.
    ASK: it suggests one.  MISSING: the chosen one is not there.  NONE: there is none at all.
    """

    OPEN = "open"
    COPY = "copy"
    ASK = "ask"
    MISSING = "missing"
    NONE = "none"


@frozen_value(kw_only=False)
class PlayerChoice:
    """The answer, with the player to open or to suggest, None where there is none."""

    answer: Answer
    player: Player | None = None


def choose_player(found: Sequence[Player], *, action: str, wanted: str) -> PlayerChoice:
    """Return what Play does.

    Args:
        found: The players of this computer, best first.
        action: The setting `play_action`.
        wanted: The setting `default_player`.
    """
    if action == "copy":
        return PlayerChoice(Answer.COPY)
    by_id = {player.id: player for player in found}
    chosen = by_id.get(wanted or COMMAND_PLAYER)
    if chosen is not None:
        return PlayerChoice(Answer.OPEN, chosen)
    suggested = found[0] if found else None
    if wanted:
        return PlayerChoice(Answer.MISSING, suggested)
    return PlayerChoice(Answer.ASK if found else Answer.NONE, suggested)


def sort_players(found: Sequence[Player], wanted: str) -> tuple[Player, ...]:
    """Return the players as they are offered: the chosen one first."""
    return tuple(sorted(found, key=lambda player: player.id != (wanted or COMMAND_PLAYER)))


def plays_already(*, opened_ago: float | None, runs: bool, watched: bool) -> bool:
    """Tell whether another Play of the same stream opens nothing.

    A player that runs and does not read the stream (VLC after its end) is opened again.

    Args:
        opened_ago: Seconds since we opened one for this stream, None when we did not.
        runs: That player's process is there.
        watched: A player on this computer reads the stream.
    """
    if opened_ago is None:
        return False
    return opened_ago < SAME_PRESS or (runs and (watched or opened_ago < OPENING))
