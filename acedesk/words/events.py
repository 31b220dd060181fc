"""Sentences for events: what happened, and to which stream, engine or player. Pure."""

import dataclasses
from collections.abc import Callable, Mapping
from typing import Final

from acedesk.model.access.token import Scope
from acedesk.model.engine import REMOVED_BY_PROGRAM, REMOVED_BY_USER
from acedesk.model.event import Event, EventKind
from acedesk.values import frozen_value
from acedesk.words.numbers import count, format_seconds, format_span

SHORT_ID: Final = 4  # characters; as everywhere else a stream without a title is named

SHORTEST_START: Final = 1.0  # seconds; a start that failed sooner failed at once

# Why an engine is not used any more, by the code of the error.
ENGINE_CAUSES: Final = {
    "engine_stalled": "stopped sending",
    "engine_no_picture": "sent no picture",
    "engine_unreachable": "was lost",
    "engine_ended": "ended the stream",
    "engine_silent": "did not answer",
    "engine_removed": "was removed",
    "engine_stopped": "was stopped",
    "engine_left": "was left on request",
    "carried_elsewhere": "was left, because another AceDesk plays it",
    "engine_refused": "refused to go on",
    "engine_too_slow": "was too slow",
    "engine_answer_invalid": "sent what is no picture",
}
# The same of a stream that never played.
_START_CAUSES: Final = {
    "engine_stalled": "sent nothing",
    "engine_refused": "refused it",
    "engine_too_slow": "sent nothing in time",
}
# Where {after} stands comes " after 12 min", or nothing where that is not known.
_LEFT: Final = {
    "left": "left{after}",
    "stream_ended": "left{after}, because the stream ended",
    "closed": "was disconnected by you{after}",
    "stuck": "was disconnected{after}, because it was paused for too long",
    "unreachable": "is gone{after}: its device does not answer any more",
    "gave_way": "was paused and made room for another{after}",
    "error": "was cut off{after} by a fault of AceDesk",
}
_ENDED: Final = {
    "nobody_watched": "Ended{after}, because nobody watched any more",
    "stopped": "Stopped by you{after}",
    "stopped_by_program": "Stopped by a program{after}",
    "shutdown": "Ended with AceDesk{after}",
    "looping_stream": "Ended{after}: the broadcast repeats itself",
    "not_live": "Ended{after}: this is a video file, not a broadcast",
    "reported": "Ended in the other program{after}",
    "same_content": "Goes on as a stream that plays already under another link",
}
_REMOVERS: Final = {REMOVED_BY_USER: "you", REMOVED_BY_PROGRAM: "a program"}
_HEALTH: Final = {
    "starting": "Is starting",
    "ready": "Is ready",
    "slow": "Plays worse than the others",
    "hung": "Takes connections and does not answer",
    "unreachable": "Cannot be reached",
    "crashed": "Ended by itself, with an error",
    "stopped": "Has stopped",
}
_INTENT: Final = {
    "serve": "Gets streams again",
    "drain": "Gets no new streams",
    "remove": "Is removed when its last stream ends",
}
# Why engines are made, drained and removed, by `ScalingCause`.
SCALING_CAUSES: Final = {
    "below_minimum": "there are fewer than wanted",
    "too_few_free": "fewer than wanted are free",
    "no_free_place": "the last place was taken",
    "scaled": "somebody asked for another number of engines",
    "unhealthy": "it does not answer",
    "outdated": "the settings of engines have changed",
    "asked": "a replacement was asked for",
    "idle": "nobody used it for long",
    "above_maximum": "there are more than the settings allow",
    "ended": "it has ended for good",
    "successor": "the one before had to go first",
}
_BREAKERS: Final = {"growth": "New engines", "replacement": "Replacements of engines"}
_VPN: Final = {
    "unknown": "Is not known yet",
    "no_runtime": "Cannot be seen: Docker is not usable",
    "absent": "There is no Gluetun container",
    "stopped": "Has stopped",
    "connecting": "Is connecting",
    "connected": "Is connected",
    "unhealthy": "Is not connected: Gluetun lets nothing out",
}


@frozen_value(kw_only=False)
class EventWords:
    """One event for people.

    Attributes:
        what: What happened, a few words or a sentence without a full stop.
        subject: To what: the stream, the engine, the VPN; "" where it is AceDesk itself.
        tone: "good", "warn", "bad", or "muted" for what is neither.
    """

    what: str
    subject: str = ""
    tone: str = "muted"

    @property
    def line(self) -> str:
        """Both in one line."""
        return f"{self.subject}: {self.what}" if self.subject else self.what


