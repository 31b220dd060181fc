"""What becomes of settings of another program: a finding for each, and what is to be saved."""

import dataclasses
import enum
from collections.abc import Mapping

from acedesk.model.settings_import.source import SourceKind
from acedesk.values import frozen_value


class Outcome(enum.Enum):
    """What becomes of one variable.

    TAKEN: it is a setting of ours and may be imported; whether that changes anything is
    `Finding.changes`.
    """

    TAKEN = "taken"
    NOT_APPLICABLE = "not_applicable"
    REFUSED = "refused"
    UNKNOWN = "unknown"


@frozen_value
class Finding:
    """What becomes of one variable.

    Attributes:
        service: Of the compose file, "" outside of one.
        name: Of the variable, or "ports", "volumes".
        text: Its value as it may be shown: "" for secrets and for what nobody knows.
        values: Settings of ours and their new values.
        before: The values that hold now, of the same settings.
        reason: Why it has no counterpart or is refused, or what to know about it; a sentence.
        secret: Neither its text nor its values are ever shown.
    """

    service: str
    name: str
    text: str
    outcome: Outcome
    values: Mapping[str, object] = dataclasses.field(default_factory=dict)
    before: Mapping[str, object] = dataclasses.field(default_factory=dict)
    reason: str = ""
    secret: bool = False

    @property
    def changes(self) -> bool:
        """Whether a setting of ours gets another value."""
        return any(self.before.get(name) != value for name, value in self.values.items())


@frozen_value
class ImportPlan:
    """What an import would do.

    Attributes:
        source: The file's name, or what else was read.
        notes: Sentences about the whole.
    """

    kind: SourceKind
    source: str
    findings: tuple[Finding, ...]
    notes: tuple[str, ...] = ()

    @property
    def values(self) -> dict[str, object]:
        """The settings that would change, with their new values."""
        return {
            name: value
            for one in self.findings
            for name, value in one.values.items()
            if one.before.get(name) != value
        }

    def count(self, outcome: Outcome) -> int:
        """Return how many findings have this outcome."""
        return sum(one.outcome is outcome for one in self.findings)

    @property
    def changing(self) -> int:
        """How many findings change a setting of ours."""
        return sum(one.changes for one in self.findings)
