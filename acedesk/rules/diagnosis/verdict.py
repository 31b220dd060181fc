"""Why is it buffering? One cause, for one sentence and one action. Pure.

First the symptom is found, then its cause. The symptom is one of: the stream starts, it changes
its engine, sound comes without the picture, too little comes in, or a client gets too little. Only
what can explain the symptom is asked, so a busy processor is no cause while the picture runs.

When too little comes in, the links are asked in this order, because a fault in one disturbs those
after it:

1. this computer (disk, memory, processor): everything on it suffers;
2. a VPN that is down: its engines are cut off, and seem silent because of that;
3. the engine: silent, then one whose streams all stand still, then slow to answer;
4. a VPN that came back within the last minute;
5. the Internet line: all streams get too little at once;
6. the source: it repeats itself, stands still, or nobody shares it;
7. the forwarded port: a closed one makes peers few, but explains no broadcast that is gone;
8. the peers' speed, when all else works.

A stream that has not begun after the usual time is asked the same, but a swarm of nobody comes
before a busy processor.

When enough comes in, these are asked: the broadcast itself, the slowest client's connection (or the
processor, if that is busy), a player that keeps coming back, one whose device does not answer. Then
come things worth knowing although the picture runs. If nothing is found, the stream is fine.

A verdict does not change with a single look: three of the last five must say so, four for a change
back to fine. Starting and switching are facts, not measurements, and are shown at once.
"""

import dataclasses
from collections import Counter
from collections.abc import Iterable
from typing import Final

from acedesk.model.diagnosis import (
    Action,
    Cause,
    Diagnosis,
    Phase,
    Severity,
    StreamFacts,
)
from acedesk.rules.diagnosis import causes
from acedesk.rules.diagnosis.buffer_margin import is_short
from acedesk.rules.diagnosis.causes import Check
from acedesk.values import frozen_value

# The usual start of an engine takes 5 to 10 s with good peers (measured with engine 3.2).
USUAL_START: Final = 10.0

LOOKS: Final = 5
ENOUGH_LOOKS: Final = 3
FINE_LOOKS: Final = 4

_AT_ONCE: Final = frozenset(
    {
        Cause.WAITING_TURN,
        Cause.STARTING,
        Cause.SWITCHING,
        Cause.ENGINE_RESTARTING,
        Cause.NO_OTHER_ENGINE,
        Cause.ENGINE_REMOVED,
        Cause.ENGINE_STOPPED,
    }
)

_CERTAIN: Final[tuple[Check, ...]] = (
    causes.find_disk,
    causes.find_vpn_down,
    causes.find_engine_silent,
    causes.find_broadcast,
    causes.find_no_peers,
)
_INCOMING: Final[tuple[Check, ...]] = (
    causes.find_machine_load,
    causes.find_vpn_down,
    causes.find_engine_silent,
    causes.find_engine_stuck,
    causes.find_engine_slow,
    causes.find_vpn_reconnected,
    causes.find_line_slow,
    causes.find_broadcast,
    causes.find_no_peers,
    causes.find_port_closed,
)
# A processor that is busy with something else does not keep peers away.
_LATE_START: Final[tuple[Check, ...]] = (
    causes.find_disk,
    causes.find_memory,
    causes.find_vpn_down,
    causes.find_no_peers_told,
    *_INCOMING,
)
_SWITCHING: Final[tuple[Check, ...]] = (
    causes.find_disk,
    causes.find_vpn_down,
    causes.find_no_peers,
)
_PLAYERS: Final[tuple[Check, ...]] = (causes.find_reconnects, causes.find_unreachable_client)
_WORTH_KNOWING: Final[tuple[Check, ...]] = (
    causes.find_disk,
    causes.find_vpn_down,
    causes.find_engine_silent,
    causes.find_engine_failing,
    causes.find_port_closed,
    causes.find_thin_swarm,
)


@frozen_value
class Verdict:
    """The diagnosis of one stream over several looks.

    Attributes:
        since_at: When its cause was first shown.
        votes: The causes found at the last looks, oldest first.
        short: Too little came in at the last look.
    """

    diagnosis: Diagnosis
    since_at: float
    votes: tuple[Cause, ...]
    short: bool


def diagnose(facts: StreamFacts, *, was_short: bool = False) -> Diagnosis:
    """Return what explains the facts of this moment, asked in the order described above.

    Args:
        was_short: Too little came in a moment ago; the way back needs a full pace.
    """
    match facts.phase:
        case Phase.SWITCHING:
            return _first(_SWITCHING, facts) or _switching(facts)
        case Phase.PLAYING:
            return _playing(facts, short=_is_short(facts, was_short))
        case Phase.IN_LINE:
            return _first(_CERTAIN, facts) or _waiting_turn(facts)
        case Phase.RESERVING | Phase.OPENING | Phase.BUFFERING:
            checks = _CERTAIN if facts.waited < USUAL_START else _LATE_START
            return _first(checks, facts) or _starting(facts)


