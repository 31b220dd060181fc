"""The words of the Streams page: states, rows and the sentence that says why. Pure."""

import datetime
from typing import Final

from acedesk.model.content import KeyKind
from acedesk.model.diagnosis import Action, Cause, Diagnosis, Severity
from acedesk.model.history import LeftView
from acedesk.model.host import is_loopback
from acedesk.model.snapshot import ClientState, ClientView, StreamState, StreamView
from acedesk.values import frozen_value
from acedesk.words import numbers
from acedesk.words.diagnosis import describe, say_enough
from acedesk.words.errors import explain

# State -> word, tone (colours) and shape.
STATES: Final = {
    StreamState.STARTING: ("Starting", "working", "ring"),
    StreamState.PLAYING: ("Playing", "good", "dot"),
    StreamState.SLOW: ("Slow", "warn", "triangle"),
    StreamState.SWITCHING: ("Switching", "working", "arrows"),
    StreamState.IDLE: ("Waiting", "idle", "hollow"),
    StreamState.FAILED: ("Failed", "bad", "cross"),
    StreamState.STOPPED: ("Stopped", "idle", "hollow"),
}

# A viewer that plays needs no word.
VIEWER_STATES: Final = {ClientState.PAUSED: ("Paused", "idle", "bars")}
# What an ended stream offers in the table, the detail and the menu.
TRY_AGAIN: Final = "Try again"
OTHER_ENGINE: Final = "Other engine"

_KINDS: Final = {
    KeyKind.CONTENT_ID: "content id",
    KeyKind.INFOHASH: "infohash",
    KeyKind.URL: "transport file",
    KeyKind.MAGNET: "magnet link",
}


@frozen_value(kw_only=False)
class StreamSentence:
    """Why a stream is as it is.

    Attributes:
        title: A few words.
        text: One to three sentences.
        tone: Of the mark before it, see `widgets.pill.TONES`.
        icon: The mark.
        button: What can be done about it with one click, "" for nothing.
    """

    title: str
    text: str
    tone: str
    icon: str
    button: str = ""


def name(stream: StreamView) -> str:
    """Return the stream's name; one without a title is called by the end of its id."""
    return f"Stream {stream.name}" if stream.name == stream.key.short else stream.name


def title(stream: StreamView) -> str:
    """Return the title the stream was started with, "" when it has none but its id."""
    return "" if stream.key.short in stream.name else stream.name


def disconnected(viewers: int) -> str:
    """Return what stopping means for those who watch."""
    if not viewers:
        return "Nobody is watching."
    return f"{numbers.count(viewers, 'viewer')} will be disconnected."


def detail(stream: StreamView) -> str:
    """Return the small line under the name: "…a9e1 · H.264 · AAC"."""
    if stream.state is StreamState.FAILED and stream.error is not None:
        return explain(stream.error).what
    parts = [] if stream.name == stream.key.short else [stream.key.short]
    if stream.carried_by and stream.is_alive:
        parts.append(f"carried by {stream.carried_by}")
    if stream.codecs:
        parts.append(stream.codecs)
    elif stream.state is StreamState.STARTING and stream.peers:
        parts.append(f"{numbers.count(stream.peers, 'peer')} found")
    return " · ".join(parts) or _KINDS[stream.key.kind]


def rate(stream: StreamView) -> str:
    """Return what stands in the bit-rate column."""
    if not stream.is_alive:
        return numbers.NOTHING
    return numbers.format_rate(stream.bit_rate) if stream.is_fed else "waiting for picture"


