"""Events as lines of a terminal, and how they are asked for."""

import http.server
import json
import pathlib
import threading
from collections.abc import Iterator

import pytest

from acedesk.commands.running.events import WAIT, _events, format_event
from acedesk.errors import NotRunning
from acedesk.store.lock import DataDirLock


def row(kind: str, subject: str = "s", **data: object) -> dict[str, object]:
    return {
        "number": 1,
        "time": "2026-01-01T12:00:00Z",
        "kind": kind,
        "subject": subject,
        "cause": "",
        "data": data,
    }


def test_a_line_has_the_time_and_the_words() -> None:
    line = format_event(row("engine_removed", "e", name="engine-1"), {})

    assert line.endswith("  engine-1: Was removed")
    assert line[:3] == "202"


def test_titles_are_learned_from_earlier_events() -> None:
    titles: dict[str, str] = {}
    format_event(row("stream_began", name="Local TV"), titles)

    line = format_event(row("client_joined", "c", stream="s", player="VLC"), titles)

    assert "Local TV" in line


def test_a_kind_of_a_newer_acedesk_is_shown_as_it_is() -> None:
    assert format_event(row("of_the_future"), {}).endswith("s of_the_future")


def test_names_cannot_command_the_terminal() -> None:
    assert "\x1b" not in format_event(row("engine_removed", "e", name="\x1b[2J"), {})


class _Server(http.server.ThreadingHTTPServer):
    """Gives one answer after the other, then none; keeps what it was asked."""

    daemon_threads = True

    def __init__(self, *answers: object) -> None:
        self.answers = list(answers)
        self.asked: list[str] = []
        super().__init__(("127.0.0.1", 0), _Answering)


class _Answering(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        assert isinstance(self.server, _Server)
        self.server.asked.append(self.path)
        if not self.server.answers:
            return
        body = json.dumps(self.server.answers.pop(0)).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_words: object) -> None:
        """Keep quiet."""


@pytest.fixture
def server(tmp_path: pathlib.Path) -> Iterator[_Server]:
    """Let an AceDesk run to which nothing has happened before one event comes."""
    lock = DataDirLock(tmp_path)
    lock.acquire()
    nothing, one = {"newest": 0, "events": []}, {"newest": 7, "events": [{"number": 7}]}
    with _Server(nothing, one) as made:
        thread = threading.Thread(target=made.serve_forever, args=(0.01,))
        thread.start()
        lock.announce(f"http://127.0.0.1:{made.server_address[1]}")
        yield made
        made.shutdown()
        thread.join()
    lock.release()


def test_who_does_not_follow_is_not_kept_waiting(tmp_path: pathlib.Path, server: _Server) -> None:
    assert list(_events(tmp_path, follow=False)) == []
    assert server.asked == ["/api/v2/events?since=0&wait=0"]


def test_who_follows_waits_for_what_comes_behind_the_last(
    tmp_path: pathlib.Path, server: _Server
) -> None:
    events = _events(tmp_path, follow=True)

    assert next(events) == {"number": 7}
    with pytest.raises(NotRunning):
        next(events)
    assert server.asked == [
        "/api/v2/events?since=0&wait=0",
        f"/api/v2/events?since=0&wait={WAIT}",
        f"/api/v2/events?since=7&wait={WAIT}",
    ]
