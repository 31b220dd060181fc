"""What one check found."""

import enum

from acedesk.values import frozen_value


class Level(enum.Enum):
    """How it stands: all well, works with less, or does not work."""

    PASS = "pass"  # noqa: S105 - a word, no password
    WARN = "warn"
    FAIL = "fail"


@frozen_value(kw_only=False)
class Finding:
    """The result of one check.

    Attributes:
        name: What was looked at: "Docker", "Port 8080".
        text: What was found, one sentence or a fact.
        fix: What the reader can do, "" when nothing has to be done.
    """

    name: str
    level: Level
    text: str
    fix: str = ""
