"""The small commands, against a running AceDesk."""

import json
import pathlib
import socket
import urllib.parse
from collections.abc import Callable

import pytest

from tests.e2e.program import Program, Server, get_json, run

CHANNEL = "ace0dec000000000000000000000000000000001"  # the first of the demo


def test_status_prints_the_snapshot(
    server: Server, tmp_path: pathlib.Path, data_dir: pathlib.Path
) -> None:
    result = run("status", "--json", "--data-dir", str(data_dir), home=tmp_path / "home")

    snapshot = json.loads(result.stdout)
    assert result.returncode == 0
    assert snapshot["base_url"] == server.base_url
    assert snapshot["demo"] is True
    assert len(snapshot["engines"]) == 1


def test_an_engine_that_is_added_by_a_person_stays(
    server: Server, tmp_path: pathlib.Path, data_dir: pathlib.Path
) -> None:
    result = run("engines", "add", "--data-dir", str(data_dir), home=tmp_path / "home")

    assert (result.returncode, result.stdout) == (0, "engine-2 is ready.\n"), result.stderr
    found = {one["name"]: one["on_demand"] for one in server.get("/api/v2/snapshot")[1]["engines"]}
    assert found == {"engine-1": False, "engine-2": False}


def test_status_is_json_whatever_a_player_is_called(
    server: Server, tmp_path: pathlib.Path, data_dir: pathlib.Path
) -> None:
    address = urllib.parse.urlsplit(server.base_url)
    with socket.create_connection((address.hostname, address.port), timeout=10) as player:
        request = f"GET /ace/getstream?id={CHANNEL} HTTP/1.1\r\nHost: x\r\nUser-Agent: Box"
        player.sendall(request.encode() + b"\xe9 \xc3\xa9\r\n\r\n")
        assert player.recv(12) == b"HTTP/1.1 200"
        result = run("status", "--json", "--data-dir", str(data_dir), home=tmp_path / "home")

    assert result.returncode == 0, result.stderr
    (stream,) = json.loads(result.stdout)["streams"]
    assert stream["clients"][0]["user_agent"] == "Box é"


def test_status_is_readable(server: Server, tmp_path: pathlib.Path, data_dir: pathlib.Path) -> None:
    result = run("status", "--data-dir", str(data_dir), home=tmp_path / "home")

    assert result.returncode == 0
    assert server.base_url in result.stdout
    assert "ENGINE" in result.stdout


def test_doctor_knows_that_acedesk_runs(
    server: Server, tmp_path: pathlib.Path, data_dir: pathlib.Path
) -> None:
    port = server.base_url.rpartition(":")[2]
    result = run(*("doctor", "--data-dir", str(data_dir), "--port", port), home=tmp_path / "home")

    assert f"AceDesk itself listens on {server.base_url}" in result.stdout
    assert result.returncode == 0, result.stdout


def test_the_demo_channels_are_listed_the_normal_one_first(channels: list[dict[str, str]]) -> None:
    assert len(channels) == 5
    for channel in channels:
        assert set(channel) == {"id", "name", "what"}
        assert len(channel["id"]) == 40
    assert len({channel["id"] for channel in channels}) == 5


def test_the_demo_engine_runs_alone(start: Callable[..., Program]) -> None:
    program = start("demo-engine", "--port", "0")
    base_url = program.read_line().removeprefix("Demo engine listening on ")

    status, answer = get_json(base_url, "/webui/api/service?method=get_version")

    assert status == 200
    assert answer["result"]["version"]
    assert program.stop() == 0
    assert "Traceback" not in program.stderr


def test_the_demo_engine_names_a_taken_port(tmp_path: pathlib.Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        result = run("demo-engine", "--port", port, home=tmp_path / "home")

    assert result.returncode == 1
    assert f"Port {port}" in result.stderr.splitlines()[-1]
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize("arguments", [("--version",), ("--help",), ("serve", "--help")])
def test_the_program_introduces_itself(tmp_path: pathlib.Path, arguments: tuple[str, ...]) -> None:
    result = run(*arguments, home=tmp_path / "home")

    assert result.returncode == 0
    assert "acedesk" in result.stdout
    assert result.stderr == ""
