"""Values of our own shapes that are no pictures of the model."""

import dataclasses

from acedesk.model.access.token import AccessToken, Scope
from acedesk.model.diagnosis import Diagnosis
from acedesk.model.event import Event


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class StreamMessage:
    """Something was done with a stream."""

    message: str
    stream_id: str


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ContainerMessage:
    """Something was done with a container."""

    message: str
    container_id: str


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class StreamDiagnosis:
    """Why one stream is as it is."""

    stream_id: str
    name: str
    diagnosis: Diagnosis | None


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class EventPage:
    """The events behind a number, oldest first.

    Attributes:
        newest: Number of the newest event there is.
    """

    newest: int
    events: tuple[Event, ...]


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class EngineMessage:
    """Something was done with an engine."""

    message: str
    id: str
    name: str


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class LinkToTest:
    """A link as people paste it."""

    link: str


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class TestedLink:
    """How a link did, in short; the rest of the answer says how it went."""

    plays: bool
    sentence: str


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class TokenToMake:
    """A token as it is asked for."""

    name: str
    scope: Scope = Scope.ALL


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class MadeToken:
    """A token that was made; the secret is told this once.

    Attributes:
        address: What player URLs of its device begin with.
    """

    token: AccessToken
    secret: str
    address: str


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class TokenMessage:
    """Something was done with a token."""

    message: str
    id: str
    name: str
