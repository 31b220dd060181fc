"""Sentences for the result of a tried link. Pure."""

from acedesk.model.history import LinkTestResult
from acedesk.words.errors import explain
from acedesk.words.numbers import count, format_rate, format_seconds


def verdict(result: LinkTestResult) -> str:
    """Return whether it plays, in a sentence."""
    if result.plays and result.error is None:
        return "It plays."
    if result.plays:
        return f"It plays, but ended early. {explain(result.error or ValueError()).line}"
    if result.error is None:
        return "It does not play."
    return f"It does not play. {explain(result.error).line}"


def facts(result: LinkTestResult) -> list[tuple[str, str]]:
    """Return what was learned, as names and values; what is not known is left out."""
    size = f"{result.width} × {result.height}" if result.width and result.height else ""
    first = "" if result.first_byte is None else format_seconds(result.first_byte)
    rate = "" if result.bit_rate is None else format_rate(result.bit_rate)
    speed = "" if result.speed_down is None else format_rate(result.speed_down)
    found = (
        ("Peers", "" if result.peers is None else str(result.peers)),
        ("First byte after", first),
        ("Needs", rate),
        ("Engine downloads", speed),
        ("Codecs", result.codecs),
        ("Picture", size),
        ("Kind", {True: "live broadcast", False: "video file", None: ""}[result.is_live]),
        ("Tried", f"{format_seconds(result.seconds)} on {result.engine_name}"),
    )
    return [(name, value) for name, value in found if value]


def line(result: LinkTestResult) -> str:
    """Return the result in one line."""
    parts = [value for name, value in facts(result) if name in ("Codecs", "Picture", "Needs")]
    if result.peers is not None:
        parts.append(count(result.peers, "peer"))
    return " ".join([verdict(result), *([f"{', '.join(parts)}."] if parts else [])])
