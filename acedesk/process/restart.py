"""Beginning again in place of this process: the same program, with other arguments."""

import os
import subprocess
import sys
from collections.abc import Sequence
from typing import Final

from acedesk import log

# No exit code: what the desktop answers in place of one.
RESTART: Final = -1


def build_command(
    arguments: Sequence[str], *, whole: Sequence[str], given: Sequence[str]
) -> list[str]:
    """Return the command that starts this program with other arguments.

    Args:
        whole: The command line of this process, as `sys.orig_argv`.
        given: The arguments at its end, as `sys.argv[1:]`.
    """
    return [*whole[: len(whole) - len(given)], *arguments]


def quote_for_windows(command: Sequence[str]) -> list[str]:
    """Return the words so that they are the same words once they were joined to one line.

    Blanks, quotes, backslashes before them and empty words need it.
    """
    return [subprocess.list2cmdline([word]) for word in command]


def start_again(arguments: Sequence[str]) -> None:
    """Become a new AceDesk; everything must have been stopped and written before."""
    command = build_command(arguments, whole=sys.orig_argv, given=sys.argv[1:])
    log.flush()
    if sys.platform == "win32":  # there the arguments are joined to one line as they are
        command = quote_for_windows(command)
    # Our own environment as it is: what was set for us is still meant for us.
    os.execve(sys.executable, command, dict(os.environ))  # noqa: S606 - ourselves, no shell
