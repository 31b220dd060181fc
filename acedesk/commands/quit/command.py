"""`acedesk quit`: end the AceDesk that runs, as its own Quit does. Installers use it."""

import os
import pathlib
import sys
from collections.abc import Iterator, Sequence
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
    if wanted.all:
        found = tuple(_of_this_installation())
    else:
        running = find_running(prepare(wanted, os.environ, looking=True).paths.data_dir)
        found = (running.process_id,) if running else ()
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


def _of_this_installation() -> Iterator[int]:
    folder = pathlib.Path(sys.executable).parent
    frozen = hasattr(sys, "frozen")
    for process in psutil.process_iter():
        try:
            program, words = process.exe(), process.cmdline()
        except (psutil.Error, OSError):
            continue  # somebody else's
        if process.pid != os.getpid() and is_of(folder, program, words, frozen=frozen):
            yield process.pid
