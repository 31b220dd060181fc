"""What happened: events are values, which whoever wants to know of changes reads.

`acedesk.observe.event_log` keeps them. Parts that something happens in call a `Note`; they know
nothing of who reads.
"""

import dataclasses
import datetime
import enum
from collections.abc import Mapping
from typing import Protocol

from acedesk.values import frozen_value

EventValue = None | bool | int | float | str


class EventKind(enum.Enum):
    """What kind of thing happened, and to what: the subject is its id.

    ENGINE_*: an engine came, went, is seen to be otherwise (`before`, `after`), or something else
    is wanted of it.  PROVISION_*: the making of an engine.  BREAKER_CHANGED: engines are
    not made for a while, or again; the subject is its kind.  STREAM_*: a stream or file began,
    ended, went on with another engine, or its engine is doubted.  CLIENT_*: a player joined a
    stream (`stream`) or left it.  VPN_CHANGED: its state, address or forwarded port is another.
    VPN_RECOVERY: engines inside the VPN are made anew; the cause is the step.
    REQUEST_REFUSED: a player was given no stream; the subject is its address, with what it `asked`
    for and `why`.  SETTINGS_CHANGED: their `names`, never their values, some of which are secret.
    PROGRAM_STARTED: AceDesk runs again; the events before are of an earlier run.
    ORCHESTRATOR_CHANGED: the one on another address, the subject, is back or cannot be used.
    HISTORY_TROUBLE: the file in which all this is kept could not be used, with the `detail`.
    SHARING_CHANGED: contents are shared with other AceDesks from now on (`up`), or not, and `why`.
    TOKEN_*: a token with this `name` was made, with the `scope` it has, or opens nothing any more.
    PORT_TROUBLE: a second `port` that is wanted is not listened on, and `why`, a sentence.
    """

    ENGINE_ADDED = "engine_added"
    ENGINE_REMOVED = "engine_removed"
    ENGINE_HEALTH_CHANGED = "engine_health_changed"
    ENGINE_INTENT_CHANGED = "engine_intent_changed"
    PROVISION_BEGAN = "provision_began"
    PROVISION_DONE = "provision_done"
    PROVISION_FAILED = "provision_failed"
    PROVISION_CANCELLED = "provision_cancelled"
    BREAKER_CHANGED = "breaker_changed"
    STREAM_BEGAN = "stream_began"
    STREAM_ENDED = "stream_ended"
    STREAM_FAILED_OVER = "stream_failed_over"
    STREAM_DOUBTED = "stream_doubted"
    CLIENT_JOINED = "client_joined"
    CLIENT_LEFT = "client_left"
    REQUEST_REFUSED = "request_refused"
    VPN_CHANGED = "vpn_changed"
    VPN_RECOVERY = "vpn_recovery"
    SETTINGS_CHANGED = "settings_changed"
    PROGRAM_STARTED = "program_started"
    ORCHESTRATOR_CHANGED = "orchestrator_changed"
    HISTORY_TROUBLE = "history_trouble"
    PORT_TROUBLE = "port_trouble"
    TOKEN_ADDED = "token_added"  # noqa: S105 - a kind of event
    TOKEN_REVOKED = "token_revoked"  # noqa: S105 - a kind of event
    SHARING_CHANGED = "sharing_changed"


class StopCause(enum.Enum):
    """Who ended a stream that players were watching; the `cause` of its STREAM_ENDED.

    PERSON: somebody in the window.  PROGRAM: somebody over HTTP.  SHUTDOWN: it ended with AceDesk.
    """

    PERSON = "stopped"
    PROGRAM = "stopped_by_program"
    SHUTDOWN = "shutdown"


@frozen_value
class Event:
    """One thing that happened.

    Attributes:
        number: Counts up from 1, over restarts as long as the history is kept.
        subject: Id of what it happened to, "" where there is only one such thing.
        cause: Why, as a code: that of an error, or a word of its own; "" where nothing is to be
            told.
        data: What else is to be told; texts may be an engine's or player's and are not trusted.
    """

    number: int
    time: datetime.datetime
    kind: EventKind
    subject: str
    cause: str = ""
    data: Mapping[str, EventValue] = dataclasses.field(default_factory=dict)


class Note(Protocol):
    """Takes what happened, at once and without fail."""

    def __call__(
        self, kind: EventKind, subject: str, *, cause: str = "", **data: EventValue
    ) -> None:
        """Note an event; the arguments are `Event`'s attributes."""
        ...


def note_nothing(kind: EventKind, subject: str, *, cause: str = "", **data: EventValue) -> None:
    """Stand in where nobody wants to know."""
