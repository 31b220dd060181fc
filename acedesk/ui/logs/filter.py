"""Which log rows are shown: by level, source and text or regular expression. Pure."""

import logging
import re
from collections.abc import Callable
from typing import Final

from acedesk.log import LogRow
from acedesk.values import frozen_value

LEVELS: Final = (
    (logging.DEBUG, "DEBUG", "All levels"),
    (logging.INFO, "INFO", "Info and up"),
    (logging.WARNING, "WARN", "Warnings and up"),
    (logging.ERROR, "ERROR", "Errors only"),
)


class PatternError(ValueError):
    """The text between the slashes is no regular expression; the message says why."""


@frozen_value(kw_only=False)
class LogFilter:
    """A choice of rows.

    Attributes:
        level: The lowest `logging` level that is shown.
        source: First part of the source ("proxy"), "" for all.
        text: What a person typed: plain text (case does not matter) or "/regex/", "" for all.
    """

    level: int = logging.DEBUG
    source: str = ""
    text: str = ""

    def matcher(self) -> Callable[[LogRow], bool]:
        """Return the test for one row.

        Raises:
            PatternError: The regular expression cannot be used.
        """
        finds = _text_test(self.text)
        level, source = self.level, self.source

        def matches(row: LogRow) -> bool:
            if row.level < level or (source and group(row.source) != source):
                return False
            return finds is None or finds(row.text) or finds(row.source)

        return matches


def group(source: str) -> str:
    """Return the part of AceDesk a source belongs to: "proxy" for "proxy.stream"."""
    return source.partition(".")[0]


def level_word(level: int) -> str:
    """Return the word for a `logging` level: "DEBUG", "INFO", "WARN" or "ERROR"."""
    word = LEVELS[0][1]
    for number, name, _label in LEVELS:
        if level >= number:
            word = name
    return word


def _text_test(text: str) -> Callable[[str], bool] | None:
    text = text.strip()
    if len(text) > 2 and text.startswith("/") and text.endswith("/"):
        try:
            search = re.compile(text[1:-1], re.IGNORECASE).search
        except (re.error, OverflowError, RecursionError) as exc:
            raise PatternError(str(exc)) from None
        return lambda line: search(line) is not None
    needle = text.casefold()
    return (lambda line: needle in line.casefold()) if needle else None
