"""All checks, in two processes at once: Qt in one of its own, because it aborts where it fails."""

import asyncio
import contextlib
import json
import os
import pathlib
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final

from acedesk import __version__, clock, log
from acedesk.commands.arguments import SELF_TEST, WINDOWS_ONLY, Arguments
from acedesk.commands.doctor import format_findings
from acedesk.commands.self_test.libraries import (
    check_child_environment,
    check_docker_library,
    check_keyring_library,
    check_test_cards,
    check_tls,
)
from acedesk.commands.self_test.modules import check_modules
from acedesk.commands.self_test.playing import check_playing
from acedesk.doctor.finding import Finding, Level
from acedesk.process.restart import build_command

WINDOWS_NAME: Final = "Windows"
# It needs two; a computer that is busy, and a disk that has read nothing yet, need more.
WINDOWS_SECONDS: Final = 60.0
REINSTALL: Final = "This AceDesk is not whole: install it again."


def run(wanted: Arguments) -> int:
    """Run all checks and print what they found; return 1 when one failed."""
    began_at = clock.monotonic()
    if wanted.windows_only:
        return _run_windows()
    findings = find(windows_command())
    seconds = clock.monotonic() - began_at
    failed = [one.name for one in findings if one.level is Level.FAIL]
    if wanted.json:
        print(json.dumps(report(findings, seconds), indent=2, ensure_ascii=False))
    else:
        print("\n".join(format_findings(findings)))
        end = f"AceDesk {__version__} is whole: {len(findings)} checks in {seconds:.1f} s."
        print(f"AceDesk {__version__} failed: {', '.join(failed)}. {REINSTALL}" if failed else end)
    return 1 if failed else 0


def find(windows: Sequence[str]) -> tuple[Finding, ...]:
    """Run all checks.

    Args:
        windows: The command that runs those that need Qt.
    """
    try:
        with (
            _temporary_folder() as folder,
            WindowsProcess(windows) as process,
        ):
            own = (
                _guarded("Test cards", check_test_cards),
                _guarded("TLS", check_tls),
                _guarded("Docker library", check_docker_library),
                _guarded("Keyring library", check_keyring_library),
                _guarded("Programs we start", check_child_environment),
            )
            playing = asyncio.run(_play(folder))
            return (_guarded("Modules", check_modules), *own, *playing, *process.findings())
    except OSError as exc:
        return (Finding("Temporary folder", Level.FAIL, f"It cannot be used: {exc}"),)


@contextlib.contextmanager
def _temporary_folder() -> Iterator[pathlib.Path]:
    """Give a data folder for the time of the checks."""
    with tempfile.TemporaryDirectory(prefix="acedesk-self-test-") as folder:
        try:
            yield pathlib.Path(folder)
        finally:
            log.close()  # Windows removes no file that is open


async def _play(folder: pathlib.Path) -> tuple[Finding, ...]:
    try:
        return await check_playing(folder)
    except Exception as exc:  # noqa: BLE001 - a bug is what a self-test is there to find
        return (Finding("Stream", Level.FAIL, _of_bug(exc)),)


def _guarded(name: str, check: Callable[[], Finding]) -> Finding:
    try:
        return check()
    except Exception as exc:  # noqa: BLE001 - a bug is what a self-test is there to find
        return Finding(name, Level.FAIL, _of_bug(exc))


def _of_bug(error: Exception) -> str:
    return f"{type(error).__name__}: {' '.join(str(error).split())}"


def report(findings: Sequence[Finding], seconds: float) -> dict[str, Any]:
    """Return everything as JSON values."""
    failed = [one.name for one in findings if one.level is Level.FAIL]
    return {
        "version": __version__,
        "frozen": hasattr(sys, "frozen"),
        "whole": not failed,
        "failed": failed,
        "seconds": round(seconds, 2),
        "checks": _as_json(findings),
    }


def _as_json(findings: Sequence[Finding]) -> list[dict[str, str]]:
    return [{"name": one.name, "level": one.level.value, "text": one.text} for one in findings]


def windows_command() -> list[str]:
    """Return how this program is started once more, for the checks that need Qt."""
    return build_command(
        [SELF_TEST, WINDOWS_ONLY], whole=[sys.executable, *sys.orig_argv[1:]], given=sys.argv[1:]
    )


class WindowsProcess:
    """The process with the windows; begun at once, asked for its findings at the end.

    Closes: the process, at the end of the `with` block.
    """

    def __init__(self, command: Sequence[str]) -> None:
        self._process = subprocess.Popen(  # noqa: S603 - ourselves
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            # Ourselves: what was set for us is still meant for us.
            env=dict(os.environ),
        )

    def __enter__(self) -> "WindowsProcess":
        return self

    def __exit__(self, *_error: object) -> None:
        if self._process.poll() is None:
            self._process.kill()
            self._process.communicate()

    def findings(self) -> tuple[Finding, ...]:
        """Wait for its end; return what it found, or why it found nothing."""
        try:
            out, err = self._process.communicate(timeout=WINDOWS_SECONDS)
        except subprocess.TimeoutExpired:
            text = f"They did not answer within {WINDOWS_SECONDS:.0f} s."
            return (Finding(WINDOWS_NAME, Level.FAIL, text),)
        try:
            return tuple(
                Finding(one["name"], Level(one["level"]), one["text"]) for one in json.loads(out)
            )
        except (ValueError, KeyError, TypeError):
            said = err.decode(errors="replace").strip().splitlines()
            last = said[-1] if said else "nothing"
            text = f"They ended with code {self._process.returncode} and said: {last}"
            return (Finding(WINDOWS_NAME, Level.FAIL, text),)


def _run_windows() -> int:
    """Run the checks that need Qt and print them as JSON, for the process that started us."""
    os.environ["QT_QPA_PLATFORM"] = "offscreen"  # before Qt is loaded
    from acedesk.commands.self_test.running import own_app
    from acedesk.ui.qt.qt_import import import_qt

    import_qt()
    from acedesk.ui.self_test import run as windows

    with _temporary_folder() as folder:
        findings = windows.run(lambda: own_app(folder))
    print(json.dumps(_as_json(findings)))
    return 0
