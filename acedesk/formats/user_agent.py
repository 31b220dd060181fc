"""A player's User-Agent header becomes a name people recognise."""

import functools
import re

from acedesk.formats.text import clean_text

UNKNOWN = "Unknown player"
LONGEST_NAME = 40
# Headers are at most 8 KiB; what names the program stands at the front.
_LONGEST_READ = 512

_VERSION = re.compile(r"[/ ]v?(\d{1,5}(?:\.\d{1,5}){0,2})")
# Name and pattern of the product token, the most telling first: players send the agent of the
# library inside them along, and every browser calls itself several others. A version is shown
# where it means the program's own; ffmpeg's "Lavf" counts the library.
_PLAYERS = tuple(
    (name, re.compile(pattern, re.IGNORECASE), has_version)
    for name, pattern, has_version in (
        ("VLC", r"\b(?:lib)?VLC", True),
        ("Kodi", r"\bKodi", True),
        ("mpv", r"\b(?:lib)?mpv\b", True),
        ("Jellyfin", r"\bJellyfin", True),
        ("Plex", r"\bPlex", True),
        ("Emby", r"\bEmby", True),
        ("TVHeadend", r"\bTVHeadend", True),
        ("TiviMate", r"\bTiviMate", True),
        ("ExoPlayer", r"\b(?:ExoPlayer|AndroidXMedia3|Media3)", False),
        ("ffmpeg", r"\b(?:Lavf|ffmpeg|ffprobe)", False),
        ("GStreamer", r"\bGStreamer", True),
        ("curl", r"\bcurl", True),
        ("Wget", r"\bWget", True),
    )
)
_BROWSERS = tuple(
    (name, re.compile(pattern))
    for name, pattern in (
        ("Edge", r"\bEdgA?(?:iOS)?/"),
        ("Opera", r"\bOPR/"),
        ("Firefox", r"\b(?:Firefox|FxiOS)/"),
        ("Chrome", r"\b(?:Chrome|Chromium|CriOS)/"),
        ("Safari", r"\bSafari/"),
    )
)


# Asked twice a second for every viewer, and a house has few kinds of players.
@functools.lru_cache(maxsize=512)
def player_name(user_agent: str) -> str:
    """Return "VLC 3.0.24", "Browser (Firefox)" or the like, never an empty name."""
    agent = clean_text(user_agent, _LONGEST_READ)
    for name, pattern, has_version in _PLAYERS:
        if found := pattern.search(agent):
            return name + (_version(agent[found.end() :]) if has_version else "")
    for name, pattern in _BROWSERS:
        if pattern.search(agent):
            return f"Browser ({name})"
    product = agent.partition("/")[0].partition(" ")[0]
    return product[:LONGEST_NAME] or UNKNOWN


def _version(rest: str) -> str:
    found = _VERSION.match(rest)
    return f" {found[1]}" if found else ""
