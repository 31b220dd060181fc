"""When the engines inside the VPN are made anew, and in which order. Pure.

A container that shares another one's network loses it for good when that one is started anew or
made anew. The order is: the VPN's container is healthy, then the engines, one after the other,
then their answers; streams open again on what answers. When the VPN's container is started again
within `DEBOUNCE` seconds after that has begun, the next time waits until they are over, so that a
container that restarts again and again does not make engines end all the time.
"""

import dataclasses
from typing import Final

from acedesk.values import frozen_value

DEBOUNCE: Final = 30.0


@frozen_value
class NodeRun:
    """One run of the VPN's container: another id or start is another network.

    Attributes:
        started: When it was started, in whatever words.
    """

    container: str
    started: str


@frozen_value
class RecoveryState:
    """What is remembered between two looks.

    Attributes:
        run: The run whose network the engines have as far as is known, None before the first.
        port: The forwarded port that the engines were made for, None when it was not known.
        began_at: When engines were last made anew, monotonic, None when never.
    """

    run: NodeRun | None = None
    port: int | None = None
    began_at: float | None = None


@frozen_value
class RecoveryStep:
    """What is to be done now.

    Attributes:
        network_lost: The engines without network are to be made anew.
        port_moved: The engine that had this forwarded port is to be made anew, None for none.
        wait: Look again after so many seconds, None when a change will tell.
    """

    network_lost: bool = False
    port_moved: int | None = None
    wait: float | None = None


def step_recovery(
    state: RecoveryState, run: NodeRun | None, port: int | None, *, healthy: bool, now: float
) -> tuple[RecoveryState, RecoveryStep]:
    """Return what to do after a look at the VPN's container.

    Nothing is done while it is not healthy: what was made then would have no way out.

    Args:
        run: Its present run, None when it does not run.
        port: The port it forwards, None when none is known.
        now: Monotonic.
    """
    if run is None or not healthy:
        return state, RecoveryStep()
    lost = run != state.run
    moved = state.port if port is not None and state.port not in (None, port) else None
    if not lost and moved is None:
        return dataclasses.replace(state, port=port or state.port), RecoveryStep()
    left = 0.0 if state.began_at is None else state.began_at + DEBOUNCE - now
    if left > 0:
        return state, RecoveryStep(wait=min(left, DEBOUNCE))  # a sum of times may be a little more
    known = dataclasses.replace(state, run=run, port=port or state.port)
    return known, RecoveryStep(network_lost=lost, port_moved=moved)


def note_begun(state: RecoveryState, now: float) -> RecoveryState:
    """Return the state after engines have begun to be made anew."""
    return dataclasses.replace(state, began_at=now)
