"""The way in: argv, signals, and that nothing is loaded that is not needed."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator

import pytest

from acedesk import __version__, cli

# What takes time to import; a command that answers at once has none of it.
HEAVY = ("aiohttp", "docker", "psutil", "uvloop", "PySide6", "qasync", "hypothesis")
CONTENT_ID = "94c2fd8fb9bc8f2fc71a2cbe9d4b866f227a0209"


@pytest.fixture(autouse=True)
def own_signals() -> Iterator[None]:
    """Give the handlers back as they were."""
    numbers = (signal.SIGINT, signal.SIGTERM)
    before = [signal.getsignal(number) for number in numbers]
    yield
    for number, handler in zip(numbers, before, strict=True):
        signal.signal(number, handler)


def run(code: str, *words: str) -> subprocess.CompletedProcess[str]:
    """Run a program in a Python of its own, which keeps what it writes as long as it may."""
    environ = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    return subprocess.run(
        [sys.executable, "-c", code, *words],
        env=environ,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


LOADED = f"""
import sys
from acedesk import cli
try:
    code = cli.main()
except SystemExit as exc:
    code = exc.code
heavy = [name for name in {HEAVY!r} if name in sys.modules]
print(code, *heavy, file=sys.stderr)
"""


def test_the_version_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        cli.main(["--version"])

    assert (caught.value.code, capsys.readouterr().out) == (0, f"acedesk {__version__}\n")


@pytest.mark.parametrize("words", [["--frob"], ["serve", "--port"], ["url"], ["serve", "x", "y"]])
def test_a_bad_argument_is_2_with_one_line(
    capsys: pytest.CaptureFixture[str], words: list[str]
) -> None:
    with pytest.raises(SystemExit) as caught:
        cli.main(words)

    told = capsys.readouterr()
    assert (caught.value.code, told.out) == (2, "")
    assert told.err.startswith("acedesk: ")
    assert told.err.count("\n") == 1


def test_what_a_command_returns_is_the_exit_code(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["demo-engine", "--list"]) == 0
    assert cli.main(["url", "nonsense"]) == 2
    assert capsys.readouterr().out.count("\n") == 5


def test_without_words_of_its_own_it_takes_those_of_the_process(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["acedesk", "demo-engine", "--list"])

    assert cli.main() == 0
    assert capsys.readouterr().out.count("\n") == 5


def test_signals_are_caught_before_a_command_is_chosen() -> None:
    cli.main(["demo-engine", "--list"])

    assert signal.getsignal(signal.SIGINT) is cli._end_quietly
    assert signal.getsignal(signal.SIGTERM) is cli._end_quietly


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_with_0_and_what_was_said_is_not_lost(number: signal.Signals) -> None:
    ended = run(
        "import signal, sys\n"
        "from acedesk import cli\n"
        "cli.main(['demo-engine', '--list'])\n"
        "sys.stdout.write('and more')\n"
        f"signal.raise_signal({int(number)})\n"
        "sys.stdout.write('too late')\n"
    )

    assert (ended.returncode, ended.stderr) == (0, "")
    assert ended.stdout.count("\n") == 5
    assert ended.stdout.endswith("and more")


def test_a_signal_ends_it_even_where_nobody_reads_any_more() -> None:
    ended = run(
        "import os, signal, sys\n"
        "from acedesk import cli\n"
        "cli.main(['demo-engine', '--list'])\n"
        "reading, writing = os.pipe()\n"
        "os.close(reading)\n"
        "sys.stdout = os.fdopen(writing, 'w')\n"
        "sys.stdout.write('unread')\n"
        "signal.raise_signal(signal.SIGTERM)\n"
    )

    assert (ended.returncode, ended.stderr) == (0, "")


@pytest.mark.parametrize("words", [("--version",), ("--help",), ("serve", "--help"), ("--frob",)])
def test_what_only_speaks_of_itself_loads_nothing_heavy(words: tuple[str, ...]) -> None:
    ended = run(LOADED, *words)

    code, *heavy = ended.stderr.splitlines()[-1].split()
    assert code == ("2" if words == ("--frob",) else "0")
    assert heavy == []


def test_the_demo_ids_are_listed_without_a_server() -> None:
    ended = run(LOADED, "demo-engine", "--list")

    assert ended.stderr == "0\n"


def test_an_address_is_told_without_a_server_and_without_a_window() -> None:
    ended = run(LOADED, "url", CONTENT_ID, "--data-dir", "/nowhere/at/all")

    code, *heavy = ended.stderr.split()
    assert code == "0"
    assert set(heavy) <= {"psutil"}


def test_without_a_package_it_needs_there_is_one_line_that_says_so() -> None:
    broken = "import sys\nsys.modules['platformdirs'] = None\n"

    done = run(f"{broken}from acedesk import cli\nsys.exit(cli.main())", "status")

    assert done.returncode == 1
    assert "platformdirs" in done.stderr
    assert "install AceDesk again" in done.stderr
    assert "Traceback" not in done.stderr
