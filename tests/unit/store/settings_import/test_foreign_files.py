"""Files of other programs, whatever they are."""

import os
import pathlib
import socket
import sys

import pytest

from acedesk.errors import BadRequest
from acedesk.model.settings_import.source import SourceKind
from acedesk.store.settings_import.foreign_files import (
    MAX_BYTES,
    kind_of,
    read_environment,
    read_foreign,
)

COMPOSE = "services: {a: {environment: {X: '${Y:-none}'}, env_file: more.env}}"


def put(folder: pathlib.Path, name: str, text: str) -> pathlib.Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("compose.yaml", "", SourceKind.COMPOSE),
        ("docker-compose.YML", "", SourceKind.COMPOSE),
        ("stack", "services:\n  a:\n", SourceKind.COMPOSE),
        (".env", "A=b", SourceKind.ENV_FILE),
        ("acexy.env", "A=services: x", SourceKind.ENV_FILE),
        ("settings.txt", "A=b", SourceKind.ENV_FILE),
    ],
)
def test_what_a_file_is_for(name: str, text: str, expected: SourceKind) -> None:
    assert kind_of(name, text) is expected


def test_a_compose_file_with_what_stands_beside_it(tmp_path: pathlib.Path) -> None:
    put(tmp_path, ".env", "Y=beside\nZ=1\n")
    put(tmp_path, "more.env", "M=${Z}\n")
    path = put(tmp_path, "compose.yaml", COMPOSE)

    (service,) = read_foreign(path, {"Z": "around"}).services

    assert {one.name: one.text for one in service.variables} == {"M": "around", "X": "beside"}


def test_a_broken_env_beside_a_compose_file_is_as_none(tmp_path: pathlib.Path) -> None:
    put(tmp_path, ".env", "what is this")

    (service,) = read_foreign(put(tmp_path, "compose.yaml", COMPOSE), {}).services

    assert service.variables[0].text == "none"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_marks_of_editors_are_understood(tmp_path: pathlib.Path, encoding: str) -> None:
    path = tmp_path / "x.env"
    path.write_bytes("A=ü\r\n".encode(encoding))

    assert read_foreign(path, {}).services[0].variables[0].text == "ü"


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"\x7fELF\x02\x01\x00\xff", "it is no text"),
        (b"A=\x00b", "it is no text"),
        (b"A=b\n" * (MAX_BYTES // 4 + 1), "it is larger than 256 KiB"),
        (b"what is this", "line 1 is not NAME=value"),
    ],
)
def test_says_why_it_cannot_be_imported(tmp_path: pathlib.Path, data: bytes, told: str) -> None:
    path = tmp_path / "x.env"
    path.write_bytes(data)

    with pytest.raises(BadRequest, match=told):
        read_foreign(path, {})


def test_a_file_is_what_it_is_said_to_be(tmp_path: pathlib.Path) -> None:
    with pytest.raises(BadRequest, match="it is no compose file"):
        read_foreign(put(tmp_path, "x.env", "A=b"), {}, SourceKind.COMPOSE)


def test_folders_missing_files_and_devices_are_told(tmp_path: pathlib.Path) -> None:
    with pytest.raises(BadRequest, match="it is a folder"):
        read_foreign(tmp_path, {})
    with pytest.raises(BadRequest, match="there is no such file"):
        read_foreign(tmp_path / "none", {})
    # On Windows no file can have such a name.
    with pytest.raises(BadRequest, match=r"cannot be read|there is no such file"):
        read_foreign(tmp_path / ("x" * 300), {})


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such files")
def test_pipes_and_sockets_are_not_waited_for(tmp_path: pathlib.Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / "socket"))
        for path in (tmp_path / "pipe", tmp_path / "socket", pathlib.Path(os.devnull)):
            with pytest.raises(BadRequest, match="it is no ordinary file"):
                read_foreign(path, {})


def test_a_compose_file_may_name_some_files_only(tmp_path: pathlib.Path) -> None:
    put(tmp_path, "more.env", "")
    files = ", ".join(["more.env"] * 30 + ["''"])

    found = read_foreign(put(tmp_path, "c.yaml", f"services: {{a: {{env_file: [{files}]}}}}"), {})

    assert "more than 20 files" in found.notes[0]


def test_the_environment_itself() -> None:
    assert read_environment({"A": "1"}).kind is SourceKind.ENVIRONMENT
