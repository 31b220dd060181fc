"""What the bar says of the link that was played last. Pure."""

import datetime

from acedesk.errors import AceDeskError
from acedesk.model.content import Link
from acedesk.model.player import Player
from acedesk.model.snapshot import StreamState, StreamView
from acedesk.ui.streams import words
from acedesk.values import frozen_value
from acedesk.words.errors import explain


@frozen_value(kw_only=False)
class BarWords:
    """What the bar shows.

    Attributes:
        state, tone, shape: Its pill, as in the table; "" for no pill.
        name: The stream's name, as in the table.
        text: One sentence.
        failed: It does not play: "Try again" is offered, no player and no URL.
        copies: How often the URL was put on the clipboard, where it is still and is worth
            something.
    """

    state: str
    tone: str
    shape: str
    name: str
    text: str
    failed: bool = False
    copies: int = 0


def link_name(link: Link) -> str:
    """Return what a link is called before its stream is there, as the table will call it."""
    return link.title or f"Stream {link.key.short}"


def describe_start(link: Link, error: AceDeskError | None, *, copies: int) -> BarWords:
    """Return the words for a link without a stream: it is being started, or could not be."""
    if error is not None:
        state = words.STATES[StreamState.FAILED]
        return BarWords(*state, link_name(link), explain(error).sentences, failed=True)
    if copies:
        text = "It plays as soon as an engine answers"
        return BarWords("", "plain", "", link_name(link), text, copies=copies)
    return BarWords(*words.STATES[StreamState.STARTING], link_name(link), "")


def describe_stream(
    stream: StreamView,
    *,
    now: datetime.datetime,
    grace: float,
    player: Player | None,
    again: bool,
    copies: int,
) -> BarWords:
    """Return the words for a stream.

    Args:
        grace: Seconds a stream waits for another viewer (the setting).
        player: Was opened with it, None when none was or when it is closed again.
        again: It was open already when Play was pressed.
        copies: See `BarWords`.
    """
    state, name = words.STATES[stream.state], words.name(stream)
    if stream.state in (StreamState.FAILED, StreamState.STOPPED):
        text = explain(stream.error).sentences if stream.error is not None else ""
        return BarWords(*state, name, text, failed=True)
    if stream.state is StreamState.STARTING:
        text = words.sentence(stream, now, grace).title
        if player is not None:
            text = f"{text} · opens in {player.name}"
    elif player is not None:
        verb = "Already open in" if again else "Open in" if stream.clients else "Opens in"
        text = f"{verb} {player.name}"
    else:
        text = words.sentence(stream, now, grace).title
    return BarWords(*state, name, text, copies=copies)