def describe(event: Event, streams: Mapping[str, str]) -> EventWords:
    """Return the words for `event`.

    Args:
        streams: Titles of streams by their id, where they are known.
    """
    found = _WORDS[event.kind](event, streams)
    where = _text(event, "proxy")  # another AceDesk, where several share a Redis
    return dataclasses.replace(found, what=f"{found.what} (on {where})") if where else found


def stream_name(stream_id: str, streams: Mapping[str, str]) -> str:
    """Return the title of a stream; of one without a title the end of its id."""
    return streams.get(stream_id) or f"Stream …{stream_id[-SHORT_ID:]}"


def engine_cause(code: str, detail: str) -> str:
    """Return why an engine is not used any more, a verb with what belongs to it.

    Args:
        code, detail: Of the error.
    """
    if code == "engine_removed":
        for why, by_whom in _REMOVERS.items():
            if detail.startswith(why):
                return f"was removed by {by_whom}"
    return ENGINE_CAUSES.get(code, "failed")


def _text(event: Event, name: str) -> str:
    value = event.data.get(name)
    return "" if value is None else str(value)


def _number(event: Event, name: str) -> float:
    value = event.data.get(name)
    return float(value) if isinstance(value, int | float) else 0.0


def _detail(event: Event) -> str:
    detail = _text(event, "detail").strip().rstrip(".")
    return f": {detail}" if detail else ""


def _engine(event: Event) -> str:
    return _text(event, "name") or event.subject


def _engine_added(event: Event, _streams: Mapping[str, str]) -> EventWords:
    return EventWords("Was added", _engine(event), "good")


def _engine_removed(event: Event, _streams: Mapping[str, str]) -> EventWords:
    return EventWords(f"Was removed{_because(event) or _remover(event)}", _engine(event))


def _remover(event: Event) -> str:
    """Return who removed an engine that AceDesk did not remove by itself."""
    by_whom = _REMOVERS.get(_text(event, "detail"))
    return f" by {by_whom}" if by_whom else _detail(event)


def _because(event: Event) -> str:
    why = SCALING_CAUSES.get(event.cause)
    return f": {why}" if why else ""


def _engine_health(event: Event, _streams: Mapping[str, str]) -> EventWords:
    after = _text(event, "after")
    tone = {"ready": "good", "starting": "muted", "stopped": "muted", "slow": "warn"}
    what = (_HEALTH.get(after) or "Is seen otherwise") + _detail(event)
    return EventWords(what, _engine(event), tone.get(after, "bad"))


def _engine_intent(event: Event, _streams: Mapping[str, str]) -> EventWords:
    after = _text(event, "after")
    what = _INTENT.get(after, "Is wanted otherwise") + _because(event)
    return EventWords(what, _engine(event))


def _provision_began(event: Event, _streams: Mapping[str, str]) -> EventWords:
    replaced = _text(event, "replaces")
    what = f"Is being made to replace {replaced}" if replaced else "Is being made"
    return EventWords(what + _because(event), _engine(event))


def _provision_done(event: Event, _streams: Mapping[str, str]) -> EventWords:
    return EventWords("Was made and answers", _engine(event), "good")


def _provision_failed(event: Event, _streams: Mapping[str, str]) -> EventWords:
    return EventWords(f"Could not be made{_detail(event)}", _engine(event), "bad")


def _provision_cancelled(event: Event, _streams: Mapping[str, str]) -> EventWords:
    return EventWords("Is not made: it was cancelled", _engine(event))


def _breaker_changed(event: Event, _streams: Mapping[str, str]) -> EventWords:
    after, failures = _text(event, "after"), int(_number(event, "failures"))
    subject = _BREAKERS.get(event.subject, "Engines")
    if after == "open":
        pause = format_span(_number(event, "seconds"))
        what = f"None is made for {pause}, because {count(failures, 'try', 'tries')} failed"
        return EventWords(what + _detail(event), subject, "bad")
    if after == "half_open":
        return EventWords("One is tried again", subject, "warn")
    return EventWords("Are made again", subject, "good")


def _own_stream(event: Event, streams: Mapping[str, str]) -> str:
    # What another program reports is named by its content and its session.
    content = event.subject.partition("|")[0]
    return _text(event, "name") or stream_name(content, streams)


def _stream_began(event: Event, streams: Mapping[str, str]) -> EventWords:
    file = " (a video file)" if event.data.get("is_file") else ""
    if event.data.get("reported"):
        file = f" in another program, on {_text(event, 'engine')}"
    return EventWords(f"Began{file}", _own_stream(event, streams), "good")


