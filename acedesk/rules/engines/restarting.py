"""Whether an engine of ours that died is started again, and when. Pure; times are seconds."""

from typing import Final

from acedesk.errors import AceDeskError, EngineStopped
from acedesk.model.engine import ENDED, EngineHealth
from acedesk.values import frozen_value

# Before each start: the first comes at once, but not before Docker's own restart of a container
# could be seen. Three, as a crash loop must not go on for ever.
DELAYS: Final = (0.3, 2.0, 5.0)
# An engine that lived for so long since it was started again is well: its tries count no more.
WELL_AFTER: Final = 60.0
# How long a start waits for a Docker that is away, as when it is restarted itself.
DOCKER_AWAY: Final = 120.0

UNKNOWN_CAUSE: Final = "it has ended"
# Said of an engine that nobody used and somebody stopped: Docker itself leaves it so, too. A Docker
# that is ended stops its containers first, and tells nobody why.
STOPPED_BY_HAND: Final = "it was stopped in Docker or together with it, and no stream was on it"


@frozen_value
class Tries:
    """How often an engine was started again, and when last."""

    count: int
    last_at: float


def has_died(before: EngineHealth | None, after: EngineHealth) -> bool:
    """Tell whether an engine that ran has ended; one that is met ended did not die now."""
    return after in ENDED and before is not None and before not in ENDED


def next_try(tries: Tries | None, now: float) -> Tries | None:
    """Return the tries with one more that begins now, None when there were enough."""
    if tries is None or now - tries.last_at >= WELL_AFTER:
        return Tries(count=1, last_at=now)
    if tries.count >= len(DELAYS):
        return None
    return Tries(count=tries.count + 1, last_at=now)


def delay(tries: Tries) -> float:
    """Return how long to wait before this try."""
    return DELAYS[tries.count - 1]


def describe_try(cause: str, tries: Tries) -> EngineStopped:
    """Return what is said of an engine that is being started again."""
    which = f" (try {tries.count} of {len(DELAYS)})" if tries.count > 1 else ""
    return EngineStopped(f"{cause}; it is being started again{which}", cause=cause)


def describe_end(cause: str) -> EngineStopped:
    """Return what is said of an engine that stays down."""
    said = f"{cause}; it was started again {len(DELAYS)} times in vain and stays down now"
    return EngineStopped(said, cause=cause)


def cause_of(error: AceDeskError | None) -> str:
    """Return why an engine died, as part of a sentence, whatever is said of it besides."""
    if isinstance(error, EngineStopped):
        return error.cause or UNKNOWN_CAUSE
    return (error.detail if error is not None else "") or UNKNOWN_CAUSE
