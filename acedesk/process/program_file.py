"""Whether the file that this program was started from is still the same.

A package that is upgraded puts another one in its place while the old one runs.
"""

import os
import sys
from typing import Final

Identity = tuple[int, int, int]


class ProgramFile:
    """Remembers the file of a program as it was when this was made.

    Args:
        path: Of the program.
    """

    def __init__(self, path: str) -> None:
        self._path: Final = path
        self._first = _identity(path)

    @classmethod
    def of_this_program(cls) -> "ProgramFile | None":
        """Return that of this process; None where it runs in a Python that is not its own."""
        return cls(sys.executable) if hasattr(sys, "frozen") else None

    def is_replaced(self) -> bool:
        """Tell whether there is another file by now; one that is gone may be on its way."""
        now = _identity(self._path)
        return None not in (now, self._first) and now != self._first


def _identity(path: str) -> Identity | None:
    try:
        found = os.stat(path)  # noqa: PTH116 - of whatever the path leads to now
    except OSError:
        return None
    return found.st_dev, found.st_ino, found.st_mtime_ns