def _stream_ended(event: Event, streams: Mapping[str, str]) -> EventWords:
    seconds = _number(event, "seconds")
    after = f" after {format_span(seconds)}" if seconds else ""
    known = _ENDED.get(event.cause)
    if known is not None:
        return EventWords(known.format(after=after), _own_stream(event, streams))
    began = event.data.get("received_bytes") != 0
    why = ENGINE_CAUSES.get(event.cause, "")
    if not began:
        why = _START_CAUSES.get(event.cause, why)
        after = after if seconds >= SHORTEST_START else ""
    what = ("Failed" if began else "Did not start") + after + (f": the engine {why}" if why else "")
    return EventWords(what, _own_stream(event, streams), "bad")


def _stream_failed_over(event: Event, streams: Mapping[str, str]) -> EventWords:
    before, after = _text(event, "from_engine"), _text(event, "to_engine")
    why = engine_cause(event.cause, _text(event, "detail"))
    lost = int(_number(event, "lost_packets"))
    missing = f", {count(lost, 'packet')} lost" if lost else ", nothing lost"
    if event.data.get("lost_packets") is None:
        missing = ""
    lasted = format_seconds(_number(event, "seconds"))
    again = "it" if before == after else after
    what = f"{before or 'Its engine'} {why}; goes on with {again} after {lasted}{missing}"
    return EventWords(what, _own_stream(event, streams), "warn")


def _stream_doubted(event: Event, streams: Mapping[str, str]) -> EventWords:
    engine = _text(event, "engine_name") or "Its engine"
    why = event.cause.replace("_", " ")
    what = f"{engine} is {why}; another engine is made ready" if why else f"{engine} is doubted"
    return EventWords(what, _own_stream(event, streams), "warn")


def _player(event: Event) -> str:
    name, address = _text(event, "player") or "A player", _text(event, "address")
    return f"{name} ({address})" if address else name


def _client_joined(event: Event, streams: Mapping[str, str]) -> EventWords:
    return EventWords(f"{_player(event)} watches", stream_name(_text(event, "stream"), streams))


def _client_left(event: Event, streams: Mapping[str, str]) -> EventWords:
    seconds = _number(event, "seconds")
    after = f" after {format_span(seconds)}" if seconds else ""
    why = _LEFT.get(event.cause, "left{after}").format(after=after)
    tone = "muted" if event.cause in ("left", "stream_ended", "closed") else "warn"
    stream = stream_name(_text(event, "stream"), streams)
    return EventWords(f"{_player(event)} {why}", stream, tone)


def _request_refused(event: Event, streams: Mapping[str, str]) -> EventWords:
    player = _text(event, "player") or "A player"
    who = f"{player} ({event.subject})" if event.subject else player
    why = _text(event, "why").rstrip(".")
    asked = _text(event, "asked")
    what = f"{who} got nothing" + (f": {why}" if why else "")
    return EventWords(what, streams.get(asked) or _short(asked), "bad")


def _short(asked: str) -> str:
    """Return what a player asked for: a link may be as long as it likes."""
    return asked if len(asked) <= 24 else f"…{asked[-SHORT_ID:]}"


def _vpn_changed(event: Event, _streams: Mapping[str, str]) -> EventWords:
    before, after = _text(event, "before"), _text(event, "after")
    address, port = _text(event, "public_ip"), _text(event, "forwarded_port")
    facts = [f"address {address}"] if address else []
    facts += [f"port {port}"] if port else []
    said = _VPN.get(after, "Is seen otherwise")
    if before == after == "connected":
        said = "Has another address or port"
    what = f"{said} ({', '.join(facts)})" if facts else said
    tones = {"connected": "good", "connecting": "warn", "unhealthy": "bad", "stopped": "bad"}
    used = event.data.get("used") is not False  # events of earlier versions do not tell
    return EventWords(what, "VPN", tones.get(after, "muted") if used else "muted")


def _vpn_recovery(event: Event, _streams: Mapping[str, str]) -> EventWords:
    number = int(_number(event, "count"))
    engines, are = count(number, "engine"), "is" if number == 1 else "are"
    engine = _text(event, "engine") or "An engine"
    what = {
        "healthy": f"Works again: {engines} inside {are} made anew",
        "renewed": f"{engine} was made anew inside ({int(_number(event, 'number'))} of {number})",
        "failed": f"{engine} could not be made anew inside{_detail(event)}; tried again in 30 s",
        "ready": f"{engines} inside {are} ready again; streams open again there",
        "not_ready": "Not all engines inside answer again",
    }.get(event.cause, "Engines inside are made anew")
    tones = {"ready": "good", "failed": "bad", "not_ready": "bad"}
    return EventWords(what, "VPN", tones.get(event.cause, "muted"))


