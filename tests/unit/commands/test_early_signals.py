"""A signal that comes before the command has a loop ends AceDesk, wherever it falls."""

import subprocess
import sys

import pytest

# What `dispatch` stands for here receives a signal in the place that is asked for.
PROGRAM = """
import signal, sys, types
import acedesk.commands
from acedesk import cli

def receive():
    signal.raise_signal(signal.SIGTERM)

class Finalized:
    def __del__(self):
        receive()

def in_a_finalizer():
    Finalized()

def in_code_that_catches_everything():
    try:
        receive()
    except BaseException as exc:
        raise ImportError("a module could not be set up") from exc

def run(argv):
    print("said before", end="")
    globals()[argv[0]]()
    return 3

acedesk.commands.dispatch = types.SimpleNamespace(run=run)
sys.exit(cli.main(sys.argv[1:]))
"""


@pytest.mark.parametrize("place", ["receive", "in_a_finalizer", "in_code_that_catches_everything"])
def test_a_signal_ends_it_cleanly_wherever_it_falls(place: str) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", PROGRAM, place],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )

    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "said before", "")
