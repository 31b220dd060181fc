"""What environments and compose files of other programs say, before anybody judges it."""

import enum

from acedesk.values import frozen_value


class SourceKind(enum.Enum):
    """Where the variables were read."""

    ENVIRONMENT = "environment"
    ENV_FILE = "env_file"
    COMPOSE = "compose"


@frozen_value
class Variable:
    """One variable of a program.

    Attributes:
        name: As it stands there; an option of a command line has its dash.
        text: Its value with everything put in, None where it is only named.
        problem: Why the value is not known, part of a sentence; "" when it is.
        note: What is odd about it, a sentence; "" for nothing.
    """

    name: str
    text: str | None
    problem: str = ""
    note: str = ""


@frozen_value
class PublishedPort:
    """A port of a container that its computer has, too.

    Attributes:
        text: As it is written.
        host: The address it is published on, "" for all.
        port: On the computer; 0: Docker chooses one.
        target: In the container.
    """

    text: str
    host: str
    port: int
    target: int


@frozen_value
class Service:
    """One program: a service of a compose file, or whatever an environment is for.

    Attributes:
        name: "" outside of compose files.
        names: All under which others of the file reach it.
        variables: Each name once.
        options: Of its command line, as variables.
        volumes: As they are written.
        network: "host", or whose network it uses: "service:gluetun"; "" for its own.
    """

    name: str = ""
    image: str = ""
    names: frozenset[str] = frozenset()
    variables: tuple[Variable, ...] = ()
    options: tuple[Variable, ...] = ()
    ports: tuple[PublishedPort, ...] = ()
    volumes: tuple[str, ...] = ()
    network: str = ""


@frozen_value
class ForeignSettings:
    """All that was read.

    Attributes:
        notes: Sentences about the file as a whole.
    """

    kind: SourceKind
    services: tuple[Service, ...]
    notes: tuple[str, ...] = ()

    def find(self, name: str) -> Service | None:
        """Return the service that is reached under this name, None when there is none."""
        return next((one for one in self.services if name in one.names), None)