def _settings_changed(event: Event, _streams: Mapping[str, str]) -> EventWords:
    names = _text(event, "names").replace("_", " ")
    return EventWords(f"{names[:1].upper()}{names[1:]} changed" if names else "Changed", "Settings")


def _program_started(event: Event, _streams: Mapping[str, str]) -> EventWords:
    version = _text(event, "version")
    return EventWords(f"AceDesk {version} was started".replace("  ", " "))


_HISTORY: Final = {
    "damaged": "The file with the history was damaged; it was set aside and a new one begun",
    "locked": "The file with the history was held by another program; a new one was begun",
    "newer": "The file with the history is of a newer AceDesk; it was set aside",
    "full": "The disk is full: the history is not kept until there is room",
    "unwritable": "The history cannot be kept",
}


def _history_trouble(event: Event, _streams: Mapping[str, str]) -> EventWords:
    known = _HISTORY.get(event.cause, "The history cannot be kept")
    return EventWords(known + (_detail(event) if event.cause == "unwritable" else ""), "", "bad")


def _port_trouble(event: Event, _streams: Mapping[str, str]) -> EventWords:
    why = _text(event, "why") or f"Port {_text(event, 'port')} could not be had."
    return EventWords(f"{why} AceDesk answers at its own port only", "", "warn")


_ORCHESTRATOR: Final = {
    "ready": "Answers; its engines are used",
    "refused": "Does not let AceDesk in",
    "failing": "Answers with errors",
    "invalid": "What answers there is no orchestrator",
}


def _orchestrator_changed(event: Event, _streams: Mapping[str, str]) -> EventWords:
    after = _text(event, "after")
    said = _ORCHESTRATOR.get(after, "Does not answer")
    if after == "ready" and _text(event, "before") != "unknown":
        said = "Answers again; its engines are used"
    tone = "good" if after == "ready" else "bad"
    return EventWords(f"{said}{_detail(event)}", f"Orchestrator {event.subject}", tone)


def _sharing_changed(event: Event, _streams: Mapping[str, str]) -> EventWords:
    if event.data.get("up"):
        return EventWords("Shares its streams with other AceDesks", "", "good")
    why = _text(event, "why").rstrip(".")
    return EventWords(f"Goes on alone, without the other AceDesks: {why}", "", "warn")


def _token_added(event: Event, _streams: Mapping[str, str]) -> EventWords:
    may = "play" if _text(event, "scope") == Scope.PLAY.value else "play and use the API"
    return EventWords(f"May {may} here from now on", f"Token “{_text(event, 'name')}”")


def _token_revoked(event: Event, _streams: Mapping[str, str]) -> EventWords:
    return EventWords("Was revoked and opens nothing any more", f"Token “{_text(event, 'name')}”")


_Say = Callable[[Event, Mapping[str, str]], EventWords]

_WORDS: Final[Mapping[EventKind, _Say]] = {
    EventKind.ENGINE_ADDED: _engine_added,
    EventKind.ENGINE_REMOVED: _engine_removed,
    EventKind.ENGINE_HEALTH_CHANGED: _engine_health,
    EventKind.ENGINE_INTENT_CHANGED: _engine_intent,
    EventKind.PROVISION_BEGAN: _provision_began,
    EventKind.PROVISION_DONE: _provision_done,
    EventKind.PROVISION_FAILED: _provision_failed,
    EventKind.PROVISION_CANCELLED: _provision_cancelled,
    EventKind.BREAKER_CHANGED: _breaker_changed,
    EventKind.STREAM_BEGAN: _stream_began,
    EventKind.STREAM_ENDED: _stream_ended,
    EventKind.STREAM_FAILED_OVER: _stream_failed_over,
    EventKind.STREAM_DOUBTED: _stream_doubted,
    EventKind.CLIENT_JOINED: _client_joined,
    EventKind.CLIENT_LEFT: _client_left,
    EventKind.REQUEST_REFUSED: _request_refused,
    EventKind.VPN_CHANGED: _vpn_changed,
    EventKind.VPN_RECOVERY: _vpn_recovery,
    EventKind.SETTINGS_CHANGED: _settings_changed,
    EventKind.PROGRAM_STARTED: _program_started,
    EventKind.ORCHESTRATOR_CHANGED: _orchestrator_changed,
    EventKind.HISTORY_TROUBLE: _history_trouble,
    EventKind.PORT_TROUBLE: _port_trouble,
    EventKind.SHARING_CHANGED: _sharing_changed,
    EventKind.TOKEN_ADDED: _token_added,
    EventKind.TOKEN_REVOKED: _token_revoked,
}
