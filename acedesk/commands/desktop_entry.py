"""`acedesk install-desktop` and `uninstall-desktop`."""

import os
import sys

from acedesk.commands.arguments import Arguments
from acedesk.errors import StorageError
from acedesk.store import desktop_entry


def run(wanted: Arguments) -> int:
    """Write or remove the desktop entry and its icons; say what was done.

    Raises:
        StorageError: A file could not be written or removed.
    """
    if not sys.platform.startswith("linux"):
        raise StorageError("desktop entries exist on Linux only")
    home = desktop_entry.data_home(os.environ)
    if wanted.command == "uninstall-desktop":
        removed = desktop_entry.uninstall(home)
        print("\n".join(f"removed {path}" for path in removed) or "nothing was installed")
        return 0
    for path in desktop_entry.install(home, desktop_entry.launch_command()):
        print(f"installed {path}")
    if wanted.links:
        desktop_entry.make_default(os.environ)
        print("acestream:// links open with AceDesk")
    return 0
