"""The words for what was counted: switches of engine, the start, gaps, viewers that left. Pure."""

import datetime
from typing import Final

from acedesk.model.failover import Failover, SpliceMethod
from acedesk.model.history import Gaps, LeftReason, LeftView
from acedesk.model.snapshot import ClientView, StreamView
from acedesk.words import numbers
from acedesk.words.events import engine_cause

SEPARATOR: Final = " · "  # between the parts of a line

_REASONS: Final = {
    LeftReason.LEFT: "left",
    LeftReason.STREAM_ENDED: "the stream ended",
    LeftReason.CLOSED: "disconnected by you",
    LeftReason.STUCK: "paused for too long",
    LeftReason.UNREACHABLE: "its device was out of reach",
    LeftReason.GAVE_WAY: "was paused, made room for another",
    LeftReason.ERROR: "cut off by a fault of AceDesk",
}


def failover_line(failover: Failover) -> str:
    """Return "14:02:31 engine-1 → engine-2, 0.6 s, nothing lost (byte-exact)"."""
    time = f"{failover.time.astimezone():%H:%M:%S}"
    if failover.method is SpliceMethod.BYTE_EXACT:
        how = "nothing lost (byte-exact)"
    else:
        how = f"{_lost(failover)} (joined at a keyframe)"
    lasted = numbers.format_seconds(failover.duration)
    return f"{time} {failover.from_engine} → {failover.to_engine}, {lasted}, {how}"


def switches(stream: StreamView) -> str:
    """Return "2 switches, last 14:02: engine-1 stopped sending; 0 packets lost", "" for none."""
    if not stream.failovers:
        return ""
    last = stream.failovers[-1]
    count = numbers.count(max(stream.switches, len(stream.failovers)), "switch", "switches")
    time = f"{last.time.astimezone():%H:%M}"
    when = time if count.startswith("1 ") else f"last {time}"
    cause = engine_cause(last.cause, last.detail)
    # An engine that was removed is not asked again: another one has its name now.
    same = last.from_engine == last.to_engine and last.cause != "engine_removed"
    again = " and was asked again" if same else ""
    return f"{count}, {when}: {last.from_engine} {cause}{again}; {_lost(last)}"


def _lost(failover: Failover) -> str:
    if failover.lost_packets is None:
        return "what was lost is not known"
    return f"{numbers.count(failover.lost_packets, 'packet')} lost"


def start(stream: StreamView) -> str:
    """Return how long the start took: "Picture after 1.4 s"; "" before it is over."""
    if stream.first_keyframe is not None:
        return f"Picture after {numbers.format_seconds(stream.first_keyframe)}"
    if stream.first_byte is not None:
        return f"First byte after {numbers.format_seconds(stream.first_byte)}"
    return ""


def phases(stream: StreamView) -> str:
    """Return the phases of the start in one line; "" while there is none."""
    parts = [
        f"{name} after {numbers.format_seconds(seconds)}"
        for name, seconds in (
            ("engine ready", stream.accepted),
            ("first byte", stream.first_byte),
            ("first picture", stream.first_keyframe),
        )
        if seconds is not None
    ]
    return f"Start: {', '.join(parts)}" if parts else ""


def source_gaps(gaps: Gaps) -> str:
    """Return "No media came 2 times, longest 3.0 s"; "" when it always did."""
    if not gaps.count:
        return ""
    times = "once," if gaps.count == 1 else f"{gaps.count} times, longest"
    return f"No media came {times} {numbers.format_seconds(gaps.longest)}"


def story(stream: StreamView) -> str:
    """Return what there is to tell of the stream in one line: its switches first."""
    parts = (switches(stream), start(stream), source_gaps(stream.gaps))
    return SEPARATOR.join(part for part in parts if part)


def whole_story(stream: StreamView) -> str:
    """Return the same in full, one line each: the start, the gaps, the last switches."""
    total = f"{source_gaps(stream.gaps)}, {numbers.format_seconds(stream.gaps.total)} in all"
    lines = [
        phases(stream),
        total if stream.gaps.count > 1 else source_gaps(stream.gaps),
        f"Received: {numbers.format_bytes(stream.received_bytes)}" if stream.first_byte else "",
        *(failover_line(failover) for failover in stream.failovers[-8:]),
    ]
    return "\n".join(line for line in lines if line)


def viewer_gaps(gaps: Gaps) -> str:
    """Return "paused 2 times, longest 3 s"; "" for a viewer that never did."""
    if not gaps.count:
        return ""
    longest = numbers.format_span(gaps.longest)
    return f"paused {longest}" if gaps.count == 1 else f"paused {gaps.count} times, up to {longest}"


def skips(count: int) -> str:
    """Return "skipped 2 times"; "" for none."""
    return f"skipped {numbers.count(count, 'time')}" if count else ""


def trouble(client: ClientView) -> str:
    """Return "skipped 2 times · paused 3 times, up to 4 s"; "" for a viewer without any."""
    return " · ".join(part for part in (skips(client.skips), viewer_gaps(client.gaps)) if part)


def viewer_tip(client: ClientView) -> str:
    """Return what a viewer's line has no room for."""
    lines = [f"Received: {numbers.format_bytes(client.sent_bytes)}"]
    if client.first_byte is not None:
        lines.append(f"First byte after {numbers.format_seconds(client.first_byte)}")
    if client.skips:
        lines.append(f"Skipped ahead {numbers.count(client.skips, 'time')}: it read too slowly")
    if client.gaps.count:
        total = numbers.format_span(client.gaps.total)
        times = numbers.count(client.gaps.count, "time")
        lines.append(f"Took nothing {times}, {total} in all, while media flowed")
    return "\n".join(lines)


def left_detail(left: LeftView, now: datetime.datetime) -> str:
    """Return "left 3 min ago · watched 12:05 · 31.4 MB" and what went wrong."""
    reason = _REASONS[left.reason]
    separator = " " if left.reason is LeftReason.LEFT else ", "
    watched = "no picture" if left.first_byte is None else "watched"
    parts = [
        f"{reason}{separator}{numbers.format_ago(left.left_time, now)}",
        f"{watched} {numbers.format_duration(left.duration)}",
        numbers.format_bytes(left.sent_bytes) if left.sent_bytes else "",
        skips(left.skips),
        viewer_gaps(left.gaps),
    ]
    return " · ".join(part for part in parts if part)
