"""The running AceDesk is asked over HTTP, and everything else than its answer is one error."""

import contextlib
import json
import pathlib
import socket
import socketserver
import threading
from collections.abc import Iterator

import pytest

from acedesk.commands import api_client
from acedesk.commands.api_client import ask, fetch_snapshot
from acedesk.errors import BadRequest, NotRunning
from acedesk.store.lock import DataDirLock


class _Server:
    """Answers one request after another with the same bytes, and keeps what it was asked."""

    def __init__(self, answer: bytes) -> None:
        self.requests: list[bytes] = []
        outer = self

        class Handler(socketserver.BaseRequestHandler):
            def handle(self) -> None:
                outer.requests.append(self.request.recv(65536))
                self.request.sendall(answer)

        self._server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def _answer(body: bytes, status: str = "200 OK") -> bytes:
    head = f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    return head.encode() + body


@pytest.fixture
def lock(tmp_path: pathlib.Path) -> Iterator[DataDirLock]:
    held = DataDirLock(tmp_path)
    held.acquire()
    yield held
    held.release()


@contextlib.contextmanager
def _serving(lock: DataDirLock, answer: bytes) -> Iterator[_Server]:
    """Let an AceDesk run that gives this answer."""
    server = _Server(answer)
    lock.announce(server.base_url)
    try:
        yield server
    finally:
        server.close()


def test_the_snapshot_is_what_the_running_acedesk_answers(
    tmp_path: pathlib.Path, lock: DataDirLock
) -> None:
    snapshot = {"version": "1", "streams": [{"name": "Fußball"}]}
    with _serving(lock, _answer(json.dumps(snapshot, ensure_ascii=False).encode())) as server:
        assert fetch_snapshot(tmp_path) == snapshot

    (request,) = server.requests
    assert request.startswith(b"GET /api/v2/snapshot HTTP/1.1\r\n")
    assert b"Accept: application/json\r\n" in request


def test_an_empty_snapshot_is_a_snapshot(tmp_path: pathlib.Path, lock: DataDirLock) -> None:
    with _serving(lock, _answer(b"{}")):
        assert fetch_snapshot(tmp_path) == {}


def test_no_proxy_of_the_environment_is_asked(
    tmp_path: pathlib.Path, lock: DataDirLock, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://192.0.2.1:3128")
    with _serving(lock, _answer(b"{}")):
        assert fetch_snapshot(tmp_path) == {}


def test_a_folder_where_nobody_works_has_no_snapshot(tmp_path: pathlib.Path) -> None:
    with pytest.raises(NotRunning) as caught:
        fetch_snapshot(tmp_path)
    assert caught.value.detail == ""


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"pid": "x"}', '{"pid": 1}', "\xff"])
def test_a_note_that_is_none_counts_as_nobody(tmp_path: pathlib.Path, text: str) -> None:
    (tmp_path / "running.json").write_bytes(text.encode("latin-1"))

    with pytest.raises(NotRunning):
        fetch_snapshot(tmp_path)


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (_answer(b"[]"), "something else than a snapshot"),
        (_answer(b'"well"'), "something else than a snapshot"),
        (_answer(b"null"), "something else than a snapshot"),
        (_answer(b"<html>"), "Expecting value"),
        (_answer(b""), "Expecting value"),
        (_answer(b'{"\xff": 1}'), "codec"),
        (_answer(b"{}", "503 Service Unavailable"), "answered 503 Service Unavailable"),
        (_answer(b"{}", "302 Found"), "answered 302 Found"),
        (b"SSH-2.0-OpenSSH_9.2\r\n", "SSH-2.0"),
        (b"", "closed connection without response"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{}", "2 bytes read, 7 more expected"),
    ],
)
def test_whatever_else_answers_is_told_with_its_address(
    tmp_path: pathlib.Path, lock: DataDirLock, answer: bytes, why: str
) -> None:
    with _serving(lock, answer) as server, pytest.raises(NotRunning) as caught:
        fetch_snapshot(tmp_path)

    assert caught.value.detail.startswith(f"nothing answers at {server.base_url} (")
    assert why in caught.value.detail


def test_a_list_in_a_list_without_end_is_no_snapshot(
    tmp_path: pathlib.Path, lock: DataDirLock
) -> None:
    with _serving(lock, _answer(b"[" * 200_000)), pytest.raises(NotRunning):
        fetch_snapshot(tmp_path)


def test_a_port_where_nobody_listens_is_told(tmp_path: pathlib.Path, lock: DataDirLock) -> None:
    with socket.create_server(("127.0.0.1", 0)) as gone:
        port = gone.getsockname()[1]
    lock.announce(f"http://127.0.0.1:{port}")

    with pytest.raises(NotRunning, match="Connection refused"):
        fetch_snapshot(tmp_path)


def test_who_takes_the_connection_and_says_nothing_is_not_waited_for(
    tmp_path: pathlib.Path, lock: DataDirLock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api_client, "ANSWER_SECONDS", 0.1)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        lock.announce(f"http://127.0.0.1:{silent.getsockname()[1]}")

        with pytest.raises(NotRunning, match="timed out"):
            fetch_snapshot(tmp_path)


@pytest.mark.parametrize(
    "base_url",
    ["", "http://", "http://127.0.0.1:many", "http://[::1", "http://a b:80", "http://\n"],
)
def test_an_address_that_is_none_is_an_acedesk_that_does_not_answer(
    tmp_path: pathlib.Path, lock: DataDirLock, base_url: str
) -> None:
    lock.announce(base_url)

    with pytest.raises(NotRunning, match="nothing answers at"):
        fetch_snapshot(tmp_path)


def _json_answer(body: bytes, status: str) -> bytes:
    head = f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\n"
    return f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body


def test_what_is_asked_is_sent_as_json_and_the_answer_read(
    tmp_path: pathlib.Path, lock: DataDirLock
) -> None:
    with _serving(lock, _json_answer(b'{"message": "drained"}', "200 OK")) as server:
        told = ask(tmp_path, "/x", method="POST", body={"link": "a"})

    assert told == {"message": "drained"}
    assert server.requests[0].startswith(b"POST /x HTTP/1.1")
    assert b"Content-Type: application/json" in server.requests[0]


def test_a_text_is_given_as_it_is(tmp_path: pathlib.Path, lock: DataDirLock) -> None:
    with _serving(lock, _answer(b"one\n")):
        assert ask(tmp_path, "/log") == "one\n"


def test_a_refusal_is_told_in_the_words_of_acedesk(
    tmp_path: pathlib.Path, lock: DataDirLock
) -> None:
    body = b'{"error": "No engine is free for a test.", "code": "no_spare_engine"}'
    with (
        _serving(lock, _json_answer(body, "503 Service Unavailable")),
        pytest.raises(BadRequest, match="No engine is free"),
    ):
        ask(tmp_path, "/x", method="POST")


def test_an_acedesk_that_is_gone_is_told_with_what_to_do(
    tmp_path: pathlib.Path, lock: DataDirLock
) -> None:
    with _serving(lock, b""), pytest.raises(NotRunning, match="restart AceDesk"):
        ask(tmp_path, "/x")


def test_without_an_acedesk_nothing_can_be_asked(tmp_path: pathlib.Path) -> None:
    with pytest.raises(NotRunning):
        ask(tmp_path, "/x")
