"""Which players the window can open."""

from collections.abc import Collection

from acedesk.doctor.finding import Finding, Level
from acedesk.model.player import Player


def check_players(found: Collection[Player]) -> Finding:
    """Tell which players there are; without one the addresses still play elsewhere."""
    if not found:
        return Finding(
            "Players",
            Level.WARN,
            "No player was found on this computer.",
            "Install VLC or mpv, or play the address on another device.",
        )
    return Finding("Players", Level.PASS, ", ".join(player.name for player in found))
