"""What an orchestrator is told of a stream: exactly what one reads."""

import dataclasses
import json

from acedesk.api.orchestrator.stream_events import read_report
from acedesk.formats.engine_reply import Session
from acedesk.formats.orchestrator.reports import ended_report, report_id, started_report
from acedesk.model.content import KeyKind, StreamKey

KEY = StreamKey(KeyKind.INFOHASH, "b" * 40)
SESSION = Session(
    playback_url="http://127.0.0.1:6878/ace/r/x/y",
    stat_url="http://127.0.0.1:6878/ace/stat/x/y",
    command_url="http://127.0.0.1:6878/ace/cmd/x/y",
    event_url="",
    infohash=None,
    playback_session_id="y",
    is_live=True,
    is_encrypted=False,
    player_id="p1",
)


def test_our_own_orchestrator_reads_what_is_told() -> None:
    body = started_report("name", KEY, SESSION, engine="one", host="10.0.0.2", port=6879)

    report = read_report(json.loads(body))

    assert (report.id, report.kind, report.key) == ("name", KEY.kind, KEY.value)
    assert (report.host, report.port, report.container_id) == ("10.0.0.2", 6879, "one")
    assert (report.stat_url, report.is_live) == (SESSION.stat_url, True)


def test_addresses_of_the_session_are_those_that_the_orchestrator_knows() -> None:
    session = dataclasses.replace(
        SESSION,
        stat_url="http://10.0.0.5:19000/ace/stat/a/b",
        command_url="http://elsewhere:6878/ace/cmd/a/b",
    )

    body = json.loads(
        started_report(
            *("name", KEY, session), engine="one", host="::1", port=40000, reached="10.0.0.5:19000"
        )
    )

    assert body["session"]["stat_url"] == "http://[::1]:40000/ace/stat/a/b"
    assert body["session"]["command_url"] == "http://elsewhere:6878/ace/cmd/a/b"


def test_the_types_are_those_that_acexy_sends() -> None:
    unsure = dataclasses.replace(SESSION, is_live=None)

    body = json.loads(started_report("n", KEY, unsure, engine="", host="h", port=1))

    assert body["session"]["is_live"] == 1
    assert not isinstance(body["session"]["is_live"], bool)
    assert "container_id" not in body
    assert body["stream"] == {"key_type": "infohash", "key": KEY.value}


def test_the_end_names_stream_reason_and_engine() -> None:
    told = json.loads(ended_report("name", "completed", engine="one"))

    assert told == {"stream_id": "name", "reason": "completed", "container_id": "one"}


def test_each_session_has_another_name() -> None:
    nameless = dataclasses.replace(SESSION, playback_session_id="")

    assert report_id(KEY, SESSION) == f"{KEY.value}|y"
    assert report_id(KEY, nameless) == f"{KEY.value}|p1"
