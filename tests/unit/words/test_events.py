"""Events as sentences."""

import datetime
from typing import Any

import pytest

from acedesk.model.engine import ScalingCause
from acedesk.model.event import Event, EventKind
from acedesk.words.events import EventWords, describe, stream_name

NOON = datetime.datetime(2026, 11, 29, 12, tzinfo=datetime.UTC)
ID = "5" * 36 + "a9e1"
NAMES = {ID: "Test card"}


def say(kind: EventKind, subject: str = "", *, cause: str = "", **data: Any) -> EventWords:
    event = Event(number=1, time=NOON, kind=kind, subject=subject, cause=cause, data=data)
    return describe(event, NAMES)


@pytest.mark.parametrize("kind", EventKind)
def test_every_kind_has_words_even_without_its_data(kind: EventKind) -> None:
    words = say(kind, "x")

    assert words.what
    assert words.what[0] == words.what[0].upper()
    assert "{" not in words.line
    assert "None" not in words.line
    assert "_" not in words.line


def test_a_stream_is_named_by_its_title_or_the_end_of_its_id() -> None:
    assert stream_name(ID, NAMES) == "Test card"
    assert stream_name(ID, {}) == "Stream …a9e1"
    assert say(EventKind.STREAM_BEGAN, ID).subject == "Test card"
    assert say(EventKind.STREAM_BEGAN, "f" * 40, name="Local TV").subject == "Local TV"


def test_a_change_of_engine_says_from_which_to_which_and_what_was_lost() -> None:
    words = say(
        EventKind.STREAM_FAILED_OVER,
        ID,
        cause="engine_stalled",
        from_engine="engine-1",
        to_engine="engine-2",
        seconds=0.6,
        lost_packets=0,
    )

    assert words.line == (
        "Test card: engine-1 stopped sending; goes on with engine-2 after 0.6 s, nothing lost"
    )
    assert words.tone == "warn"


def test_an_engine_that_was_started_again_is_named_once() -> None:
    words = say(
        EventKind.STREAM_FAILED_OVER,
        ID,
        cause="engine_unreachable",
        from_engine="engine-1",
        to_engine="engine-1",
        seconds=3.3,
        lost_packets=2,
    )

    assert words.what == "engine-1 was lost; goes on with it after 3.3 s, 2 packets lost"


@pytest.mark.parametrize(
    ("kind", "scope", "line"),
    [
        (EventKind.TOKEN_ADDED, "play", "Token “TV”: May play here from now on"),
        (EventKind.TOKEN_ADDED, "all", "Token “TV”: May play and use the API here from now on"),
        (EventKind.TOKEN_REVOKED, "", "Token “TV”: Was revoked and opens nothing any more"),
    ],
)
def test_a_token_says_what_it_opens(kind: EventKind, scope: str, line: str) -> None:
    assert say(kind, "0123", name="TV", scope=scope).line == line


@pytest.mark.parametrize(
    ("cause", "text", "tone"),
    [
        ("nobody_watched", "Ended after 12 min, because nobody watched any more", "muted"),
        ("looping_stream", "Ended after 12 min: the broadcast repeats itself", "muted"),
        ("stopped", "Stopped by you after 12 min", "muted"),
        ("stopped_by_program", "Stopped by a program after 12 min", "muted"),
        ("shutdown", "Ended with AceDesk after 12 min", "muted"),
        ("engine_too_slow", "Failed after 12 min: the engine was too slow", "bad"),
        ("something_new", "Failed after 12 min", "bad"),
    ],
)
def test_the_end_of_a_stream_says_why(cause: str, text: str, tone: str) -> None:
    words = say(EventKind.STREAM_ENDED, ID, cause=cause, seconds=725.0)

    assert (words.what, words.tone) == (text, tone)