def sentence(
    stream: StreamView, now: datetime.datetime, grace: float, *, can_add: bool = True
) -> StreamSentence:
    """Return why the stream is as it is.

    Args:
        grace: Seconds a stream waits for another viewer (the setting).
        can_add: An engine can be made with one click.
    """
    found = stream.diagnosis
    if found is not None and stream.state is not StreamState.IDLE and not _is_over(stream, found):
        return _diagnosed(stream, found, now, can_add=can_add)
    match stream.state:
        case StreamState.PLAYING:
            return _playing(stream)
        case StreamState.SLOW:
            return _slow(stream)
        case StreamState.STARTING:
            return _starting(stream, now)
        case StreamState.SWITCHING:
            return _switching(stream)
        case StreamState.IDLE:
            return _idle(stream, grace)
        case StreamState.FAILED:
            return _failed(stream)
        case StreamState.STOPPED:
            return StreamSentence(
                "Stopped", "Play it again to see it.", "idle", "stop-circle-outline"
            )


def _idle(stream: StreamView, grace: float) -> StreamSentence:
    if stream.hold > grace:
        time, comes = f"up to {stream.hold:.0f} s", "comes"
    else:
        time, comes = f"{grace:.0f} s", "comes back"
    text = f"Waits {time} for a viewer, then it stops. A player that {comes} goes on at once."
    return StreamSentence("Nobody is watching", text, "idle", "eye-off-outline")


def _is_over(stream: StreamView, found: Diagnosis) -> bool:
    """Tell whether the diagnosis, up to a second old, is of a start or change that has ended."""
    return found.cause in _LASTS and stream.state not in _LASTS[found.cause]


# What is true in some states of the stream only.
_LASTS: Final = {
    Cause.STARTING: (StreamState.STARTING,),
    Cause.WAITING_TURN: (StreamState.STARTING,),
    Cause.SWITCHING: (StreamState.SWITCHING,),
}
# What the windows can do about it themselves.
BUTTONS: Final = {
    Action.SWITCH_ENGINE: "Try another engine",
    Action.CLOSE_VIEWER: "Disconnect it",
    Action.ADD_ENGINE: "Start an engine",
    Action.START_ENGINE: "Start the engine",
}
# Their button says what the advice would.
_SAID_BY_BUTTON: Final = (Action.SWITCH_ENGINE, Action.ADD_ENGINE, Action.START_ENGINE)
_SEVERITIES: Final = {
    Severity.GOOD: ("good", "check-circle"),
    Severity.WORKING: ("working", "progress-clock"),
    Severity.NOTICE: ("accent", "alert-circle"),
    Severity.WARN: ("warn", "alert"),
    Severity.BAD: ("bad", "close-circle"),
}


def _diagnosed(
    stream: StreamView, found: Diagnosis, now: datetime.datetime, *, can_add: bool
) -> StreamSentence:
    match found.cause:
        case Cause.FINE:
            return _keeps_up(stream)
        case Cause.STARTING:
            return _starting(stream, now)
        case Cause.SWITCHING:
            return _switching(stream)
        case _:
            said = describe(found)
            able = can_add or found.action is not Action.ADD_ENGINE
            button = BUTTONS.get(found.action, "") if able else ""
            advice = "" if button and found.action in _SAID_BY_BUTTON else said.advice
            text = f"{said.sentence} {advice}".strip()
            return StreamSentence(said.title, text, *_SEVERITIES[found.severity], button)


def _playing(stream: StreamView) -> StreamSentence:
    behind = [client for client in stream.clients if client.skips]
    if behind:
        worst = max(behind, key=lambda client: client.skips)
        times = numbers.count(worst.skips, "time")
        text = (
            f"{player_name(worst)} read too slowly and skipped ahead {times}: its network or the "
            f"device is too slow. {_delivery(stream)}"
        )
        return StreamSentence("One viewer cannot keep up", text.strip(), "warn", "alert-circle")
    return _keeps_up(stream)


def _keeps_up(stream: StreamView) -> StreamSentence:
    text = f"{_delivery(stream)} {_readers(len(stream.clients))}".strip()
    return StreamSentence("Everything keeps up", text, "good", "check-circle")


def _delivery(stream: StreamView) -> str:
    delivered = stream.speed_down or stream.bit_rate
    if not delivered:
        return ""
    return say_enough(stream.peers, delivered, stream.media_rate)


