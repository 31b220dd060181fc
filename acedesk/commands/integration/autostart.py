"""`acedesk autostart [on|off]`: starting with the computer, for installers and scripts."""

import os
import shlex
import sys

from acedesk.commands.arguments import Arguments
from acedesk.commands.start import prepare
from acedesk.model.computer.integration import Autostart, AutostartState
from acedesk.store import desktop_entry
from acedesk.store.autostart import find_autostart


def run(wanted: Arguments) -> int:
    """Change it if asked to; say how it is.

    Raises:
        StorageError: The system does not take it.
    """
    places = prepare(wanted, os.environ, looking=True).places
    command = desktop_entry.launch_command(os.environ, frozen=hasattr(sys, "frozen"))
    control = find_autostart(os.environ, (*command, *places))
    if wanted.switch == "on":
        control.turn_on()
    elif wanted.switch == "off":
        control.turn_off()
    print(sentence(control.read()))
    return 0


def sentence(found: Autostart) -> str:
    """Return how it is, for a terminal."""
    if found.state is AutostartState.OFF:
        return "AceDesk does not start with the computer."
    command = shlex.join(found.command)
    if found.state is AutostartState.DISABLED:
        return (
            f"AceDesk does not start with the computer: {command} is switched off in the settings "
            "of the system. “acedesk autostart on” switches it on."
        )
    other = "" if found.is_this else " That is another AceDesk than this one."
    return f"AceDesk starts with the computer: {command}{other}"
