"""The status for people."""

from typing import Any

from acedesk.commands.status import format_status

SNAPSHOT: dict[str, Any] = {
    "version": "0.1.0",
    "base_url": "http://127.0.0.1:8080",
    "demo": True,
    "rate_in": 2_050_000,
    "rate_out": 6_100_000,
    "streams": [
        {
            "name": "Test card",
            "state": "playing",
            "clients": [{}, {}, {}],
            "bit_rate": 2_050_000,
            "peers": 12,
            "engine_name": "demo-1",
        }
    ],
    "engines": [
        {
            "name": "demo-1",
            "state": "ready",
            "host": "127.0.0.1",
            "port": 6879,
            "streams": 1,
            "max_streams": 4,
            "version": "3.2.11",
        }
    ],
    "degraded": [["vpn", "no answer"]],
}


def test_streams_and_engines_are_lined_up() -> None:
    assert format_status(SNAPSHOT) == [
        "AceDesk 0.1.0 on http://127.0.0.1:8080, demo",
        "1 stream, 3 viewers, in 2.0 Mbit/s, out 6.1 Mbit/s",
        "",
        "STREAM     STATE    VIEWERS  RATE        PEERS  ENGINE",
        "Test card  playing  3        2.0 Mbit/s  12     demo-1",
        "",
        "ENGINE  STATE  ADDRESS         STREAMS  VERSION",
        "demo-1  ready  127.0.0.1:6879  1 of 4   3.2.11",
        "degraded: vpn: no answer",
    ]


def test_the_orchestrator_is_named_with_its_state_and_what_waits_for_it() -> None:
    found: dict[str, Any] = {
        "url": "http://10.0.0.5:8000",
        "error": None,
        "known": True,
        "live": False,
        "since": "2026-11-29T12:00:00Z",
        "engines": 3,
        "unsent": 1,
    }

    def lines(**more: Any) -> list[str]:
        told = format_status({**SNAPSHOT, "orchestrator": {**found, **more}})
        return told[-3:-1]

    since = "(since 2026-11-29T12:00:00Z)"
    name = "orchestrator http://10.0.0.5:8000"
    assert lines() == [
        f"{name}: answers, 3 engines, asked every two seconds {since}",
        "1 report waits for it",
    ]
    assert lines(live=True, unsent=0)[0] == f"{name}: answers, 3 engines {since}"
    error = {"code": "orchestrator_unavailable", "message": "The orchestrator does not answer."}
    assert lines(error=error, unsent=12) == [
        f"{name}: The orchestrator does not answer. {since}",
        "12 reports wait for it",
    ]
    assert lines(known=False, since=None, unsent=0) == [
        f"{name}: not asked yet",
        "no report waits for it",
    ]


def test_what_a_snapshot_lacks_is_left_empty() -> None:
    assert format_status({"version": "9", "base_url": "http://x"}) == [
        "AceDesk 9 on http://x",
        "0 streams, 0 viewers, in 0.0 Mbit/s, out 0.0 Mbit/s",
        "",
        "no engines",
    ]


def test_names_cannot_command_the_terminal() -> None:
    evil = {**SNAPSHOT, "streams": [{"name": "\x1b[2Jboo\nline", "state": "playing"}]}

    text = "\n".join(format_status(evil))

    assert "\x1b" not in text
    assert "boo line" in text


def test_a_stream_in_trouble_says_why_and_what_to_do() -> None:
    found = {
        "cause": "swarm_too_slow",
        "sentence": "Peers deliver 3.1 Mbit/s, the picture needs 5.4.",
        "action": "switch_engine",
        "advice": "Try another engine.",
    }
    slow = {**SNAPSHOT["streams"][0], "diagnosis": found}

    lines = format_status({**SNAPSHOT, "streams": [slow]})

    assert lines[5] == (
        "Test card: Peers deliver 3.1 Mbit/s, the picture needs 5.4. Try another engine."
    )


def test_a_start_in_line_says_what_it_waits_for() -> None:
    found = {"cause": "waiting_turn", "sentence": "engine-1 is starting other streams."}
    waiting = {**SNAPSHOT["streams"][0], "state": "starting", "diagnosis": found}

    lines = format_status({**SNAPSHOT, "streams": [waiting]})

    assert lines[5] == "Test card: engine-1 is starting other streams."


def test_a_stream_that_is_fine_needs_no_line() -> None:
    fine = {**SNAPSHOT["streams"][0], "diagnosis": {"cause": "fine", "sentence": "It runs."}}

    assert format_status({**SNAPSHOT, "streams": [fine]}) == format_status(SNAPSHOT)


def test_the_delay_of_the_loop_is_told() -> None:
    lines = format_status({**SNAPSHOT, "loop_lag": 0.0123})

    assert "loop lag 12 ms (p99 of the last minute)" in lines


def test_other_acedesks_are_told_or_what_is_wrong() -> None:
    other = {"name": "tv", "host": "192.0.2.1", "port": 8080, "streams": 1, "viewers": 2}
    up: dict[str, object] = {"is_up": True, "error": None, "others": [other]}
    wrong = {"is_up": False, "error": {"message": "The memory of Redis is full."}, "others": []}

    assert "works with tv:8080 (1 stream, 2 viewers)" in format_status({"sharing": up})
    assert "no other AceDesk on this Redis" in format_status({"sharing": {**up, "others": []}})
    assert "The memory of Redis is full." in format_status({"sharing": wrong})
    assert "looking for other AceDesks" in format_status({"sharing": {"is_up": False}})
    assert not [line for line in format_status({"sharing": None}) if "Redis" in line]
