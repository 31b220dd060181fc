"""One function for each link of the chain: does it explain why too little comes? Pure.

Each takes the facts and returns its diagnosis, or None when its link works.
`acedesk.rules.diagnosis.verdict` asks them in order.
"""

import dataclasses
from collections.abc import Callable
from typing import Final

from acedesk.model.diagnosis import (
    Action,
    BroadcastState,
    Cause,
    ClientFacts,
    Diagnosis,
    Severity,
    StreamFacts,
)
from acedesk.rules.diagnosis.buffer_margin import SILENCE

Check = Callable[[StreamFacts], Diagnosis | None]

# All cores busy for ten seconds: processes wait for the processor (a load of 90 % still has room).
CPU_FULL: Final = 95.0
# Under 4 % available Linux and Windows begin to swap out what runs.
MEMORY_LOW: Final = 4.0
# An engine keeps some hundred MB of a stream; below this it cannot write.
DISK_LOW: Final = 200 * 1024 * 1024
# A question takes at most 5 s (the deadline of `EngineClient.fetch_stat`); after that the engine is
# silent.
SILENT_AFTER: Final = 6.0
# A healthy engine answers in 1 to 50 ms on loopback; over a second it is busy with something else.
SLOW_ANSWER: Final = 1.0
# Peers come back within a minute after the tunnel has.
RECONNECTED: Final = 60.0
# An engine finds its first peers within some seconds; the tracker round takes up to ten.
NO_PEERS_AFTER: Final = 8.0
# Three engines lost within a minute are no accident.
MANY_SWITCHES: Final = 3
# Three quarters of what is needed for twelve seconds: the engine's reserve is being used up.
THIN: Final = 0.75

# A viewer cannot keep up when its connection is full half of the time ...
FULL_SHARE: Final = 0.5
# ... it takes less than this share of what the picture needs (a player with a full cache takes
# exactly that, in large steps) ...
ENOUGH: Final = 0.93
# ... and in ten seconds falls back by so many; or it fell off the ring already.
FALLING: Final = 0.7
# A slow connection takes something every second; who takes nothing for so long reads no more.
STOPPED_AFTER: Final = 2.0
# A device that answers nothing for so long is worth a word; a Wi-Fi that roams answers in seconds.
UNREACHABLE_AFTER: Final = 10.0
MANY_RETURNS: Final = 3


def find_machine_load(facts: StreamFacts) -> Diagnosis | None:
    """Blame this computer: disk (where the engine writes), memory, processor."""
    return find_disk(facts) or find_memory(facts) or find_cpu(facts)


def find_disk(facts: StreamFacts) -> Diagnosis | None:
    """Blame a full disk; an engine elsewhere has its own."""
    free = facts.machine.disk_free
    if free is None or free >= DISK_LOW or not facts.engine.local:
        return None
    return Diagnosis(
        cause=Cause.HOST_DISK, severity=Severity.BAD, action=Action.FREE_DISK, size=free
    )


def find_memory(facts: StreamFacts) -> Diagnosis | None:
    """Blame used-up memory."""
    free = facts.machine.memory_free
    if free is None or free >= MEMORY_LOW:
        return None
    return Diagnosis(
        cause=Cause.HOST_MEMORY, severity=Severity.BAD, action=Action.CLOSE_PROGRAMS, percent=free
    )


def find_cpu(facts: StreamFacts) -> Diagnosis | None:
    """Blame a busy processor."""
    cpu = facts.machine.cpu
    if cpu is None or cpu < CPU_FULL:
        return None
    return Diagnosis(
        cause=Cause.HOST_CPU, severity=Severity.WARN, action=Action.CLOSE_PROGRAMS, percent=cpu
    )


def find_vpn_down(facts: StreamFacts) -> Diagnosis | None:
    """Blame a tunnel that is not there."""
    if not facts.vpn.used or facts.vpn.up:
        return None
    return Diagnosis(cause=Cause.VPN_DOWN, severity=Severity.BAD, action=Action.CHECK_VPN)


def find_engine_silent(facts: StreamFacts) -> Diagnosis | None:
    """Blame an engine that leaves questions unanswered, or that failed its health checks."""
    engine = facts.engine
    if not engine.id or (engine.silent_for < SILENT_AFTER and engine.healthy):
        return None
    return Diagnosis(
        cause=Cause.ENGINE_SILENT,
        severity=Severity.BAD,
        action=choose_engine_action(facts),
        who=engine.name,
        target=engine.id,
        seconds=engine.silent_for or None,
    )


