"""Where in a stream a client begins."""

import enum
from typing import Final

# How long a client waits for its first keyframe: a broadcast's are at most 10 s apart.
KEYFRAME_WAIT: Final = 10.0
# Without tables after so many bytes the stream has none.
TABLES_WAIT_BYTES: Final = 1024 * 1024
# Players measure a stream before they play it, and wait for each track that its tables declare. One
# that never comes they give up after so much of the stream's time (ffmpeg and what is built on it,
# as mpv: 7 s of a transport stream; measured 2026-11): with it at hand they need not wait.
MEASURED_BY_PLAYERS: Final = 8.0


class Join(enum.Enum):
    """What a client that has no position yet should do."""

    AT_ENTRY = "at the chosen entry"
    AT_EDGE = "the tables, then the newest packets"
    WAIT = "wait for a keyframe or tables"
    ANYWHERE = "take what there is"


def choose_join(
    *,
    has_entry: bool,
    has_tables: bool,
    has_video: bool,
    waited: float,
    received: int,
    live: bool = False,
) -> Join:
    """Return how a client begins.

    An entry wins, unless the client wants the live edge and the tables are known. Without one it
    waits: for a keyframe when video is known, for the tables when nothing is; but not longer than
    `KEYFRAME_WAIT` seconds or, without tables, `TABLES_WAIT_BYTES`.
    """
    if live and has_tables:
        return Join.AT_EDGE
    if has_entry:
        return Join.AT_ENTRY
    if waited >= KEYFRAME_WAIT:
        return Join.ANYWHERE
    if has_tables and has_video:
        return Join.WAIT
    if not has_tables and received < TABLES_WAIT_BYTES:
        return Join.WAIT
    return Join.ANYWHERE


def seconds_back(wished: float | None, *, video_absent: bool) -> float | None:
    """Return how far behind the live edge a new client begins, None at the edge itself.

    Args:
        wished: As the client asked for it.
        video_absent: The tables declare a video that does not come.
    """
    if wished is None or not video_absent:
        return wished
    return max(wished, MEASURED_BY_PLAYERS)
