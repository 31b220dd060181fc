"""What this computer does with AceDesk by itself: starts it at login, opens links with it."""

import enum

from acedesk.values import frozen_value


class AutostartState(enum.Enum):
    """Whether AceDesk starts with the computer.

    OFF: nothing says so. ON: it does. DISABLED: it would, but the user has switched it off in the
    system's own settings (Task Manager, the session settings of a desktop).
    """

    OFF = "off"
    ON = "on"
    DISABLED = "disabled"


@frozen_value(kw_only=False)
class Autostart:
    """What the system says about starting AceDesk.

    Attributes:
        command: The argv that it starts, () when it starts nothing.
        is_this: It starts this AceDesk; another version or folder otherwise.
    """

    state: AutostartState
    command: tuple[str, ...] = ()
    is_this: bool = False


@frozen_value(kw_only=False)
class LinkOwner:
    """Which program opens acestream links.

    Attributes:
        name: For people; "" when no program does.
        is_ours: It is AceDesk.
    """

    name: str = ""
    is_ours: bool = False
