"""A process begins again as itself: the same process id, other arguments."""

import subprocess
import sys

import pytest

from acedesk.process.restart import build_command, quote_for_windows


@pytest.mark.parametrize(
    ("whole", "given", "command"),
    [
        (("python", "-m", "acedesk", "--port", "1"), ("--port", "1"), ("python", "-m", "acedesk")),
        (("python", "/usr/bin/acedesk"), (), ("python", "/usr/bin/acedesk")),
        (("/opt/AceDesk", "a link"), ("a link",), ("/opt/AceDesk",)),
    ],
)
def test_the_command_is_that_of_this_process(
    whole: tuple[str, ...], given: tuple[str, ...], command: tuple[str, ...]
) -> None:
    assert build_command(("--demo",), whole=whole, given=given) == [*command, "--demo"]


@pytest.mark.parametrize(
    ("word", "quoted"),
    [
        ("--port", "--port"),
        ("C:\\My Files\\", '"C:\\My Files\\\\"'),
        ('say "hi"', '"say \\"hi\\""'),
        ("", '""'),
        ("C:\\data", "C:\\data"),
    ],
)
def test_windows_gets_each_word_so_that_it_stays_one(word: str, quoted: str) -> None:
    assert quote_for_windows([word]) == [quoted]


_PROGRAM = """
import os, sys
from acedesk.process.restart import start_again
print(os.getpid(), *sys.argv[1:], flush=True)
if "again" not in sys.argv:
    start_again(["again", "with blanks"])
"""


def test_a_process_becomes_the_new_one() -> None:
    done = subprocess.run(
        [sys.executable, "-c", _PROGRAM, "first"],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )

    first, second = (line.split(maxsplit=1) for line in done.stdout.splitlines())
    assert first[1] == "first"
    assert second[1] == "again with blanks"
    if sys.platform != "win32":
        assert first[0] == second[0]
