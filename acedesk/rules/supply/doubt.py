"""When the engine that carries a stream is doubted, so that another is made ready.

A part of `acedesk.rules.supply.machine`: each function returns the next state. Times are
seconds of the monotonic clock.
"""

import dataclasses
import math
from typing import Final

from acedesk.rules.supply.plan import RECENT
from acedesk.rules.supply.state import Doubt, DoubtReason, Limits, Resumed, SupplyState

# A stream that has played for this long is known well enough for an early doubt.
KNOWN_AFTER: Final = 5.0
EARLIEST_DOUBT: Final = 0.7
# A silence is doubted when it is longer than the usual ones by this factor.
UNUSUAL: Final = 1.5
# When an engine in doubt goes on, the second engine is kept for so many seconds more.
DOUBT_HOLD: Final = 10.0
# After a doubt because a stream was slow there is no such doubt for so long: at first, and at most.
SLOW_PAUSE: Final = 20.0
LONGEST_SLOW_PAUSE: Final = 640.0


def doubt_after(state: SupplyState, limits: Limits, now: float) -> float:
    """Return after how many seconds of silence the lead is doubted; infinite for never."""
    if limits.standby_after <= 0 or state.first_at is None:
        return math.inf
    known = now - state.first_at >= KNOWN_AFTER
    steady = min(limits.standby_after, EARLIEST_DOUBT) if known else limits.standby_after
    return max(steady, UNUSUAL * state.rhythm.usual)


def stall_after(state: SupplyState, limits: Limits) -> float:
    """Return after how many seconds without a packet an engine is given up."""
    return limits.stall + state.rhythm.usual


def begin(state: SupplyState, reason: DoubtReason, silent_since: float, now: float) -> SupplyState:
    """Doubt the lead; nothing changes without a lead, or if it is doubted for this already."""
    if state.lead is None or state.doubt_reason is reason:
        return state
    doubt = Doubt(reason=reason, well_since=now, silent_since=silent_since)
    return dataclasses.replace(state, doubt=doubt, retry_at=now)


def slow(state: SupplyState, last_at: float, now: float) -> SupplyState:
    """Note that the stream falls behind; the pause before the next such doubt doubles."""
    doubt = state.doubt
    if doubt is not None and doubt.reason is DoubtReason.SLOW:
        return dataclasses.replace(state, doubt=dataclasses.replace(doubt, well_since=now))
    if doubt is not None or now < state.slow_after:
        return state
    pause = min(max(SLOW_PAUSE, 2 * state.slow_pause), LONGEST_SLOW_PAUSE)
    state = dataclasses.replace(state, slow_pause=pause, slow_after=now + pause)
    return begin(state, DoubtReason.SLOW, last_at, now)


def no_picture(state: SupplyState, last_at: float, now: float) -> SupplyState:
    """Note that the declared video does not come; another engine is tried for it once."""
    if state.picture_tried or state.lead is None or state.doubt is not None:
        return state
    tried = dataclasses.replace(state, picture_tried=True)
    return begin(tried, DoubtReason.NO_PICTURE, last_at, now)


def resumed(state: SupplyState, event: Resumed, now: float) -> SupplyState:
    """Take in that packets came after a silence."""
    rhythm = state.rhythm.resumed(event.silence, sessions=event.sessions)
    doubt = state.doubt
    if doubt is not None and not event.from_lead:
        bridged = max(doubt.bridged, event.silence.length)
        doubt = dataclasses.replace(doubt, bridged=bridged, well_since=now)
    elif doubt is not None and event.silence.length > _recent(state):
        doubt = dataclasses.replace(doubt, well_since=now)
    return dataclasses.replace(state, rhythm=rhythm, doubt=doubt)


def look(state: SupplyState, lead_last_at: float | None, now: float) -> SupplyState:
    """End a doubt when the lead has worked well for long enough."""
    doubt = state.doubt
    if doubt is None:
        return state
    silent = lead_last_at is not None and now - lead_last_at > _recent(state)
    if doubt.reason is DoubtReason.SILENT and silent:
        return dataclasses.replace(state, doubt=dataclasses.replace(doubt, well_since=now))
    if now >= doubt.well_since + DOUBT_HOLD:
        return dataclasses.replace(state, doubt=None)
    return state


def _recent(state: SupplyState) -> float:
    return max(RECENT, UNUSUAL * state.rhythm.usual)
