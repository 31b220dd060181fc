"""Takes events and keeps them for a test."""

from acedesk.model.event import EventKind, EventValue

Noted = tuple[EventKind, str, str, dict[str, EventValue]]


class Notes:
    """A `acedesk.model.event.Note`.

    Attributes:
        all: Kind, subject, cause and data of each, oldest first.
    """

    def __init__(self) -> None:
        self.all: list[Noted] = []

    def __call__(
        self, kind: EventKind, subject: str, *, cause: str = "", **data: EventValue
    ) -> None:
        """Keep an event."""
        self.all.append((kind, subject, cause, data))

    @property
    def kinds(self) -> list[EventKind]:
        """Return what kinds there were, oldest first."""
        return [kind for kind, *_ in self.all]

    @property
    def causes(self) -> list[tuple[EventKind, str]]:
        """Return kinds and causes, oldest first."""
        return [(kind, cause) for kind, _, cause, _ in self.all]
