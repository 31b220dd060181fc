"""What a container starts: the command of its image with further arguments behind it. Pure.

An image names a program in its entrypoint, in its command, or in both, as a list of words or as a
line for a shell. Docker itself can only replace one of them.
"""

import re
import shlex
from collections.abc import Sequence
from pathlib import PurePosixPath
from typing import Final

from acedesk.values import frozen_value

_SHELLS: Final = frozenset({"sh", "bash", "ash", "dash", "zsh", "ksh"})
_SHELL_OPTION: Final = re.compile(r"-[a-z]*c[a-z]*")
# What ends a command in a shell's line; ">&" and "&>" do not.
_ENDS: Final = re.compile(r"&&|\|\||;|\||(?<!>)&(?!>)|\n")
_PARAMETER: Final = re.compile(r"\$\{?[@*0-9]")
_ENGINE: Final = re.compile(r"engine|acestream", re.IGNORECASE)


@frozen_value
class ImageCommand:
    """Entrypoint and command, of an image or for a container.

    Attributes:
        entrypoint: For a container: empty keeps that of the image.
        command: For a container: empty keeps that of the image, unless there is an entrypoint.
    """

    entrypoint: tuple[str, ...] = ()
    command: tuple[str, ...] = ()


def extend(image: ImageCommand, arguments: Sequence[str]) -> ImageCommand:
    """Return what a container has to be given so that `arguments` stand behind what it starts.

    Arguments that begin with a program instead of an option are the whole command, and so are
    those that begin with the image's own: that is how they had to be written for AceDesk 0.1.0,
    which handed them to Docker as the command.
    """
    words = tuple(arguments)
    if not words:
        return ImageCommand()
    if not words[0].startswith("-") or _begins_with(words, image.command):
        return ImageCommand(command=words)
    if _is_line(image.entrypoint) and not _takes_words(image):
        line = _extend_line(image.entrypoint, words)
        return ImageCommand(entrypoint=line, command=image.command)
    if _is_line(image.command):
        return ImageCommand(command=_extend_line(image.command, words))
    return ImageCommand(command=image.command + words)


def _begins_with(words: tuple[str, ...], own: tuple[str, ...]) -> bool:
    return bool(own) and words[: len(own)] == own


def _is_line(words: tuple[str, ...]) -> bool:
    """Tell whether the last word is a line for a shell.

    One with further words behind it gets them as its parameters: it is treated as a program.
    """
    shell = len(words) > 2 and PurePosixPath(words[0]).name in _SHELLS
    return shell and _SHELL_OPTION.fullmatch(words[-2]) is not None


def _takes_words(image: ImageCommand) -> bool:
    """Tell whether the line of the entrypoint reads the command's words, which a shell gets too."""
    return bool(image.command) and _PARAMETER.search(image.entrypoint[-1]) is not None


def _extend_line(words: tuple[str, ...], arguments: tuple[str, ...]) -> tuple[str, ...]:
    line = words[-1].rstrip("; \t\n")
    end = _engine_end(line)
    head = line[:end].rstrip()
    return (*words[:-1], f"{head} {shlex.join(arguments)}{line[len(head) :]}")


def _engine_end(line: str) -> int:
    """Return where the command ends in `line` that starts the engine: the last one if none says so.

    The engine may not be the last: its output may go to another program, or the shell waits.
    """
    ends = [found.start() for found in _ENDS.finditer(_without_quoted(line))]
    begin = 0
    for end in ends:
        if _ENGINE.search(line[begin:end]):
            return end
        begin = end
    return len(line)


def _without_quoted(line: str) -> str:
    """Return `line` with all that is quoted or escaped made harmless, of the same length."""
    quoted = re.compile(r"\\.|'[^']*'|\"(?:\\.|[^\"\\])*\"|\$\([^()]*\)|(?<!\S)#[^\n]*", re.DOTALL)
    return quoted.sub(lambda found: "x" * len(found[0]), line)
