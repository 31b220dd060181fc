"""`acedesk quit`: end the AceDesk that runs, as its own Quit does. Installers use it."""

import os
import pathlib
import sys
from collections.abc import Sequence
from typing import Final

import psutil

from acedesk.commands.arguments import Arguments
from acedesk.commands.start import prepare
from acedesk.process.end_request import ask_to_end
from acedesk.store.lock import find_running

# Seconds. All that is stopped at the end has limits of its own, 20 s together.
LIMIT: Final = 30.0


def run(wanted: Arguments) -> int:
    """End it and wait until it has; none that runs is a success too."""
    running = find_running(prepare(wanted, os.environ, looking=True).paths.data_dir)
    found: tuple[int, ...] = (running.process_id,) if running else ()
    if wanted.all:
        found = of_installation(found)
    if not found:
        print("No AceDesk runs.")
        return 0
    left = end_all(found)
    for process_id in left:
        print(f"acedesk: process {process_id} does not end.", file=sys.stderr)
    if not left:
        print("AceDesk has ended.")
    return 1 if left else 0


def end_all(process_ids: Sequence[int], limit: float = LIMIT) -> tuple[int, ...]:
    """Ask each process to end; return those that are there after `limit` seconds."""
    processes = []
    for process_id in process_ids:
        try:
            processes.append(psutil.Process(process_id))
        except psutil.NoSuchProcess:
            continue
        ask_to_end(process_id)
    _, alive = psutil.wait_procs(processes, timeout=limit)
    return tuple(process.pid for process in alive)


def is_of(folder: pathlib.Path, program: str, words: Sequence[str], *, frozen: bool) -> bool:
    """Tell whether a process is an AceDesk of the installation in `folder`.

    Args:
        program: The file that it runs.
        words: Its command line.
        frozen: The installation has programs of its own. Otherwise the program is Python, and
            only what it was told to run says that it is AceDesk.
    """
    if not program or pathlib.Path(program).parent != folder:
        return False
    return frozen or any(pathlib.PurePath(word).name == "acedesk" for word in words[1:3])


def of_installation(known: Sequence[int]) -> tuple[int, ...]:
    """Return the processes of this installation.

    Args:
        known: Those that are an AceDesk. One whose program the system does not tell (some systems
            do not) is taken for one of ours.
    """
    folder = pathlib.Path(sys.executable).parent
    frozen = hasattr(sys, "frozen")
    found = []
    for process in psutil.process_iter():
        try:
            ours = is_of(folder, process.exe(), process.cmdline(), frozen=frozen)
        except psutil.Error:
            continue  # gone, or somebody else's
        except OSError:
            ours = process.pid in known
        if ours and process.pid != os.getpid():
            found.append(process.pid)
    return tuple(found)
