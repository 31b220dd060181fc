"""Runs first in a frozen AceDesk: its modules are read from the program it was started from.

PyInstaller opens the program's file again for each module. After an upgrade that is another
program under the same name; a descriptor that is open still leads to the one that runs.
"""

import contextlib
import os
import sys


def _keep_archive_open() -> None:
    import pyimod01_archive  # of PyInstaller's own start

    descriptor = os.open(sys.executable, os.O_RDONLY | os.O_CLOEXEC)
    opened = f"/proc/self/fd/{descriptor}"
    if not os.path.samestat(os.stat(opened), os.fstat(descriptor)):  # noqa: PTH116 - imports nothing
        return
    import pyimod02_importers

    reader = pyimod02_importers.pyz_archive
    if isinstance(reader, pyimod01_archive.ZlibArchiveReader):
        reader._filename = opened  # noqa: SLF001 - it offers nothing for this


# Without /proc it works as before, until an upgrade.
with contextlib.suppress(OSError, ImportError, AttributeError):
    _keep_archive_open()
