"""The orchestrator's contract, spoken by a strict client to a real AceDesk."""

import contextlib
import http.client
import pathlib
import urllib.parse
from collections.abc import Iterator
from typing import Any

import pytest

from tests.e2e.orchestrator_client import (
    CONTENT,
    RFC_3339,
    Batch,
    Client,
    Ended,
    Engine,
    Health,
    LogEntry,
    LogStats,
    Made,
    OneEngine,
    Position,
    Status,
    Stream,
    TotalStats,
    VpnStatus,
    decode,
)
from tests.e2e.program import Server, get_text, wait_until

pytestmark = pytest.mark.xdist_group("contract")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    home: pathlib.Path = tmp_path_factory.mktemp("contract")
    made = Server("serve", "--demo", "--port", "0", "--data-dir", str(home / "data"), home=home)
    try:
        made.ready()
        made.wait_until("/health/ready", lambda answer: answer["ready"], "an engine")
        yield made
    finally:
        made.end()


@pytest.fixture(params=["", "/", "/api/v1", "/api/v1/"])
def client(server: Server, request: pytest.FixtureRequest) -> Client:
    """Acexy joins its base and the paths as they are: a slash at its end makes two."""
    return Client(server.base_url + request.param)


@pytest.fixture
def direct(server: Server) -> Client:
    return Client(server.base_url)


def started(engine: Engine, stream_id: str, **session: Any) -> dict[str, Any]:
    key, _, playback = stream_id.partition("|")
    return {
        "container_id": "the-proxys-own",
        "engine": {"host": engine.host, "port": engine.port},
        "stream": {"key_type": "content_id", "key": key},
        "session": {
            "playback_session_id": playback,
            "stat_url": "",
            "command_url": "",
            "is_live": 1,
            **session,
        },
        "labels": {"stream_id": stream_id},
    }


def test_every_list_and_status_decodes_under_every_base(client: Client) -> None:
    assert client.get(list[Engine], "/engines")
    client.get(list[Stream], "/streams")
    status = client.get(Status, "/orchestrator/status")
    client.get(Health, "/health/status")
    client.get(list[LogEntry], "/events")
    client.get(LogStats, "/events/stats")
    client.get(VpnStatus, "/vpn/status")
    client.get(TotalStats, "/engines/stats/total")
    client.get(dict[str, Any], "/engines/stats/all")
    client.get(dict[str, Any], "/version")

    assert status.status == "healthy"
    assert status.provisioning.can_provision
    assert status.provisioning.blocked_reason in (None, "")


def test_one_engine_is_given_with_its_streams(direct: Client) -> None:
    engine = direct.get(list[Engine], "/engines")[0]

    assert direct.get(OneEngine, f"/engines/{engine.container_id}").engine.port == engine.port
    assert direct.get(dict[str, Any], "/engines/nothing")["error"] == "not found"
    assert direct.refused("GET", f"/engines/{engine.container_id}/stats")[0] == 404


def test_a_reported_stream_counts_at_once_and_until_its_end(client: Client) -> None:
    engine = client.get(list[Engine], "/engines")[0]
    stream_id = f"{CONTENT}|{client.prefix.strip('/') or 'root'}{len(client.prefix)}"

    row = client.post(Stream, "/events/stream_started", started(engine, stream_id))
    listed = client.get(list[Stream], f"/streams?container_id={engine.container_id}&status=started")
    used = client.get(list[Engine], "/engines")[0]

    assert (row.container_id, row.status, row.is_live) == (engine.container_id, "started", True)
    assert stream_id in [one.id for one in listed]
    assert stream_id in used.streams
    assert used.last_stream_usage is not None

    first = client.post(Ended, "/events/stream_ended", {"stream_id": stream_id, "reason": "eof"})
    second = client.post(Ended, "/events/stream_ended", {"stream_id": stream_id, "reason": "x"})

    assert (first.updated, second.updated) == (True, False)
    assert second.stream == first.stream
    left = client.get(list[Stream], f"/streams?container_id={engine.container_id}")
    assert stream_id not in [one.id for one in left]
    assert stream_id in [one.id for one in client.get(list[Stream], "/streams?status=ended")]


def test_the_end_of_a_stream_that_is_not_known_ends_nothing(direct: Client) -> None:
    engine = direct.get(list[Engine], "/engines")[0]
    direct.post(Stream, "/events/stream_started", started(engine, "2|stays"))

    answers = [
        direct.post(Ended, "/events/stream_ended", body)
        for body in ({"stream_id": "no|such"}, {"container_id": engine.container_id}, {})
    ]

    assert answers == [Ended(updated=False, stream=None)] * 3
    assert "2|stays" in [one.id for one in direct.get(list[Stream], "/streams")]
    direct.post(Ended, "/events/stream_ended", {"stream_id": "2|stays"})