@pytest.mark.parametrize(
    ("cause", "seconds", "text"),
    [
        ("engine_refused", 0.2, "Did not start: the engine refused it"),
        ("engine_too_slow", 45.0, "Did not start after 45 s: the engine sent nothing in time"),
        ("engine_stalled", 12.0, "Did not start after 12 s: the engine sent nothing"),
        ("engine_unreachable", 0.0, "Did not start: the engine was lost"),
        ("no_engine", 0.4, "Did not start"),
    ],
)
def test_a_start_that_failed_is_not_told_as_the_end_of_a_picture(
    cause: str, seconds: float, text: str
) -> None:
    words = say(EventKind.STREAM_ENDED, ID, cause=cause, seconds=seconds, received_bytes=0)

    assert (words.what, words.tone) == (text, "bad")
    assert say(EventKind.STREAM_ENDED, ID, cause=cause, seconds=60.0, received_bytes=1).what[
        :6
    ] == ("Failed")


def test_players_are_named_with_their_address_and_the_stream_they_watched() -> None:
    joined = say(EventKind.CLIENT_JOINED, "c", stream=ID, player="VLC", address="10.0.0.2")
    left = say(EventKind.CLIENT_LEFT, "c", cause="stuck", stream=ID, player="VLC", seconds=60.0)

    assert joined.line == "Test card: VLC (10.0.0.2) watches"
    assert left.line == (
        "Test card: VLC was disconnected after 1 min, because it was paused for too long"
    )
    assert (joined.tone, left.tone) == ("muted", "warn")


def test_an_engine_that_dies_says_what_was_seen() -> None:
    words = say(
        EventKind.ENGINE_HEALTH_CHANGED,
        "id",
        name="engine-1",
        after="unreachable",
        detail="no answer within 5 s",
    )

    assert words.line == "engine-1: Cannot be reached: no answer within 5 s"
    assert words.tone == "bad"


def test_a_refused_player_is_told_with_the_reason() -> None:
    words = say(
        EventKind.REQUEST_REFUSED, "10.0.0.2", player="Kodi", asked=ID, why="No engine is there."
    )

    assert words.line == "Test card: Kodi (10.0.0.2) got nothing: No engine is there"


@pytest.mark.parametrize(
    ("before", "after", "text"),
    [
        ("connecting", "connected", "VPN: Is connected (address 1.2.3.4, port 51234)"),
        (
            "connected",
            "connected",
            "VPN: Has another address or port (address 1.2.3.4, port 51234)",
        ),
    ],
)
def test_the_vpn_says_address_and_port(before: str, after: str, text: str) -> None:
    words = say(
        EventKind.VPN_CHANGED, before=before, after=after, public_ip="1.2.3.4", forwarded_port=51234
    )

    assert words.line == text


def test_settings_are_named_without_their_values() -> None:
    assert say(EventKind.SETTINGS_CHANGED, names="host, log_level").line == (
        "Settings: Host, log level changed"
    )


def test_a_restart_and_a_lost_history_have_words() -> None:
    assert say(EventKind.PROGRAM_STARTED, version="1.2").line == "AceDesk 1.2 was started"
    assert say(EventKind.HISTORY_TROUBLE, cause="full").tone == "bad"
    denied = say(EventKind.HISTORY_TROUBLE, cause="unwritable", detail="permission denied")
    assert denied.line == "The history cannot be kept: permission denied"


def test_a_second_port_that_cannot_be_had_says_why_and_what_holds_now() -> None:
    words = say(EventKind.PORT_TROUBLE, port=6878, why="Port 6878 is in use by java (pid 4).")

    assert words.line == (
        "Port 6878 is in use by java (pid 4). AceDesk answers at its own port only"
    )
    assert words.tone == "warn"


@pytest.mark.parametrize("cause", ScalingCause)
def test_every_cause_of_scaling_has_words(cause: ScalingCause) -> None:
    words = say(EventKind.ENGINE_REMOVED, "x", cause=cause.value, name="engine-1")

    assert words.line.startswith("engine-1: Was removed: ")
    assert "_" not in words.line


def test_an_engine_that_replaces_another_says_which_and_why() -> None:
    words = say(
        EventKind.PROVISION_BEGAN, "x", cause="unhealthy", name="engine-2", replaces="engine-1"
    )

    assert words.line == "engine-2: Is being made to replace engine-1: it does not answer"