def step(previous: Verdict | None, facts: StreamFacts, now: float) -> Verdict:
    """Return the verdict after one more look; to be taken about once a second."""
    was_short = previous is not None and previous.short
    found = diagnose(facts, was_short=was_short)
    short = facts.phase is Phase.PLAYING and _is_short(facts, was_short)
    if previous is None:
        return Verdict(diagnosis=found, since_at=now, votes=(found.cause,), short=short)
    votes = (*previous.votes, found.cause)[-LOOKS:]
    current = previous.diagnosis.cause
    chosen = _choose(current, votes)
    if chosen is current and found.cause is not current:
        return dataclasses.replace(previous, votes=votes, short=short)
    if chosen is not found.cause:  # its numbers are those of another look: wait for the next one
        return dataclasses.replace(previous, votes=votes, short=short)
    since_at = previous.since_at if chosen is current else now
    return Verdict(diagnosis=found, since_at=since_at, votes=votes, short=short)


def _choose(current: Cause, votes: tuple[Cause, ...]) -> Cause:
    newest = votes[-1]
    if newest in _AT_ONCE or current in _AT_ONCE:
        return newest
    against = [cause for cause in votes if cause is not current]
    if len(against) < ENOUGH_LOOKS:
        return current
    most = Counter(reversed(against)).most_common(1)[0][0]
    if most is Cause.FINE and against.count(Cause.FINE) < FINE_LOOKS:
        return current
    return most


def _first(checks: Iterable[Check], facts: StreamFacts) -> Diagnosis | None:
    return next((found for check in checks if (found := check(facts)) is not None), None)


def _is_short(facts: StreamFacts, was_short: bool) -> bool:
    return is_short(
        margin=facts.margin, pace=facts.pace, silent_for=facts.silent_for, was_short=was_short
    )


def _playing(facts: StreamFacts, *, short: bool) -> Diagnosis:
    no_picture = causes.find_no_picture(facts)
    if no_picture is not None:
        return no_picture
    if short:
        return _first(_INCOMING, facts) or causes.find_swarm_slow(facts)
    outgoing = causes.find_broadcast(facts) or _slow_client(facts) or _first(_PLAYERS, facts)
    if outgoing is not None:
        return outgoing
    known = _first(_WORTH_KNOWING, facts)
    if known is not None:
        return dataclasses.replace(known, severity=Severity.NOTICE)
    return _fine(facts)


def _slow_client(facts: StreamFacts) -> Diagnosis | None:
    slow = causes.find_slow_client(facts)
    return slow and (causes.find_cpu(facts) or slow)


def _waiting_turn(facts: StreamFacts) -> Diagnosis:
    return Diagnosis(
        cause=Cause.WAITING_TURN,
        severity=Severity.WORKING,
        action=Action.WAIT,
        who=facts.engine.name,
        count=facts.ahead,
        seconds=facts.waited,
    )


def _starting(facts: StreamFacts) -> Diagnosis:
    return Diagnosis(
        cause=Cause.STARTING,
        severity=Severity.WORKING,
        action=Action.WAIT,
        who=facts.engine.name,
        peers=facts.swarm.peers,
        seconds=facts.waited,
        phase=facts.phase,
    )


def _switching(facts: StreamFacts) -> Diagnosis:
    engine, cause, action = facts.engine, Cause.SWITCHING, Action.WAIT
    if not facts.asking and not engine.others:
        cause, action = _without_engine(facts)
    return Diagnosis(
        cause=cause,
        severity=Severity.WORKING,
        action=action,
        who=engine.name,
        target=engine.id,
        count=facts.switches,
        seconds=facts.waited,
    )


def _without_engine(facts: StreamFacts) -> tuple[Cause, Action]:
    """Return what is the matter where no other engine can go on, and what helps."""
    engine = facts.engine
    if engine.starting:
        return Cause.ENGINE_RESTARTING, Action.WAIT
    if engine.removed:
        return Cause.ENGINE_REMOVED, Action.WAIT if engine.coming else Action.ADD_ENGINE
    if engine.stopped:
        return Cause.ENGINE_STOPPED, Action.START_ENGINE if engine.restartable else Action.WAIT
    return Cause.NO_OTHER_ENGINE, causes.choose_engine_action(facts)


def _fine(facts: StreamFacts) -> Diagnosis:
    return Diagnosis(
        cause=Cause.FINE,
        severity=Severity.GOOD,
        delivered=causes.measure_received(facts),
        needed=facts.needed,
        peers=facts.swarm.peers,
        count=facts.clients,
    )