def test_an_ended_stream_that_is_reported_again_begins_anew(direct: Client) -> None:
    engine = direct.get(list[Engine], "/engines")[0]
    direct.post(Stream, "/events/stream_started", started(engine, "3|again"))
    direct.post(Ended, "/events/stream_ended", {"stream_id": "3|again"})

    row = direct.post(Stream, "/events/stream_started", started(engine, "3|again"))

    assert (row.status, row.ended_at) == ("started", None)
    direct.post(Ended, "/events/stream_ended", {"stream_id": "3|again"})


def test_a_stream_of_an_unknown_engine_is_listed_under_what_was_told(direct: Client) -> None:
    event = started(direct.get(list[Engine], "/engines")[0], "4|elsewhere")
    event["engine"] = {"host": "engine.example", "port": 6878}
    del event["container_id"]

    row = direct.post(Stream, "/events/stream_started", event)

    assert row.container_id == "engine.example:6878"
    direct.post(Ended, "/events/stream_ended", {"stream_id": "4|elsewhere"})


def test_a_batch_takes_what_is_right_and_tells_what_is_wrong(direct: Client) -> None:
    engine = direct.get(list[Engine], "/engines")[0]
    began = [started(engine, f"5|{number}") for number in range(100)]

    status, told = direct.ask(
        "POST",
        "/events/batch",
        {
            "started": [*began, {"engine": 5}],
            "ended": [{"stream_id": f"5|{number}"} for number in range(100)] + [7],
        },
    )
    batch = decode(Batch, told)

    assert status == 200
    assert [one.id for one in batch.started] == [f"5|{number}" for number in range(100)]
    assert all(one.updated for one in batch.ended)
    assert [(one["list"], one["index"]) for one in told["errors"]] == [
        ("started", 100),
        ("ended", 100),
    ]


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/streams?status=", 422),
        ("/streams?status=paused", 422),
        ("/events?limit=0", 422),
        ("/events?limit=1001", 422),
        ("/events?limit=x", 422),
        ("/events?offset=-1", 422),
        ("/events?since=yesterday", 422),
        ("/containers/nothing", 404),
        ("/streams/no%7Csuch/livepos", 404),
        ("/streams/no%7Csuch/extended-stats", 404),
        ("/modify_m3u", 422),
        ("/modify_m3u?m3u_url=file:///etc/passwd", 422),
        ("/modify_m3u?m3u_url=http://127.0.0.1:1/x", 403),
    ],
)
def test_what_is_asked_wrongly_is_refused(client: Client, path: str, status: int) -> None:
    assert client.refused("GET", path)[0] == status


def test_nothing_is_no_error_where_clients_expect_a_list(direct: Client) -> None:
    assert direct.get(list[Any], "/streams/no%7Csuch/stats?since=2026-01-01T00:00:00Z") == []
    assert direct.get(list[LogEntry], "/events?event_type=weather") == []


def test_an_engine_is_made_within_three_seconds_and_listed_at_once(direct: Client) -> None:
    made = direct.post(Made, "/provision/acestream", {"labels": {}, "env": {}})
    again = direct.post(Made, "/provision/acestream", {"labels": {}, "env": {}})
    listed = {one.container_id: one.port for one in direct.get(list[Engine], "/engines")}

    assert again == made
    assert listed[made.container_id] == made.host_http_port


def test_scaling_answers_the_number_that_was_asked_for(direct: Client) -> None:
    assert direct.post(dict[str, int], "/scale/1") == {"scaled_to": 1}
    assert direct.refused("POST", "/scale/many")[0] == 422
    assert direct.refused("POST", "/scale/-1")[0] == 422


def test_the_breakers_can_be_reset(direct: Client) -> None:
    assert direct.post(dict[str, str], "/health/circuit-breaker/reset")["message"]
    path = "/health/circuit-breaker/reset?operation_type=weather"
    assert direct.refused("POST", path)[0] == 422


def test_a_stream_of_ours_is_listed_and_really_stopped(server: Server, direct: Client) -> None:
    player = http.client.HTTPConnection(direct.host, direct.port, timeout=20)
    with contextlib.closing(player):
        player.request("GET", f"/ace/getstream?id={CONTENT}")
        answer = player.getresponse()
        assert answer.read(188)
        row = next(
            one for one in direct.get(list[Stream], "/streams?status=started") if one.key == CONTENT
        )
        engines = {one.container_id: one.streams for one in direct.get(list[Engine], "/engines")}

        assert row.id in engines[row.container_id]
        assert "/ace/stat/" in row.stat_url
        assert direct.get(Position, f"/streams/{row.id}/livepos").is_live in (True, False)

        assert direct.ask("DELETE", f"/streams/{row.id}")[0] == 200
        with contextlib.suppress(http.client.IncompleteRead):
            while answer.read(65536):
                pass
    wait_until(
        lambda: direct.get(list[Stream], "/streams"),
        lambda rows: row.id not in [one.id for one in rows],
        "the end of the stream",
    )
    assert server.process.poll() is None


