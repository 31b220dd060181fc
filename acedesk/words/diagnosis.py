"""Sentences for a diagnosis: why a stream is as it is, and what to do about it.

The windows, `acedesk status` and the HTTP API all say these.
"""

from collections.abc import Callable
from typing import Final

from acedesk.model.diagnosis import Action, Cause, Diagnosis, Phase
from acedesk.values import frozen_value
from acedesk.words.numbers import count, format_mega, format_span


@frozen_value(kw_only=False)
class Said:
    """A diagnosis in words.

    Attributes:
        title: A few words without a full stop.
        sentence: The cause, one sentence with its numbers.
        advice: What the reader can do, one sentence, "" when there is nothing to do.
    """

    title: str
    sentence: str
    advice: str = ""


def describe(diagnosis: Diagnosis) -> Said:
    """Return the words for `diagnosis`."""
    title, say = _CAUSES[diagnosis.cause]
    advice = _ADVICE_FOR_CAUSE.get(diagnosis.cause) or _ADVICE[diagnosis.action]
    return Said(title, say(diagnosis), advice)


def _fine(said: Diagnosis) -> str:
    if not said.delivered:
        return "The picture runs."
    return say_enough(said.peers, said.delivered, said.needed)


def say_enough(peers: int | None, delivered: float, needed: float | None) -> str:
    """Return who delivers how much of a picture that runs.

    Args:
        peers: None where the engine does not tell.
        delivered, needed: Bit/s; `needed` is None or 0 where it is not known.
    """
    who = f"{count(peers, 'peer')} {'delivers' if peers == 1 else 'deliver'}" if peers else ""
    who = who or "The engine delivers"
    if needed and delivered < needed:  # of a moment; the buffer evens that out
        return f"{who} what the picture needs, {format_mega(needed)} Mbit/s."
    need = f", the picture needs {format_mega(needed)}" if needed else ""
    return f"{who} {format_mega(delivered)} Mbit/s{need}."


def _waiting_turn(said: Diagnosis) -> str:
    others = f", {said.count} more before this one" if said.count else ""
    return f"{said.who or 'The engine'} is starting other streams{others}."


def _starting(said: Diagnosis) -> str:
    engine = said.who or "The engine"
    match said.phase:
        case Phase.RESERVING:
            return "It waits for an engine."
        case Phase.OPENING:
            return f"{engine} looks for the stream."
        case _ if said.peers:
            return f"{engine} has found {count(said.peers, 'peer')} and fills its buffer."
        case _:
            return f"{engine} looks for peers."


def _engine_silent(said: Diagnosis) -> str:
    engine = said.who or "The engine"
    if said.seconds is None:
        return f"{engine} is not answering."
    if said.count > 1:
        span = format_span(said.seconds)
        return f"{engine} has sent nothing to any of its {said.count} streams for {span}."
    return f"{engine} has not answered for {format_span(said.seconds)}."


def _engine_slow(said: Diagnosis) -> str:
    return f"{said.who or 'The engine'} takes {said.seconds or 0:.1f} s to answer."


def _engine_failing(said: Diagnosis) -> str:
    return f"The engine failed {count(said.count, 'time')} within the last minute."


def _vpn_reconnected(said: Diagnosis) -> str:
    return f"The VPN reconnected {format_span(said.seconds or 0)} ago."


def _port_closed(said: Diagnosis) -> str:
    why = "changed" if said.count else "is gone"
    return f"Other peers cannot reach you: the VPN port {why}."


def _line(said: Diagnosis) -> str:
    streams = "Both streams" if said.count == 2 else f"All {said.count} streams"
    return f"{streams} get too little at once: the Internet connection is too slow."


def _swarm(said: Diagnosis) -> str:
    if not said.delivered or said.delivered < 50_000:
        need = f" Mbit/s, the picture needs {format_mega(said.needed)}" if said.needed else ""
        return f"Peers deliver 0.0{need}." if need else "Peers deliver nothing."
    who = "The only peer delivers" if said.peers == 1 else "Peers deliver"
    need = _need(said) or ", too little for the picture"
    return f"{who} {format_mega(said.delivered)} Mbit/s{need}."


def _looping(said: Diagnosis) -> str:
    if said.period is not None:
        return f"The broadcast repeats itself every {format_span(said.period)}."
    return f"The broadcast is not live: its newest moment is {format_span(said.seconds or 0)} old."


def _frozen(said: Diagnosis) -> str:
    return f"The broadcast has stood still for {format_span(said.seconds or 0)}."


def _no_picture(said: Diagnosis) -> str:
    if not said.count:
        return "Only sound comes, though a picture is announced."
    return f"The picture stopped {format_span(said.seconds or 0)} ago, the sound goes on."


def _viewer_slow(said: Diagnosis) -> str:
    rate = f"{format_mega(said.delivered or 0)} Mbit/s"
    if said.count > 1:
        return (
            f"{said.count} viewers read too slowly, {said.who} only {rate}: "
            "their connection is too slow."
        )
    return f"{said.who} reads {rate}: its connection is too slow."


