"""The words for an engine's score."""

import pytest

from acedesk.model.engine_record import EngineScore, ScoreFactor, ScoreReason
from acedesk.words.engine_score import describe_score, format_score, short_reason
from acedesk.words.numbers import NOTHING

FAILED = ScoreReason(factor=ScoreFactor.FAILED_STARTS, points=11, count=2, of=9)
SLOW = ScoreReason(factor=ScoreFactor.SLOW_STARTS, points=5, count=7, seconds=12.4)
STALL = ScoreReason(factor=ScoreFactor.STALLS, points=5, count=1)
STALLS = ScoreReason(factor=ScoreFactor.STALLS, points=15, count=3)
MOVE = ScoreReason(factor=ScoreFactor.FAILOVERS, points=10, count=1)


def test_an_engine_that_played_nothing_has_a_dash_and_says_why() -> None:
    assert format_score(EngineScore()) == NOTHING
    assert describe_score(EngineScore()).startswith("Nothing was played on it")
    assert short_reason(EngineScore()) == ""


def test_an_engine_without_faults_says_so() -> None:
    said = describe_score(EngineScore(value=100, starts=3))

    assert said == "100 of 100: 3 starts in the last hour, and nothing went wrong."


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        (FAILED, "2 of 9 starts failed"),
        (SLOW, "the first picture usually took 12 s"),
        (STALL, "the picture stopped once"),
        (STALLS, "the picture stopped 3 times"),
        (MOVE, "1 stream had to leave it"),
    ],
)
def test_each_reason_has_words(reason: ScoreReason, words: str) -> None:
    assert short_reason(EngineScore(value=80, starts=9, reasons=(reason,))) == words


def test_all_reasons_stand_in_the_sentence_with_their_points() -> None:
    score = EngineScore(value=84, starts=9, reasons=(FAILED, SLOW))

    assert describe_score(score) == (
        "84 of 100 in the last hour: 2 of 9 starts failed (\N{MINUS SIGN}11); "
        "the first picture usually took 12 s (\N{MINUS SIGN}5)."
    )
