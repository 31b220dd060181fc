"""Media players: those that are known by name, one found here, and a command of the user's own.

Such a command has words, quotes, `{url}` and `{title}`. There is no shell: what a shell would act
on is refused, so that nobody believes it works.
"""

import re
import shlex
from typing import Final

from acedesk.values import frozen_value

URL: Final = "{url}"
TITLE: Final = "{title}"

_SHELL_SIGNS: Final = frozenset({"|", "||", "&", "&&", ";", ">", ">>", "<", "2>", "2>&1", "&>"})
_PLACES: Final = re.compile(r"\{(?:url|title)\}")

# The player that is a command of the user's own.
COMMAND_PLAYER: Final = "command"

# Stable id -> what people call it; in the order in which they are offered. VLC plays everything,
# mpv starts fastest; what is made for a couch comes last.
KNOWN_PLAYERS: Final = {
    "vlc": "VLC",
    "mpv": "mpv",
    "iina": "IINA",
    "celluloid": "Celluloid",
    "smplayer": "SMPlayer",
    "haruna": "Haruna",
    "mpc-hc": "MPC-HC",
    "mpc-be": "MPC-BE",
    "potplayer": "PotPlayer",
    "clapper": "Clapper",
    "showtime": "GNOME Video Player",
    "totem": "GNOME Videos",
    "kodi": "Kodi",
}


@frozen_value
class Player:
    """One installed player.

    Attributes:
        id: Stable name: a key of `KNOWN_PLAYERS`, or `COMMAND_PLAYER`.
        name: What people call it: "VLC", "mpv".
        command: The argv that starts it; never run through a shell. Without the URL, but for the
            command of the user's own, which has `{url}` in it.
    """

    id: str
    name: str
    command: tuple[str, ...]


def split_command(text: str) -> tuple[str, ...]:
    """Return the words of a command.

    Quotes keep blanks together; a backslash is an ordinary sign, because paths of Windows have it.

    Raises:
        ValueError: It cannot be used; the text says why and fits behind "The command ...".
    """
    lexer = shlex.shlex(text, posix=True, punctuation_chars=False)
    lexer.whitespace_split, lexer.commenters, lexer.escape = True, "", ""
    try:
        words = tuple(lexer)
    except ValueError:
        raise ValueError("has a quote that is not closed") from None
    shell = next((word for word in words if word in _SHELL_SIGNS), "")
    if shell:
        raise ValueError(f"cannot have “{shell}”: it is started without a shell")
    if not any(URL in word for word in words):
        raise ValueError("must have {url} where the address of the stream goes: mpv {url}")
    if _PLACES.search(words[0]):
        raise ValueError("must begin with the name of a program: mpv {url}")
    return words


def fill_command(words: tuple[str, ...], url: str, title: str) -> tuple[str, ...]:
    """Return the argv with address and title in their places.

    A title that is a word of its own cannot be read as an option.
    """
    return tuple(_fill(word, url, title) for word in words)


def _fill(word: str, url: str, title: str) -> str:
    if word == TITLE:
        return title.lstrip("-")
    # In one go: a title that has "{url}" in it stays as it is.
    return _PLACES.sub(lambda found: url if found.group() == URL else title, word)
