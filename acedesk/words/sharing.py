"""Sentences for several AceDesks that work together over a Redis. Pure."""

from collections.abc import Mapping
from typing import Final

from acedesk.model.sharing.trouble import SharingTrouble, SharingUnavailable
from acedesk.model.sharing.view import OtherProxyView, SharingView
from acedesk.words.numbers import count

NOW: Final = "AceDesk goes on alone, and joins the others again by itself."

# What is wrong, and what a person can do about it.
TROUBLES: Final[Mapping[SharingTrouble, tuple[str, str]]] = {
    SharingTrouble.NOT_INSTALLED: (
        "A Redis is set, but the Redis library is not installed.",
        "Run “pip install acedesk[redis]”, then start AceDesk again.",
    ),
    SharingTrouble.ADDRESS: (
        "What is set as Redis is no address of one.",
        "Correct it under Settings, Network.",
    ),
    SharingTrouble.UNREACHABLE: (
        "Redis cannot be reached.",
        "Start it, or correct its address under Settings, Network.",
    ),
    SharingTrouble.SILENT: ("Redis does not answer in time.", "Look at it and at the network."),
    SharingTrouble.CREDENTIALS: (
        "Redis wants another user or password.",
        "Correct its address under Settings, Network.",
    ),
    SharingTrouble.FORBIDDEN: (
        "Redis does not allow AceDesk what it needs.",
        "Allow its user EVAL and the keys acedesk:*.",
    ),
    SharingTrouble.ENCRYPTION: (
        "The encrypted connection to Redis cannot be made.",
        "Look at its certificate, or whether it speaks TLS at all.",
    ),
    SharingTrouble.READ_ONLY: (
        "This Redis is a copy that nothing can be written to.",
        "Set the address of the Redis that it copies.",
    ),
    SharingTrouble.FULL: ("The memory of Redis is full.", "Give it more, or empty it."),
    SharingTrouble.NOT_OURS: (
        "Another program keeps something else under AceDesk's names in this Redis.",
        "Remove the keys acedesk:* there, or use another database.",
    ),
    SharingTrouble.STARTING: ("Redis is still reading its data.", ""),
    SharingTrouble.FAILING: ("Redis answers with an error.", "Its log tells more."),
}


def proxy_name(other: OtherProxyView) -> str:
    """Return what another AceDesk is called: its computer and port."""
    return f"{other.name or other.host}:{other.port}"


def summary(view: SharingView) -> tuple[str, str, str]:
    """Return how it is: a few words, a sentence, and their tone."""
    if isinstance(view.error, SharingUnavailable):
        what, action = TROUBLES[view.error.trouble]
        detail = view.error.detail.rstrip(".")
        why = f"{detail[:1].upper()}{detail[1:]}. " if detail else ""
        return what, f"{why}{NOW} {action}".rstrip(), "warn"
    if not view.is_up:
        return "Looking for other AceDesks", "", ""
    if not view.others:
        return "Ready to work with other AceDesks", "Redis answers; no other one is there now.", ""
    others = " · ".join(f"{proxy_name(one)}: {activity(one)}" for one in view.others)
    return f"Works together with {count(len(view.others), 'other AceDesk')}", others, ""


def activity(other: OtherProxyView) -> str:
    """Return what another AceDesk does: "2 streams, 5 viewers"."""
    return f"{count(other.streams, 'stream')}, {count(other.viewers, 'viewer')}"
