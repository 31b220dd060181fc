"""Values of our own shapes that are no pictures of the model."""

from acedesk.model.access.token import AccessToken, Scope
from acedesk.model.diagnosis import Diagnosis
from acedesk.model.event import Event
from acedesk.values import frozen_value


@frozen_value
class StreamMessage:
    """Something was done with a stream."""

    message: str
    stream_id: str


@frozen_value
class ContainerMessage:
    """Something was done with a container."""

    message: str
    container_id: str


@frozen_value
class StreamDiagnosis:
    """Why one stream is as it is."""

    stream_id: str
    name: str
    diagnosis: Diagnosis | None


@frozen_value
class EventPage:
    """The events behind a number, oldest first.

    Attributes:
        newest: Number of the newest event there is.
    """

    newest: int
    events: tuple[Event, ...]


@frozen_value
class EngineMessage:
    """Something was done with an engine."""

    message: str
    id: str
    name: str


@frozen_value
class LinkToTest:
    """A link as people paste it."""

    link: str


@frozen_value
class TestedLink:
    """How a link did, in short; the rest of the answer says how it went."""

    plays: bool
    sentence: str


@frozen_value
class TokenToMake:
    """A token as it is asked for."""

    name: str
    scope: Scope = Scope.ALL


@frozen_value
class MadeToken:
    """A token that was made; the secret is told this once.

    Attributes:
        address: What player URLs of its device begin with.
    """

    token: AccessToken
    secret: str
    address: str


@frozen_value
class TokenMessage:
    """Something was done with a token."""

    message: str
    id: str
    name: str
