"""Commands that need no running AceDesk, and how commands fail."""

import errno
import json
import logging
import os
import pathlib
import socketserver
import subprocess
import sys
import threading

import pytest

from acedesk import log
from acedesk.commands import native_message
from acedesk.commands.dispatch import is_closed_pipe, run
from acedesk.store.lock import DataDirLock

CONTENT_ID = "94c2fd8fb9bc8f2fc71a2cbe9d4b866f227a0209"


@pytest.fixture(autouse=True)
def no_variables(monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path) -> None:
    variables = {"PATH": "/usr/bin:/bin", "USERPROFILE": str(tmp_path)}
    monkeypatch.setattr("os.environ", variables)


@pytest.fixture
def running(tmp_path: pathlib.Path):  # type: ignore[no-untyped-def]
    """Give a data folder in which an AceDesk works."""
    lock = DataDirLock(tmp_path)
    lock.acquire()
    lock.announce("http://127.0.0.1:9999")
    yield tmp_path
    lock.release()


def test_url_asks_the_running_acedesk_for_its_address(
    running: pathlib.Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code = run(["url", f"acestream://{CONTENT_ID}", "--data-dir", str(running)])

    assert code == 0
    assert capsys.readouterr().out == f"http://127.0.0.1:9999/ace/getstream?id={CONTENT_ID}\n"


@pytest.mark.parametrize(
    ("options", "base"),
    [
        ([], "http://127.0.0.1:8080"),
        (["--port", "9000"], "http://127.0.0.1:9000"),
        (["--host", "0.0.0.0"], "http://127.0.0.1:8080"),
        (["--host", "::1"], "http://[::1]:8080"),
    ],
)
def test_url_says_where_the_next_acedesk_will_be(
    tmp_path: pathlib.Path, capsys: pytest.CaptureFixture[str], options: list[str], base: str
) -> None:
    code = run(["url", CONTENT_ID, "--data-dir", str(tmp_path), *options])

    assert code == 0
    assert capsys.readouterr().out == f"{base}/ace/getstream?id={CONTENT_ID}\n"


def test_url_prints_the_playlist_where_that_is_wanted(
    tmp_path: pathlib.Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code = run(["url", "--hls", CONTENT_ID, "--data-dir", str(tmp_path)])

    assert code == 0
    expected = f"http://127.0.0.1:8080/ace/manifest.m3u8?id={CONTENT_ID}\n"
    assert capsys.readouterr().out == expected


def test_url_of_no_link_is_a_bad_argument(
    tmp_path: pathlib.Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code = run(["url", "nonsense", "--data-dir", str(tmp_path)])

    told = capsys.readouterr()
    assert code == 2
    assert told.out == ""
    assert told.err.startswith("acedesk: This is not an Ace Stream link or id. ")


def test_url_without_a_port_to_know_fails(
    tmp_path: pathlib.Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code = run(["url", CONTENT_ID, "--data-dir", str(tmp_path), "--port", "0"])

    assert code == 1
    assert capsys.readouterr().err.startswith("acedesk: AceDesk is not running.")


def test_status_without_a_running_acedesk_fails_with_one_line(
    tmp_path: pathlib.Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code = run(["status", "--data-dir", str(tmp_path)])

    assert code == 1
    assert capsys.readouterr().err == "acedesk: AceDesk is not running.\n"


class _Nonsense(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        self.request.recv(4096)
        self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n[]")


def test_status_says_when_something_else_answers(
    tmp_path: pathlib.Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lock = DataDirLock(tmp_path)
    lock.acquire()
    with socketserver.TCPServer(("127.0.0.1", 0), _Nonsense) as server:
        threading.Thread(target=server.handle_request, daemon=True).start()
        lock.announce(f"http://127.0.0.1:{server.server_address[1]}")

        code = run(["status", "--data-dir", str(tmp_path)])

    lock.release()
    assert code == 1
    assert "something else than a snapshot" in capsys.readouterr().err


def test_a_bad_variable_is_a_bad_argument_in_one_line(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(os.environ, "ACEDESK_PORT", "many")

    code = run(["status", "--data-dir", str(tmp_path)])

    assert code == 2
    assert capsys.readouterr().err == "acedesk: The setting ACEDESK_PORT must be a whole number.\n"


@pytest.mark.expects_errors
def test_a_bug_is_one_line_for_people(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError("in\ntwo lines")

    monkeypatch.setattr("acedesk.commands.url.prepare", broken)

    code = run(["url", CONTENT_ID, "--data-dir", str(tmp_path)])

    assert code == 1
    assert capsys.readouterr().err == (
        "acedesk: AceDesk has a bug. ZeroDivisionError: in two lines.\n"
    )


@pytest.mark.usefixtures("own_logging")
@pytest.mark.expects_errors
def test_what_a_command_fails_with_is_the_last_line(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(*_: object, **__: object) -> None:
        log.set_up("info")
        for _round in range(2):
            logging.getLogger("acedesk.test").warning("it goes wrong")
        raise ZeroDivisionError

    monkeypatch.setattr("acedesk.commands.url.prepare", broken)

    run(["url", CONTENT_ID, "--data-dir", str(tmp_path)])

    told = capsys.readouterr().err.splitlines()
    assert told[-1] == "acedesk: AceDesk has a bug. ZeroDivisionError."
    assert any("repeated 1 time" in line for line in told)


def test_a_mistyped_command_opens_no_window(capsys: pytest.CaptureFixture[str]) -> None:
    code = run(["sevre"])

    assert code == 2
    assert capsys.readouterr().err.startswith("acedesk: This is not an Ace Stream link or id. ")


@pytest.mark.skipif(sys.platform == "win32", reason="a system with a screen of its own")
def test_the_desktop_without_a_screen_names_serve(
    tmp_path: pathlib.Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code = run(["--data-dir", str(tmp_path)])

    assert code == 1
    assert "acedesk serve" in capsys.readouterr().err


@pytest.mark.skipif(sys.platform == "win32", reason="menu entries of Linux")
def test_the_desktop_entry_is_installed_and_removed(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(os.environ, "XDG_DATA_HOME", str(tmp_path))

    assert run(["install-desktop"]) == 0
    assert (tmp_path / "applications" / "acedesk.desktop").exists()
    assert "acedesk.desktop" in capsys.readouterr().out

    assert run(["uninstall-desktop"]) == 0
    assert not (tmp_path / "applications" / "acedesk.desktop").exists()
    assert "removed" in capsys.readouterr().out


def test_doctor_prints_its_findings_as_json(
    tmp_path: pathlib.Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code = run(["doctor", "--json", "--data-dir", str(tmp_path), "--port", "0"])

    findings = json.loads(capsys.readouterr().out)
    assert {"Python", "Qt", "Screen", "Data folder", "Port", "Docker", "Players"} <= {
        finding["name"] for finding in findings
    }
    assert code == (1 if any(finding["level"] == "fail" for finding in findings) else 0)


@pytest.mark.parametrize(
    ("words", "unseen", "shown"),
    [
        (["--background"], True, True),
        (["--background"], False, False),
        (["--from-desktop"], False, True),
        (["serve"], True, False),
    ],
)
@pytest.mark.usefixtures("own_logging")
def test_a_failed_start_is_shown_to_who_has_no_terminal(
    tmp_path: pathlib.Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    words: list[str],
    unseen: bool,
    shown: bool,
) -> None:
    texts: list[str] = []
    monkeypatch.setattr(native_message, "is_unseen", lambda: unseen)
    monkeypatch.setattr(native_message, "show", lambda *text, environ: texts.append(text[0]))
    monkeypatch.setitem(os.environ, "ACEDESK_PORT", "many")
    monkeypatch.setitem(os.environ, "QT_QPA_PLATFORM", "offscreen")

    code = run([*words, "--data-dir", str(tmp_path)])

    assert code == 2
    assert "ACEDESK_PORT" in capsys.readouterr().err
    assert ["ACEDESK_PORT" in text for text in texts] == [True] * shown


def test_a_reader_that_has_enough_is_no_fault() -> None:
    """As `acedesk demo-engine --list | head -1`: the pipe is closed before all is written."""
    reading, writing = os.pipe()
    os.close(reading)

    ended = subprocess.run(
        [sys.executable, "-m", "acedesk", "demo-engine", "--list"],
        stdout=writing,
        stderr=subprocess.PIPE,
        env=dict(os.environ),
        check=False,
        timeout=30,
    )
    os.close(writing)

    assert (ended.returncode, ended.stderr) == (0, b"")


@pytest.mark.parametrize(
    ("error", "platform", "closed"),
    [
        (BrokenPipeError(errno.EPIPE, "Broken pipe"), "linux", True),
        (BrokenPipeError(errno.EPIPE, "Broken pipe"), "win32", True),
        (OSError(errno.EINVAL, "Invalid argument"), "win32", True),
        (OSError(errno.EINVAL, "Invalid argument", "a?b"), "win32", False),
        (OSError(errno.EINVAL, "Invalid argument"), "linux", False),
        (OSError(errno.ENOSPC, "No space left on device"), "win32", False),
        (ValueError("x"), "win32", False),
    ],
)
def test_each_system_has_its_error_of_a_closed_pipe(
    error: Exception, platform: str, closed: bool
) -> None:
    assert is_closed_pipe(error, platform) is closed
