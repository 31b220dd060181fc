"""Media players found on this computer."""

import dataclasses


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Player:
    """One installed player.

    Attributes:
        id: Stable name: "vlc", "mpv".
        name: What people call it: "VLC", "mpv".
        command: The argv that starts it, without the URL; never run through a shell.
    """

    id: str
    name: str
    command: tuple[str, ...]