def _viewer_unreachable(said: Diagnosis) -> str:
    return (
        f"{said.who} has not answered for {format_span(said.seconds or 0)}: "
        "it is off, asleep or out of reach."
    )


def _reconnects(said: Diagnosis) -> str:
    return f"{said.who} closes the connection every {format_span(max(said.period or 0, 1))}."


_CAUSES: Final[dict[Cause, tuple[str, Callable[[Diagnosis], str]]]] = {
    Cause.FINE: ("Everything keeps up", _fine),
    Cause.WAITING_TURN: ("Waiting for its turn", _waiting_turn),
    Cause.STARTING: ("Waiting for the picture", _starting),
    Cause.SWITCHING: (
        "Changing the engine",
        lambda _: "The engine failed: another one takes over, the viewers stay connected.",
    ),
    Cause.ENGINE_RESTARTING: (
        "Starting the engine again",
        lambda said: (
            f"{said.who or 'The engine'} stopped; it is being started again, "
            "the viewers stay connected."
        ),
    ),
    Cause.NO_OTHER_ENGINE: (
        "No other engine",
        lambda said: (
            f"{said.who or 'The engine'} failed and no other engine is free; "
            "it is asked again, the viewers stay connected for now."
        ),
    ),
    Cause.ENGINE_REMOVED: (
        "The engine was removed",
        lambda said: (
            f"{said.who or 'The engine'} was removed and no other engine is free; "
            "the viewers stay connected for now."
        ),
    ),
    Cause.ENGINE_STOPPED: (
        "The engine was stopped",
        lambda said: (
            f"{said.who or 'The engine'} was stopped and no other engine is free; "
            "the viewers stay connected for now."
        ),
    ),
    Cause.HOST_CPU: (
        "This computer is too busy",
        lambda said: f"This computer's processor is fully used ({said.percent or 0:.0f} %).",
    ),
    Cause.HOST_MEMORY: (
        "This computer is out of memory",
        lambda said: f"This computer is out of memory ({said.percent or 0:.0f} % left).",
    ),
    Cause.HOST_DISK: (
        "The disk is full",
        lambda said: f"This computer is out of disk space ({(said.size or 0) / 1e6:.0f} MB left).",
    ),
    Cause.ENGINE_SILENT: ("The engine is silent", _engine_silent),
    Cause.ENGINE_SLOW: ("The engine is slow", _engine_slow),
    Cause.ENGINE_FAILING: ("Engines keep failing", _engine_failing),
    Cause.VPN_DOWN: ("The VPN is down", lambda _: "The VPN is not connected."),
    Cause.VPN_RECONNECTED: ("The VPN has just come back", _vpn_reconnected),
    Cause.PORT_CLOSED: ("Peers cannot reach you", _port_closed),
    Cause.LINE_TOO_SLOW: ("The Internet connection is too slow", _line),
    Cause.NO_PEERS: (
        "Nobody shares it",
        lambda _: "Nobody is sharing this stream right now.",
    ),
    Cause.SOURCE_LOOPING: ("It repeats itself", _looping),
    Cause.SOURCE_FROZEN: ("The broadcast stands still", _frozen),
    Cause.NO_PICTURE: ("No picture", _no_picture),
    Cause.SWARM_TOO_SLOW: ("Too slow for this picture", _swarm),
    Cause.VIEWER_LINK_SLOW: ("One viewer cannot keep up", _viewer_slow),
    Cause.VIEWER_STUCK: ("One viewer is out of reach", _viewer_unreachable),
    Cause.PLAYER_RECONNECTS: ("A player keeps coming back", _reconnects),
}

_ADVICE: Final[dict[Action, str]] = {
    Action.NONE: "",
    Action.WAIT: "It goes on by itself.",
    Action.SWITCH_ENGINE: "Try another engine.",
    Action.ADD_ENGINE: "Add an engine on the Engines page.",
    Action.START_ENGINE: "Start the engine again.",
    Action.RESTART_ENGINE: "Restart the engine.",
    Action.STOP_STREAM: "Stop the stream.",
    Action.CLOSE_VIEWER: "It is disconnected if it stays so.",
    Action.CLOSE_PROGRAMS: "Close programs you do not need, or stop a stream.",
    Action.FREE_DISK: "Free some disk space.",
    Action.CHECK_ENGINE: "Look at the engines on the Engines page.",
    Action.CHECK_VPN: "Look at the VPN page.",
    Action.CHECK_LINE: "Stop a stream, or look for what else uses the connection.",
    Action.CHECK_VIEWER: "Bring it closer to the router, or use a cable.",
    Action.CHOOSE_ANOTHER: "Try another link of the same channel.",
}
_ADVICE_FOR_CAUSE: Final[dict[Cause, str]] = {
    Cause.PLAYER_RECONNECTS: "Give the player a larger cache or a longer timeout.",
}


def _need(said: Diagnosis) -> str:
    return f", the picture needs {format_mega(said.needed)}" if said.needed else ""
