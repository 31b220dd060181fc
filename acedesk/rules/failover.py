"""What to do when an engine fails a stream: another engine, the same again, or give up.

At the start at most `START_TRIES` engines are asked, because a dead content is dead on all of them;
a content that an engine refuses is tried on one other. Once the picture ran, every engine is tried
until the time budget is used up: viewers are waiting and something did work a moment ago.
"""

import dataclasses
from typing import Final

from acedesk.errors import EngineError, EngineRefused, EngineTooSlow
from acedesk.rules.retry import switch_delay

START_TRIES: Final = 3
REFUSED_TRIES: Final = 2
# How long viewers are kept while no engine delivers; players give up on silence after 60 s (mpv)
# or later, and null packets keep the others.
SWITCH_BUDGET: Final = 45.0


@dataclasses.dataclass(frozen=True, slots=True)
class Retry:
    """Try again after `delay` seconds; on another engine where there is one."""

    delay: float


@dataclasses.dataclass(frozen=True, slots=True)
class GiveUp:
    """The stream ends."""


def after_start_failure(error: EngineError, *, tries: int, left: float) -> Retry | GiveUp:
    """Decide after a start failed on the `tries`-th engine with `left` seconds of start time."""
    if left <= 0 or tries >= START_TRIES or isinstance(error, EngineTooSlow):
        return GiveUp()
    if isinstance(error, EngineRefused) and tries >= REFUSED_TRIES:
        return GiveUp()
    return Retry(0.0)


def after_stream_failure(*, tries: int, failing_for: float) -> Retry | GiveUp:
    """Decide after a running stream lost its engine, or a replacement failed (`tries` so far)."""
    if failing_for >= SWITCH_BUDGET:
        return GiveUp()
    return Retry(switch_delay(tries))
