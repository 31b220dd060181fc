"""Rules of provisions: names, steps, limits, and how long a result is shown."""

import dataclasses
import itertools
from collections.abc import Collection
from typing import Final

from acedesk.errors import ContainerError
from acedesk.model.engine import UNASKED, ProvisionState, Purpose, Step, StepName, StepState

# At most so many times as many as are made at once may be under way, so that a program that asks
# again and again cannot pile up work.
UNDER_WAY_FACTOR: Final = 2
# Seconds until a refused program may ask again: engines are removed after minutes.
FULL_RETRY: Final = 60.0
# A client that gave up waiting tries again within seconds.
REPEATED_WITHIN: Final = 10.0

# How long the result of a provision stays in the list: long enough to be read. A failure stays
# until it is dismissed, but no more than these.
KEEP_ENDED: Final = 30.0
KEEP_FAILED: Final = 10

# Seconds between the end of an engine and the reading of its log: two threads of Docker write the
# two outputs into it, and the last line may come after the container was seen to have ended.
LOG_DELAY: Final = 0.5
# Characters of an engine's log an error may carry: two lines of a window.
LONGEST_WORDS: Final = 240


def next_name(taken: Collection[str]) -> str:
    """Return the first of engine-1, engine-2 ... that is not taken."""
    used = frozenset(taken)
    return next(name for number in itertools.count(1) if (name := f"engine-{number}") not in used)


def waiting_steps(*, has_image: bool) -> tuple[Step, ...]:
    """Return the steps of a new provision; backends without images have no PULL."""
    names = [name for name in StepName if has_image or name is not StepName.PULL]
    return tuple(Step(name=name, state=StepState.WAITING) for name in names)


def put_step(steps: tuple[Step, ...], step: Step) -> tuple[Step, ...]:
    """Return `steps` with `step` in its place; a step not planned for is put in order."""
    order = tuple(StepName)
    kept = [old for old in steps if old.name is not step.name]
    return tuple(sorted([*kept, step], key=lambda one: order.index(one.name)))


def fail_steps(steps: tuple[Step, ...]) -> tuple[Step, ...]:
    """Return `steps` with the running one failed, or the first waiting one if none runs."""
    for wanted in (StepState.RUNNING, StepState.WAITING):
        for step in steps:
            if step.state is wanted:
                return put_step(steps, dataclasses.replace(step, state=StepState.FAILED))
    return steps


def last_words(log: str) -> str:
    """Return the end of an engine's log in one line, "" when it said nothing.

    Five lines, because the two outputs of a container may come in the wrong order.
    """
    lines = [line.strip() for line in log.splitlines() if line.strip()]
    return " / ".join(lines[-5:])[-LONGEST_WORDS:]


def ended_at_once(operation: str, exit_code: int | None, log: str) -> ContainerError:
    """Return what is said of an engine that ended while it was started.

    Args:
        log: What it wrote; its end belongs to the details, not into a sentence.
    """
    reason = f"the engine ended at once with exit code {exit_code}"
    said = last_words(log)
    return ContainerError(
        operation, f"{reason}; it last said: {said}" if said else reason, reason=reason
    )


def is_repeated(coming: bool, made: bool, age: float) -> bool:
    """Tell whether the same request again is the same provision.

    A failed or cancelled one is not: who asks again wants another try.

    Args:
        coming: It is under way.
        made: Its engine was made and is there.
        age: Seconds since it ended.
    """
    return coming or (made and age < REPEATED_WITHIN)


def start_delay(last_started_at: float | None, now: float, interval: float) -> float:
    """Return how many seconds the next provision must wait to be `interval` after the last."""
    if last_started_at is None:
        return 0.0
    return max(0.0, last_started_at + interval - now)


def is_expired(
    state: ProvisionState, ended_at: float | None, now: float, *, purpose: Purpose = Purpose.HAND
) -> bool:
    """Tell whether the result of a provision has been shown for long enough.

    What AceDesk tried by itself is tried again: its failures are shown no longer than successes.
    """
    if ended_at is None or state is ProvisionState.RUNNING:
        return False
    if state is ProvisionState.FAILED and purpose not in UNASKED:
        return False
    return now - ended_at >= KEEP_ENDED
