"""Choose the command, run it, and turn every failure into one line and an exit code."""

import contextlib
import errno
import logging
import os
import sys
from collections.abc import Sequence

from acedesk import log
from acedesk.commands import arguments, native_message
from acedesk.commands.arguments import Arguments
from acedesk.errors import AceDeskError, LinkError, SettingsError
from acedesk.process.aiohttp_import import import_aiohttp
from acedesk.words.errors import explain, terminal_hint

logger = logging.getLogger(__name__)

OK = 0
FAILED = 1
BAD_ARGUMENTS = 2


def run(argv: Sequence[str]) -> int:
    """Run the command in `argv`; return the exit code of the process.

    Raises:
        SystemExit: As `arguments.read`.
    """
    wanted = arguments.read(argv)
    try:
        code = _run(wanted)
        if sys.stdout is not None:  # a program without a terminal on Windows has none
            sys.stdout.flush()
    except (AceDeskError, ImportError) as exc:
        return _failed(exc, wanted)
    except Exception as exc:  # the last door: people get a line, the log the rest
        if is_closed_pipe(exc):
            return _nobody_reads()
        logger.critical("AceDesk ends by a bug", exc_info=exc)
        return _failed(exc, wanted)
    return code


def is_closed_pipe(error: Exception, platform: str = sys.platform) -> bool:
    """Tell whether what was written to is read by nobody any more."""
    if platform == "win32" and isinstance(error, OSError) and error.errno == errno.EINVAL:
        # Windows says this of a closed pipe; and of names that no file can have, with the name.
        return error.filename is None
    return isinstance(error, BrokenPipeError)


def _nobody_reads() -> int:
    """End quietly: whoever read the output has enough of it (`acedesk events | head`)."""
    with contextlib.suppress(OSError, ValueError):
        # What is left in the buffer is written at the end of the process, and must go somewhere.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return OK


def _failed(error: BaseException, wanted: Arguments) -> int:
    code = failed(error)
    if wanted.command == arguments.DESKTOP and (wanted.from_desktop or native_message.is_unseen()):
        native_message.show(*_message(error), environ=os.environ)
    return code


def failed(error: BaseException) -> int:
    """Say in one line on stderr why AceDesk ends; return the exit code."""
    log.flush()
    line = f"{_line(error)} {terminal_hint(error)}".strip()
    print(f"acedesk: {line}", file=sys.stderr)
    return BAD_ARGUMENTS if isinstance(error, (SettingsError, LinkError)) else FAILED


def _line(error: BaseException) -> str:
    if isinstance(error, ImportError):
        return native_message.incomplete(error)
    return " ".join(explain(error).line.split())


def _message(error: BaseException) -> tuple[str, str]:
    """Return plain sentences for a dialog, and the command that stands behind Details."""
    if isinstance(error, ImportError):
        return native_message.split(_line(error))
    said = explain(error)
    return said.sentences, said.command


def _run(wanted: Arguments) -> int:
    """Import only what the command needs: some start in 50 ms, the desktop loads Qt."""
    match wanted.command:
        case "serve":
            import_aiohttp()
            from acedesk.commands import serve

            return serve.run(wanted)
        case "demo-engine":
            from acedesk.commands import demo_engine

            return demo_engine.run(wanted)
        case "url":
            from acedesk.commands import url

            return url.run(wanted)
        case "status" | "engines" | "events" | "tokens" | "test":
            return _run_over_http(wanted)
        case "compose-file" | "import-settings":
            return _run_on_other_files(wanted)
        case "quit":
            from acedesk.commands.quit import command as quit_command

            return quit_command.run(wanted)
        case "doctor":
            from acedesk.commands import doctor

            return doctor.run(wanted)
        case arguments.SELF_TEST:
            from acedesk.commands.self_test import command

            return command.run(wanted)
        case "autostart" | "install-desktop" | "uninstall-desktop":
            return _run_integration(wanted)
        case _:
            from acedesk.process import gc_tuning

            with gc_tuning.paused():
                from acedesk.commands import desktop

                return desktop.run(wanted)


def _run_integration(wanted: Arguments) -> int:
    """Run a command about what this computer does with AceDesk by itself."""
    if wanted.command == "autostart":
        from acedesk.commands.integration import autostart

        return autostart.run(wanted)
    from acedesk.commands import desktop_entry

    return desktop_entry.run(wanted)


def _run_on_other_files(wanted: Arguments) -> int:
    """Run a command about files of other programs."""
    if wanted.command == "compose-file":
        from acedesk.commands.engines import compose_file

        return compose_file.run(wanted)
    from acedesk.commands.import_settings import command

    return command.run(wanted)


def _run_over_http(wanted: Arguments) -> int:
    """Run a command that asks the running AceDesk."""
    if wanted.command == "status":
        from acedesk.commands import status

        return status.run(wanted)
    if wanted.command == "engines":
        from acedesk.commands.running import engines

        return engines.run(wanted)
    if wanted.command == "events":
        from acedesk.commands.running import events

        return events.run(wanted)
    if wanted.command == "tokens":
        from acedesk.commands.running import tokens

        return tokens.run(wanted)
    from acedesk.commands.running import link_test

    return link_test.run(wanted)