def test_an_engine_that_goes_when_it_is_empty_says_why() -> None:
    words = say(
        EventKind.ENGINE_INTENT_CHANGED, "x", cause="outdated", name="engine-1", after="remove"
    )

    assert words.line == (
        "engine-1: Is removed when its last stream ends: the settings of engines have changed"
    )


@pytest.mark.parametrize(
    ("subject", "after", "line", "tone"),
    [
        (
            "growth",
            "open",
            "New engines: None is made for 5 min, because 5 tries failed: the disk is full",
            "bad",
        ),
        ("growth", "half_open", "New engines: One is tried again", "warn"),
        ("replacement", "closed", "Replacements of engines: Are made again", "good"),
    ],
)
def test_a_circuit_breaker_says_what_happens_now(
    subject: str, after: str, line: str, tone: str
) -> None:
    detail = "the disk is full" if after == "open" else ""
    words = say(
        EventKind.BREAKER_CHANGED, subject, after=after, failures=5, seconds=300.0, detail=detail
    )

    assert (words.line, words.tone) == (line, tone)


@pytest.mark.parametrize(
    ("before", "after", "line", "tone"),
    [
        ("unknown", "ready", "Answers; its engines are used", "good"),
        ("silent", "ready", "Answers again; its engines are used", "good"),
        ("ready", "silent", "Does not answer: Connection refused", "bad"),
        ("ready", "refused", "Does not let AceDesk in: Connection refused", "bad"),
    ],
)
def test_an_orchestrator_that_goes_and_comes_is_told(
    before: str, after: str, line: str, tone: str
) -> None:
    detail = "" if after == "ready" else "Connection refused"
    words = say(
        EventKind.ORCHESTRATOR_CHANGED, "http://nas", before=before, after=after, detail=detail
    )

    assert (words.line, words.tone) == (f"Orchestrator http://nas: {line}", tone)


def test_working_with_other_acedesks_and_alone() -> None:
    alone = say(EventKind.SHARING_CHANGED, up=False, why="Redis does not answer")

    assert say(EventKind.SHARING_CHANGED, up=True).tone == "good"
    assert alone.line == "Goes on alone, without the other AceDesks: Redis does not answer"
    assert alone.tone == "warn"


def test_an_event_of_another_acedesk_is_told_with_its_name() -> None:
    assert say(EventKind.STREAM_BEGAN, ID, proxy="tv:8080").line == "Test card: Began (on tv:8080)"
    assert say(EventKind.STREAM_BEGAN, ID, proxy="").line == "Test card: Began"


@pytest.mark.parametrize(("used", "tone"), [(True, "bad"), (False, "muted"), (None, "bad")])
def test_a_vpn_that_nobody_uses_is_no_bad_news(used: bool | None, tone: str) -> None:
    data = {} if used is None else {"used": used}

    words = say(EventKind.VPN_CHANGED, before="connected", after="stopped", **data)  # type: ignore[arg-type]

    assert words.tone == tone


@pytest.mark.parametrize(
    ("detail", "cause", "what"),
    [
        ("you removed it", "", "Was removed by you"),
        ("a program removed it", "", "Was removed by a program"),
        ("its container was removed outside of AceDesk", "", "Was removed: its container was"),
        ("AceDesk removed it", "idle", "Was removed: nobody used it for long"),
        ("AceDesk removed it", "asked", "Was removed: a replacement was asked for"),
        ("", "", "Was removed"),
    ],
)
def test_who_removed_an_engine_is_told(detail: str, cause: str, what: str) -> None:
    words = say(EventKind.ENGINE_REMOVED, cause=cause, name="engine-1", detail=detail)

    assert words.what.startswith(what)


def test_a_stream_of_another_program_says_where_it_plays_and_that_it_ended() -> None:
    subject = f"{ID}|3f2a77"
    began = say(EventKind.STREAM_BEGAN, subject, engine="engine-1", reported=True)
    ended = say(EventKind.STREAM_ENDED, subject, cause="reported", reason="eof", seconds=61.0)

    assert began.line == "Test card: Began in another program, on engine-1"
    assert ended.line == "Test card: Ended in the other program after 1 min"
