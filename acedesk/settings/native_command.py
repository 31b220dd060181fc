"""The command of an engine program, and the places in it. Pure."""

import re
import shlex
from collections.abc import Mapping
from typing import Final

PORT: Final = "{port}"
# What each engine has of its own.
PLACES: Final = ("port", "p2p_port", "api_port", "https_port", "state_dir")
_PLACE: Final = re.compile(r"\{(\w*)\}")
_SHELL_SIGNS: Final = frozenset({"|", "||", "&", "&&", ";", ">", ">>", "<"})


def split_native_command(text: str) -> tuple[str, ...]:
    """Return the words of a command; a backslash is an ordinary sign, as in paths of Windows.

    Raises:
        ValueError: It cannot be used; the text says why and fits behind "The engine program".
    """
    lexer = shlex.shlex(text, posix=True, punctuation_chars=False)
    lexer.whitespace_split, lexer.commenters, lexer.escape = True, "", ""
    try:
        words = tuple(lexer)
    except ValueError:
        raise ValueError("has a quote that is not closed") from None
    if not words:
        raise ValueError("is empty")
    shell = next((word for word in words if word in _SHELL_SIGNS), "")
    if shell:
        raise ValueError(f"cannot have “{shell}”: it is started without a shell")
    if _PLACE.search(words[0]):
        raise ValueError("must begin with the name of a program")
    unknown = [name for word in words for name in _PLACE.findall(word) if name not in PLACES]
    if unknown:
        known = ", ".join(f"{{{name}}}" for name in PLACES)
        raise ValueError(f"has {{{unknown[0]}}}, which is none of {known}")
    return words


def fill(word: str, places: Mapping[str, str]) -> str:
    """Return a word with what stands for its places."""
    return _PLACE.sub(lambda found: places.get(found[1], found[0]), word)