def find_engine_slow(facts: StreamFacts) -> Diagnosis | None:
    """Blame an engine that takes its time to answer."""
    engine = facts.engine
    if not engine.id or engine.answer_time is None or engine.answer_time < SLOW_ANSWER:
        return None
    return Diagnosis(
        cause=Cause.ENGINE_SLOW,
        severity=Severity.WARN,
        action=choose_engine_action(facts),
        who=engine.name,
        target=engine.id,
        seconds=engine.answer_time,
    )


def find_engine_failing(facts: StreamFacts) -> Diagnosis | None:
    """Report that one engine after the other was lost."""
    if facts.switches < MANY_SWITCHES:
        return None
    return Diagnosis(
        cause=Cause.ENGINE_FAILING,
        severity=Severity.WARN,
        action=Action.CHECK_ENGINE,
        count=facts.switches,
    )


def find_vpn_reconnected(facts: StreamFacts) -> Diagnosis | None:
    """Blame a tunnel that came back a moment ago; the peers are not back yet."""
    since = facts.vpn.reconnected_for
    if not facts.vpn.used or since is None or since >= RECONNECTED:
        return None
    return Diagnosis(
        cause=Cause.VPN_RECONNECTED, severity=Severity.WARN, action=Action.WAIT, seconds=since
    )


def find_engine_stuck(facts: StreamFacts) -> Diagnosis | None:
    """Blame an engine none of whose streams gets anything, while no other engine has trouble."""
    engine, streams = facts.engine, facts.engine_streams
    if not engine.id or facts.silent_for < SILENCE or facts.short_engines != 1:
        return None
    if streams <= 1 or facts.engine_silent_streams < streams:
        return None
    return Diagnosis(
        cause=Cause.ENGINE_SILENT,
        severity=Severity.BAD,
        action=choose_engine_action(facts),
        who=engine.name,
        target=engine.id,
        count=streams,
        seconds=facts.silent_for,
    )


def find_line_slow(facts: StreamFacts) -> Diagnosis | None:
    """Blame what all streams share when all get too little at once.

    Streams on one engine share that engine, too: it is to blame as long as another one is well.
    """
    if not facts.others or facts.others_short < facts.others:
        return None
    if facts.short_engines == 1 and facts.engine.others:
        return None
    found = Diagnosis(
        cause=Cause.LINE_TOO_SLOW,
        severity=Severity.WARN,
        action=Action.CHECK_LINE,
        count=facts.others + 1,
    )
    return _with_amounts(found, facts)


def find_broadcast(facts: StreamFacts) -> Diagnosis | None:
    """Blame a broadcast that repeats itself or stands still."""
    state = facts.broadcast.state
    if state is BroadcastState.LIVE:
        return None
    looping = state is BroadcastState.LOOPING
    return Diagnosis(
        cause=Cause.SOURCE_LOOPING if looping else Cause.SOURCE_FROZEN,
        severity=Severity.WARN,
        action=Action.CHOOSE_ANOTHER,
        seconds=facts.broadcast.late,
        period=facts.broadcast.period,
    )


def find_no_picture(facts: StreamFacts) -> Diagnosis | None:
    """Report a declared video that stopped, or never came, while the sound goes on.

    One that never came may be a radio's, whose tables declare a still picture: no fault.
    """
    if facts.no_picture_for <= 0:
        return None
    came = facts.picture_came
    otherwise = Action.CHOOSE_ANOTHER if came else Action.NONE
    return Diagnosis(
        cause=Cause.NO_PICTURE,
        severity=Severity.BAD if came else Severity.NOTICE,
        action=Action.SWITCH_ENGINE if facts.engine.others else otherwise,
        target=facts.engine.id,
        count=int(came),
        seconds=facts.no_picture_for,
    )


def find_no_peers(facts: StreamFacts) -> Diagnosis | None:
    """Blame a content that nobody shares."""
    if facts.swarm.peers != 0 or facts.swarm.no_peers_for < NO_PEERS_AFTER:
        return None
    return Diagnosis(
        cause=Cause.NO_PEERS,
        severity=Severity.BAD,
        action=Action.CHOOSE_ANOTHER,
        peers=0,
        seconds=facts.swarm.no_peers_for,
    )


def find_no_peers_told(facts: StreamFacts) -> Diagnosis | None:
    """Blame a content that nobody shares, as an engine says that answers now."""
    return find_no_peers(facts) if find_engine_silent(facts) is None else None


def find_port_closed(facts: StreamFacts) -> Diagnosis | None:
    """Blame a forwarded port that the VPN took back or changed."""
    vpn = facts.vpn
    if not vpn.used or vpn.port_before is None or vpn.port == vpn.port_before:
        return None
    return Diagnosis(
        cause=Cause.PORT_CLOSED,
        severity=Severity.WARN,
        action=Action.RESTART_ENGINE if facts.engine.restartable else Action.CHECK_VPN,
        who=facts.engine.name,
        target=facts.engine.id,
        count=vpn.port or 0,
    )


