"""Tokens as lines of a terminal, and how they are asked for."""

import contextlib
import http.server
import json
import pathlib
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from acedesk.commands.arguments import read
from acedesk.commands.running.tokens import format_tokens, run
from acedesk.errors import BadRequest, NotRunning
from acedesk.store.lock import DataDirLock

TV: dict[str, Any] = {
    "id": "01ab23cd",
    "name": "TV",
    "scope": "play",
    "created_time": "2026-11-29T18:00:00Z",
    "last_used_time": "2026-11-29T19:30:12Z",
    "last_address": "192.168.1.20",
    "last_what": "Kodi 21.0: /ace/getstream",
}
PHONE = {**TV, "id": "ef", "name": "Phone", "scope": "all", "last_used_time": None}


def test_they_are_lined_up() -> None:
    head, tv, phone = format_tokens([TV, PHONE])

    assert head.split()[:3] == ["NAME", "OPENS", "MADE"]
    for part in ("TV", "players", "2026-11-29 19:30", "192.168.1.20", "Kodi 21.0", "01ab23cd"):
        assert part in tv
    assert "never" in phone
    assert format_tokens([]) == ["no tokens"]


def test_names_cannot_command_the_terminal() -> None:
    assert "\x1b" not in "".join(format_tokens([{**TV, "last_what": "\x1b[2J"}]))


class _Api(http.server.BaseHTTPRequestHandler):
    asked: list[tuple[str, str, object, str]]

    def _answer(self) -> None:
        size = int(self.headers.get("Content-Length", 0))
        body = json.loads(self.rfile.read(size)) if size else None
        self.asked.append((self.command, self.path, body, self.headers.get("X-API-Key", "")))
        made = {"token": TV, "secret": "adsecret", "address": "http://h:1/t/adsecret"}
        done = {"GET": [TV, PHONE], "POST": made, "DELETE": {"name": "TV"}}[self.command]
        data = json.dumps(done).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    do_GET = do_POST = do_DELETE = _answer  # noqa: N815 - http.server names them

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextlib.contextmanager
def serving(folder: pathlib.Path) -> Iterator[list[tuple[str, str, object, str]]]:
    handler = type("Handler", (_Api,), {"asked": []})
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    lock = DataDirLock(folder)
    lock.acquire()
    lock.announce("", host="127.0.0.1", port=server.server_address[1], secret="of commands")
    try:
        yield handler.asked  # type: ignore[attr-defined]
    finally:
        lock.release()
        server.shutdown()
        server.server_close()
        thread.join()


def tell(folder: pathlib.Path, *words: str) -> int:
    return run(read(["tokens", *words, "--data-dir", str(folder)]))


def test_they_are_listed(tmp_path: pathlib.Path, capsys: pytest.CaptureFixture[str]) -> None:
    with serving(tmp_path) as asked:
        assert tell(tmp_path, "list") == 0
        assert tell(tmp_path, "list", "--json") == 0

    assert asked[0] == ("GET", "/api/v2/tokens", None, "of commands")
    out = capsys.readouterr().out
    assert json.loads(out[out.index("[\n") :])[0] == TV


def test_one_is_made_and_shown(tmp_path: pathlib.Path, capsys: pytest.CaptureFixture[str]) -> None:
    with serving(tmp_path) as asked:
        assert tell(tmp_path, "add", "Bedroom TV", "--play") == 0
        assert tell(tmp_path, "add", "Dashboard", "--json") == 0

    assert [body for _, _, body, _ in asked] == [
        {"name": "Bedroom TV", "scope": "play"},
        {"name": "Dashboard", "scope": "all"},
    ]
    out = capsys.readouterr().out
    assert "http://h:1/t/adsecret" in out
    assert json.loads(out[out.index("{\n") :])["secret"] == "adsecret"


@pytest.mark.parametrize("name", ["TV", "01ab23cd"])
def test_one_is_revoked_by_its_name_or_id(
    tmp_path: pathlib.Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    with serving(tmp_path) as asked:
        assert tell(tmp_path, "revoke", name) == 0

    assert asked[-1][:2] == ("DELETE", "/api/v2/tokens/01ab23cd")
    assert "TV opens nothing any more" in capsys.readouterr().out


def test_a_name_that_nobody_has_is_told(tmp_path: pathlib.Path) -> None:
    with serving(tmp_path) as asked, pytest.raises(BadRequest, match="called “Tv box”"):
        tell(tmp_path, "revoke", "Tv box")

    assert [method for method, *_ in asked] == ["GET"]


def test_without_a_running_acedesk_there_are_none(tmp_path: pathlib.Path) -> None:
    with pytest.raises(NotRunning):
        tell(tmp_path, "list")
