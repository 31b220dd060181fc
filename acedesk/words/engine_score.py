"""Sentences for an engine's score and what took points off it. Pure."""

from acedesk.model.engine_record import EngineScore, ScoreFactor, ScoreReason
from acedesk.words.numbers import NOTHING, count, format_seconds


def format_score(score: EngineScore) -> str:
    """Return "93 of 100", a dash while nothing was played."""
    return f"{score.value} of 100" if score.starts or score.reasons else NOTHING


def describe_score(score: EngineScore) -> str:
    """Return the score and its reasons as a sentence or two, for a tooltip."""
    if not score.starts and not score.reasons:
        return "Nothing was played on it in the last hour, so there is no score yet."
    if not score.reasons:
        starts = count(score.starts, "start")
        return f"100 of 100: {starts} in the last hour, and nothing went wrong."
    reasons = "; ".join(map(describe_reason, score.reasons))
    return f"{format_score(score)} in the last hour: {reasons}."


def short_reason(score: EngineScore) -> str:
    """Return what took most points off, "" when nothing did."""
    return describe_reason(score.reasons[0], points=False) if score.reasons else ""


def describe_reason(reason: ScoreReason, *, points: bool = True) -> str:
    """Return one reason: "2 of 9 starts failed (−11)"."""
    said = _describe(reason)
    return f"{said} (\N{MINUS SIGN}{reason.points})" if points else said


def _describe(reason: ScoreReason) -> str:
    match reason.factor:
        case ScoreFactor.FAILED_STARTS:
            return f"{reason.count} of {count(reason.of, 'start')} failed"
        case ScoreFactor.SLOW_STARTS:
            return f"the first picture usually took {format_seconds(reason.seconds)}"
        case ScoreFactor.STALLS:
            return f"the picture stopped {_times(reason.count)}"
        case ScoreFactor.FAILOVERS:
            return f"{count(reason.count, 'stream')} had to leave it"


def _times(number: int) -> str:
    return {1: "once", 2: "twice"}.get(number, f"{number} times")
