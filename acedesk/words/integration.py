"""What is said of starting with the computer, and of the program that opens links."""

import shlex

from acedesk.model.computer.integration import Autostart, AutostartState, LinkOwner

AUTOSTART_LABEL = "Start with the computer"
AUTOSTART_HELP = "AceDesk waits in the tray after you log in, and players find it at once."
LINKS_LABEL = "Open acestream: links"


def autostart_note(found: Autostart) -> str:
    """Return what is not as the check box alone would say, "" when nothing is."""
    if found.state is AutostartState.DISABLED:
        return "It is switched off in the settings of the system. A click switches it on."
    if found.state is AutostartState.ON and not found.is_this:
        return f"Another AceDesk than this one starts now: {shlex.join(found.command)}"
    return ""


def links_help(owner: LinkOwner) -> str:
    """Return who opens links now."""
    if owner.is_ours:
        return "A click on a link in the browser plays it with AceDesk."
    if owner.name:
        return f"They open with {owner.name} now. It gets them back when you want."
    return "No program on this computer opens them now."


def links_action(owner: LinkOwner) -> str:
    """Return what the button does."""
    return "Give them back" if owner.is_ours else "Open with AceDesk"


def offer_text(owner: LinkOwner) -> str:
    """Return what is said of the offer to open links."""
    now = f"Now {owner.name} opens them" if owner.name else "No program does that now"
    return f"A click on a link in the browser would play it. {now}; Settings can undo it."