def find_swarm_slow(facts: StreamFacts) -> Diagnosis:
    """Blame the peers: everything else works."""
    found = Diagnosis(
        cause=Cause.SWARM_TOO_SLOW,
        severity=Severity.WARN,
        action=Action.SWITCH_ENGINE if facts.engine.others else Action.CHOOSE_ANOTHER,
        target=facts.engine.id,
    )
    return _with_amounts(found, facts)


def find_thin_swarm(facts: StreamFacts) -> Diagnosis | None:
    """Warn of peers that deliver less than is needed while the engine still has a reserve."""
    down, needed = facts.swarm.speed_down, facts.needed
    if down is None or needed is None or facts.broadcast.state is not BroadcastState.LIVE:
        return None
    return find_swarm_slow(facts) if down < THIN * needed else None


def find_slow_client(facts: StreamFacts) -> Diagnosis | None:
    """Blame the slowest connection of a viewer that takes something, but too little."""
    needed = facts.needed or facts.rate_10 or facts.rate_2
    slow = [client for client in facts.slow_clients if _is_slow(client, needed)]
    if not slow:
        return None
    worst = min(slow, key=lambda client: client.rate)
    return Diagnosis(
        cause=Cause.VIEWER_LINK_SLOW,
        severity=Severity.WARN,
        action=Action.CHECK_VIEWER,
        delivered=worst.rate,
        needed=needed or None,
        who=worst.name,
        target=worst.id,
        count=len(slow),
    )


def find_unreachable_client(facts: StreamFacts) -> Diagnosis | None:
    """Blame the device that has answered nothing for longest; one that only pauses is no fault."""
    away = [one for one in facts.slow_clients if one.unanswered_for >= UNREACHABLE_AFTER]
    if not away:
        return None
    worst = max(away, key=lambda client: client.unanswered_for)
    return Diagnosis(
        cause=Cause.VIEWER_STUCK,
        severity=Severity.NOTICE,
        action=Action.CLOSE_VIEWER,
        who=worst.name,
        target=worst.id,
        count=len(away),
        seconds=worst.unanswered_for,
    )


def find_reconnects(facts: StreamFacts) -> Diagnosis | None:
    """Blame the player that closes its connection most often."""
    often = [
        player
        for player in facts.reconnects
        if player.count >= MANY_RETURNS and player.last_for <= 2 * player.period + 5
    ]
    if not often:
        return None
    worst = max(often, key=lambda player: player.count)
    return Diagnosis(
        cause=Cause.PLAYER_RECONNECTS,
        severity=Severity.WARN,
        action=Action.CHECK_VIEWER,
        who=worst.name,
        count=worst.count,
        period=worst.period,
    )


def measure_delivered(facts: StreamFacts) -> float:
    """Return the rate to show beside `needed` when too little comes, bit/s.

    The engine's download rate when that is smaller: then the engine sends from its cache.
    """
    came, down = measure_received(facts), facts.swarm.speed_down
    if facts.silent_for >= SILENCE or facts.needed is None:
        return came
    return down if down is not None and 0 < down < came else came


def measure_received(facts: StreamFacts) -> float:
    """Return the rate to show beside `needed`, bit/s.

    Seconds of media times what the picture needs, where both are known: a quiet scene needs few
    bytes.
    """
    if facts.silent_for >= SILENCE:
        return facts.rate_2
    if facts.needed is not None and facts.pace is not None:
        return facts.pace * facts.needed
    return facts.rate_10 if facts.rate_10 is not None else facts.rate_2


def choose_engine_action(facts: StreamFacts) -> Action:
    """Return what to do about a bad engine: change to another one, else restart it."""
    if facts.engine.others:
        return Action.SWITCH_ENGINE
    return Action.RESTART_ENGINE if facts.engine.restartable else Action.CHECK_ENGINE


def _is_slow(client: ClientFacts, needed: float) -> bool:
    if client.stuck_for >= STOPPED_AFTER or client.rate <= 0 or client.blocked < FULL_SHARE:
        return False
    falls = client.falling >= FALLING or client.skips > 0
    return falls and client.rate < ENOUGH * needed


def _with_amounts(diagnosis: Diagnosis, facts: StreamFacts) -> Diagnosis:
    return dataclasses.replace(
        diagnosis,
        delivered=measure_delivered(facts),
        needed=facts.needed,
        peers=facts.swarm.peers,
    )