def _readers(count: int) -> str:
    if count == 0:
        return ""
    if count == 1:
        return "The viewer reads in time."
    words = {2: "Both viewers read", 3: "All three viewers read"}
    return f"{words.get(count, f'All {count} viewers read')} in time."


def _slow(stream: StreamView) -> StreamSentence:
    delivered = numbers.format_rate(stream.speed_down or stream.bit_rate)
    need = (
        f", the picture needs {numbers.format_mega(stream.media_rate)}" if stream.media_rate else ""
    )
    few = ""
    if stream.peers is not None:
        few = f" {_sharing(stream.peers)} The picture may stop now and then."
    return StreamSentence(
        "Too slow for this picture", f"Peers deliver {delivered}{need}.{few}", "warn", "alert"
    )


def _sharing(peers: int) -> str:
    if peers == 0:
        return "Nobody shares it right now."
    return "Only 1 peer shares it." if peers == 1 else f"{peers} peers share it."


def _starting(stream: StreamView, now: datetime.datetime) -> StreamSentence:
    waited = numbers.format_wait((now - stream.started_time).total_seconds())
    if not stream.engine_name:
        return StreamSentence(
            "Waiting for an engine",
            f"No engine is free yet. It has taken {waited} so far.",
            "working",
            "progress-clock",
        )
    if not stream.peers:
        text = f"{stream.engine_name} has found nobody who shares it yet, in {waited}."
        return StreamSentence("Looking for peers", text, "working", "progress-clock")
    found = numbers.count(stream.peers, "peer")
    text = f"{found} found, {stream.engine_name} fills its buffer. It has taken {waited} so far."
    return StreamSentence("Waiting for the picture", text, "working", "progress-clock")


def _switching(stream: StreamView) -> StreamSentence:
    why = explain(stream.error).what if stream.error is not None else "The engine failed."
    text = f"{why} Another one takes over; the viewers stay connected."
    return StreamSentence("Changing the engine", text, "working", "swap-horizontal")


def _failed(stream: StreamView) -> StreamSentence:
    if stream.error is None:
        return StreamSentence("It failed", "The engine gave no reason.", "bad", "close-circle")
    said = explain(stream.error)
    rest = " ".join(part for part in (said.why, said.now, said.action) if part)
    return StreamSentence(
        said.what, rest or "Play it again to try once more.", "bad", "close-circle"
    )


def player_name(client: ClientView | LeftView) -> str:
    """Return who watches: "VLC 3.0.21", "VLC on this computer", "A player"."""
    known = client.player or "A player"
    if not is_local(client):
        return known
    program, _, version = known.rpartition(" ")
    return f"{program if program and version[:1].isdigit() else known} on this computer"


def is_local(client: ClientView | LeftView) -> bool:
    """Tell whether the player runs on this computer."""
    return is_loopback(client.address)


def viewer_detail(client: ClientView) -> str:
    """Return the small line of a viewer: "192.168.1.31 · 5.4 Mbit/s · 1.2 s behind".

    Of one that is paused: "192.168.1.31 · paused for 3 min · goes on live".
    """
    if not client.sent_bytes:
        return f"{client.address} · waits for the picture"
    if client.state is ClientState.PAUSED:
        still = numbers.format_span(client.still_for)
        return f"{client.address} · paused for {still} · goes on live"
    behind = f"{numbers.format_seconds(client.behind)} behind"
    parts = [client.address, numbers.format_rate(client.rate), behind]
    return " · ".join(parts)


def viewer_icon(client: ClientView | LeftView) -> str:
    """Return the icon that fits the player."""
    player = client.player.lower()
    for sign, icon in _PLAYER_ICONS:
        if sign in player:
            return icon
    return "laptop" if is_local(client) else "television"


_PLAYER_ICONS: Final = (
    ("vlc", "vlc"),
    ("kodi", "television"),
    ("mpv", "play-box-outline"),
    ("android", "cellphone"),
    ("iphone", "cellphone"),
    ("ffmpeg", "console"),
    ("ffprobe", "console"),
    ("jellyfin", "server-network"),
    ("tvheadend", "server-network"),
)