def play_elsewhere(direct: Client, content: str) -> tuple[Engine, str, dict[str, Any]]:
    """Let another program play on our engine and report it; return engine, id and session."""
    engine = direct.get(list[Engine], "/engines")[0]
    other = Client(f"http://{engine.host}:{engine.port}")
    _, opened = other.ask("GET", f"/ace/getstream?format=json&id={content}&pid={content[-1]}")
    session = opened["response"]
    stream_id = f"{content}|{session['stat_url'].rpartition('/')[2]}"
    urls = {"stat_url": session["stat_url"], "command_url": session["command_url"]}
    direct.post(Stream, "/events/stream_started", started(engine, stream_id, **urls))
    return engine, stream_id, session


def test_a_reported_stream_is_stopped_on_its_engine(server: Server, direct: Client) -> None:
    """Another program opens a session on our engine; DELETE sends its engine the stop."""
    engine, stream_id, session = play_elsewhere(direct, f"{CONTENT[:-1]}2")
    other = Client(f"http://{engine.host}:{engine.port}")
    stat = urllib.parse.urlsplit(session["stat_url"]).path

    path = f"/streams/{urllib.parse.quote(stream_id, safe='')}"
    assert direct.ask("DELETE", path)[0] == 200

    _, told = other.ask("GET", stat)
    assert told["error"]
    assert stream_id not in [one.id for one in direct.get(list[Stream], "/streams")]
    assert direct.refused("DELETE", path)[0] == 400


def test_a_reported_stream_shows_what_its_engine_tells(server: Server, direct: Client) -> None:
    """Another program plays on our engine; lists, figures and events know of it."""
    _engine, stream_id, _session = play_elsewhere(direct, f"{CONTENT[:-1]}3")

    def row() -> dict[str, Any]:
        rows: list[dict[str, Any]] = direct.ask("GET", "/streams")[1]
        return next(one for one in rows if one["id"] == stream_id)

    shown = wait_until(row, lambda one: one["peers"] is not None, "what its engine tells")
    assert all(type(shown[name]) is int for name in ("peers", "speed_down", "downloaded"))
    path = f"/streams/{urllib.parse.quote(stream_id, safe='')}"
    _, told = direct.ask("GET", f"{path}/stats?since=2020-01-01T00:00:00Z")
    assert told[-1]["peers"] == shown["peers"]
    assert direct.ask("GET", f"{path}/stats?since=2099-01-01T00:00:00Z")[1] == []
    assert "\norch_total_streams 0.0" not in get_text(server.base_url, "/metrics")
    name = urllib.parse.quote(stream_id, safe="")
    _, began = direct.ask("GET", f"/events?stream_id={name}")
    assert [one["category"] for one in began] == ["began"]

    assert direct.ask("DELETE", path)[0] == 200
    events = direct.get(list[LogEntry], f"/events?stream_id={name}&event_type=stream")
    assert [one.category for one in events] == ["ended", "began"]


def test_an_engine_that_was_provisioned_can_be_deleted_under_its_id(direct: Client) -> None:
    made = direct.post(Made, "/provision/acestream", {"labels": {}, "env": {}})

    assert direct.ask("DELETE", f"/containers/{made.container_id}")[1]["deleted"]

    wait_until(
        lambda: direct.get(list[Engine], "/engines"),
        lambda engines: made.container_id not in [one.container_id for one in engines],
        "the end of the engine",
    )


def test_breakers_tell_when_they_succeeded_and_failed(direct: Client) -> None:
    direct.post(Made, "/provision/acestream", {"labels": {}, "env": {}})

    def general() -> dict[str, Any]:
        found: dict[str, Any] = direct.ask("GET", "/health/status")[1]["circuit_breakers"]
        return dict(found["general"])

    seen = wait_until(general, lambda one: one["last_success_time"] is not None, "a success")
    assert RFC_3339.fullmatch(seen["last_success_time"])
    assert seen["last_failure_time"] is None


@pytest.mark.parametrize("port", ["abc", "0", "70000", "-1", "8080.0"])
def test_a_wrong_port_of_a_list_is_no_good_request(direct: Client, port: str) -> None:
    path = f"/modify_m3u?m3u_url=http%3A%2F%2Fexample.org%2Fx&host=my.host&port={port}"

    assert direct.refused("GET", path)[0] == 400


def test_an_address_that_is_not_known_is_503(direct: Client) -> None:
    assert direct.refused("GET", "/vpn/publicip")[0] == 503
