"""The words for a tried link."""

import datetime

from acedesk.errors import EngineRefused, EngineStalled
from acedesk.model.history import LinkTestResult
from acedesk.words.link_test import facts, line, verdict

NOON = datetime.datetime(2026, 1, 1, 12, tzinfo=datetime.UTC)


def result(**facts: object) -> LinkTestResult:
    values = {"stream_id": "s", "title": "", "time": NOON, "engine_name": "engine-1", **facts}
    return LinkTestResult(**values)  # type: ignore[arg-type]  # facts are fields


PLAYS = result(
    seconds=8.2,
    first_byte=2.3,
    peers=14,
    bit_rate=4.1e6,
    speed_down=5e6,
    codecs="H.264 · AAC",
    width=1920,
    height=1080,
    measured=5.0,
    is_live=True,
)


def test_a_link_that_plays_says_all_that_was_learned() -> None:
    assert verdict(PLAYS) == "It plays."
    assert dict(facts(PLAYS)) == {
        "Peers": "14",
        "First byte after": "2.3 s",
        "Needs": "4.1 Mbit/s",
        "Engine downloads": "5.0 Mbit/s",
        "Codecs": "H.264 · AAC",
        "Picture": "1920 × 1080",
        "Kind": "live broadcast",
        "Tried": "8.2 s on engine-1",
    }
    assert line(PLAYS) == "It plays. 4.1 Mbit/s, H.264 · AAC, 1920 × 1080, 14 peers."


def test_a_link_that_does_not_play_says_why_and_no_more_than_is_known() -> None:
    refused = result(error=EngineRefused("cannot load transport file"), seconds=1.0)

    assert verdict(refused).startswith("It does not play. The engine refused this stream.")
    assert dict(facts(refused)) == {"Tried": "1.0 s on engine-1"}


def test_a_link_that_ended_early_says_both() -> None:
    early = result(first_byte=1.0, measured=2.0, error=EngineStalled("no bytes"))

    assert verdict(early).startswith("It plays, but ended early. The engine stopped sending.")


def test_without_any_reason_it_says_only_that() -> None:
    assert verdict(result()) == "It does not play."
