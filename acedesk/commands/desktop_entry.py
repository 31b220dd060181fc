"""`acedesk install-desktop` and `uninstall-desktop`."""

import os
import pathlib
import sys

from acedesk.commands.arguments import Arguments
from acedesk.errors import StorageError
from acedesk.model.computer.integration import AutostartState
from acedesk.store import autostart, desktop_entry, link_handler, link_owner


def run(wanted: Arguments, *, platform: str = sys.platform) -> int:
    """Write or remove the desktop entry and its icons; say what was done.

    Raises:
        StorageError: A file could not be written or removed.
    """
    if platform != "linux":
        raise StorageError("desktop entries exist on Linux only")
    home = desktop_entry.data_home(os.environ)
    command = desktop_entry.launch_command(os.environ, frozen=hasattr(sys, "frozen"))
    shadowed = desktop_entry.find_shadowed(os.environ, home, command)
    if wanted.command == "uninstall-desktop":
        other = desktop_entry.find_other(home, command)
        if other and not wanted.force:
            _tell_other(other)
            return 1
        _uninstall(home, command, of_system=shadowed is not None)
        return 0
    if shadowed is not None and not wanted.force:
        path, starts = shadowed
        print(
            f"acedesk: The system has a menu entry for AceDesk already: {path} starts “{starts}”. "
            f"Yours would hide it, so nothing was changed. “acedesk install-desktop --force” adds "
            f"it nevertheless.",
            file=sys.stderr,
        )
        return 1
    links = link_owner.XdgLinks(os.environ, command)
    before = links.owning_entry()
    for path in desktop_entry.install(home, command):
        print(f"installed {path}")
    if wanted.links:
        desktop_entry.make_default(os.environ)
        links.put_first(desktop_entry.ENTRY_NAME, before=before)
        print("acestream:// links open with AceDesk")
    elif before not in ("", links.owning_entry()):
        # The user's own entries count more than the system's: nobody asked for that.
        links.put_first(before)
    return 0


def _tell_other(program: str) -> None:
    print(
        f"acedesk: The menu entry starts another AceDesk, {program}, so nothing was changed. "
        "Remove it with that one, or with “acedesk uninstall-desktop --force”.",
        file=sys.stderr,
    )


def _uninstall(home: pathlib.Path, command: tuple[str, ...], *, of_system: bool) -> None:
    """Remove entry and icons; unless the system has an entry of that name, the rest, too."""
    removed = desktop_entry.uninstall(home)
    for path in removed:
        print(f"removed {path}")
    login = autostart.find_autostart(os.environ, command)
    found = login.read()
    at_login = not of_system and found.state is not AutostartState.OFF
    if at_login and found.command[:1] != command[:1] and autostart.is_there(found.command[0]):
        at_login = False  # another AceDesk, which stays
    if at_login:
        login.turn_off()
        print("AceDesk no longer starts with the computer")
    cleared: tuple[pathlib.Path, ...] = ()
    if not of_system:
        lists = link_handler.lists(os.environ, home)
        cleared = link_handler.forget(desktop_entry.ENTRY_NAME, lists)
    for path in cleared:
        print(f"acestream:// links no longer open with AceDesk (removed from {path})")
    if not removed and not cleared and not at_login:
        print("nothing was installed")
