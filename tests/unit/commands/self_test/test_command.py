"""What the self-test prints and returns, and how it hears from its other process."""

import json
import logging
import sys
from collections.abc import Callable

import psutil
import pytest

from acedesk import log
from acedesk.commands import arguments
from acedesk.commands.self_test import command
from acedesk.commands.self_test.command import WindowsProcess, find, report, windows_command
from acedesk.doctor.finding import Finding, Level

pytestmark = pytest.mark.usefixtures("own_logging")

GOOD = [{"name": "Qt", "level": "pass", "text": "Qt 6"}]
WELL, ILL = Finding("TLS", Level.PASS, "OpenSSL"), Finding("HLS", Level.FAIL, "no piece")


def _python(text: str) -> list[str]:
    return [sys.executable, "-c", text]


@pytest.fixture
def found(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Choose what the checks find."""

    def choose(*findings: Finding) -> None:
        monkeypatch.setattr(command, "find", lambda _windows: findings)

    return choose


def test_a_whole_program_ends_with_0(
    found: Callable[..., None], capsys: pytest.CaptureFixture[str]
) -> None:
    found(WELL)

    assert command.run(arguments.read(["--self-test"])) == 0

    told = capsys.readouterr().out.splitlines()
    assert told[0] == "[ ok ] TLS  OpenSSL"
    assert "is whole: 1 checks" in told[-1]


def test_a_damaged_program_ends_with_1_and_the_list_of_what_failed(
    found: Callable[..., None], capsys: pytest.CaptureFixture[str]
) -> None:
    found(WELL, ILL)

    assert command.run(arguments.read(["--self-test"])) == 1

    told = capsys.readouterr().out.splitlines()
    assert told[1] == "[FAIL] HLS  no piece"
    assert "failed: HLS." in told[-1]


def test_programs_get_the_same_as_json(
    found: Callable[..., None], capsys: pytest.CaptureFixture[str]
) -> None:
    found(WELL, ILL)

    assert command.run(arguments.read(["--self-test", "--json"])) == 1

    told = json.loads(capsys.readouterr().out)
    assert told["failed"] == ["HLS"]
    assert told["whole"] is False
    assert told["checks"][1] == {"name": "HLS", "level": "fail", "text": "no piece"}


def test_a_report_of_a_whole_program_has_no_failures() -> None:
    told = report([WELL], 1.234)

    assert (told["whole"], told["failed"], told["seconds"]) == (True, [], 1.23)


def test_the_other_process_is_this_program_with_other_arguments(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sys, "orig_argv", ["python", "-P", "-m", "acedesk", "--self-test"])
    monkeypatch.setattr(sys, "argv", ["acedesk", "--self-test"])

    words = windows_command()

    assert words == [sys.executable, "-P", "-m", "acedesk", "--self-test", "--windows-only"]


def test_the_other_process_tells_its_findings() -> None:
    with WindowsProcess(_python(f"print('''{json.dumps(GOOD)}''')")) as process:
        assert process.findings() == (Finding("Qt", Level.PASS, "Qt 6"),)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("import os, sys; print('no plugin', file=sys.stderr, flush=True); os.abort()", "plugin"),
        ("print('half [')", "code 0 and said: nothing"),
        ("print('[{}]')", "code 0"),
        ("raise SystemExit('a part is missing')", "code 1 and said: a part is missing"),
    ],
)
def test_a_process_that_breaks_off_is_a_failure_with_its_last_words(text: str, said: str) -> None:
    with WindowsProcess(_python(text)) as process:
        (finding,) = process.findings()

    assert finding.level is Level.FAIL
    assert said in finding.text


def test_a_process_that_hangs_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command, "WINDOWS_SECONDS", 0.2)

    with WindowsProcess(_python("import threading; threading.Event().wait()")) as process:
        (finding,) = process.findings()

    assert finding.level is Level.FAIL
    assert "did not answer" in finding.text


def test_everything_is_looked_at() -> None:
    findings = find(_python(f"print('''{json.dumps(GOOD)}''')"))

    assert [one.name for one in findings if one.level is Level.FAIL] == []
    assert [one.name for one in findings] == [
        "Modules",
        "Test cards",
        "TLS",
        "Docker library",
        "Keyring library",
        "Programs we start",
        "Stream",
        "HLS",
        "Qt",
    ]


def test_a_bug_in_a_check_is_a_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    def break_off() -> Finding:
        raise KeyError("gone")

    async def break_playing(_folder: object) -> tuple[Finding, ...]:
        raise RuntimeError("no loop")

    monkeypatch.setattr(command, "check_tls", break_off)
    monkeypatch.setattr(command, "check_playing", break_playing)
    monkeypatch.setattr(command, "check_modules", lambda: WELL)

    failed = {one.name: one.text for one in find(_python("print('[]')")) if one.level is Level.FAIL}

    assert failed == {"TLS": "KeyError: 'gone'", "Stream": "RuntimeError: no loop"}


def test_no_place_for_its_files_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", "/proc/no/such/folder")

    (finding,) = find(_python("print('[]')"))

    assert finding.level is Level.FAIL
    assert "/proc/no/such/folder" in finding.text


def test_no_file_of_its_folder_is_open_when_the_folder_goes() -> None:
    with command._temporary_folder() as folder:
        log.set_up("info", folder=folder, to_stderr=False)
        logging.getLogger("acedesk.test").info("a line")
        assert [one for one in psutil.Process().open_files() if str(folder) in one.path]

    assert [one for one in psutil.Process().open_files() if str(folder) in one.path] == []
    assert not folder.exists()
